import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_FILE_BYTES_MAX } from './file-layer.ts';
import { loadConfig } from './load.ts';
import { faults, loadText, temporaryDirectory } from './test-config.ts';

describe('a configuration file', () => {
  it.each([
    ['nothing', ''],
    ['a comment only', '# all defaults\n'],
    ['an empty section', 'service:\n  # port: 9091\nmetrics: {}\n'],
    ['a byte order mark', '\uFEFFservice: { workers: 2 }'],
    ['carriage returns', 'service:\r\n  workers: 2\r\n'],
  ])('may hold %s', (_what, content) => {
    expect(loadText(content).config.service.workers).toBe(2);
  });

  it.each([
    ['service: { port: 1, port: 2 }', 'syntax: the key port is given twice (in bellwether.yaml line 1)'],
    [
      'a: 1\n---\nb: 2',
      'syntax: Source contains multiple documents; please use YAML.parseAllDocuments() (in bellwether.yaml line 2)',
    ],
    ['service: { name: !env HOME }', 'syntax: Unresolved tag: !env (in bellwether.yaml line 1)'],
    ['- service', 'bellwether.yaml: must be a map of sections, is a list'],
    ['service', 'bellwether.yaml: must be a map of sections, is "service"'],
    ['service: 1', 'service: must be a map of keys, is 1 (in bellwether.yaml line 1)'],
    ['\n__proto__: { port: 1 }', '__proto__: is not a known key (in bellwether.yaml line 2)'],
    [
      'service: { __proto__: { port: 1 } }',
      'service.__proto__: is not a known key (in bellwether.yaml line 1)',
    ],
    ['service: { constructor: 1 }', 'service.constructor: is not a known key (in bellwether.yaml line 1)'],
    ['toString: {}', 'toString: is not a known key (in bellwether.yaml line 1)'],
    ['a: &a { port: 1 }\nservice: { <<: *a }', 'a: is not a known key (in bellwether.yaml line 1)'],
    ['service: &s [*s]', 'service: must be a map of keys, is a list (in bellwether.yaml line 1)'],
    [
      'port: 9091',
      'port: is not a known key; did you mean service.port or scrape.port? (in bellwether.yaml line 1)',
    ],
    ['serivce: {}', 'serivce: is not a known key; did you mean service? (in bellwether.yaml line 1)'],
    [
      'service: { "a\\u001b[31m": 1 }',
      'service."a\\u001b[31m": is not a known key (in bellwether.yaml line 1)',
    ],
    [
      'storage: { retention_days: 1 }',
      'storage.retention_days: is not a known key; did you mean metrics.retention_days? (in bellwether.yaml line 1)',
    ],
    ['service: { port: }', 'service.port: must be a whole number, is empty (in bellwether.yaml line 1)'],
    [
      'service: { name: !!binary aGk= }',
      'service.name: must be a text, is a map (in bellwether.yaml line 1)',
    ],
    [
      'a: {b: 1\nc: 2',
      'syntax: Flow map in block collection must be sufficiently indented and end with a } (in bellwether.yaml line 2)',
    ],
  ])('%j is refused', (content, first) => {
    expect(faults(() => loadText(content))[0]).toBe(first);
    expect(Reflect.get({}, 'port')).toBeUndefined();
  });

  it('may use anchors, and names the line where the value is used', () => {
    const content = 'service: &s\n  workers: 3\nmetrics: *s';
    expect(faults(() => loadText(content))).toEqual([
      'metrics.workers: is not a known key; did you mean service.workers? (in bellwether.yaml line 2)',
    ]);
    const sound = 'cost_analysis: &all { enabled: false }\nuser_analytics: *all';
    expect(loadText(sound).config.user_analytics.enabled).toBe(false);
  });

  it('is refused when it is a bomb of aliases, of nesting or of bytes', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      levels.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join()}]`);
    }
    expect(faults(() => loadText(levels.join('\n')))).toEqual([
      'syntax: Excessive alias count indicates a resource exhaustion attack (in bellwether.yaml)',
    ]);
    expect(faults(() => loadText(`a: ${'['.repeat(100_000)}`))[0]).toMatch(
      /^syntax: is nested too deeply \(in bellwether.yaml line 1\)$/,
    );
    expect(faults(() => loadText('#'.repeat(CONFIG_FILE_BYTES_MAX)))).toEqual([]);
    expect(faults(() => loadText('#'.repeat(CONFIG_FILE_BYTES_MAX + 1)))).toEqual([
      'bellwether.yaml: is larger than 524288 bytes',
    ]);
  });

  it('is refused when it cannot be read, without waiting for it', () => {
    const directory = temporaryDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    mkdirSync(join(directory, 'folder'));
    writeFileSync(join(directory, 'latin1.yaml'), Buffer.from([0x23, 0xe9, 0x0a]));
    const messages = ['pipe', 'folder', 'latin1.yaml', 'absent.yaml', 'a\0b'].map((name) =>
      faults(() => loadConfig({ file: join(directory, name), environment: {} })),
    );
    expect(messages).toEqual([
      ['pipe: is not a regular file'],
      ['folder: is not a regular file'],
      ['latin1.yaml: is not UTF-8 text'],
      ['absent.yaml: does not exist'],
      ['a\0b: cannot be read (ERR_INVALID_ARG_VALUE)'],
    ]);
  });
});
