/**
 * The tables, comments and views that BI tools read, as migrations. Once released,
 * the SQL of a migration never changes. `SCHEMA` stands for the configured schema.
 */

/** One step of the schema. */
export interface SqlMigration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The dimensions of the rows by hour and by day. */
export const sqlDimensions = ['tenant', 'application', 'team', 'provider', 'model'] as const;

/** The columns that are counted or added up, with their types and what they are. */
const measures: readonly (readonly [name: string, type: string, comment: string])[] = [
  ['requests', 'bigint', 'Requests, failed ones included.'],
  ['successes', 'bigint', 'Requests with status success.'],
  ['tokens', 'bigint', 'Input and output tokens.'],
  ['revenue_usd', 'numeric(38, 12)', 'Revenue in US dollars, the configured one where a request names none.'],
  ['requests_with_default_revenue', 'bigint', 'Requests whose revenue is the configured one.'],
  ['cost_usd', 'numeric(38, 12)', 'Cost in US dollars, the configured one where the price is unknown.'],
  ['requests_with_default_cost', 'bigint', 'Requests whose cost is the configured one.'],
  ['rated_requests', 'bigint', 'Requests with a satisfaction score.'],
  ['satisfaction_sum', 'numeric(38, 9)', 'The sum of their satisfaction scores, 0 to 1 each.'],
  ['graded_requests', 'bigint', 'Requests with a quality score.'],
  ['quality_sum', 'numeric(38, 9)', 'The sum of their quality scores, 0 to 1 each.'],
];

const people: typeof measures = [
  ['users', 'bigint', 'Distinct users; not to be added up over rows.'],
  ['sessions', 'bigint', 'Distinct sessions; not to be added up over rows.'],
];

interface Table {
  readonly name: string;
  readonly comment: string;
  readonly key: readonly (readonly [name: string, type: string, comment: string])[];
  readonly measures: typeof measures;
}

const dimensions = sqlDimensions.map(
  (name) => [name, 'text', `The ${name} of the requests; empty where they name none.`] as const,
);

/** The tables of figures: their names, their columns, and by which of them a row is known. */
export const sqlTables = [
  {
    name: 'business_hourly',
    comment: 'Business figures by the hour. A row is recomputed when its hour changes.',
    key: [['hour', 'timestamptz', 'The beginning of the hour.'], ...dimensions],
    measures,
  },
  {
    name: 'business_daily',
    comment: 'Business figures by the day in UTC, with distinct users and sessions.',
    key: [['day', 'date', 'The day in UTC.'], ...dimensions],
    measures: [...measures, ...people],
  },
  {
    name: 'business_daily_totals',
    comment: 'Business figures of all requests of a day in UTC, with distinct users and sessions.',
    key: [['day', 'date', 'The day in UTC.']],
    measures: [...measures, ...people],
  },
] as const satisfies readonly Table[];

/** The columns of a table but for when a row changed. */
export function columnsOf({ key, measures: of }: Table): string[] {
  return [...key, ...of].map(([name]) => name);
}

function createTable({ name, comment, key, measures: of }: Table): string {
  const columns = [...key, ...of].map(([column, type]) => `${column} ${type} NOT NULL`);
  const comments = [...key, ...of].map(
    ([column, , text]) => `COMMENT ON COLUMN SCHEMA.${name}.${column} IS '${text}';`,
  );
  return `CREATE TABLE SCHEMA.${name} (
  ${columns.join(',\n  ')},
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (${key.map(([column]) => column).join(', ')})
);
COMMENT ON TABLE SCHEMA.${name} IS '${comment}';
${comments.join('\n')}
COMMENT ON COLUMN SCHEMA.${name}.updated_at IS 'When the row was last changed.';
${key.length === 1 ? '' : `CREATE INDEX ${name}_application ON SCHEMA.${name} (application, ${key[0]?.[0] ?? ''});`}`;
}

/** The formulas are those of docs/concepts/business.md. */
function createView({ name, comment }: Table): string {
  return `CREATE VIEW SCHEMA.${name}_figures AS
SELECT f.*,
  round((coalesce(satisfaction_score * s.satisfaction_weight, 0) + coalesce(performance_score * s.performance_weight, 0)
    + coalesce(cost_efficiency_score * s.cost_efficiency_weight, 0))
    / nullif(CASE WHEN satisfaction_score IS NULL THEN 0 ELSE s.satisfaction_weight END
    + CASE WHEN performance_score IS NULL THEN 0 ELSE s.performance_weight END
    + CASE WHEN cost_efficiency_score IS NULL THEN 0 ELSE s.cost_efficiency_weight END, 0), 9) AS composite_score
FROM (
  SELECT t.*,
    revenue_usd - cost_usd AS profit_usd,
    round((revenue_usd - cost_usd) / nullif(cost_usd, 0), 9) AS roi,
    round((revenue_usd - cost_usd) / nullif(revenue_usd, 0), 9) AS margin,
    round(revenue_usd / nullif(requests, 0), 12) AS revenue_per_request_usd,
    round(cost_usd / nullif(requests, 0), 12) AS cost_per_request_usd,
    round(cost_usd / nullif(successes, 0), 12) AS cost_per_success_usd,
    round(satisfaction_sum / nullif(rated_requests, 0), 9) AS satisfaction_score,
    round(quality_sum / nullif(graded_requests, 0), 9) AS quality_score,
    round(successes::numeric / nullif(requests, 0), 9) AS performance_score,
    round(revenue_usd / nullif(revenue_usd + cost_usd, 0), 9) AS cost_efficiency_score
  FROM SCHEMA.${name} AS t
) AS f CROSS JOIN SCHEMA.business_settings AS s;
COMMENT ON VIEW SCHEMA.${name}_figures IS '${comment.split('.')[0] ?? ''}, with ratios and scores.';`;
}

/** All of them, in order. */
export const sqlMigrations: readonly SqlMigration[] = [
  {
    version: 1,
    name: 'business figures by hour and day',
    sql: `CREATE TABLE SCHEMA.business_settings (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  satisfaction_weight numeric NOT NULL, performance_weight numeric NOT NULL, cost_efficiency_weight numeric NOT NULL
);
COMMENT ON TABLE SCHEMA.business_settings IS 'One row: the weights of the composite score, as the server is configured.';
${sqlTables.map(createTable).join('\n')}
${sqlTables.map(createView).join('\n')}`,
  },
];
