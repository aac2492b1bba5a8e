/**
 * Decodes an OTLP `ExportTraceServiceRequest`, as far as it may matter. Attributes that
 * nobody wants, among them all prompts and answers, are stepped over as bytes.
 *
 * Source: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
 */

import { Attributes } from './attributes.ts';
import { eachItem, readAttribute } from './resources-protobuf.ts';
import { clearSpan, FIRST_TOKEN_EVENT, newSpan, type OnSpan, type OtlpSpan } from './span.ts';
import { isText, wire, type WireReader } from './wire.ts';

/**
 * Decodes a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function decodeTracesProtobuf(body: Buffer, onSpan: OnSpan): void {
  const span = newSpan(new Attributes());
  eachItem(body, (reader, resource) => {
    readSpan(reader, span);
    onSpan(span, resource);
  });
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
