/** Finds values that are right by themselves and cannot hold together. */

import { STATIC_TOKEN_LENGTH_MIN } from './access-sections.ts';
import type { ConfigProblem, ConfigSource } from './problems.ts';
import type { Config, ConfigKey } from './schema.ts';
import { formatBytes } from './units.ts';

/** Every contradiction between keys, told at the key that its author probably set. */
export function contradictions(
  config: Config,
  sources: ReadonlyMap<ConfigKey, ConfigSource>,
): ConfigProblem[] {
  const { storage, ingest, retention, business_intelligence: weights } = config;
  const problems: ConfigProblem[] = [];
  const refuse = (keys: readonly ConfigKey[], reason: string): void => {
    // Of two keys that contradict each other, the one that was set is to blame, not the one left at its default.
    const isSet = (key: ConfigKey): boolean =>
      !['default', 'preset'].includes(sources.get(key)?.kind ?? 'default');
    const key = keys.find(isSet) ?? keys[0];
    if (key !== undefined) {
      problems.push({ code: 'contradiction', key, reason, source: sources.get(key) ?? { kind: 'default' } });
    }
  };
  if (storage.disk_warning_percent >= storage.disk_critical_percent) {
    refuse(
      ['storage.disk_warning_percent', 'storage.disk_critical_percent'],
      `disk_warning_percent (${storage.disk_warning_percent}) must be less than disk_critical_percent (${storage.disk_critical_percent})`,
    );
  }
  if (retention.charges_days < retention.events_days) {
    refuse(
      ['retention.charges_days', 'retention.events_days'],
      `charges_days (${retention.charges_days}) must be at least events_days (${retention.events_days})`,
    );
  }
  if (ingest.queue_bytes_max < ingest.decoded_bytes_max) {
    refuse(
      ['ingest.queue_bytes_max', 'ingest.decoded_bytes_max'],
      `queue_bytes_max (${formatBytes(ingest.queue_bytes_max)}) must be at least decoded_bytes_max (${formatBytes(ingest.decoded_bytes_max)}), or the largest request could never be taken`,
    );
  }
  if (ingest.decoded_bytes_max < ingest.body_bytes_max) {
    refuse(
      ['ingest.decoded_bytes_max', 'ingest.body_bytes_max'],
      `decoded_bytes_max (${formatBytes(ingest.decoded_bytes_max)}) must be at least body_bytes_max (${formatBytes(ingest.body_bytes_max)})`,
    );
  }
  if ((config.tls.cert_file === '') !== (config.tls.key_file === '')) {
    refuse(['tls.cert_file', 'tls.key_file'], 'a certificate needs its key and a key its certificate');
  }
  if (config.tls.client_ca_file !== '' && config.tls.cert_file === '') {
    refuse(['tls.client_ca_file'], 'client certificates need TLS, and so tls.cert_file and tls.key_file');
  }
  for (const name of ['admin_token', 'operate_token', 'read_token', 'ingest_token'] as const) {
    const { length } = config.access[name];
    if (length > 0 && length < STATIC_TOKEN_LENGTH_MIN) {
      refuse([`access.${name}`], `must have at least ${STATIC_TOKEN_LENGTH_MIN} characters, has ${length}`);
    }
  }
  if (weights.user_satisfaction_weight + weights.performance_weight + weights.cost_efficiency_weight === 0) {
    refuse(
      [
        'business_intelligence.user_satisfaction_weight',
        'business_intelligence.performance_weight',
        'business_intelligence.cost_efficiency_weight',
      ],
      'the three weights must not all be 0',
    );
  }
  for (const check of [
    ...ledgerContradictions(config),
    ...siteContradictions(config),
    ...budgetContradictions(config),
  ])
    refuse(check.keys, check.reason);
  for (const problem of routeProblems(config)) refuse(['notifications.routes'], problem);
  return problems;
}

/** Routes to channels that do not exist. */
function routeProblems({ notifications, monitoring }: Config): string[] {
  const channels = new Set(notifications.channels.map(({ id }) => id));
  if (monitoring.metrics_server_endpoint !== '') channels.add('alertmanager');
  return notifications.routes.flatMap((route) =>
    [...route.channels, ...route.escalateTo]
      .filter((channel) => !channels.has(channel))
      .map((channel) => `the route ${route.id} names the channel ${channel}, which is not declared`),
  );
}

/** Names that stand in statements as they are. */
const IDENTIFIER = /^[A-Za-z_]\w*$/;

interface Contradiction {
  readonly keys: readonly ConfigKey[];
  readonly reason: string;
}

/** Names of sites that cannot be told apart, or not be written down. */
function siteContradictions({ federation: { site, spokes } }: Config): Contradiction[] {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(site))
    return [{ keys: ['federation.site'], reason: 'must be lower-case letters, digits, _ and -' }];
  return spokes.some(({ id }) => id === site)
    ? [{ keys: ['federation.site', 'federation.spokes'], reason: `two sites have the name ${site}` }]
    : [];
}

/** Days for which events are needed, so that a period can be counted anew in any time zone. */
const daysOfPeriod = { day: 2, week: 8, month: 32 } as const;

/** Budgets of periods that are longer than events are kept: counted anew, they would forget what was spent. */
function budgetContradictions({ budgets, retention }: Config): Contradiction[] {
  return budgets.items
    .filter(({ period }) => retention.events_days < daysOfPeriod[period])
    .slice(0, 1)
    .map(({ id, period }) => ({
      keys: ['retention.events_days', 'budgets.items'],
      reason: `events_days (${retention.events_days}) must be at least ${daysOfPeriod[period]} for the budget ${id}, which is counted by the ${period}`,
    }));
}

function ledgerContradictions({ backup, ledger }: Config): Contradiction[] {
  const found: Contradiction[] = [];
  const refuse = (key: ConfigKey, reason: string): void => {
    found.push({ keys: [key], reason });
  };
  if (ledger.cluster !== '' && !IDENTIFIER.test(ledger.cluster))
    refuse('ledger.cluster', 'must consist of letters, digits and underscores');
  if (!IDENTIFIER.test(ledger.database))
    refuse('ledger.database', 'must consist of letters, digits and underscores');
  if (ledger.url === '') {
    for (const key of [
      'cluster',
      'user',
      'password',
      'tls_ca_file',
      'tls_cert_file',
      'tls_key_file',
    ] as const)
      if (ledger[key] !== '') refuse(`ledger.${key}`, 'needs ledger.url');
  } else if (backup.directory !== '')
    refuse('backup.directory', 'backups are made of the embedded engine only; ledger.url names a remote one');
  if ((ledger.tls_cert_file === '') !== (ledger.tls_key_file === ''))
    refuse(
      ledger.tls_cert_file === '' ? 'ledger.tls_key_file' : 'ledger.tls_cert_file',
      'needs both, certificate and key',
    );
  const { username = '', password = '' } = URL.parse(ledger.url) ?? {};
  if (username !== '' && ledger.user !== '') refuse('ledger.user', 'is given in ledger.url too');
  if (password !== '' && ledger.password !== '') refuse('ledger.password', 'is given in ledger.url too');
  return found;
}
