/**
 * The meters: what a price can be put on. The token counts of a request overlap
 * (cached tokens are part of the input, reasoning is part of the output), so they
 * are first taken apart into disjoint quantities, one per meter. Where a price
 * list has no price for a meter, its quantity is charged at that of the broader
 * meter it is part of.
 */

/** The meters, each with the broader ones whose price stands in for its own, nearest first. */
const fallbacks = {
  input_tokens: [],
  cache_read_tokens: ['input_tokens'],
  cache_write_tokens: ['input_tokens'],
  cache_write_1h_tokens: ['cache_write_tokens', 'input_tokens'],
  input_audio_tokens: ['input_tokens'],
  cache_audio_read_tokens: ['cache_read_tokens', 'input_audio_tokens', 'input_tokens'],
  input_image_tokens: ['input_tokens'],
  cache_image_read_tokens: ['cache_read_tokens', 'input_image_tokens', 'input_tokens'],
  input_video_tokens: ['input_tokens'],
  cache_video_read_tokens: ['cache_read_tokens', 'input_video_tokens', 'input_tokens'],
  output_tokens: [],
  reasoning_tokens: ['output_tokens'],
  output_audio_tokens: ['output_tokens'],
  output_image_tokens: ['output_tokens'],
  output_video_tokens: ['output_tokens'],
  citation_tokens: ['output_tokens'],
  requests: [],
  request_seconds: [],
  web_searches: [],
  storage_searches: [],
  social_searches: [],
  code_executions: [],
  rerank_searches: [],
  document_pages: [],
  annotated_document_pages: ['document_pages'],
  input_characters: [],
  audio_seconds: [],
  input_audio_seconds: ['audio_seconds'],
  output_audio_seconds: ['audio_seconds'],
  input_pixels: [],
  text_messages: [],
} as const satisfies Record<string, readonly string[]>;

/** The name of a meter, as it stands in a breakdown and in a rate card. */
export type Meter = keyof typeof fallbacks;

/** The meters in the order in which a breakdown lists them. */
export const meters = Object.keys(fallbacks) as readonly Meter[];

/** The position of each meter in {@link meters} and in {@link Quantities}. */
export const meterIndex = Object.fromEntries(meters.map((meter, index) => [meter, index])) as Readonly<
  Record<Meter, number>
>;

/** The broader meters whose price stands in for the meter's own, nearest first. */
export function fallbacksOf(meter: Meter): readonly Meter[] {
  return fallbacks[meter];
}

/** Whether a meter counts tokens. */
export function isTokenMeter(meter: Meter): boolean {
  return meter.endsWith('_tokens');
}

/** Quantities by {@link meterIndex}; they are disjoint, so each is charged once. */
export type Quantities = Float64Array;

/** Quantities of nothing. */
export function emptyQuantities(): Quantities {
  return new Float64Array(meters.length);
}

/** The token counts of a request as the event has them: the parts are included in their wholes. */
export interface TokenCounts {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly input_audio_tokens: number | null;
  readonly output_audio_tokens: number | null;
  readonly input_image_tokens: number | null;
}

/**
 * Quantities that an event has no field for. Those of tokens are parts too: cached
 * audio and images of the cached tokens, video of the input, the rest of the output.
 */
export type UsageDetail = Readonly<Partial<Record<Meter, number>>>;

const at = meterIndex;

/**
 * Takes overlapping token counts apart into disjoint quantities.
 *
 * Where nothing says which modality was cached, cached tokens are taken to be text
 * as far as the text reaches, then audio, then images: text is what prompt caches
 * hold, and it is the cheapest reading.
 *
 * @param quantities receives the result; all of it is overwritten.
 * @returns false if the counts contradict each other, e.g. more cached tokens than input.
 */
export function separateTokens(
  counts: TokenCounts,
  quantities: Quantities,
  detail: UsageDetail | null = null,
): boolean {
  quantities.fill(0);
  if (detail !== null) {
    for (const meter in detail) quantities[at[meter as Meter]] = detail[meter as Meter] ?? 0;
  }
  return separateInput(counts, quantities) && separateOutput(counts, quantities);
}

function separateInput(counts: TokenCounts, quantities: Quantities): boolean {
  const audio = counts.input_audio_tokens ?? 0;
  const image = counts.input_image_tokens ?? 0;
  const video = quantities[at.input_video_tokens] as number;
  const read = counts.cache_read_tokens ?? 0;
  const written = counts.cache_write_tokens ?? 0;
  const writtenFor1h = counts.cache_write_1h_tokens ?? 0;
  const input = counts.input_tokens ?? 0;
  const text = input - audio - image - video;
  if (text < 0 || writtenFor1h > written || read + written > input) return false;

  // What was written fills the text first, then audio, images and video; what was read, the rest likewise,
  // after the parts of it whose modality is known.
  const textWritten = Math.min(written, text);
  const audioWritten = Math.min(written - textWritten, audio);
  const imageWritten = Math.min(written - textWritten - audioWritten, image);
  const videoWritten = written - textWritten - audioWritten - imageWritten;
  const audioLeft = audio - audioWritten;
  const imageLeft = image - imageWritten;
  const videoLeft = video - videoWritten;
  const knownAudio = Math.min(quantities[at.cache_audio_read_tokens] as number, audioLeft, read);
  const knownImage = Math.min(quantities[at.cache_image_read_tokens] as number, imageLeft, read - knownAudio);
  const knownVideo = Math.min(
    quantities[at.cache_video_read_tokens] as number,
    videoLeft,
    read - knownAudio - knownImage,
  );
  const other = read - knownAudio - knownImage - knownVideo;
  const textRead = Math.min(other, text - textWritten);
  const audioRead = knownAudio + Math.min(other - textRead, audioLeft - knownAudio);
  const imageRead =
    knownImage + Math.min(read - knownVideo - textRead - audioRead - knownImage, imageLeft - knownImage);
  const videoRead = read - textRead - audioRead - imageRead;

  quantities[at.input_tokens] = text - textWritten - textRead;
  quantities[at.cache_read_tokens] = textRead;
  quantities[at.cache_write_tokens] = written - writtenFor1h;
  quantities[at.cache_write_1h_tokens] = writtenFor1h;
  quantities[at.input_audio_tokens] = audioLeft - audioRead;
  quantities[at.cache_audio_read_tokens] = audioRead;
  quantities[at.input_image_tokens] = imageLeft - imageRead;
  quantities[at.cache_image_read_tokens] = imageRead;
  quantities[at.input_video_tokens] = videoLeft - videoRead;
  quantities[at.cache_video_read_tokens] = videoRead;
  return true;
}

function separateOutput(counts: TokenCounts, quantities: Quantities): boolean {
  const reasoning = counts.reasoning_tokens ?? 0;
  const audio = counts.output_audio_tokens ?? 0;
  const otherParts =
    (quantities[at.output_image_tokens] as number) +
    (quantities[at.output_video_tokens] as number) +
    (quantities[at.citation_tokens] as number);
  const rest = (counts.output_tokens ?? 0) - reasoning - audio - otherParts;
  if (rest < 0) return false;
  quantities[at.output_tokens] = rest;
  quantities[at.reasoning_tokens] = reasoning;
  quantities[at.output_audio_tokens] = audio;
  return true;
}
