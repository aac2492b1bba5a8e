/**
 * Sizes, durations and addresses as people write them. Everything here is strict:
 * what is not understood completely is `null`, never a guess.
 */

import { isIP, isIPv6 } from 'node:net';
import type { DurationUnit } from './leaf.ts';

const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * Reads a size with its unit; kB, MB … are powers of 1000, KiB, MiB … of 1024.
 *
 * @returns whole bytes, or `null` if the text is no size or no whole number of bytes.
 * @example parseBytes('20 MiB') // 20_971_520
 */
export function parseBytes(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([kKMGT]?B|[KMGT]iB)$/.exec(text);
  const factor = byteUnits[match?.[2] ?? ''];
  if (!match || factor === undefined) return null;
  const size = Number(match[1]) * factor;
  return Number.isSafeInteger(size) ? size : null;
}

/**
 * Prints a size in the largest binary unit that gives a whole number.
 *
 * @example formatBytes(20_971_520) // '20 MiB'
 */
export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    const factor = byteUnits[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} B`;
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration with its unit: ms, s, m, h or d.
 *
 * @returns the duration in `unit`, which may have a fraction, or `null` if the text is no duration.
 * @example parseDuration('10m', 'seconds') // 600
 */
export function parseDuration(text: string, unit: DurationUnit): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?(ms|s|m|h|d)$/.exec(text);
  const factor = durationUnitsMs[match?.[2] ?? ''];
  if (!match || factor === undefined) return null;
  return (Number(match[1]) * factor) / (unit === 'days' ? 86_400_000 : 1000);
}

/** True for an IP address or a host name; underscores are permitted since container networks use them. */
export function isHost(text: string): boolean {
  if (text.length > 253) return false;
  if (isIP(text) !== 0) return true;
  // What looks like an IPv4 address and is none, such as 300.1.1.1, is a mistake and not a name.
  if (/^[\d.]+$/.test(text)) return false;
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/.test(
    text,
  );
}

/** True for `HOST:PORT`; an IPv6 address stands in brackets, and the port is 1..65535. */
export function isHostPort(text: string): boolean {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (!match) return false;
  const [, address, name, port] = match;
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return address === undefined ? isHost(name ?? '') : isIPv6(address);
}

/**
 * Reads an http or https URL, or `HOST:PORT` for http.
 *
 * @returns the URL without a final slash, or `null` if the text is neither.
 * @example parseEndpoint('alertmanager:9093') // 'http://alertmanager:9093'
 */
export function parseEndpoint(text: string): string | null {
  if (isHostPort(text)) return `http://${text}`;
  if (!/^https?:\/\/[^\s\\]+$/i.test(text)) return null;
  const url = URL.parse(text);
  if (!url || url.hash !== '' || url.search !== '') return null;
  return text.replace(/\/+$/, '');
}

/**
 * A URL without the user and password it may hold.
 *
 * @example withoutCredentials('https://me:pw@host') // 'https://***@host'
 */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1***@');
}
