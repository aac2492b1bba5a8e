/** The stores: whether the engine starts, and whether ledger, journal and audit log are whole. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditReader } from '../../audit/index.ts';
import type { RunningServer } from '../../data-directory.ts';
import type { HealthBody } from '../../health/index.ts';
import { JournalError } from '../../journal/submission.ts';
import { silentLog } from '../../log.ts';
import type { Verification } from '../../verify/verify.ts';
import { ledgerProblem, whyNotReady } from '../ledger-answer.ts';
import { fetchFromServer } from '../store-access.ts';
import { type Examination, type Finding, fine, type Patient, problem, warning } from './finding.ts';

/** How long a server may take to answer. */
const ANSWER_MS_MAX = 60_000;

/** What the running server says of itself. */
const health: Examination = {
  check: 'server',
  async run({ server }) {
    if (server === null) return [];
    const { status, checks } = await ask<HealthBody>(server, '/health');
    const findings = Object.entries(checks)
      .filter(([, check]) => check.status !== 'healthy')
      .map(([name, { status: how, message }]) =>
        (how === 'unhealthy' ? problem : warning)(
          `server: ${name}`,
          message,
          'See the log of the server and docs/operate/troubleshooting.md.',
        ),
      );
    return findings.length === 0 ? [fine('server', `It is ${status}, by its own checks.`)] : findings;
  },
};

/** Whether the ledger has what the journal has acknowledged. Without a server this starts the engine. */
const ledger: Examination = {
  check: 'ledger',
  async run(patient) {
    const { server, loaded } = patient;
    const silent = await ledgerProblem(loaded.config);
    if (silent !== null) return [unreachable(silent)];
    if (server !== null) return [judge(await ask<Verification>(server, '/api/v1/verify'))];
    if (!existsSync(join(loaded.config.storage.data_dir, 'journal'))) return [];
    return openAndVerify(patient);
  },
};

async function openAndVerify({ loaded: { config }, clock }: Patient): Promise<Finding[]> {
  const { openStores } = await import('../../stores.ts');
  try {
    const stores = await openStores({ config, clock, log: silentLog, actor: 'command line' });
    try {
      const reason = await whyNotReady(stores);
      if (reason !== null) return [unreachable(reason)];
      const found = judge(await stores.verify({ live: false }));
      return [fine('engine', 'It starts and answers.'), found];
    } finally {
      await stores.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return [
      problem(
        'journal',
        `It cannot be opened: ${error.message}`,
        'Another process may hold it: see which one has journal/journal.db open. Else restore a backup.',
      ),
    ];
  }
}

function unreachable(reason: string): Finding {
  return problem(
    'ledger',
    reason,
    'See whether ClickHouse runs and whether this machine can reach it: ledger.url, ledger.user and ledger.tls_*.',
  );
}

function judge({ consistent, events, comparisons }: Verification): Finding {
  if (consistent) return fine('ledger', `It has all ${events} events that the journal has acknowledged.`);
  const first = comparisons.find(({ equal }) => !equal);
  return problem(
    'ledger',
    `It differs from the journal: ${first?.name}: ${first?.expected} expected, ${first?.actual} found.`,
    'Do not delete anything; see bellwether verify, and docs/operate/backup.md for a restore.',
  );
}

/** Whether the audit log is as it was written. */
const audit: Examination = {
  check: 'audit log',
  async run({ loaded }) {
    const directory = loaded.config.storage.data_dir;
    if (!existsSync(join(directory, 'state.db'))) return [];
    const reader = openAuditReader(directory);
    try {
      const { intact, entries, broken } = await reader.verify();
      return intact
        ? [fine('audit log', `Its ${entries} entries are as they were recorded.`)]
        : [
            problem(
              'audit log',
              `It is broken at entry ${broken?.sequence}: ${broken?.message}`,
              'Find out who could write to the data directory; see docs/reference/audit.md.',
            ),
          ];
    } finally {
      await reader.close();
    }
  },
};

async function ask<R>({ url, token }: RunningServer, path: string): Promise<R> {
  const response = await fetchFromServer(url, path, token, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  return (await response.json()) as R;
}

/** All of them. */
export const stores: readonly Examination[] = [health, ledger, audit];
