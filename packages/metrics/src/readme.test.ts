import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const entry = new URL('./index.ts', import.meta.url).href;

/** The examples up to the answering of scrapes; those after it need a network. */
function program(): string {
  const [part] = readme.split('## Answering scrapes');
  const blocks = [...part!.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const imported = new Set<string>();
  const code = blocks.map((block) =>
    block.replaceAll(/import \{([^}]*)\} from '@bellwether\/metrics';/g, (_line, names: string) => {
      for (const name of names.split(',')) imported.add(name.trim());
      return '';
    }),
  );
  // The first example and the later ones each have a `requests` of their own.
  const scoped = [`{ ${code[0]} }`, ...code.slice(1)];
  return `import { ${[...imported].join(', ')} } from '${entry}';\n${scoped.join('\n')}\nconsole.log(await register.metrics());`;
}

describe('the examples of the README', () => {
  it('run, and do what they say', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'readme-'));
    const file = join(folder, 'examples.mts');
    writeFileSync(file, program());
    const { stdout } = await promisify(execFile)(process.execPath, [file]);
    rmSync(folder, { recursive: true });
    expect(stdout).toContain('requests_total{method="GET"} 1\n');
    expect(stdout).toContain('llm_requests_total{provider="openai",model="m"} 3\n');
    expect(stdout).toContain('llm_latency_seconds_sum{provider="openai"} 1.94\n');
    expect(stdout).toContain('llm_tokens_total{provider="openai",kind="total"} 1400\n');
  });
});
