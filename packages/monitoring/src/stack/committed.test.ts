import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasPromtool, withoutPromtool } from '../rules/testing/promtool.ts';
import { alertNamed } from '../runbooks/page.ts';
import { inhibitions } from './inhibitions.ts';
import { committedFiles } from './test-committed.ts';

const folder = join(import.meta.dirname, '../../../../monitoring');
const files = Object.entries(committedFiles());

describe('monitoring/', () => {
  it.each(files)('%s is what is generated (renew with vitest -u)', async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(folder, name));
  });

  it('has no other files than its README', () => {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
    expect(found.toSorted()).toEqual(['README.md', ...files.map(([name]) => name)].toSorted());
  });

  it.runIf(hasPromtool)(`passes promtool, with nothing to find${withoutPromtool}`, () => {
    const said = execFileSync(
      'promtool',
      ['check', 'config', '--lint=all', '--lint-fatal', 'prometheus/prometheus.yml'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    expect(said).toContain('SUCCESS: 3 rule files found');
    expect(said).not.toMatch(/FAILED|lint/);
  });
});

describe('inhibitions', () => {
  it('are between alerts that there are, and never both ways', () => {
    const names = inhibitions.flatMap(({ cause, silences }) => [cause, ...silences]);
    expect(names.filter((name) => alertNamed(name) === undefined)).toEqual([]);
    const pairs = new Set(
      inhibitions.flatMap(({ cause, silences }) => silences.map((one) => `${cause} ${one}`)),
    );
    const mutual = [...pairs].filter((pair) => pairs.has(pair.split(' ').toReversed().join(' ')));
    expect(mutual).toEqual([]);
  });
});

const hasAmtool = spawnSync('amtool', ['--version']).status === 0;
if (!hasAmtool && process.env.CI)
  throw new Error('amtool is missing: install the package prometheus-alertmanager');

describe.runIf(hasAmtool)(
  `monitoring/alertmanager${hasAmtool ? '' : ' (left out: amtool is not installed)'}`,
  () => {
    const config = join(folder, 'alertmanager/alertmanager.yml');
    const amtool = (...args: readonly string[]): { status: number | null; output: string } => {
      const { status, stdout, stderr } = spawnSync('amtool', args, { encoding: 'utf8' });
      return { status, output: `${stdout}${stderr}` };
    };

    it('passes amtool', () => {
      const { status, output } = amtool('check-config', config);
      expect(output).toContain('SUCCESS');
      expect(status).toBe(0);
    });

    it.each([
      ['pager,chat', 'severity=critical', 'alertname=ServiceDown', 'job=custom-metrics'],
      ['chat', 'severity=warning', 'alertname=HighLatency', 'environment=production'],
      ['mail', 'severity=info', 'alertname=CostSavingsOpen'],
      ['nobody', 'alertname=Strange'],
    ])('routes to %s what has %s %s', (receivers, ...labels) => {
      const routed = amtool(
        'config',
        'routes',
        'test',
        `--config.file=${config}`,
        `--verify.receivers=${receivers}`,
        ...labels,
      );
      expect(routed.output.split('\n')).toContain(receivers);
      expect(routed.status).toBe(0);
    });

    it('would notice a wrong route', () => {
      const routed = amtool(
        'config',
        'routes',
        'test',
        `--config.file=${config}`,
        '--verify.receivers=mail',
        'severity=critical',
      );
      expect(routed.status).not.toBe(0);
    });
  },
);
