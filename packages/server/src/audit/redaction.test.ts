import { describe, expect, it } from 'vitest';
import { createSecretRegistry, isSecretKey, redactDetails, SECRETS_MAX } from './redaction.ts';

describe('isSecretKey', () => {
  it.each(
    'password db_password smtpPassword token api_key apiKey X-API-Key Authorization slack.webhook_url slackWebhookUrl client-secret secrets session_tokens private_key cookie aws_secret_access_key PG_PASSPHRASE credentials routing_key'.split(
      ' ',
    ),
  )('%s holds a secret', (key) => {
    expect(isSecretKey(key)).toBe(true);
  });

  it.each([
    'input_tokens',
    'tokens',
    'token_type',
    'token_id',
    'key',
    'keys',
    'monkey',
    'secretary',
    'cookie_count',
    '',
  ])('%j does not', (key) => {
    expect(isSecretKey(key)).toBe(false);
  });
});

describe('a secret registry', () => {
  it('replaces known secrets wherever they turn up, also as a URL spells them', () => {
    const registry = createSecretRegistry(['s3cr3t/value', 's3cr3t/value-and-more', 'abc']);
    expect(registry.redact('x s3cr3t/value-and-more y s3cr3t/value z')).toBe('x *** y *** z');
    expect(registry.redact('?k=s3cr3t%2Fvalue')).toBe('?k=***');
    expect(registry.redact('abc')).toBe('***');
    // A short secret is part of ordinary words.
    expect(registry.redact('abcdef')).toBe('abcdef');
  });

  it('replaces what has the form of a secret', () => {
    const registry = createSecretRegistry();
    const redact = (text: string): string => registry.redact(text);
    expect(redact('cannot reach postgres://me:pw@db:5432/x?y@z')).toBe(
      'cannot reach postgres://***@db:5432/x?y@z',
    );
    expect(redact('Authorization: Bearer eyJhbGciOi.x_y-z, then')).toBe('Authorization: Bearer ***, then');
    expect(redact('Basic dXNlcjpwdw==')).toBe('Basic ***');
    expect(redact('mail to a@b.example')).toBe('mail to a@b.example');
  });

  it('is bounded', () => {
    const registry = createSecretRegistry(Array.from({ length: SECRETS_MAX }, (_, index) => `s${index}`));
    expect(() => registry.add('s0')).not.toThrow();
    expect(() => registry.add('one more')).toThrow(RangeError);
  });

  it('goes on for ever with secrets that are renewed, and forgets the one that was longest not in use', () => {
    const registry = createSecretRegistry(['of-the-configuration']);
    for (let index = 0; index < SECRETS_MAX + 10; index++) {
      registry.add(`renewed-${index}`);
      registry.add('used all the time');
    }
    const newest = `renewed-${SECRETS_MAX + 9}`;
    expect(registry.redact(`${newest}, used all the time, of-the-configuration`)).toBe('***, ***, ***');
    expect(registry.redact('<renewed-0>')).toBe('<renewed-0>');
  });
});

it('redacts details at every depth, in keys too, and leaves the rest as it was', () => {
  const registry = createSecretRegistry(['hunter2hunter2']);
  const details = {
    url: 'https://u:p@h/',
    nested: [{ password: 'x', note: 'is hunter2hunter2' }, 5, null, true],
    token: { id: 1 },
    api_key: null,
    secret: '',
    'hunter2hunter2 as key': 1,
  };
  expect(redactDetails(details, registry)).toEqual({
    url: 'https://***@h/',
    nested: [{ password: '***', note: 'is ***' }, 5, null, true],
    token: '***',
    api_key: null,
    secret: '',
    '*** as key': 1,
  });
});
