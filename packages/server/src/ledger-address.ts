/** Reads from the configuration where a remote ledger is. */

import { readFileSync } from 'node:fs';
import type { Config } from './config/index.ts';
import type { LedgerAddress } from './ledger/remote/address.ts';

/**
 * Reads the address from the configuration; null if the ledger is embedded.
 *
 * @throws Error if a file that it names cannot be read.
 */
export function readLedgerAddress({ ledger }: Config): LedgerAddress | null {
  if (ledger.url === '') return null;
  const url = new URL(ledger.url);
  const user = ledger.user || decodeURIComponent(url.username) || 'default';
  const password = ledger.password || decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return {
    url: url.href.replace(/\/$/, ''),
    user,
    password,
    database: ledger.database,
    cluster: ledger.cluster === '' ? null : ledger.cluster,
    tls: {
      ca: readPem(ledger.tls_ca_file),
      cert: readPem(ledger.tls_cert_file),
      key: readPem(ledger.tls_key_file),
      verify: ledger.tls_verify,
    },
    requestTimeoutMs: ledger.request_timeout_seconds * 1000,
    querySecondsMax: ledger.query_timeout_seconds,
    queryMemoryBytesMax: ledger.query_memory_mb * 1024 * 1024,
    threadsMax: ledger.max_threads,
  };
}

function readPem(path: string): string | null {
  return path === '' ? null : readFileSync(path, 'utf8');
}
