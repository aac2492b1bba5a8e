import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimForKeys, ENCRYPTION_MARK, ENCRYPTION_MARK_COPY, keyOfDirectory } from './data-mark.ts';
import { keyRingOf, readEncryptionKeys } from './key-file.ts';
import { deriveKeys, MasterKey } from './master-key.ts';
import { BlockSealer, journalIdOf } from './sealed-block.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-key-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const hex = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const older = '1f'.repeat(32);

function keyFile(content: string, mode = 0o600): string {
  const path = join(directory, 'key');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function fingerprints(content: string): string[] {
  return readEncryptionKeys(keyFile(content))?.keys.map(({ fingerprint }) => fingerprint) ?? [];
}

describe('the key file', () => {
  it('holds the same key as hexadecimal and as base64', () => {
    const base64 = Buffer.from(hex, 'hex').toString('base64');
    expect(fingerprints(`${hex}\n`)).toEqual([new MasterKey(Buffer.from(hex, 'hex')).fingerprint]);
    expect(fingerprints(base64)).toEqual(fingerprints(hex));
    expect(fingerprints(hex)[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(readEncryptionKeys('')).toBeNull();
  });

  it('holds several, newest first, with remarks', () => {
    const content = `# since November\n${hex}\n\n  # before\r\n${older}\r\n`;
    expect(fingerprints(content)).toEqual([...fingerprints(hex), ...fingerprints(older)]);
    const ring = readEncryptionKeys(keyFile(content));
    expect(ring?.newest.fingerprint).toBe(fingerprints(hex)[0]);
    expect(ring?.find(fingerprints(older)[0] ?? '')?.fingerprint).toBe(fingerprints(older)[0]);
    expect(ring?.find('0'.repeat(16))).toBeNull();
  });

  it.each([
    '',
    '# none\n',
    'x',
    hex.slice(1),
    `${hex}0`,
    `${hex} ${hex}`,
    `${hex}\n${hex}0`,
    '='.repeat(44),
    `${hex}${' '.repeat(200)}x`,
    `${hex}\n`.repeat(17),
    `${hex}\n${'#'.repeat(5000)}`,
  ])('is refused if it holds %j', (content) => {
    const path = keyFile(content);
    expect(() => readEncryptionKeys(path)).toThrow(/has to hold 32 bytes/);
  });

  it('is refused if others may read it, or if it cannot be read, without being quoted', () => {
    for (const mode of [0o640, 0o604, 0o620, 0o602])
      expect(() => readEncryptionKeys(keyFile(hex, mode))).toThrow(/others than its owner/);
    expect(() => readEncryptionKeys(join(directory, 'none'))).toThrow(/cannot be read/);
    expect(() => readEncryptionKeys(directory)).toThrow(/is no file/);
    expect(() => readEncryptionKeys(keyFile(`${hex}0`))).not.toThrow(hex);
  });
});

describe('a key of the operator', () => {
  const secret = Buffer.from(hex, 'hex');
  const key = new MasterKey(secret);
  const inner = randomBytes(32);
  const context = Buffer.from('for this');

  it('unwraps what it has wrapped, for the same purpose, and nothing that has changed', () => {
    const wrapped = key.wrap(inner, context);
    expect(new MasterKey(secret).unwrap(wrapped, context)).toEqual(inner);
    expect(key.wrap(inner, context)).not.toEqual(wrapped);
    expect(key.unwrap(wrapped, Buffer.from('for that'))).toBeNull();
    expect(new MasterKey(randomBytes(32)).unwrap(wrapped, context)).toBeNull();
    for (let at = 0; at < wrapped.length; at += 1) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(key.unwrap(changed, context)).toBeNull();
      expect(key.unwrap(wrapped.subarray(0, at), context)).toBeNull();
    }
  });

  it('is not in what is printed of it', () => {
    for (const text of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key)]) {
      expect(text).not.toContain(hex);
      expect(text).not.toContain('00 01 02 03');
    }
  });
});

describe('a data directory', () => {
  const [key, other] = [Buffer.from(hex, 'hex'), Buffer.alloc(32, 1)].map((secret) => keyRingOf([secret]));
  const [first, second] = [key, other].map((ring) => ring?.newest.fingerprint ?? '') as [string, string];
  const both = keyRingOf([Buffer.alloc(32, 1), Buffer.from(hex, 'hex')]);
  const claim = (ring: typeof key | null) => claimForKeys(directory, ring ?? null);
  const marks = () =>
    [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY].map((name) => readFileSync(join(directory, name), 'utf8'));

  it('belongs to the key that it began with, and has a key of its own', () => {
    const begun = claim(key);
    expect(claim(key)).toEqual(begun);
    expect(begun?.rewrappedFrom).toBeNull();
    expect(begun?.keys).not.toEqual(deriveKeys(Buffer.from(hex, 'hex'), first));
    expect(keyOfDirectory(directory)).toBe(first);
    expect(new Set(marks()).size).toBe(1);
    expect(() => claim(null)).toThrow(`is encrypted with the key ${first}; name its`);
    expect(() => claim(other)).toThrow(
      `is encrypted with the key ${first}, and storage.encryption_key_file has the key ${second}`,
    );
    const elsewhere = mkdtempSync(join(tmpdir(), 'bellwether-key-'));
    expect(claimForKeys(elsewhere, key ?? null)?.keys.journal).not.toEqual(begun?.keys.journal);
    rmSync(elsewhere, { recursive: true });
  });

  it('is opened by a newer key once both were there, with the same keys of its stores', () => {
    const { journal, engine } = claim(key)?.keys ?? {};
    const again = claim(both);
    expect(again).toMatchObject({ rewrappedFrom: first, keys: { fingerprint: second, journal, engine } });
    expect(claim(both)?.rewrappedFrom).toBeNull();
    expect(claim(other)?.keys).toEqual(again?.keys);
    expect(() => claim(key)).toThrow(`is encrypted with the key ${second}`);
    expect(new Set(marks()).size).toBe(1);
  });

  it('of the first version is encrypted with the key itself, and is brought under a newer one', () => {
    writeFileSync(join(directory, ENCRYPTION_MARK), `${JSON.stringify({ version: 1, key: first })}\n`);
    const { journal, engine } = deriveKeys(Buffer.from(hex, 'hex'), first);
    expect(claim(key)).toMatchObject({ rewrappedFrom: null, keys: { journal, engine } });
    expect(claim(both)).toMatchObject({ rewrappedFrom: first, keys: { journal, engine } });
    expect(claim(other)).toMatchObject({ rewrappedFrom: null, keys: { journal, engine } });
  });

  it('is opened by the copy of a note that is lost or damaged, and has two again', () => {
    const begun = claim(key);
    const [text = ''] = marks();
    for (const name of [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY]) {
      rmSync(join(directory, name));
      expect(claim(key)).toEqual(begun);
      expect(marks()).toEqual([text, text]);
      writeFileSync(join(directory, name), text.slice(0, 30));
      expect(claim(key)).toEqual(begun);
      expect(marks()).toEqual([text, text]);
    }
  });

  it('stays as it is where it began without', () => {
    expect(claim(null)).toBeNull();
    expect(keyOfDirectory(directory)).toBeNull();
    mkdirSync(join(directory, 'journal'));
    expect(() => claim(key)).toThrow(/holds data that are not encrypted/);
    expect(keyOfDirectory(directory)).toBeNull();
  });

  it('whose note cannot be read, or is newer, is not opened', () => {
    for (const text of ['', '{}', '[]', '{"version":"1","key":"x"}', '{"version":2,"key":"x"}']) {
      writeFileSync(join(directory, ENCRYPTION_MARK), text);
      for (const given of [key, null]) expect(() => claim(given)).toThrow(/cannot be read/);
    }
    const wrapped = randomBytes(60).toString('base64');
    writeFileSync(join(directory, ENCRYPTION_MARK), JSON.stringify({ version: 2, key: first, wrapped }));
    expect(() => claim(key)).toThrow(/cannot be read/);
    writeFileSync(join(directory, ENCRYPTION_MARK), JSON.stringify({ version: 3, key: first }));
    expect(() => claim(key)).toThrow(/newer version/);
  });
});

describe('a sealed block', () => {
  const key = randomBytes(32);
  const label = { block: 7, kind: 'event', rows: 3 };
  const payload = randomBytes(500);

  it('opens in another opening of the journal, as a buffer of its own', () => {
    const sealed = new BlockSealer(key, 'j-1').seal(payload, label);
    expect(journalIdOf(sealed)).toBe('j-1');
    const opened = new BlockSealer(key, 'j-2').open(sealed, label);
    expect(opened).toEqual(new Uint8Array(payload));
    expect(opened?.buffer.byteLength).toBe(payload.length);
    const empty = new BlockSealer(key, '').seal(new Uint8Array(), label);
    expect(new BlockSealer(key, '').open(empty, label)).toEqual(new Uint8Array());
  });

  it('does not open with a bit of it changed, cut short, elsewhere, or with another key', () => {
    const sealer = new BlockSealer(key, 'j');
    const sealed = sealer.seal(payload, label);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(sealer.open(changed, label)).toBeNull();
      expect(sealer.open(sealed.subarray(0, at), label)).toBeNull();
    }
    for (const elsewhere of [{ block: 8 }, { kind: 'feedback' }, { rows: 4 }])
      expect(sealer.open(sealed, { ...label, ...elsewhere })).toBeNull();
    expect(new BlockSealer(randomBytes(32), 'j').open(sealed, label)).toBeNull();
    expect(sealer.open(payload, label)).toBeNull();
  });

  it('never has the nonce of another under its key', () => {
    const nonces = new Set<string>();
    for (let opening = 0; opening < 40; opening += 1) {
      const sealer = new BlockSealer(key, 'j');
      for (let n = 0; n < 50; n += 1)
        nonces.add(Buffer.from(sealer.seal(payload, label).subarray(6, 6 + 24)).toString('hex'));
    }
    expect(nonces.size).toBe(2000);
  });
});
