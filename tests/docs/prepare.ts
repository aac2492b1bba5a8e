/** What the commands of the documentation expect to find: files, and a server that is set up as the pages say. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../server/running-server.ts';
import { blocksOf } from './blocks.ts';

const HOUR_MS = 3_600_000;

/** A series with a daily wave. */
function wave(rows: number): string {
  const lines = Array.from({ length: rows }, (_, hour) => {
    const at = new Date(Date.UTC(2026, 9, 1) + hour * HOUR_MS).toISOString();
    return `${at},${(100 + 40 * Math.sin((hour * Math.PI) / 12)).toFixed(2)}`;
  });
  return `timestamp,value\n${lines.join('\n')}\n`;
}

/** The first block of a page that fits. */
function blockWith(file: string, contains: string): string {
  const found = blocksOf(root, file).find(({ text }) => text.includes(contains));
  if (found === undefined) throw new Error(`${file} has no block with ${contains}`);
  return found.text;
}

/** What is done before the commands of a page, where they use what another command makes. */
export const before: Readonly<Record<string, string>> = {
  'docs/concepts/reconciling.md': 'bellwether export focus --format csv --out focus-2026-11.csv',
  'docs/operate/maintenance.md': 'bellwether backup mnt/backups',
  'docs/guides/performance.md': 'bellwether deployments add --service chat --version v1 --id DEPLOYMENT-ID',
  'docs/concepts/outlook.md': 'bellwether deployments add --service chat --version v1 --id DEPLOYMENT-ID',
};

/**
 * Writes the files.
 *
 * @returns the environment variables of the server
 */
export function prepare(work: string): Record<string, string> {
  const put = (name: string, text: string): void => writeFileSync(join(work, name), text);
  for (const folder of ['series', 'etc', 'etc/bellwether', 'mnt', 'mnt/backups', 'mnt/archive'])
    mkdirSync(join(work, folder));
  for (const name of ['requests.csv', 'latency.csv', 'series/one.csv']) put(name, wave(24 * 14));
  const event = { timestamp: '2026-11-20T10:00:00Z', provider: 'openai', model: 'gpt-4o', input_tokens: 5 };
  put('events.ndjson', `${JSON.stringify({ ...event, id: 'ndjson-1' })}\n`);
  put('traffic.ndjson', `${JSON.stringify({ ...event, id: 'ndjson-2' })}\n`);
  put('bellwether.yaml', 'service: { name: documented }\n');
  put('prices.yaml', blockWith('docs/reference/rate-cards.md', 'per_gpu_hour'));
  const session = blockWith('docs/start/opentelemetry.md', '$ cat span.json');
  put('span.json', session.slice(session.indexOf('\n') + 1, session.indexOf('\n$ curl')));
  put('channels.yaml', blockWith('docs/operate/alertmanager.md', 'kind: pagerduty'));
  const { objectives } = parse(blockWith('docs/concepts/objectives.md', 'id: chat-availability')) as {
    objectives: unknown;
  };
  return { BELLWETHER_OBJECTIVES: JSON.stringify(objectives) };
}
