/**
 * What the bodies of traces and metrics have in common: items (spans, metrics) in scopes
 * in resources, under the same numbers of fields, and attributes.
 *
 * Source: opentelemetry-proto, trace/v1/trace.proto, metrics/v1/metrics.proto and common/v1/common.proto.
 */

import { Attributes, wantedByBytes } from './attributes.ts';
import { MalformedOtlp, VALUE_DEPTH_MAX, wire, WireReader } from './wire.ts';

/** Reads the item that the reader is at; the resource is lent for the call. */
export type ReadItem = (reader: WireReader, resource: Attributes) => void;

/**
 * Goes through the items of a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function eachItem(body: Buffer, readItem: ReadItem): void {
  const reader = new WireReader(body);
  const resource = new Attributes();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readItemsOfResource(reader, resource, readItem);
    else reader.skip();
  }
}

function readItemsOfResource(reader: WireReader, resource: Attributes, readItem: ReadItem): void {
  const outer = reader.enter();
  const start = reader.at;
  resource.clear();
  // The resource may come after its items; it is looked for first.
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readResource(reader, resource);
    else reader.skip();
  }
  reader.at = start;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) readItemsOfScope(reader, resource, readItem);
    else reader.skip();
  }
  reader.leave(outer);
}

function readResource(reader: WireReader, resource: Attributes): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readAttribute(reader, resource);
    else reader.skip();
  }
  reader.leave(outer);
}

function readItemsOfScope(reader: WireReader, resource: Attributes, readItem: ReadItem): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) readItem(reader, resource);
    else reader.skip();
  }
  reader.leave(outer);
}

/** A `KeyValue`. Its key comes first wherever it was written by a library; if it does not, it is looked for. */
export function readAttribute(reader: WireReader, attributes: Attributes): void {
  const outer = reader.enter();
  const start = reader.at;
  let wanted: ReturnType<typeof wantedByBytes>;
  let seen = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      const after = reader.enter();
      wanted = wantedByBytes(reader.bytes, reader.at, reader.end);
      reader.leave(after);
      if (seen) {
        // The value came first: read it again, now that its name is known.
        seen = false;
        reader.at = start;
        for (let field = reader.next(); field !== 0; field = reader.next()) {
          if (field === 2) readValue(reader, wanted, attributes);
          else reader.skip();
        }
      }
    } else if (field === 2) {
      seen = wanted === undefined;
      readValue(reader, wanted, attributes);
    } else reader.skip();
  }
  reader.leave(outer);
}

/** An `AnyValue`, kept if it is wanted and plain. */
function readValue(
  reader: WireReader,
  wanted: ReturnType<typeof wantedByBytes>,
  attributes: Attributes,
): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 5 || field === 6) checkNested(reader, field, 1);
    else if (wanted === undefined) reader.skip();
    else if (field === 1) attributes.set(wanted, reader.text());
    else if (field === 2) {
      reader.expect(wire.varint);
      attributes.set(wanted, reader.varint() !== 0);
    } else if (field === 3) {
      reader.expect(wire.varint);
      attributes.set(wanted, reader.int64());
    } else if (field === 4) {
      reader.expect(wire.fixed64);
      attributes.set(wanted, reader.double());
    } else reader.skip();
  }
  reader.leave(outer);
}

/** Steps through a list (5) or a map (6), which are never wanted, to see that they are what they say. */
function checkNested(reader: WireReader, kind: number, depth: number): void {
  if (depth > VALUE_DEPTH_MAX) throw new MalformedOtlp('Values lie too deep in each other.');
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field !== 1) reader.skip();
    else if (kind === 5) checkValue(reader, depth);
    else checkPair(reader, depth);
  }
  reader.leave(outer);
}

function checkPair(reader: WireReader, depth: number): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) checkValue(reader, depth);
    else reader.skip();
  }
  reader.leave(outer);
}

function checkValue(reader: WireReader, depth: number): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 5 || field === 6) checkNested(reader, field, depth + 1);
    else reader.skip();
  }
  reader.leave(outer);
}
