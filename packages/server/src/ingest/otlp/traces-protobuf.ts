/**
 * Decodes an OTLP `ExportTraceServiceRequest`, as far as it may matter. Attributes that
 * nobody wants, among them all prompts and answers, are stepped over as bytes.
 *
 * Source: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 */

import { Attributes, wantedByBytes } from './attributes.ts';
import { clearSpan, FIRST_TOKEN_EVENT, newSpan, type OnSpan, type OtlpSpan } from './span.ts';
import { isText, MalformedOtlp, VALUE_DEPTH_MAX, wire, WireReader } from './wire.ts';

/**
 * Decodes a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function decodeTracesProtobuf(body: Buffer, onSpan: OnSpan): void {
  const reader = new WireReader(body);
  const span = newSpan(new Attributes());
  const resource = new Attributes();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readResourceSpans(reader, span, resource, onSpan);
    else reader.skip();
  }
}

function readResourceSpans(reader: WireReader, span: OtlpSpan, resource: Attributes, onSpan: OnSpan): void {
  const outer = reader.enter();
  const start = reader.at;
  resource.clear();
  // The resource may come after its spans; it is looked for first.
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readResource(reader, resource);
    else reader.skip();
  }
  reader.at = start;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) readScopeSpans(reader, span, resource, onSpan);
    else reader.skip();
  }
  reader.leave(outer);
}

/** Reads the attributes of a resource. */
export function readResource(reader: WireReader, resource: Attributes): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readAttribute(reader, resource);
    else reader.skip();
  }
  reader.leave(outer);
}

function readScopeSpans(reader: WireReader, span: OtlpSpan, resource: Attributes, onSpan: OnSpan): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) {
      readSpan(reader, span);
      onSpan(span, resource);
    } else reader.skip();
  }
  reader.leave(outer);
}

function readSpan(reader: WireReader, span: OtlpSpan): void {
  clearSpan(span);
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        span.traceId = reader.hex();
        break;
      case 2:
        span.spanId = reader.hex();
        break;
      case 4:
        span.parentSpanId = reader.hex();
        break;
      case 7:
        reader.expect(wire.fixed64);
        span.startNanos = reader.fixed64();
        break;
      case 8:
        reader.expect(wire.fixed64);
        span.endNanos = reader.fixed64();
        break;
      case 9:
        readAttribute(reader, span.attributes);
        break;
      case 11:
        readEvent(reader, span);
        break;
      case 15:
        readStatus(reader, span);
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
}

function readStatus(reader: WireReader, span: OtlpSpan): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 3) {
      reader.expect(wire.varint);
      span.statusCode = reader.varint();
    } else reader.skip();
  }
  reader.leave(outer);
}

function readEvent(reader: WireReader, span: OtlpSpan): void {
  const outer = reader.enter();
  let time = 0n;
  let isFirstToken = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      reader.expect(wire.fixed64);
      time = reader.fixed64();
    } else if (field === 2) {
      const after = reader.enter();
      isFirstToken = isText(FIRST_TOKEN_EVENT, reader.bytes, reader.at, reader.end);
      reader.leave(after);
    } else reader.skip();
  }
  if (isFirstToken && span.firstTokenNanos === 0n) span.firstTokenNanos = time;
  reader.leave(outer);
}

/** A `KeyValue`. Its key comes first wherever it was written by a library; if it does not, it is looked for. */
function readAttribute(reader: WireReader, attributes: Attributes): void {
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
