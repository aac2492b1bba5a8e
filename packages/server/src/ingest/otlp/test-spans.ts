/** Spans for tests, in the JSON form of OTLP. */

export type Plain = string | number | boolean | readonly string[];

export interface TestSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly status?: { readonly code: number; readonly message?: string };
  readonly attributes?: Readonly<Record<string, Plain>>;
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string }[];
}

/** A list of attributes. */
export function attributeList(attributes: Readonly<Record<string, Plain>>): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Plain): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'object') return { arrayValue: { values: value.map(anyValue) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** The hexadecimal id of a number. */
export function hexId(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** A request with these spans, of one resource. */
export function tracesRequest(
  spans: readonly TestSpan[],
  resource: Readonly<Record<string, Plain>> = {},
): Record<string, unknown> {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributeList(resource) },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map(({ attributes = {}, ...span }, i) => ({
              traceId: hexId(1, 32),
              spanId: hexId(i + 1, 16),
              name: 'a span',
              kind: 3,
              startTimeUnixNano: '1790000000000000001',
              endTimeUnixNano: '1790000001500000001',
              ...span,
              attributes: attributeList(attributes),
            })),
          },
        ],
      },
    ],
  };
}
