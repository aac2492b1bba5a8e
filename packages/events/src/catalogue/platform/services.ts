/** What a configuration service stands on: caches, storage, ciphers, the process and its HTTP interface. */

import { inProcessBuckets, ioBuckets } from '../buckets.ts';
import { byApplication, pack } from '../family.ts';

/** Cache tiers, from the nearest (l1) outwards. */
export const cachePack = pack('platform', byApplication, {
  hits: {
    name: 'cache_hits_total',
    type: 'counter',
    help: 'Look-ups that the tier answered.',
    labels: ['tier'],
  },
  misses: {
    name: 'cache_misses_total',
    type: 'counter',
    help: 'Look-ups that the tier could not answer.',
    labels: ['tier'],
  },
  evictions: {
    name: 'cache_evictions_total',
    type: 'counter',
    help: 'Entries that the tier gave up to make room.',
    labels: ['tier'],
  },
  size: {
    name: 'cache_size_entries',
    type: 'gauge',
    help: 'Entries in the tier.',
    labels: ['tier'],
    aggregator: 'sum',
  },
  duration: {
    name: 'cache_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long operations on the tier took.',
    labels: ['tier', 'operation'],
    buckets: inProcessBuckets,
  },
  hitRatio: {
    name: 'cache_hit_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the look-ups since the start that the tier answered, 0 to 1.',
    labels: ['tier'],
  },
});

/** Where values are kept. */
export const storagePack = pack('platform', byApplication, {
  operations: {
    name: 'storage_operations_total',
    type: 'counter',
    help: 'Operations on the storage, e.g. read, write or delete.',
    labels: ['operation'],
  },
  duration: {
    name: 'storage_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long operations on the storage took.',
    labels: ['operation'],
    buckets: ioBuckets,
  },
  size: {
    name: 'storage_size_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Size of what is stored.',
    labels: [],
    aggregator: 'last',
  },
  errors: {
    name: 'storage_errors_total',
    type: 'counter',
    help: 'Operations on the storage that failed.',
    labels: ['operation'],
  },
});

/** Ciphers and their keys. */
export const cryptoPack = pack('platform', byApplication, {
  operations: {
    name: 'crypto_operations_total',
    type: 'counter',
    help: 'Cryptographic operations, e.g. encrypt, decrypt or sign.',
    labels: ['operation'],
  },
  duration: {
    name: 'crypto_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long cryptographic operations took.',
    labels: ['operation'],
    buckets: inProcessBuckets,
  },
  rotations: {
    name: 'crypto_key_rotations_total',
    type: 'counter',
    help: 'Times that a key was replaced by a new one.',
    labels: [],
  },
  errors: {
    name: 'crypto_encryption_errors_total',
    type: 'counter',
    help: 'Cryptographic operations that failed, such as a decryption whose authentication did not hold.',
    labels: ['operation'],
  },
});

/** The process. */
export const systemPack = pack('platform', byApplication, {
  uptime: {
    name: 'system_uptime_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the process started.',
    labels: [],
  },
  memory: {
    name: 'system_memory_usage_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory of the process.',
    labels: [],
    aggregator: 'sum',
  },
});

/** The HTTP interface. */
export const httpPack = pack('platform', byApplication, {
  requests: {
    name: 'http_requests_total',
    type: 'counter',
    help: 'HTTP requests that were answered. The path is that of the route, not of the request.',
    labels: ['method', 'path', 'status'],
  },
  duration: {
    name: 'http_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time from the arrival of an HTTP request to the end of its answer.',
    labels: ['method', 'path'],
    buckets: ioBuckets,
  },
});
