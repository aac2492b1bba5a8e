/**
 * Shortens the windows and waiting times of rules, for a rehearsal: what takes an
 * hour in production can be watched within a minute.
 */

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A window shorter than this holds too few scrapes to tell a rate. */
const WINDOW_SECONDS_MIN = 5;

/** The seconds of a duration such as `5m`. @throws RangeError if it is none. */
export function durationSeconds(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  if (seconds === undefined) throw new RangeError(`${text} is no duration such as 30s, 5m, 1h or 30d.`);
  return Number(count) * seconds;
}

/** A duration as Prometheus prints it, e.g. `90s` and `2m`. */
export function formatDuration(seconds: number): string {
  const unit = ['d', 'h', 'm'].find((name) => seconds > 0 && seconds % (SECONDS[name] ?? 1) === 0) ?? 's';
  return `${seconds / (SECONDS[unit] ?? 1)}${unit}`;
}

/** A waiting time, shortened by a factor; 0 stays 0. */
export function scaledDuration(text: string, factor: number): string {
  return factor === 1 ? text : formatDuration(Math.round(durationSeconds(text) * factor));
}

/** A query whose windows and offsets are shortened by a factor. */
export function scaledWindows(promql: string, factor: number): string {
  if (factor === 1) return promql;
  const scaled = (text: string): string =>
    formatDuration(Math.max(WINDOW_SECONDS_MIN, Math.round(durationSeconds(text) * factor)));
  return promql.replace(
    /\[(\d+[smhdw])\]|\boffset (\d+[smhdw])/g,
    (_text, window?: string, offset?: string) =>
      window === undefined ? `offset ${scaled(offset ?? '')}` : `[${scaled(window)}]`,
  );
}
