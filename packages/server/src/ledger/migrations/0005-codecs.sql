-- Codecs that were chosen by measuring (decision record 0007): times and amounts are
-- whole multiples of something coarser than a nanosecond or a pico-dollar, which GCD
-- takes out, and counts use few of their 64 bits. Parts that are there keep their form until they are merged.
ALTER TABLE events
  MODIFY COLUMN timestamp CODEC(GCD, Delta, T64('bit'), ZSTD(1)),
  MODIFY COLUMN cost_usd CODEC(GCD, ZSTD(1)),
  MODIFY COLUMN revenue_usd CODEC(GCD, ZSTD(1)),
  MODIFY COLUMN input_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN output_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN cache_read_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN cache_write_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN cache_write_1h_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN reasoning_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN input_audio_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN output_audio_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN input_image_tokens CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN request_bytes CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN response_bytes CODEC(T64('bit'), ZSTD(1)),
  MODIFY COLUMN latency_ms CODEC(ZSTD(3)),
  MODIFY COLUMN ttft_ms CODEC(ZSTD(3)),
  MODIFY COLUMN queue_ms CODEC(ZSTD(3));

-- Longer blocks let the compression find more of the same.
ALTER TABLE events MODIFY SETTING min_compress_block_size = 262144;
