/**
 * The counters that follow from events, each with the question that gives the same
 * figures from the ledger: written anew in SQL, so that a mistake in the recording
 * cannot be in both.
 */

/** A counter and how the ledger tells it. */
export interface CheckedFamily {
  /** The family, by the name of its samples. */
  readonly sample: string;
  /** Its labels, each as SQL over events. */
  readonly labels: Readonly<Record<string, string>>;
  /** What it counts, as an aggregate; dollars are decimal text. */
  readonly value: string;
  /** Which events it counts; all of them if absent. */
  readonly where?: string;
  /** Doubles are added one after the other, and differ from the exact sum in their last digits. */
  readonly rounded?: true;
  /** What re-ratings have changed since the counter counted it. */
  readonly rerated?: 'cost' | 'unpriced' | 'business_cost';
}

const named = (column: string): string => `if(${column} = '', 'unknown', ${column})`;
const ERROR_TYPE = "if(error_type = '', status, error_type)";
const FAILED = "status != 'success'";
const BALANCED = "backend_id != ''";
const PRICED = 'cost_usd IS NOT NULL';
const count = 'toString(count())';
const sum = (column: string): string => `toString(sum(toUInt128(ifNull(${column}, 0))))`;
const usd = (column: string): string => `toString(sum(${column}))`;
/** A stand-in for those that do not say; the parameter is decimal text. */
const usdOr = (column: string, parameter: string): string =>
  `toString(sum(ifNull(${column}, toDecimal128({${parameter}:String}, 12))))`;

const llm = { provider: 'provider', task_type: named('task_type') };
const business = { application: named('application'), team: named('team') };
const model = { provider: 'provider', model: 'model' };

/** All that are held against the ledger. */
export const checkedFamilies: readonly CheckedFamily[] = [
  { sample: 'llm_requests_total', labels: { ...llm, model: 'model' }, value: count },
  { sample: 'llm_errors_total', labels: { ...llm, error_type: ERROR_TYPE }, value: count, where: FAILED },
  { sample: 'llm_latency_seconds_count', labels: llm, value: count, where: 'latency_ms IS NOT NULL' },
  {
    sample: 'llm_latency_seconds_sum',
    labels: llm,
    value: 'toString(sum(latency_ms / 1000))',
    where: 'latency_ms IS NOT NULL',
    rounded: true,
  },
  {
    sample: 'llm_tokens_used_total',
    labels: { provider: 'provider', token_type: "arrayJoin(['input', 'output', 'total'])" },
    value: `toString(sum(toUInt128(if(label_token_type = 'output', 0, ifNull(input_tokens, 0))) + toUInt128(if(label_token_type = 'input', 0, ifNull(output_tokens, 0)))))`,
  },
  {
    sample: 'llm_cost_usd_total',
    labels: { provider: 'provider' },
    value: usd('cost_usd'),
    where: PRICED,
    rerated: 'cost',
  },
  {
    sample: 'cost_unpriced_requests_total',
    labels: model,
    value: count,
    where: 'cost_usd IS NULL',
    rerated: 'unpriced',
  },
  { sample: 'cost_model_usd_total', labels: model, value: usd('cost_usd'), where: PRICED, rerated: 'cost' },
  { sample: 'business_requests_total', labels: business, value: count },
  {
    sample: 'business_revenue_usd_total',
    labels: business,
    value: usdOr('revenue_usd', 'revenue_default'),
  },
  {
    sample: 'business_cost_usd_total',
    labels: business,
    value: usdOr('cost_usd', 'cost_default'),
    rerated: 'business_cost',
  },
  {
    sample: 'users_requests_by_hour_total',
    labels: { hour: "formatDateTime(timestamp, '%H', 'UTC')" },
    value: count,
  },
  { sample: 'users_requests_by_task_total', labels: { task_type: named('task_type') }, value: count },
  {
    sample: 'load_balancer_requests_total',
    labels: { backend: 'backend_id', algorithm: named('algorithm'), status: 'status' },
    value: count,
    where: BALANCED,
  },
  {
    sample: 'load_balancer_requests_by_method_total',
    labels: { method: named('method'), status: 'status' },
    value: count,
    where: BALANCED,
  },
  {
    sample: 'load_balancer_errors_total',
    labels: { backend: 'backend_id', error_type: ERROR_TYPE },
    value: count,
    where: `${BALANCED} AND ${FAILED}`,
  },
  {
    sample: 'load_balancer_algorithm_selection_total',
    labels: { algorithm: named('algorithm'), backend: 'backend_id' },
    value: count,
    where: BALANCED,
  },
  {
    sample: 'load_balancer_request_duration_seconds_count',
    labels: { backend: 'backend_id' },
    value: count,
    where: `${BALANCED} AND latency_ms IS NOT NULL`,
  },
  {
    sample: 'load_balancer_request_bytes_total',
    labels: { backend: 'backend_id' },
    value: sum('request_bytes'),
    where: `${BALANCED} AND request_bytes IS NOT NULL`,
  },
  {
    sample: 'load_balancer_response_bytes_total',
    labels: { backend: 'backend_id' },
    value: sum('response_bytes'),
    where: `${BALANCED} AND response_bytes IS NOT NULL`,
  },
];
