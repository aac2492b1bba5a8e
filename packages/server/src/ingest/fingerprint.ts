/**
 * The identity of an event and the fingerprint of its payload. The fingerprint is a
 * sum over the fields that are there, so it depends neither on the order in which
 * they were sent nor on fields that later versions add.
 */

import { type AcceptedEvent, type EventField, eventFieldNames } from '@bellwether/events';
import { type HashSeed, hashIdentity, hashPayloadField } from '../journal/identities/hash.ts';

/** Fields that say whose event it is, not what it says. */
const identityFields: readonly EventField[] = ['id', 'tenant'];
const payloadFields = eventFieldNames.filter((name) => !identityFields.includes(name));

/**
 * Writes the four words of an event: three of identity, one of payload.
 *
 * @param offset index of the first word.
 */
export function writeIdentity(
  seed: HashSeed,
  event: AcceptedEvent,
  words: Uint32Array,
  offset: number,
): void {
  hashIdentity(seed, event.tenant, event.id, words, offset);
  words[offset + 3] = fingerprint(seed, event);
}

function fingerprint(seed: HashSeed, event: AcceptedEvent): number {
  let sum = 0;
  for (const name of payloadFields) {
    const value = event[name];
    if (value === null || value === '') continue;
    if (typeof value !== 'object') {
      sum += hashPayloadField(seed, name, String(value));
    } else if (name === 'timestamp') {
      const { epochSeconds, nanoseconds } = event.timestamp;
      sum += hashPayloadField(seed, name, `${epochSeconds}.${nanoseconds}`);
    } else {
      for (const [key, text] of Object.entries(value))
        sum += hashPayloadField(seed, `attributes.${key}`, text);
    }
    sum |= 0;
  }
  return sum >>> 0;
}
