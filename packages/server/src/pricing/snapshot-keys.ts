/** What the price keys of `@pydantic/genai-prices` mean here: which meter, and per how many units. */

import type { Meter } from './meters.ts';

/** What one key of the snapshot prices, and how many units its amount is for. */
export interface SnapshotKey {
  readonly meter: Meter;
  readonly perUnits: number;
}

const perMillion = (meter: Meter): SnapshotKey => ({ meter, perUnits: 1_000_000 });
const perThousand = (meter: Meter): SnapshotKey => ({ meter, perUnits: 1000 });
const perHour = (meter: Meter): SnapshotKey => ({ meter, perUnits: 3600 });

/** The keys by name; a key that is missing here prices something that no meter counts. */
export const snapshotKeys: ReadonlyMap<string, SnapshotKey> = new Map(
  Object.entries({
    input_mtok: perMillion('input_tokens'),
    cache_read_mtok: perMillion('cache_read_tokens'),
    cache_write_mtok: perMillion('cache_write_tokens'),
    cache_write_1h_mtok: perMillion('cache_write_1h_tokens'),
    input_audio_mtok: perMillion('input_audio_tokens'),
    cache_audio_read_mtok: perMillion('cache_audio_read_tokens'),
    input_image_mtok: perMillion('input_image_tokens'),
    cache_image_read_mtok: perMillion('cache_image_read_tokens'),
    input_video_mtok: perMillion('input_video_tokens'),
    output_mtok: perMillion('output_tokens'),
    output_reasoning_mtok: perMillion('reasoning_tokens'),
    output_audio_mtok: perMillion('output_audio_tokens'),
    output_image_mtok: perMillion('output_image_tokens'),
    output_video_mtok: perMillion('output_video_tokens'),
    output_citation_mtok: perMillion('citation_tokens'),
    requests_kcount: perThousand('requests'),
    web_searches_kcount: perThousand('web_searches'),
    storage_searches_kcount: perThousand('storage_searches'),
    social_searches_kcount: perThousand('social_searches'),
    code_executions_kcount: perThousand('code_executions'),
    rerank_searches_kcount: perThousand('rerank_searches'),
    input_document_kpages: perThousand('document_pages'),
    input_annotated_document_kpages: perThousand('annotated_document_pages'),
    input_text_messages_kcount: perThousand('text_messages'),
    input_mchars: perMillion('input_characters'),
    input_gpixels: { meter: 'input_pixels', perUnits: 1_000_000_000 },
    audio_hours: perHour('audio_seconds'),
    input_audio_hours: perHour('input_audio_seconds'),
    output_audio_hours: perHour('output_audio_seconds'),
  } satisfies Record<string, SnapshotKey>),
);
