import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configKeys } from '../config/index.ts';
import { checkCommand } from './check.ts';
import type { CommandResult } from './test-output.ts';
import { runCommand } from './test-output.ts';

function fileOf(content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-check-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'bellwether.yaml');
  writeFileSync(file, content);
  return file;
}

const environment = { CUSTOM_METRICS_PORT: '9092', PROMETHEUS_ENDPOINT: 'http://me:canary@p:9090' };
const check = async (...options: string[]): Promise<CommandResult> =>
  runCommand((output) => checkCommand(environment, output), 'config', ...options);

describe('check config', () => {
  it('prints every value in effect with its source, and no secret', async () => {
    const file = fileOf('service:\n  name: my-metrics\n  workers: 3\n');
    const { written, failure, exitCode } = await check('--config', file, '--data', '/var/lib/bellwether');
    expect([failure, exitCode]).toEqual([null, 0]);
    const lines = written.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '));
    expect(lines[0]).toBe(`OK: ${file}`);
    expect(lines).toContain(`service.name | my-metrics | ${file} line 2`);
    expect(lines).toContain('service.port | 9092 | environment variable CUSTOM_METRICS_PORT');
    expect(lines).toContain('storage.data_dir | /var/lib/bellwether | option --data');
    expect(lines).toContain('ingest.body_bytes_max | 20 MiB | default');
    expect(lines).toContain(
      'monitoring.prometheus_endpoint | http://***@p:9090 | environment variable PROMETHEUS_ENDPOINT',
    );
    for (const key of configKeys.keys()) expect(written).toContain(`\n${key} `);
    expect(written).not.toContain('canary');
  });

  it('prints every fault, with exit status 1', async () => {
    const file = fileOf('metrics: { retention_days: -3 }\nservice: { prot: 1 }\n');
    const { written, failure, exitCode } = await check('--config', file);
    expect([written, exitCode]).toEqual(['', 1]);
    expect(failure).toBe(
      [
        'the configuration is wrong:',
        `metrics.retention_days: must be at least 1, is -3 (in ${file} line 1)`,
        `service.prot: is not a known key; did you mean service.port? (in ${file} line 2)`,
      ].join('\n'),
    );
  });

  it('prints JSON for programs, right or wrong', async () => {
    const right = await check('--json');
    expect(right.exitCode).toBe(0);
    const answer = JSON.parse(right.written) as { ok: boolean; keys: unknown[] };
    expect(answer.ok).toBe(true);
    expect(answer.keys).toHaveLength(configKeys.size);
    expect(answer.keys[2]).toEqual({
      key: 'service.port',
      value: '9092',
      source: 'environment variable CUSTOM_METRICS_PORT',
      isDefault: false,
    });
    const file = fileOf('metrics: { retention_days: -3 }');
    const wrong = await check('--config', file, '--json');
    expect(wrong.exitCode).toBe(1);
    expect(JSON.parse(wrong.written)).toEqual({
      ok: false,
      problems: [
        {
          code: 'invalid_value',
          key: 'metrics.retention_days',
          reason: 'must be at least 1, is -3',
          source: { kind: 'file', file, line: 1 },
        },
      ],
    });
  });

  it('prints the JSON Schema', async () => {
    const { written, exitCode } = await check('--schema');
    expect(exitCode).toBe(0);
    expect(JSON.parse(written)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
  });
});
