/**
 * Which format a scrape gets, and the Content-Type that says so.
 *
 * Source: Prometheus, "Scrape protocol content negotiation" and "Escaping schemes".
 */
import type { EscapingScheme } from '../exposition/escape-name.ts';
import { type AcceptEntry, parseAccept } from './accept.ts';

/** The formats that can be exposed. */
export type ExpositionFormat =
  | 'text-0.0.4'
  | 'text-1.0.0'
  | 'openmetrics-0.0.1'
  | 'openmetrics-1.0.0'
  | 'openmetrics-2.0.0'
  | 'protobuf';

/** The outcome of a negotiation. */
export interface NegotiatedFormat {
  readonly format: ExpositionFormat;
  readonly escaping: EscapingScheme;
  /** The header to answer with. */
  readonly contentType: string;
}

const MEDIA_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  'text-0.0.4': 'text/plain; version=0.0.4; charset=utf-8',
  'text-1.0.0': 'text/plain; version=1.0.0; charset=utf-8',
  'openmetrics-0.0.1': 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  'openmetrics-1.0.0': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  'openmetrics-2.0.0': 'application/openmetrics-text; version=2.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};
const ESCAPING_DEFAULT: EscapingScheme = 'underscores';
/** The documentation of Prometheus spelt the first scheme in two ways. */
const SCHEMES: Readonly<Record<string, EscapingScheme>> = {
  'allow-utf-8': 'allow-utf-8',
  'allow-utf8': 'allow-utf-8',
  underscores: 'underscores',
  dots: 'dots',
  values: 'values',
};

/**
 * The acceptable format of the highest quality; text 0.0.4 if none is acceptable,
 * as Prometheus demands. OpenMetrics without a version is 1.0.0, and 2.0.0 is
 * served only to those who name it. Names outside the classic character set are
 * escaped by underscores unless the chosen entry asks for something else.
 */
export function negotiateFormat(accept: string | undefined): NegotiatedFormat {
  for (const entry of parseAccept(accept ?? '')) {
    if (entry.quality === 0) break;
    const format = formatOf(entry);
    if (format !== undefined) return negotiated(format, entry.parameters.get('escaping'));
  }
  return negotiated('text-0.0.4', undefined);
}

/** The Content-Type of a format. Formats before 1.0.0 and protobuf name the scheme only if it was asked for. */
export function contentTypeOf(format: ExpositionFormat, escaping?: EscapingScheme): string {
  const namesScheme =
    format === 'text-1.0.0' || format === 'openmetrics-1.0.0' || format === 'openmetrics-2.0.0';
  const scheme = escaping ?? (namesScheme ? ESCAPING_DEFAULT : undefined);
  return scheme === undefined ? MEDIA_TYPES[format] : `${MEDIA_TYPES[format]}; escaping=${scheme}`;
}

function negotiated(format: ExpositionFormat, requested: string | undefined): NegotiatedFormat {
  const key = requested?.toLowerCase() ?? '';
  const asked = Object.hasOwn(SCHEMES, key) ? SCHEMES[key] : undefined;
  return { format, escaping: asked ?? ESCAPING_DEFAULT, contentType: contentTypeOf(format, asked) };
}

function formatOf(entry: AcceptEntry): ExpositionFormat | undefined {
  const version = entry.parameters.get('version') ?? '';
  switch (entry.value) {
    case '*/*':
    case 'text/*':
      return 'text-0.0.4';
    case 'application/*':
      return 'openmetrics-1.0.0';
    case 'text/plain':
      if (version === '1.0.0') return 'text-1.0.0';
      return version === '' || version === '0.0.4' ? 'text-0.0.4' : undefined;
    case 'application/openmetrics-text':
      if (version === '' || version === '1.0.0') return 'openmetrics-1.0.0';
      if (version === '0.0.1') return 'openmetrics-0.0.1';
      return version === '2.0.0' || version === '2.0.0-rc0' ? 'openmetrics-2.0.0' : undefined;
    case 'application/vnd.google.protobuf': {
      const isFamily = entry.parameters.get('proto') === 'io.prometheus.client.MetricFamily';
      return isFamily && entry.parameters.get('encoding') === 'delimited' ? 'protobuf' : undefined;
    }
    default:
      return undefined;
  }
}
