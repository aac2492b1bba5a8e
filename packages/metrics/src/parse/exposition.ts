/**
 * Picks the parser by content type, for whoever scrapes others.
 */
import type { MetricFamily } from '../family.ts';
import { parseOpenMetrics } from './openmetrics.ts';
import { ExpositionParseError } from './parse-error.ts';
import { parseText } from './text.ts';

/**
 * Parses a text exposition as its Content-Type says: OpenMetrics 0.0.1 and 1.0 by
 * the strict parser, text/plain by the tolerant one. Without a content type it is
 * taken for text/plain. Throws an ExpositionParseError for any other type.
 */
export function parseExposition(input: string | Uint8Array, contentType?: string): MetricFamily[] {
  const mediaType = (contentType ?? 'text/plain').split(';', 1)[0]!.trim().toLowerCase();
  if (mediaType === 'text/plain' || mediaType === '') return parseText(input);
  const version = /;\s*version="?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? '1.0.0';
  const isKnown = version === '1.0.0' || version === '0.0.1';
  if (mediaType === 'application/openmetrics-text' && isKnown) return parseOpenMetrics(input);
  throw new ExpositionParseError('CONTENT_TYPE', 0, contentType);
}
