/** Asks a Prometheus what it knows. https://prometheus.io/docs/prometheus/latest/querying/api/ */

import { type Outgoing, OutgoingError } from '../outgoing/index.ts';

/** How long an answer may take. */
const ANSWER_MS_MAX = 30_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** Values of an expression at instants, epoch seconds; an instant without a value is absent. */
export type Readings = ReadonlyMap<number, number>;

/** One series of an answer. */
export interface LabelledReadings {
  readonly labels: Readonly<Record<string, string>>;
  readonly readings: Readings;
}

/** A question that Prometheus has not answered. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  /** True if it does not take the expression, so that asking again is in vain. */
  readonly isRefused: boolean;

  constructor(message: string, options: { readonly isRefused: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isRefused = options.isRefused;
  }
}

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
   * @throws PrometheusError if Prometheus does not answer, refuses the expression or gives several series.
   */
  async range(
    expression: string,
    fromSeconds: number,
    toSeconds: number,
    stepSeconds: number,
  ): Promise<Readings> {
    const series = await this.matrix(expression, fromSeconds, toSeconds, stepSeconds);
    if (series.length > 1)
      throw new PrometheusError(
        `the expression gives ${series.length} series; aggregate them to one, e.g. with avg(…)`,
        { isRefused: true },
      );
    return series[0]?.readings ?? new Map();
  }

  /**
   * Evaluates an expression at regular instants; values that are not finite count as absent.
   *
   * @throws PrometheusError if Prometheus does not answer or refuses the expression.
   */
  async matrix(
    expression: string,
    fromSeconds: number,
    toSeconds: number,
    stepSeconds: number,
  ): Promise<LabelledReadings[]> {
    const { status, answer } = await this.#ask(
      new URLSearchParams({
        query: expression,
        start: String(fromSeconds),
        end: String(toSeconds),
        step: String(stepSeconds),
      }),
    );
    if (answer?.status !== 'success')
      throw new PrometheusError(`Prometheus answers ${status}: ${answer?.error ?? 'not its JSON'}`, {
        isRefused: status === 400 || status === 422,
      });
    return (answer.data?.result ?? []).map(({ metric = {}, values = [] }) => {
      const numbers = values.map(([at, value]) => [at, Number(value)] as const);
      return { labels: metric, readings: new Map(numbers.filter(([, value]) => Number.isFinite(value))) };
    });
  }

  async #ask(body: URLSearchParams): Promise<{ readonly status: number; readonly answer: Answer | null }> {
    try {
      const { status, body: bytes } = await this.#outgoing.request({
        url: this.#url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
        timeoutMs: ANSWER_MS_MAX,
        responseBytesMax: ANSWER_BYTES_MAX,
        ownDependency: true,
      });
      return { status, answer: parsed(bytes.toString('utf8')) };
    } catch (cause) {
      if (!(cause instanceof OutgoingError)) throw cause;
      // A smaller question has a smaller answer, but this one never has.
      const isRefused = cause.code === 'too_large';
      throw new PrometheusError(`Prometheus does not answer: ${cause.message}`, { isRefused, cause });
    }
  }
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: {
    readonly result?: readonly {
      readonly metric?: Readonly<Record<string, string>>;
      readonly values?: readonly [number, string][];
    }[];
  };
}

function parsed(text: string): Answer | null {
  try {
    const answer = JSON.parse(text) as Answer | string | number | null;
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}
