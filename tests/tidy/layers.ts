/**
 * The layer table: what each package and each stage of the server may import. It
 * is the flow of ARCHITECTURE.md, read from left to right.
 */

/** Packages by what they may import. */
export const packageLayers: Readonly<Record<string, readonly string[]>> = {
  metrics: [],
  events: ['metrics'],
  sdk: ['events', 'metrics'],
  monitoring: ['events'],
  server: ['events', 'metrics', 'monitoring'],
};

/** Files at the top of the server's sources that every stage may use. */
export const foundation: readonly string[] = ['clock.ts', 'log.ts', 'program.ts', 'version.ts'];

/** Stages of the server by the stages they may import. `cli` and `app.ts` put everything together. */
export const stageLayers: Readonly<Record<string, readonly string[]>> = {
  auth: [],
  matching: [],
  config: ['matching', 'outgoing'],
  state: [],
  series: ['ledger', 'outgoing', 'rollups'],
  rollups: ['ledger'],
  audit: ['state'],
  health: [],
  outgoing: [],
  journal: [],
  pricing: [],
  usage: ['pricing'],
  ledger: ['journal', 'pricing'],
  samples: ['journal', 'ledger'],
  ingest: ['journal', 'ledger', 'pricing', 'samples'],
  live: ['config', 'health', 'journal', 'ledger'],
  verify: ['journal', 'ledger', 'live', 'rerate'],
  report: ['ledger', 'rollups'],
  export: ['journal', 'ledger', 'pricing'],
  archive: ['export', 'ledger'],
  retention: ['archive', 'export', 'journal', 'ledger', 'state'],
  reconcile: ['ledger', 'pricing', 'report'],
  rerate: ['audit', 'ledger', 'pricing', 'report', 'state'],
  notify: ['config', 'matching', 'outgoing', 'state'],
  alerts: ['config', 'matching', 'notify', 'series', 'state'],
  allocations: ['config', 'ledger', 'outgoing', 'pricing', 'report', 'series'],
  budgets: ['analyse', 'config', 'journal', 'ledger', 'state'],
  analyse: [],
  analysis: ['analyse', 'report', 'series', 'state'],
  backup: ['audit', 'health', 'journal', 'ledger', 'state'],
  replay: [],
  demo: ['replay'],
  http: [
    'alerts',
    'analysis',
    'allocations',
    'archive',
    'auth',
    'backup',
    'budgets',
    'config',
    'export',
    'health',
    'ingest',
    'ledger',
    'live',
    'matching',
    'notify',
    'reconcile',
    'report',
    'rerate',
    'retention',
    'samples',
    'series',
    'verify',
  ],
};
