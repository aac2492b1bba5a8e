/**
 * What counts for an objective and what of it is good, as conditions on rows of the
 * ledger. Latency, time to first token, cost and scores are judged on the requests
 * that have them; the first two on successful requests only, since failures are
 * availability's (Site Reliability Workbook, chapter 2).
 */

import {
  type ObjectiveDefinition,
  type ObjectiveDimension,
  type ObjectiveKind,
  objectiveDimensions,
} from '../config/index.ts';
import type { LedgerRow } from '../ledger/row.ts';
import type { Condition } from '../ledger/time-range.ts';

/** The column of the ledger that each dimension stands for. */
const columnOf = {
  provider: 'provider',
  model: 'model',
  team: 'team',
  tenant: 'tenant',
  user: 'user_id',
  application: 'application',
  backend: 'backend_id',
  environment: 'environment',
  task_type: 'task_type',
  operation: 'operation',
  region: 'region',
  service_tier: 'service_tier',
  deployment: 'deployment',
  algorithm: 'algorithm',
} as const satisfies Record<ObjectiveDimension, keyof LedgerRow>;

/** How requests are told apart for an objective. */
export interface Indicator {
  /** Requests that count. */
  readonly counted: Condition;
  /** Those of them that are good. */
  readonly good: Condition;
  /** Whether ratings that were given afterwards hold in place of those of the event. */
  readonly isRated: boolean;
  /** The column of the dimension that the objective is per; `null` for none. */
  readonly keyColumn: string | null;
}

type Judged = Exclude<ObjectiveKind, 'promql'>;

const judgements: Readonly<Record<Judged, { readonly counted: string; readonly good: string }>> = {
  availability: { counted: '1', good: "status = 'success'" },
  error_rate: { counted: '1', good: "status = 'success'" },
  latency: {
    counted: "status = 'success' AND latency_ms IS NOT NULL",
    good: 'latency_ms <= {bound:Float64}',
  },
  ttft: { counted: "status = 'success' AND ttft_ms IS NOT NULL", good: 'ttft_ms <= {bound:Float64}' },
  cost: { counted: 'cost_usd IS NOT NULL', good: 'cost_usd <= toDecimal128({bound:String}, 12)' },
  quality: { counted: 'quality_score IS NOT NULL', good: 'quality_score >= {bound:Float64}' },
  satisfaction: { counted: 'satisfaction_score IS NOT NULL', good: 'satisfaction_score >= {bound:Float64}' },
};

/** Whether a kind is about scores, which may be given after the request. */
export function isRated(kind: ObjectiveKind): boolean {
  return kind === 'quality' || kind === 'satisfaction';
}

/** The conditions of an objective over the ledger. */
export function indicatorOf(definition: ObjectiveDefinition & { readonly kind: Judged }): Indicator {
  const { kind, threshold, per, leaveOut } = definition;
  const { counted, good } = judgements[kind];
  const scope = scopeCondition(definition);
  const parts = [scope.sql, counted];
  const parameters: Record<string, string | number> = { ...scope.parameters };
  if (leaveOut.length > 0) {
    parts.push("NOT has(JSONExtract({left_out:String}, 'Array(String)'), status)");
    parameters['left_out'] = JSON.stringify(leaveOut);
  }
  const bound = threshold === '' ? {} : { bound: kind === 'cost' ? threshold : Number(threshold) };
  return {
    counted: { sql: parts.join(' AND '), parameters },
    good: { sql: good, parameters: bound },
    isRated: isRated(kind),
    keyColumn: per === null ? null : columnOf[per],
  };
}

/** The names come from the closed list of dimensions; what was configured is bound. */
function scopeCondition({ scope }: ObjectiveDefinition): Condition {
  const parts: string[] = ['1'];
  const parameters: Record<string, string> = {};
  for (const dimension of objectiveDimensions) {
    const values = scope[dimension];
    if (values === undefined) continue;
    parts.push(`has(JSONExtract({in_${dimension}:String}, 'Array(String)'), ${columnOf[dimension]})`);
    parameters[`in_${dimension}`] = JSON.stringify(values);
  }
  return { sql: parts.join(' AND '), parameters };
}
