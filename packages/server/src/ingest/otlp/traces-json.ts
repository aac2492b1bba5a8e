/** Decodes an OTLP `ExportTraceServiceRequest` written as JSON; see `traces-protobuf.ts`. */

import { type AttributeValue, Attributes, wantedByKey } from './attributes.ts';
import { fixed64At, listAt, numberAt, objectAt, parseOtlpJson, textAt } from './json-body.ts';
import { clearSpan, FIRST_TOKEN_EVENT, newSpan, type OnSpan, type OtlpSpan } from './span.ts';
import { MalformedOtlp } from './wire.ts';

/**
 * Decodes a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function decodeTracesJson(body: Buffer, onSpan: OnSpan): void {
  const span = newSpan(new Attributes());
  const resource = new Attributes();
  for (const each of listAt(parseOtlpJson(body)['resourceSpans'], 'resourceSpans')) {
    const resourceSpans = objectAt(each, 'an entry of resourceSpans');
    resource.clear();
    readAttributes(objectAt(resourceSpans['resource'], 'resource')['attributes'], resource);
    for (const scope of listAt(resourceSpans['scopeSpans'], 'scopeSpans')) {
      for (const sent of listAt(objectAt(scope, 'an entry of scopeSpans')['spans'], 'spans')) {
        readSpan(sent, span);
        onSpan(span, resource);
      }
    }
  }
}

function readSpan(sent: unknown, span: OtlpSpan): void {
  clearSpan(span);
  const object = objectAt(sent, 'a span');
  span.traceId = textAt(object['traceId'], 'traceId').toLowerCase();
  span.spanId = textAt(object['spanId'], 'spanId').toLowerCase();
  span.parentSpanId = textAt(object['parentSpanId'], 'parentSpanId').toLowerCase();
  span.startNanos = fixed64At(object['startTimeUnixNano'], 'startTimeUnixNano');
  span.endNanos = fixed64At(object['endTimeUnixNano'], 'endTimeUnixNano');
  const { code } = objectAt(object['status'], 'status');
  // Numbers are what the specification asks for; some libraries write the names.
  span.statusCode = code === 'STATUS_CODE_ERROR' ? 2 : typeof code === 'string' ? 0 : numberAt(code, 'code');
  readAttributes(object['attributes'], span.attributes);
  for (const each of listAt(object['events'], 'events')) {
    const event = objectAt(each, 'an event of a span');
    if (event['name'] === FIRST_TOKEN_EVENT && span.firstTokenNanos === 0n)
      span.firstTokenNanos = fixed64At(event['timeUnixNano'], 'timeUnixNano');
  }
}

/** Reads the wanted ones of a list of attributes. */
export function readAttributes(list: unknown, attributes: Attributes): void {
  for (const each of listAt(list, 'attributes')) {
    const { key, value } = objectAt(each, 'an attribute');
    const wanted = wantedByKey(textAt(key, 'key'));
    const plain = plainValue(value);
    if (wanted !== undefined && plain !== undefined) attributes.set(wanted, plain);
  }
}

/** The value of an `AnyValue`; undefined for lists, maps, bytes and nothing. */
export function plainValue(value: unknown): AttributeValue | undefined {
  const any = objectAt(value, 'the value of an attribute');
  if (any['stringValue'] !== undefined) return textAt(any['stringValue'], 'stringValue');
  if (any['intValue'] !== undefined) return numberAt(any['intValue'], 'intValue');
  if (any['doubleValue'] !== undefined) return numberAt(any['doubleValue'], 'doubleValue');
  const { boolValue } = any;
  if (boolValue === undefined || typeof boolValue === 'boolean') return boolValue;
  throw new MalformedOtlp('boolValue is neither true nor false.');
}
