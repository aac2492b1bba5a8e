import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  isHost,
  isHostPort,
  parseBytes,
  parseDuration,
  parseEndpoint,
  withoutCredentials,
} from './units.ts';

describe('parseBytes', () => {
  it.each([
    ['20 MiB', 20_971_520],
    ['20MB', 20_000_000],
    ['1.5 KiB', 1536],
    ['0B', 0],
    ['1 TiB', 1_099_511_627_776],
    ['20', null],
    ['20 mib', null],
    ['20  MiB', null],
    ['-1 B', null],
    ['0.5 B', null],
    ['1e3 B', null],
    ['99999999999999 TiB', null],
    [' 1 B', null],
    ['1 B\n', null],
  ])('%j is %j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it('reads what formatBytes prints', () => {
    for (const bytes of [0, 1, 1023, 1024, 1536, 20_971_520, 2 ** 40, 3 * 2 ** 30]) {
      expect(parseBytes(formatBytes(bytes))).toBe(bytes);
    }
    expect(formatBytes(1536)).toBe('1536 B');
  });
});

describe('parseDuration', () => {
  it.each([
    ['10m', 'seconds', 600],
    ['500ms', 'seconds', 0.5],
    ['36h', 'days', 1.5],
    ['7 d', 'days', 7],
    ['1h30m', 'seconds', null],
    ['10', 'seconds', null],
    ['10M', 'seconds', null],
    ['-1s', 'seconds', null],
  ] as const)('%j in %s is %j', (text, unit, value) => {
    expect(parseDuration(text, unit)).toBe(value);
  });
});

describe('addresses', () => {
  it.each(['localhost', '0.0.0.0', '::', 'my_host', 'a.b-c.example', 'a.example.', '1host'])(
    '%s is a host',
    (text) => {
      expect(isHost(text)).toBe(true);
    },
  );

  it.each(['', '300.1.1.1', '1.2.3', 'a b', '-a', 'a..b', 'http://a', 'a/b', 'é', 'a'.repeat(254)])(
    '%j is no host',
    (text) => {
      expect(isHost(text)).toBe(false);
    },
  );

  it.each([
    ['HOST:5432', true],
    ['[::1]:5432', true],
    ['10.0.0.1:1', true],
    ['::1:5432', false],
    ['[10.0.0.1]:5432', false],
    ['HOST', false],
    ['HOST:', false],
    ['HOST:0', false],
    ['HOST:65536', false],
    ['user@HOST:5432', false],
    ['HOST:5432/db', false],
    [':5432', false],
  ])('%j as HOST:PORT: %j', (text, expected) => {
    expect(isHostPort(text)).toBe(expected);
  });

  it.each([
    ['HOST:9093', 'http://HOST:9093'],
    ['http://HOST:9090', 'http://HOST:9090'],
    ['HTTPS://host/path//', 'HTTPS://host/path'],
    ['http://[::1]:9090', 'http://[::1]:9090'],
    ['ftp://host', null],
    ['http://', null],
    ['http://a b', null],
    ['http://host/?x=1', null],
    ['http://host/#x', null],
    ['http://host:99999', null],
    ['host', null],
    ['javascript:alert(1)', null],
  ])('%j as an endpoint: %j', (text, expected) => {
    expect(parseEndpoint(text)).toBe(expected);
  });

  it('hides credentials', () => {
    expect(withoutCredentials('https://a:b@c:1/d@e')).toBe('https://***@c:1/d@e');
    expect(withoutCredentials('https://c:1/d@e')).toBe('https://c:1/d@e');
    expect(withoutCredentials('https://key@c')).toBe('https://***@c');
    expect(withoutCredentials('https://a:b@d@c')).toBe('https://***@c');
  });
});
