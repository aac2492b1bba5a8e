/**
 * Answers a scrape: format, names, compression and headers as the client asked
 * for them. What to expose comes in as families, or as text from a source that can
 * render its own faster.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type TextFormat, writeText } from '../exposition/write-text.ts';
import type { MetricFamily } from '../family.ts';
import { openMetrics2Chunks } from '../openmetrics2/write-openmetrics2.ts';
import { protobufSteps } from '../protobuf/client-families.ts';
import { ProtoWriter } from '../protobuf/proto-writer.ts';
import { encodeBody, negotiateEncoding } from './encoding.ts';
import { escapeFamilies } from './escaping.ts';
import { type ExpositionFormat, type NegotiatedFormat, negotiateFormat } from './formats.ts';

/** How a source is asked to render text. */
export interface SourceRenderOptions {
  readonly format: TextFormat;
  readonly names?: readonly string[];
}

/** Where a scrape takes its metrics from; a Registry is one. */
export interface ScrapeSource {
  /** The families, or those of the given family or sample names. */
  families(names?: readonly string[]): Promise<readonly MetricFamily[]> | readonly MetricFamily[];
  /** Renders the text formats with names as they are, faster than from families. */
  render?(options: SourceRenderOptions): Promise<Uint8Array> | Uint8Array;
  /**
   * Whether every metric and label name is within the classic character set, so that
   * `render` needs no escaping. Otherwise names are escaped family by family, since
   * two of them may become one and must be kept apart.
   */
  readonly hasPlainNames?: boolean;
}

/** What the client asked for. */
export interface ScrapeRequest {
  /** The Accept header. */
  readonly accept?: string | undefined;
  /** The Accept-Encoding header. */
  readonly acceptEncoding?: string | undefined;
  /** The values of the query parameter `name[]`; all families if empty. */
  readonly names?: readonly string[] | undefined;
}

/** The answer, ready to be sent. */
export interface ScrapeResponse {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Answers one scrape. Fails only if the source does. */
export async function scrape(source: ScrapeSource, request: ScrapeRequest): Promise<ScrapeResponse> {
  const negotiated = negotiateFormat(request.accept);
  const plain = await renderBody(source, negotiated, request.names ?? []);
  const { body, coding } = await encodeBody(plain, negotiateEncoding(request.acceptEncoding));
  const headers: Record<string, string> = {
    'content-type': negotiated.contentType,
    'content-length': String(body.length),
    vary: 'Accept, Accept-Encoding',
  };
  if (coding !== 'identity') headers['content-encoding'] = coding;
  return { headers, body };
}

async function renderBody(
  source: ScrapeSource,
  negotiated: NegotiatedFormat,
  names: readonly string[],
): Promise<Uint8Array> {
  const { format, escaping } = negotiated;
  const textFormat = textFormatOf(format);
  const wanted = names.length > 0 ? { names } : {};
  if (textFormat !== undefined && source.render !== undefined) {
    const canRender = escaping === 'allow-utf-8' || (source.hasPlainNames === true && escaping !== 'dots');
    if (canRender) return source.render({ format: textFormat, ...wanted });
  }
  const found = await source.families(wanted.names);
  const needsNoEscaping = source.hasPlainNames === true && escaping !== 'dots';
  const families = needsNoEscaping ? found : escapeFamilies(found, escaping);
  if (textFormat !== undefined) return Buffer.from(writeText(families, textFormat));
  return format === 'protobuf' ? protobufBody(families) : openMetrics2Body(families);
}

function textFormatOf(format: ExpositionFormat): TextFormat | undefined {
  if (format === 'text-0.0.4' || format === 'text-1.0.0') return 'text';
  return format === 'openmetrics-0.0.1' || format === 'openmetrics-1.0.0' ? 'openmetrics' : undefined;
}

async function protobufBody(families: readonly MetricFamily[]): Promise<Uint8Array> {
  const writer = new ProtoWriter();
  for (const _step of protobufSteps(writer, families)) await nextTurn();
  return writer.take();
}

async function openMetrics2Body(families: readonly MetricFamily[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (const chunk of openMetrics2Chunks(families)) {
    chunks.push(Buffer.from(chunk));
    await nextTurn();
  }
  return Buffer.concat(chunks);
}
