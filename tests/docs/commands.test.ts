/**
 * Every command of the documentation, run as it is written: against a demo with little
 * data, in a folder that stands for the machine. Every query is read by Prometheus'
 * own parser, every configuration by the server's. What is not run is listed with the
 * reason in not-run.ts.
 */

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { configSections } from '../../packages/server/src/config/schema.ts';
import { areInstalled } from '../monitoring/running-program.ts';
import {
  cli,
  inherited,
  root,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from '../server/running-server.ts';
import { type Block, blocksOf, scriptOf } from './blocks.ts';
import { notRun } from './not-run.ts';
import { before, prepare } from './prepare.ts';

const files = execFileSync('git', ['ls-files', 'README.md', 'docs/**/*.md', 'docs/*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const blocks = files.flatMap((file) => blocksOf(root, file));
const reasonOf = ({ file, text }: Block): string | undefined =>
  notRun.find(([name, contains]) => name === file && `${text}\n`.includes(contains))?.[2];
/** Tokens come last, since a server that has one answers nobody without. */
const commands = blocks
  .filter(({ language }) => ['sh', 'console', 'bash'].includes(language))
  .toSorted((a, b) => Number(a.text.includes('token create')) - Number(b.text.includes('token create')));
const named = (list: readonly Block[]): [string, Block][] =>
  list.map((block) => [`${block.file}:${block.line}`, block]);

describe('the commands of the documentation', () => {
  const directory = temporaryDirectory();
  const work = join(directory.path, 'work');
  let server: RunningServer;

  beforeAll(async () => {
    mkdirSync(work);
    server = await startServer(join(directory.path, 'data'), {
      command: 'demo',
      args: ['--events', '4000'],
      environment: prepare(work),
    });
    symlinkSync(server.dataDirectory, join(work, 'data'));
  });
  afterAll(async () => {
    await server?.stop();
    directory.remove();
  });

  /** Runs what a block says, and says what failed; with the folders and the address of the test in the place of those in it. */
  async function problemOf(block: Block): Promise<string> {
    const script = scriptOf(block)
      .replaceAll(/(127\.0\.0\.1|localhost):9091/g, new URL(server.url).host)
      .replaceAll('./data/demo', './data')
      .replaceAll(/(^|[ =])\/(etc|mnt)\//gm, `$1${work}/$2/`)
      .replaceAll('monitoring/alertmanager/', `${root}/monitoring/alertmanager/`)
      // The anchor of another log says nothing of this one.
      .replaceAll(
        /--anchor \d+:[0-9a-f]{64}/g,
        `--anchor $(bellwether audit verify --data ./data | sed -n 's/^Anchor[^:]*: //p')`,
      )
      .replaceAll(/(restore \S+) --data \.\/data --replace/g, '$1 --data ./restored --replace');
    const prelude = `set -euo pipefail
bellwether() { '${process.execPath}' '${cli}' "$@"; }
npx() { shift; bellwether "$@"; }
curl() { command curl --silent --show-error --fail-with-body "$@"; }
`;
    try {
      await promisify(execFile)('bash', ['-c', `${prelude}${before[block.file] ?? ''}\n${script}`], {
        cwd: work,
        env: { ...inherited, HOME: work },
        maxBuffer: 64 << 20,
      });
      return '';
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return `${script}
${stdout.slice(-1000)}${stderr.slice(-2000)}`;
    }
  }

  it('are there', () => {
    expect(commands.length).toBeGreaterThan(50);
    const fits = ([file, contains]: (typeof notRun)[number]): boolean =>
      commands.some((block) => block.file === file && `${block.text}\n`.includes(contains));
    expect(notRun.filter((entry) => !fits(entry))).toEqual([]);
  });

  it.each(named(commands.filter((block) => reasonOf(block) === undefined)))(
    'run: %s',
    async (_name, block) => {
      expect(await problemOf(block)).toBe('');
    },
  );
});

describe('the configurations of the documentation', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());
  const sections = new Set<string>(configSections.map(({ name }) => name));
  const configurations = blocks.filter(({ language, text }) => {
    // Of the same name, but of `generate prometheus`.
    if (language !== 'yaml' || text.includes('bad_query:')) return false;
    const value: unknown = parse(text);
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return keys.length > 0 && keys.every((key) => sections.has(key));
  });

  it('are there', () => {
    expect(configurations.length).toBeGreaterThan(10);
  });

  it.each(named(configurations))('are taken by the server: %s', async (_name, { text }) => {
    const file = join(directory.path, 'bellwether.yaml');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await runCli(['check', 'config', '--config', file]);
    expect([code, stderr, code === 0 ? '' : stdout]).toEqual([0, '', '']);
  });
});

describe.skipIf(!areInstalled('/usr/bin/promtool'))('the queries of the documentation', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  it('are read by Prometheus', () => {
    const queries = blocks
      .filter(({ language }) => language === 'promql')
      .flatMap(({ text }) => text.split(/\n\n+/));
    expect(queries.length).toBeGreaterThan(100);
    const rules = queries.map((query, index) => ({ record: `documented:query:${index}`, expr: query }));
    const file = join(directory.path, 'rules.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'documentation', rules }] }));
    const said = execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});
