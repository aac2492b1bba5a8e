/** Asks a Prometheus for the use of machines. https://prometheus.io/docs/prometheus/latest/querying/api/ */

/** How long an answer may take. */
const ANSWER_MS_MAX = 30_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** Values of an expression at instants, epoch seconds; an instant without a value is absent. */
export type Readings = ReadonlyMap<number, number>;

/** Where Prometheus is: an http or https URL, which may hold a user and a password. */
export class PrometheusQueries {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(endpoint: string) {
    const url = new URL(endpoint);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    this.#base = url.href.replace(/\/+$/, '');
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers =
      username === '' && password === ''
        ? {}
        : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
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
    const response = await fetch(`${this.#base}/api/v1/query_range`, {
      method: 'POST',
      headers: this.#headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await readBounded(response);
    const answer = parsed(text);
    if (!response.ok || answer === null || answer.status !== 'success')
      throw new Error(`Prometheus answers ${response.status}: ${answer?.error ?? 'not its JSON'}`);
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

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`Prometheus answers more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
