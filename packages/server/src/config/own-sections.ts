/**
 * The sections of the configuration that are ours. Each key is here because the
 * server cannot know the right value itself.
 */

import {
  bounds,
  budgetList,
  bytes,
  collectorJobList,
  duration,
  endpoint,
  endpoints,
  flag,
  healthCheckList,
  integer,
  number,
  objectiveList,
  path,
  paths,
  places,
  section,
  selfHostedList,
  text,
} from './leaf.ts';

const MIB = 1_048_576;

/** Where the server keeps what it must not lose. */
export const storage = section('Where the server keeps what it must not lose.', {
  data_dir: path('./data', {
    flag: '--data',
    description: 'Directory of the journal, the ledger and the state.',
  }),
  encryption_key_file: path('', {
    optional: true,
    description:
      'File with a key of 256 bits, as hexadecimal or base64 text, that journal, embedded ledger and archive are encrypted with, and older ones below it; see [encryption](../operate/encryption.md).',
  }),
  disk_warning_percent: number(80, {
    live: true,
    minimum: 1,
    maximum: 100,
    unit: 'percent',
    description: 'From this share of the disk in use on, health is degraded.',
  }),
  disk_critical_percent: number(95, {
    live: true,
    minimum: 1,
    maximum: 100,
    unit: 'percent',
    description: 'From this share of the disk in use on, the server is unhealthy.',
  }),
});

/** Bounds on what senders may send. */
export const ingest = section('Bounds on what senders may send.', {
  body_bytes_max: bytes(20 * MIB, {
    minimum: 1024,
    maximum: 1024 * MIB,
    description: 'The largest request body, as it is sent.',
  }),
  decoded_bytes_max: bytes(32 * MIB, {
    live: true,
    minimum: 1024,
    maximum: 4096 * MIB,
    description: 'The largest request body, after decompression.',
  }),
  events_per_request_max: integer(10_000, {
    live: true,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'events',
    description: 'The most events in one request.',
  }),
  future_tolerance_seconds: duration(600, 'seconds', {
    live: true,
    minimum: 0,
    maximum: 86_400,
    description: 'How far ahead of the server clock the timestamp of an event may be.',
  }),
  series_per_source_max: integer(10_000, {
    minimum: 1,
    maximum: 500_000,
    unit: 'series',
    description:
      'The most series of pushed metrics that are kept of one source. Points of further ones are counted and left out.',
  }),
  queue_bytes_max: bytes(128 * MIB, {
    minimum: 1024,
    maximum: 16_384 * MIB,
    description:
      'How much the bodies of requests may take in memory together, and how much of them may wait for the journal, before senders are told to slow down.',
  }),
});

/** How re-sent events are recognised. */
export const identity = section('How re-sent events are recognised.', {
  window_days: duration(7, 'days', {
    minimum: 1,
    maximum: 365,
    description:
      'For so long after its arrival, an event whose id comes again with another payload is refused at once.',
  }),
  pseudonym_key_file: path('', {
    optional: true,
    description:
      'File with a secret of at least 32 bytes; if it is given, ids of users are stored as keyed hashes only.',
  }),
});

/** How long events and their charges are kept. */
export const retention = section('How long events and their charges are kept.', {
  events_days: duration(183, 'days', {
    live: true,
    minimum: 1,
    maximum: 36_500,
    description:
      'How long events are kept, counted from the later of their time and their arrival. Their charges by the day stay.',
  }),
  charges_days: duration(761, 'days', {
    live: true,
    minimum: 1,
    maximum: 36_500,
    description:
      'How long charges by the day are kept, counted likewise. Until then reports of past months stay exact.',
  }),
  restored_days: duration(30, 'days', {
    live: true,
    minimum: 0,
    maximum: 36_500,
    description: 'How long events that were brought back from the archive are held from being removed again.',
  }),
  archive_dir: path('', {
    optional: true,
    description: 'Where events are archived before they are removed. Empty: `archive` in the data directory.',
  }),
});

/** Copies of the data directory. */
export const backup = section('Copies of the data directory; see [backup](../operate/backup.md).', {
  directory: path('', {
    optional: true,
    description:
      'Where the server keeps backups that it makes by itself, best on another disk. Empty: it makes none.',
  }),
  interval: duration(86_400, 'seconds', {
    minimum: 60,
    maximum: 31 * 86_400,
    description: 'How often it makes one.',
  }),
  keep: integer(7, {
    minimum: 1,
    maximum: 1000,
    unit: 'backups',
    description: 'How many of those stay; older ones are removed.',
  }),
});

/** Prices beside the bundled lists. */
export const pricing = section('Prices beside the bundled lists.', {
  cards: paths({
    live: true,
    maxItems: 64,
    description: 'Files with rate cards of your own. An earlier file wins over a later one.',
  }),
});

/** Budgets. */
export const budgets = section(
  'Budgets. In a file the section may be the list itself; see [budgets](../concepts/budgets.md).',
  {
    items: budgetList({
      live: true,
      variable: 'BELLWETHER_BUDGETS',
      description: 'The budgets; in a variable, as JSON.',
    }),
  },
);

/** Objectives. */
export const objectives = section(
  'Objectives and agreements. In a file the section may be the list itself; see [objectives](../concepts/objectives.md).',
  {
    items: objectiveList({
      live: true,
      variable: 'BELLWETHER_OBJECTIVES',
      description: 'The objectives; in a variable, as JSON.',
    }),
    files: paths({
      live: true,
      maxItems: 256,
      description:
        'Files with more of them: our own form, OpenSLO or Sloth. `*` in the name of a file stands for any text.',
    }),
  },
);

/** Models on machines of your own. */
export const selfHosted = section(
  'Models on machines of your own. In a file the section may be the list itself; see [self-hosted models](../concepts/self-hosted.md).',
  {
    items: selfHostedList({
      variable: 'BELLWETHER_SELF_HOSTED',
      description: 'The models and what their machines cost; in a variable, as JSON.',
    }),
  },
);

/** What is scraped and probed. */
export const collectors = section(
  'What the server scrapes by itself, and health checks of your own; see [collectors](../operate/collectors.md).',
  {
    jobs: collectorJobList({
      live: true,
      description: 'The jobs, each with its targets; in a variable, as JSON.',
    }),
    checks: healthCheckList({ live: true, description: 'The checks; in a variable, as JSON.' }),
  },
);

/** The ledger and its engine. */
export const ledger = section('The ledger and its engine.', {
  url: endpoint({
    secret: true,
    description:
      'A ClickHouse server or a load balancer before a cluster, e.g. `https://clickhouse:8443`. Empty: the embedded engine. See [a remote ledger](../operate/scale.md).',
  }),
  cluster: text('', {
    optional: true,
    maxLength: 63,
    description:
      'The name of the cluster, as the ClickHouse servers know it. Tables are then replicated and distributed. Empty: one server.',
  }),
  database: text('bellwether', {
    maxLength: 63,
    description: 'The database on a remote ledger. Every Bellwether server needs one of its own.',
  }),
  user: text('', {
    optional: true,
    maxLength: 255,
    description: 'The user on a remote ledger. Empty: the one in the URL, or `default`.',
  }),
  password: text('', {
    optional: true,
    secret: true,
    description: 'Its password. Empty: the one in the URL, or none.',
  }),
  tls_ca_file: path('', {
    optional: true,
    description:
      'PEM file of the authorities that a remote ledger is trusted by. Empty: those of the system.',
  }),
  tls_cert_file: path('', {
    optional: true,
    description: 'PEM file of the certificate that this server shows to a remote ledger.',
  }),
  tls_key_file: path('', { optional: true, description: 'PEM file of its key.' }),
  tls_verify: flag(true, { description: 'A remote ledger must prove with a certificate who it is.' }),
  request_timeout_seconds: duration(120, 'seconds', {
    minimum: 1,
    maximum: 3600,
    description: 'How long a remote ledger may give no sign of life before a request is given up.',
  }),
  spool_bytes_max: bytes(4096 * MIB, {
    minimum: 16 * MIB,
    maximum: 1_048_576 * MIB,
    description:
      'How much payload may wait on disk for the ledger while that is away. Beyond it senders are told to come back later.',
  }),
  query_memory_mb: integer(256, {
    minimum: 32,
    maximum: 1_048_576,
    unit: 'MiB',
    description: 'Memory that one query may use.',
  }),
  query_timeout_seconds: duration(30, 'seconds', {
    minimum: 1,
    maximum: 3600,
    description: 'How long one query may take.',
  }),
  max_threads: integer(2, {
    minimum: 1,
    maximum: 256,
    unit: 'threads',
    description: 'Threads that one query may use.',
  }),
});

/** Settings of the metric families. */
export const packs = section('Settings of the metric families.', {
  llm_latency_buckets: bounds([0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60], {
    maxItems: 100,
    unit: 'seconds',
    description: 'Upper bounds of the buckets of `llm_latency_seconds`.',
  }),
  roi_tracking: flag(true, {
    variable: 'ROI_TRACKING_ENABLED',
    description: 'Derive return on investment among the business metrics.',
  }),
});

/** What Prometheus is told of. */
export const discovery = section(
  'What Prometheus is told to scrape beside the server; see [service discovery](../operate/prometheus.md#service-discovery).',
  {
    applications: endpoints({
      maxItems: 1000,
      description:
        'Applications that expose metrics themselves, as `HOST:PORT` or as a URL; `/metrics` unless it has a path.',
    }),
  },
);

/** What the server may reach. */
export const outgoing = section(
  'What the server may reach beside the public internet; see [outgoing requests](../operate/outgoing.md).',
  {
    allow_private: places({
      live: true,
      maxItems: 256,
      description:
        'Private addresses that notifications, probes and redirects may lead to: IP addresses, networks such as `10.0.0.0/8`, host names.',
    }),
  },
);

/** When the configuration is loaded again. */
export const reload = section(
  'When the configuration is loaded again; see [reloading](../operate/reload.md).',
  {
    watch_seconds: duration(0, 'seconds', {
      live: true,
      minimum: 0,
      maximum: 3600,
      description:
        'How often to see whether the configuration file or a rate card has changed, and to reload if so. 0: only when told to.',
    }),
  },
);

/** Where log entries go. */
export const logs = section('Where log entries go.', {
  directory: path('', {
    optional: true,
    description: 'Directory for log files. Empty: JSON on standard output.',
  }),
});
