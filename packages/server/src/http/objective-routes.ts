/** `/api/v1/objectives`: how they stand, their violations, and how they were kept over the history. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { PeriodUnit } from '../budgets/periods.ts';
import type { Clock } from '../clock.ts';
import type { ObjectiveDefinition } from '../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { complianceOf, type ComplianceReport, type ComplianceSources } from '../objectives/compliance.ts';
import type { Objectives } from '../objectives/objectives.ts';
import { viewObjective, viewViolation } from '../objectives/view.ts';
import type { ViolationStore } from '../objectives/violation-store.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;
const VIOLATIONS_SHOWN_MAX = 1000;
const units = ['day', 'week', 'month', 'quarter'] as const;

interface ById {
  readonly Params: { readonly id: string };
}
interface Range {
  readonly Querystring: {
    readonly from?: string;
    readonly to?: string;
    readonly hours?: number;
    readonly by?: PeriodUnit;
  };
}

const rangeFields = {
  ...periodParameters('90 days back'),
};
const rangeSchema = Type.Object(rangeFields, { additionalProperties: false });
const complianceSchema = Type.Object(
  {
    ...rangeFields,
    by: Type.Optional(
      Type.Enum([...units], {
        description: 'Rows by this calendar period; that of the objective, or a day, if absent.',
      }),
    ),
  },
  { additionalProperties: false },
);
const responses = { '4xx': errorSchema, '5xx': errorSchema };

/** What the routes ask. */
export interface ObjectiveRouteParts {
  readonly objectives: Objectives;
  readonly reader: ComplianceSources['reader'];
  readonly store: ViolationStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** Adds the routes. */
export function objectiveRoutes(parts: ObjectiveRouteParts) {
  const { objectives, ledger } = parts;
  const settled = async <R>(work: () => Promise<R>): Promise<R> =>
    ask(ledger, async () => {
      await ledger.settle(SETTLE_MS);
      return work();
    });
  return (server: FastifyInstance): void => {
    const reads = (summary: string, querystring?: object) => ({
      schema: { summary, ...(querystring === undefined ? {} : { querystring }), response: responses },
    });
    for (const path of ['/api/v1/objectives', '/api/v1/slos'])
      server.get(path, reads('All objectives: how they stand in their windows'), () =>
        settled(async () => ({ objectives: (await objectives.judged()).map(viewObjective) })),
      );
    for (const path of ['/api/v1/objectives/compliance', '/api/v1/sla'])
      server.get<Range>(
        path,
        reads('How all objectives were kept, by calendar period', complianceSchema),
        ({ query }) =>
          settled(async () => {
            const range = readTimeRange(query, parts.clock.nowMs());
            const reports: ComplianceReport[] = [];
            for (const { definition } of objectives.all)
              reports.push(await compliance(parts, definition, range, query.by ?? null));
            return { objectives: reports, ...violations(parts, null, range) };
          }),
      );
    server.get<Range>(
      '/api/v1/objectives/violations',
      reads('When objectives were violated, newest first', rangeSchema),
      ({ query }) => violations(parts, null, readTimeRange(query, parts.clock.nowMs())),
    );
    server.get<ById>('/api/v1/objectives/:id', reads('One objective, with its violations'), ({ params }) =>
      settled(async () => ({
        ...viewObjective(await objectives.one(params.id)),
        ...violations(parts, params.id, { from: null, to: null }),
      })),
    );
    server.get<ById & Range>(
      '/api/v1/objectives/:id/compliance',
      reads('How one objective was kept, by calendar period', complianceSchema),
      ({ params, query }) =>
        settled(async () => {
          const { definition } = objectives.find(params.id);
          const range = readTimeRange(query, parts.clock.nowMs());
          const report = await compliance(parts, definition, range, query.by ?? null);
          return { ...report, ...violations(parts, params.id, range) };
        }),
    );
  };
}

function compliance(
  { ledger, reader, clock }: ObjectiveRouteParts,
  definition: ObjectiveDefinition,
  range: TimeRange,
  by: PeriodUnit | null,
): Promise<ComplianceReport> {
  if (by !== null && !units.includes(by))
    throw new BellwetherError('invalid_parameter', `by must be one of ${units.join(', ')}.`, { field: 'by' });
  const sources = { connection: ledger.connection, reader };
  return complianceOf(sources, definition, { range, by }, clock.nowMs());
}

function violations({ store }: ObjectiveRouteParts, objective: string | null, { from, to }: TimeRange) {
  const query = {
    objective,
    fromMs: from === null ? 0 : from.epochSeconds * 1000,
    toMs: to === null ? Number.MAX_SAFE_INTEGER : to.epochSeconds * 1000,
  };
  const found = store.list({ ...query, limit: VIOLATIONS_SHOWN_MAX + 1 });
  return {
    violations: found.slice(0, VIOLATIONS_SHOWN_MAX).map(viewViolation),
    violations_truncated: found.length > VIOLATIONS_SHOWN_MAX,
  };
}
