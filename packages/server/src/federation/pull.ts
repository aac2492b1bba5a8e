/**
 * One pull of a site: what it says that it has is held against what the hub has, and
 * each bucket that differs is replaced. There is no position that could be lost or be
 * wrong: a pull that was broken off anywhere is made good by the next one, late events
 * show as another fingerprint, and so does a site that was restored from a backup.
 */

import { DAY, HOUR } from '../rollups/rollup-sets.ts';
import type { Bucket, BucketNote, BucketWidth, Manifest } from './cells.ts';
import type { FederatedCells } from './federated-cells.ts';
import { type SiteSource, SiteProblem } from './site-source.ts';

/** So many cells are asked for at a time, or one bucket if it has more. */
const CELLS_MAX = 2000;
/** The longest stretch of buckets in one answer, which is the bound of the site too. */
const STRETCH_SECONDS_MAX = 31 * DAY;
/** Days before today that each pull looks at; what is older only if the site says that it has changed. */
const RECENT_DAYS = 2;

/** What of older days was last found to be the same on both sides. */
export interface KnownHistory {
  readonly since: number;
  readonly history: string;
}

/** What a pull is given. */
export interface PullOptions {
  readonly source: SiteSource;
  readonly held: FederatedCells;
  readonly nowMs: number;
  /** Buckets before this are past their retention here, epoch seconds. */
  readonly keepFrom: number;
  /** Null looks at everything. */
  readonly known: KnownHistory | null;
  /**
   * Hears what the site says of itself, before anything is replaced. True if it is not the one that it was, so that
   * everything has to be looked at; what it throws ends the pull.
   */
  readonly isAnother: (manifest: Manifest) => boolean;
  readonly signal: AbortSignal;
}

/** What a pull did. */
export interface PullReport {
  readonly known: KnownHistory;
  /** Hours, and days of users, that were replaced. */
  readonly replaced: number;
  /** True if everything was looked at. */
  readonly whole: boolean;
}

/** Pulls. @throws SiteProblem, or an error of the ledger. */
export async function pullSite(options: PullOptions): Promise<PullReport> {
  const { source, nowMs, known, isAnother, signal } = options;
  const since = Math.max(0, Math.floor(nowMs / 1000 / DAY) - RECENT_DAYS) * DAY;
  const recent = await source.manifest(since, signal);
  const another = isAnother(recent);
  const isKnown = !another && known !== null && known.since === since && known.history === recent.history;
  const manifest = isKnown ? recent : await source.manifest(0, signal);
  if (manifest.instance !== recent.instance) throw new SiteProblem('it was replaced while it was asked');
  let replaced = 0;
  for (const width of [HOUR, DAY] as const) replaced += await pullWidth(options, width, manifest);
  // What changed between the two lists is not in this token, so that the next pull looks again.
  return { known: { since, history: recent.history }, replaced, whole: !isKnown };
}

async function pullWidth(options: PullOptions, width: BucketWidth, manifest: Manifest): Promise<number> {
  const { source, held, keepFrom, signal } = options;
  const lookFrom = Math.max(manifest.since, keepFrom);
  const notes = (width === HOUR ? manifest.hours : manifest.days).filter(({ at }) => at >= lookFrom);
  const before = new Map(
    (await held.held(source.site, width, lookFrom)).map(({ at, fingerprint }) => [at, fingerprint]),
  );
  const listed = new Set(notes.map(({ at }) => at));
  // Before `from` the site may have let go what it had; that stays here until it is past its retention here too.
  const gone = [...before.keys()].filter((at) => !listed.has(at) && at >= manifest.from);
  await held.replace(source.site, width, gone.map(emptyBucket));
  let replaced = gone.length;
  const different = notes.filter(({ at, fingerprint }) => before.get(at) !== fingerprint);
  for (const { from, to } of stretches(different, width)) {
    const wanted = new Set(different.map(({ at }) => at).filter((at) => at >= from && at < to));
    const buckets = checked(await source.buckets(width, from, to, signal)).filter(({ at }) => wanted.has(at));
    signal.throwIfAborted();
    await held.replace(source.site, width, buckets);
    replaced += buckets.length;
  }
  return replaced;
}

/** Stretches of time with the buckets that are wanted, each with about as many cells as one answer should have. */
function stretches(
  notes: readonly BucketNote[],
  width: BucketWidth,
): { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number; cells: number }[] = [];
  for (const { at, cells } of notes) {
    const last = found.at(-1);
    const joins =
      last !== undefined &&
      last.to === at &&
      last.cells + cells <= CELLS_MAX &&
      at + width - last.from <= STRETCH_SECONDS_MAX;
    if (joins) {
      last.to = at + width;
      last.cells += cells;
    } else found.push({ from: at, to: at + width, cells });
  }
  return found;
}

/** What comes from elsewhere is looked at before it is written. */
function checked(buckets: readonly Bucket[]): readonly Bucket[] {
  const isBucket = ({ at, fingerprint, rows }: Bucket): boolean =>
    Number.isSafeInteger(at) && /^\d{1,20}$/.test(fingerprint) && Array.isArray(rows);
  if (!Array.isArray(buckets) || !buckets.every(isBucket))
    throw new SiteProblem('its answer has another form');
  return buckets;
}

function emptyBucket(at: number): Bucket {
  return { at, fingerprint: '', cells: 0, rows: [] };
}
