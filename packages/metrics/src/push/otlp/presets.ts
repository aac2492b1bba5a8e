/**
 * Settings for the vendors that take OTLP directly. Both want differences: with
 * cumulative points they compute their own and lose the first of each series.
 *
 * Sources: Datadog, "OTLP Metrics Intake Endpoint"; New Relic, "OTLP endpoint".
 */
import type { OtlpPushOptions } from './otlp-pusher.ts';

/** The part of the options that a preset fills in. */
export type OtlpPreset = Pick<
  OtlpPushOptions,
  'url' | 'headers' | 'temporality' | 'encoding' | 'compression'
>;

/**
 * Datadog's intake. `site` is the account's site, such as `datadoghq.eu`.
 * Spread the result into the options of an OtlpPusher.
 */
export function datadog(account: { readonly apiKey: string; readonly site?: string }): OtlpPreset {
  return {
    url: `https://otlp.${account.site ?? 'datadoghq.com'}/v1/metrics`,
    headers: { 'dd-api-key': account.apiKey },
    temporality: 'delta',
    encoding: 'protobuf',
    compression: 'gzip',
  };
}

/** New Relic's intake, in the region of the account. */
export function newRelic(account: {
  readonly licenseKey: string;
  readonly region?: 'us' | 'eu';
}): OtlpPreset {
  const host = account.region === 'eu' ? 'otlp.eu01.nr-data.net' : 'otlp.nr-data.net';
  return {
    url: `https://${host}/v1/metrics`,
    headers: { 'api-key': account.licenseKey },
    temporality: 'delta',
    encoding: 'protobuf',
    compression: 'gzip',
  };
}
