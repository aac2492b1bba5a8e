/**
 * Keeps secrets out of what is written down. A secret is recognised by the name
 * of the key that holds it, by its form, or because the server knows it: whatever
 * reads a secret registers it, and from then on it is replaced wherever it turns up.
 */

import type { JsonObject, JsonValue } from './canonical-json.ts';

/** What stands in the place of a secret. */
export const REDACTED = '***';

/** Knows the secrets of this process. */
export interface SecretRegistry {
  /**
   * Registers a secret; the empty text is none. Beyond the bound the one that was not named for longest is forgotten,
   * of those that came after the beginning: what is read from a file is named each time that it is read.
   */
  add(secret: string): void;
  /** The text with every known secret, and everything that has the form of one, replaced. */
  redact(text: string): string;
}

/** A secret shorter than this is replaced only where it is the whole text: it would also be part of ordinary words. */
const PART_LENGTH_MIN = 6;

/** A registry is for the secrets of a configuration, not for those of users: it stays small. */
export const SECRETS_MAX = 10_000;

/**
 * Makes a registry.
 *
 * @throws {RangeError} beyond {@link SECRETS_MAX} secrets at the beginning, and then from `add`.
 */
export function createSecretRegistry(secrets: Iterable<string> = []): SecretRegistry {
  const whole = new Set<string>();
  /** Those that came later, the one named last behind. */
  const later = new Set<string>();
  let parts: string[] = [];
  const put = (secret: string): void => {
    for (const spelling of spellingsOf(secret)) {
      whole.add(spelling);
      if (spelling.length >= PART_LENGTH_MIN) parts.push(spelling);
    }
    // Longer ones first, so that a secret that contains another leaves no rest behind.
    parts = parts.toSorted((a, b) => b.length - a.length);
  };
  const forgetOldest = (): void => {
    const [oldest] = later;
    if (oldest === undefined) throw new RangeError(`More than ${SECRETS_MAX} secrets are registered.`);
    later.delete(oldest);
    const gone = spellingsOf(oldest);
    for (const spelling of gone) whole.delete(spelling);
    parts = parts.filter((part) => !gone.has(part));
  };
  for (const secret of secrets) {
    if (secret === '' || whole.has(secret)) continue;
    if (whole.size >= SECRETS_MAX) forgetOldest();
    put(secret);
  }
  return {
    add: (secret) => {
      if (later.delete(secret)) {
        later.add(secret);
        return;
      }
      if (secret === '' || whole.has(secret)) return;
      if (whole.size >= SECRETS_MAX) forgetOldest();
      put(secret);
      later.add(secret);
    },
    redact: (text) => {
      if (whole.has(text)) return REDACTED;
      let redacted = text;
      for (const part of parts) redacted = redacted.replaceAll(part, REDACTED);
      return redactForms(redacted);
    },
  };
}

/** A secret as it is, and as a URL has it. */
function spellingsOf(secret: string): ReadonlySet<string> {
  return new Set([secret, encodeURIComponent(secret.toWellFormed())]);
}

/** What is a secret by its form: credentials in a URL, and those of an Authorization header. */
function redactForms(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@]{1,512}@/gi, `$1${REDACTED}@`)
    .replace(/\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{4,4096}/gi, `$1 ${REDACTED}`);
}

const secretEnding =
  /(?:^|_)(?:passwords?|passwd|pwd|passphrase|secrets?|token|(?:access|api|auth|bearer|refresh|session)_tokens|api_?keys?|(?:access|private|signing|encryption|routing|integration)_keys?|credentials?|authorization|cookies?|webhook_urls?|dsn|connection_string)$/;

/**
 * True if a key of this name holds a secret, however its words are joined.
 *
 * @example isSecretKey('slackWebhookUrl') // true
 * @example isSecretKey('input_tokens') // false
 */
export function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
  return secretEnding.test(words);
}

/** A copy of the details without secrets; what stands under a secret key is replaced whole, unless it is empty. */
export function redactDetails(details: JsonObject, registry: SecretRegistry): JsonObject {
  return redactObject(details, registry);
}

function redactObject(object: JsonObject, registry: SecretRegistry): JsonObject {
  const members = Object.entries(object).map(([key, value]) => {
    const redacted = isSecretKey(key) && !isEmpty(value) ? REDACTED : redactValue(value, registry);
    return [registry.redact(key), redacted] as const;
  });
  return Object.fromEntries(members);
}

function redactValue(value: JsonValue | undefined, registry: SecretRegistry): JsonValue | undefined {
  if (typeof value === 'string') return registry.redact(value);
  if (isList(value)) return value.map((item) => redactValue(item, registry) ?? null);
  // Only plain objects are walked; anything else is refused where the details are printed.
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return redactObject(value, registry);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** That there is no secret is worth telling. */
function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}
