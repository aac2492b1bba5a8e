/**
 * Prometheus between sites, with the configuration of docs/operate/federation.md: a
 * site's Prometheus scrapes a server, a central one gets its series by `/federate`, and
 * by remote write.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { blocksOf } from '../docs/blocks.ts';
import { freePort } from '../server/free-port.ts';
import {
  post,
  root,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from '../server/running-server.ts';
import {
  areInstalled,
  PATIENCE_MS,
  PROMETHEUS,
  type RunningProgram,
  startPrometheus,
} from './running-program.ts';

const patient = { timeout: PATIENCE_MS, interval: 250 };

/** A configuration of the page, by something in it. */
function documented(contains: string): Record<string, unknown> {
  const found = blocksOf(root, 'docs/operate/federation.md').find(
    ({ language, text }) => language === 'yaml' && text.includes(contains),
  );
  return parse(found?.text ?? '') as Record<string, unknown>;
}

describe.skipIf(!areInstalled(PROMETHEUS))('Prometheus between sites', () => {
  const directory = temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  let server: RunningServer;
  let site: RunningProgram | undefined;
  let central: RunningProgram | undefined;
  let receiver: RunningProgram | undefined;

  beforeAll(async () => {
    server = await startServer(at('data'));
    const event = { provider: 'openai', model: 'gpt-4o', input_tokens: 1000, output_tokens: 10 };
    await post(server.url, [
      { ...event, id: 'a', timestamp: new Date().toISOString() },
      { ...event, id: 'b', timestamp: new Date().toISOString() },
    ]);
    const [sitePort, receiverPort] = [await freePort(), await freePort()];
    mkdirSync(at('receiver'));
    writeFileSync(at('receiver/prometheus.yml'), 'global: {}\n');
    receiver = await startPrometheus(at('receiver'), receiverPort, '--web.enable-remote-write-receiver');
    const target = server.url.replace('http://', '');
    const made = await runCli([
      'generate',
      'prometheus',
      '--scrape-interval',
      '1s',
      '--out',
      at('site'),
      '--target',
      target,
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
    const file = at('site/prometheus.yml');
    const generated = parse(readFileSync(file, 'utf8')) as { global: Record<string, unknown> };
    const { external_labels: labels } = documented('external_labels')['global'] as Record<string, unknown>;
    const [write] = documented('remote_write')['remote_write'] as { url: string }[];
    writeFileSync(
      file,
      stringify({
        ...generated,
        global: { ...generated.global, external_labels: labels },
        remote_write: [{ url: `${receiver.url}${new URL(write?.url ?? '').pathname}` }],
      }),
    );
    site = await startPrometheus(at('site'), sitePort);
    const configuration = documented('metrics_path: /federate') as {
      scrape_configs: { static_configs: unknown; scrape_interval: string }[];
    };
    for (const job of configuration.scrape_configs) {
      job.scrape_interval = '1s';
      job.static_configs = [{ targets: [`127.0.0.1:${sitePort}`] }];
    }
    mkdirSync(at('central'));
    writeFileSync(at('central/prometheus.yml'), stringify(configuration));
    central = await startPrometheus(at('central'), await freePort());
  });

  afterAll(async () => {
    for (const program of [central, site, receiver]) await program?.stop();
    await server?.stop();
    directory.remove();
  });

  const QUERY = 'sum by (site, job) (llm_tokens_used_total{token_type="input"})';
  const expected = [{ labels: { job: 'custom-metrics', site: 'frankfurt' }, value: '2000' }];
  const seenBy = async (program: RunningProgram | undefined) =>
    (await program?.query(QUERY))?.map(({ metric, value }) => ({ labels: metric, value: value[1] }));

  it('goes by /federate, with the labels of the site', async () => {
    await expect.poll(() => seenBy(central), patient).toEqual(expected);
    // What rules have recorded on the site comes along.
    const recorded = 'count({__name__=~".+:.+:.+", site="frankfurt"}) > bool 0';
    await expect.poll(async () => (await central?.query(recorded))?.[0]?.value[1], patient).toBe('1');
  });

  it('goes by remote write', async () => {
    await expect.poll(() => seenBy(receiver), patient).toEqual(expected);
  });
});
