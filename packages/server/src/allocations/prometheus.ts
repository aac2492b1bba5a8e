/** Asks a Prometheus for the use of machines. https://prometheus.io/docs/prometheus/latest/querying/api/ */

import type { Outgoing } from '../outgoing/index.ts';

/** How long an answer may take. */
const ANSWER_MS_MAX = 30_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** Values of an expression at instants, epoch seconds; an instant without a value is absent. */
export type Readings = ReadonlyMap<number, number>;

/** Where Prometheus is: an http or https URL, which may hold a user and a password. */
export class PrometheusQueries {
  readonly #url: string;
  readonly #outgoing: Outgoing;

  constructor(endpoint: string, outgoing: Outgoing) {
    this.#url = `${endpoint.replace(/\/+$/, '')}/api/v1/query_range`;
    this.#outgoing = outgoing;
  }

  /**
   * Evaluates an expression at regular instants. It must give one series, or none.
   *
   * @throws Error if Prometheus does not answer, refuses the expression or gives several series.
   */
  async range(
    expression: string,
    fromSeconds: number,
    toSeconds: number,
    stepSeconds: number,
  ): Promise<Readings> {
    const body = new URLSearchParams({
      query: expression,
      start: String(fromSeconds),
      end: String(toSeconds),
      step: String(stepSeconds),
    });
    const { status, body: bytes } = await this.#outgoing.request({
      url: this.#url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
      timeoutMs: ANSWER_MS_MAX,
      responseBytesMax: ANSWER_BYTES_MAX,
      ownDependency: true,
    });
    const answer = parsed(bytes.toString('utf8'));
    if (status !== 200 || answer === null || answer.status !== 'success')
      throw new Error(`Prometheus answers ${status}: ${answer?.error ?? 'not its JSON'}`);
    const series = answer.data?.result ?? [];
    if (series.length > 1)
      throw new Error(
        `the expression gives ${series.length} series; aggregate them to one, e.g. with avg(…)`,
      );
    const values = (series[0]?.values ?? []).map(([at, value]) => [at, Number(value)] as const);
    return new Map(values.filter(([, value]) => Number.isFinite(value)));
  }
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: { readonly result?: readonly { readonly values?: readonly [number, string][] }[] };
}

function parsed(text: string): Answer | null {
  try {
    const answer = JSON.parse(text) as Answer | string | number | null;
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}
