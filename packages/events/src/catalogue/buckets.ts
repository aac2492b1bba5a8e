/**
 * The bounds of the catalogue's histograms. A threshold that the generated alert
 * rules ask for is always a bound, so that no quantile has to be guessed there.
 */

/** Seconds of a request to a model: from a quick answer to a long generation. */
export const defaultLlmLatencyBuckets = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60] as const;

/** Seconds of a load-balanced request, which a cache may answer at once. */
export const balancedRequestBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120] as const;

/** Seconds of work inside a process: a look-up, a permission check, a cipher. */
export const inProcessBuckets = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
] as const;

/** Seconds of work that reaches a disk or a neighbouring service. */
export const ioBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const;

/**
 * Seconds of generative AI operations, as OpenTelemetry's conventions advise them,
 * and two more: reasoning and agents take longer than 82 seconds.
 */
export const genAiDurationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
] as const;

/** Tokens of one operation, as OpenTelemetry's conventions advise them. */
export const genAiTokenBuckets = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
] as const;

/** Seconds for each output token after the first, as OpenTelemetry's conventions advise them. */
export const genAiPerTokenBuckets = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
] as const;

/** Seconds to the first token on a model server, as OpenTelemetry's conventions advise them. */
export const genAiFirstTokenBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;
