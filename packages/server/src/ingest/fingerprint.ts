/**
 * The identity of an event and the fingerprint of its payload, as the identity
 * store keeps them.
 */

import { type AcceptedEvent, formatUsd } from '@bellwether/events';
import {
  type HashSeed,
  hashIdentity,
  hashPayloadBytes,
  hashPayloadField,
} from '../journal/identities/index.ts';
import type { WrittenFields } from '../ledger/line-writer.ts';

/**
 * Writes the four words of an event: three of identity, one of payload.
 *
 * @param fields its fields as its line has them.
 * @param offset index of the first word.
 */
export function writeIdentity(
  seed: HashSeed,
  event: AcceptedEvent,
  fields: WrittenFields,
  words: Uint32Array,
  offset: number,
): void {
  hashIdentity(seed, event.tenant, event.id, words, offset);
  // The cost that the sender gave is not among the fields, since the line has the charge in its place.
  const givenCost = event.cost_usd === null ? '' : formatUsd(event.cost_usd);
  const fingerprint =
    fields.text === null
      ? hashPayloadBytes(seed, givenCost, fields.buffer, fields.start, fields.end)
      : hashPayloadField(seed, givenCost, fields.text);
  // 0 stands for a fingerprint that is not known.
  words[offset + 3] = fingerprint || 1;
}
