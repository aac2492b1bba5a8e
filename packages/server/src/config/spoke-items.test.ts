import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';
import { readSpokes } from './spoke-items.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-spokes-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What the loader makes of a file, or what it finds wrong. */
function load(federation: string) {
  const file = join(directory, 'bellwether.yaml');
  writeFileSync(file, `federation: ${federation}\n`);
  return loadConfig({ environment: { BELLWETHER_CONFIG: file }, overrides: {} });
}

describe('the sites of a configuration', () => {
  it('are read, without a final slash', () => {
    expect(
      readSpokes([{ site: 'eu', url: 'https://eu.example.org:9091/', token_file: '/etc/token' }]),
    ).toEqual([
      {
        id: 'eu',
        url: 'https://eu.example.org:9091',
        tokenFile: '/etc/token',
        caFile: '',
        certFile: '',
        keyFile: '',
      },
    ]);
  });

  it.each([
    ['credentials', { site: 'eu', url: 'https://u:p@eu.example.org' }, /credentials/],
    ['another protocol', { site: 'eu', url: 'ftp://eu.example.org' }, /http or https/],
    ['a query', { site: 'eu', url: 'https://eu.example.org/?a=b' }, /query/],
    ['a certificate without its key', { site: 'eu', url: 'https://eu', cert_file: '/c' }, /both/],
    ['a name that is none', { site: 'EU West', url: 'https://eu' }, /lower-case/],
    ['an unknown key', { site: 'eu', url: 'https://eu', token: 'secret' }, /not a known key/],
  ])('have no %s', (_what, spoke, problem) => {
    expect(readSpokes([spoke])).toMatch(problem);
  });

  it('have names of their own', () => {
    const spoke = { site: 'eu', url: 'https://eu' };
    expect(readSpokes([spoke, spoke])).toMatch(/two items/);
    expect(() => load('{ site: eu, spokes: [{ site: eu, url: "https://eu" }] }')).toThrow(/two sites/);
    expect(() => load('{ site: "E U" }')).toThrow(/lower-case/);
  });

  it('name files relative to the configuration', () => {
    const { config } = load(
      '{ spokes: [{ site: eu, url: "https://eu", token_file: eu.token, ca_file: /ca.pem }] }',
    );
    expect(config.federation.spokes).toMatchObject([
      { tokenFile: join(directory, 'eu.token'), caFile: '/ca.pem', certFile: '' },
    ]);
  });
});
