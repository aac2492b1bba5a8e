/**
 * Where a hub gets the buckets of a site from: over HTTP from another server, or from
 * the ledger of its own, which it treats as it treats any site.
 */

import { readFileSync } from 'node:fs';
import type { SpokeDefinition } from '../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { OutgoingError, type Outgoing } from '../outgoing/index.ts';
import { HOUR } from '../rollups/rollup-sets.ts';
import { type Bucket, type BucketWidth, FORMAT, type Manifest } from './cells.ts';
import { readBuckets, readManifest, type SiteIdentity } from './offer.ts';

/** A site that can be asked. Both questions fail with {@link SiteProblem} where the site is at fault. */
export interface SiteSource {
  readonly site: string;
  manifest(since: number, signal: AbortSignal): Promise<Manifest>;
  buckets(width: BucketWidth, from: number, to: number, signal: AbortSignal): Promise<Bucket[]>;
}

/** Why a site gave nothing, in words for people; without a secret. */
export class SiteProblem extends Error {
  override readonly name = 'SiteProblem';
}

/** A list of what there is may take long where a site has years of it. */
const TIMEOUT_MS = 120_000;
const MIB = 1_048_576;
const MANIFEST_BYTES_MAX = 32 * MIB;
const BUCKETS_BYTES_MAX = 256 * MIB;

/** A site over HTTP. */
export function spokeSource(spoke: SpokeDefinition, outgoing: Outgoing): SiteSource {
  const ask = async (path: string, responseBytesMax: number, signal: AbortSignal): Promise<unknown> => {
    const tls = Object.entries({ ca: spoke.caFile, cert: spoke.certFile, key: spoke.keyFile }).flatMap(
      ([name, file]) => (file === '' ? [] : [[name, readText(file)] as const]),
    );
    const token = spoke.tokenFile === '' ? '' : readText(spoke.tokenFile).trim();
    const { status, body } = await outgoing
      .request({
        url: `${spoke.url}${path}`,
        headers: token === '' ? {} : { authorization: `Bearer ${token}` },
        timeoutMs: TIMEOUT_MS,
        responseBytesMax,
        ownDependency: true,
        signal,
        ...(tls.length === 0 ? {} : { tls: Object.fromEntries(tls) }),
      })
      .catch((error: unknown) => {
        throw error instanceof OutgoingError ? new SiteProblem(error.message, { cause: error }) : error;
      });
    if (status !== 200) throw new SiteProblem(refusalOf(status));
    return parsed(body);
  };
  return {
    site: spoke.id,
    async manifest(since, signal) {
      const manifest = (await ask(
        `/api/v1/federation/buckets?since=${since}`,
        MANIFEST_BYTES_MAX,
        signal,
      )) as Manifest;
      if (manifest.format !== FORMAT)
        throw new SiteProblem(
          `it answers in form ${String(manifest.format)}, and this hub knows form ${FORMAT}`,
        );
      return manifest;
    },
    async buckets(width, from, to, signal) {
      const kind = width === HOUR ? 'hours' : 'days';
      const path = `/api/v1/federation/cells?kind=${kind}&from=${from}&to=${to}`;
      const { buckets } = (await ask(path, BUCKETS_BYTES_MAX, signal)) as { buckets: Bucket[] };
      return buckets;
    },
  };
}

/** The server's own ledger as a site. */
export function ownSource(site: string, ledger: Ledger, identify: () => Promise<SiteIdentity>): SiteSource {
  return {
    site,
    manifest: async (since) => readManifest(ledger.connection, await identify(), since),
    buckets: (width, from, to) => readBuckets(ledger.connection, width, from, to),
  };
}

function refusalOf(status: number): string {
  if (status === 401) return 'it refuses the token';
  if (status === 403) return 'its token may not read, or is for one tenant only';
  if (status === 404) return 'it knows nothing of federation; it may be an older version';
  return `it answers with status ${status}`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SiteProblem(`a file of its token or certificates cannot be read (${codeOf(error)})`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new SiteProblem('its answer is not JSON', { cause: error });
  }
}
