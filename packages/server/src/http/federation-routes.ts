/**
 * `GET /api/v1/federation/…`: where this server is a hub, its answers over all sites. A
 * period is widened to whole hours, and each answer says how old the figures of each site are.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import {
  inWholeHours,
  readSiteCosts,
  readSiteOverview,
  readSitePerformance,
  readSiteTop,
  type Scope,
  scopeOf,
} from '../federation/answers.ts';
import {
  readSiteDimensions,
  siteDimensionNames,
  type SiteGrouping,
  togetherText,
} from '../federation/dimensions.ts';
import type { SiteStatus } from '../federation/federation.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Period, periodOf, periodText } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** What the routes need. */
export interface FederationRoutesOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** The sites of a hub; none for a server that is no hub. */
  readonly sites: () => readonly SiteStatus[];
}

const HOURS_DEFAULT = 24;
const TOP_DEFAULT = 10;
const TOP_MAX = 1000;
const response = { '4xx': errorSchema, '5xx': errorSchema };

const period = periodParameters('A day back');
const by = Type.Optional(
  Type.String({
    description: `Dimensions, separated by commas: ${siteDimensionNames.join(', ')}. Together go ${togetherText}.`,
  }),
);
const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: TOP_MAX, description: `Groups; ${TOP_DEFAULT} if absent.` }),
);
const closed = { additionalProperties: false } as const;
const overviewQuery = Type.Object(period, closed);
const groupedQuery = Type.Object({ ...period, by }, closed);
const topQuery = Type.Object({ ...period, by, limit }, closed);

/** What every question may say; those that have no such parameter do not get it. */
type Question = FastifyRequest<{ Querystring: Static<typeof topQuery> }>;
type Moment = Scope & { readonly range: Period };

/** Adds the routes. */
export function federationRoutes({ ledger, clock, sites }: FederationRoutesOptions) {
  const { connection } = ledger;
  const about = async (request: Question, read: (moment: Moment) => Promise<object>): Promise<object> => {
    const nowMs = clock.nowMs();
    const { from, to, hours } = request.query;
    const asked = { ...readTimeRange({ from, to, hours }, nowMs), tenant: request.principal.tenant };
    const range = inWholeHours(periodOf(asked, nowMs, HOURS_DEFAULT));
    return ask(ledger, async () => {
      const names = sites().map(({ site }) => site);
      const answer = await read({ ...(await scopeOf(connection, names, range)), range });
      return { ...periodText(range), ...answer, sites: viewsOf(sites(), clock.nowMs()) };
    });
  };
  const grouped = (
    request: Question,
    names: string,
    read: (moment: Moment, grouping: SiteGrouping) => Promise<object>,
  ): Promise<object> => {
    const grouping = readSiteDimensions(request.query.by ?? names);
    return about(request, async (moment) => ({
      by: grouping.by.map(({ name }) => name),
      ...(await read(moment, grouping)),
    }));
  };
  const described = (summary: string, querystring?: object) => ({
    schema: { summary, response, ...(querystring === undefined ? {} : { querystring }) },
  });
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/federation/sites',
      described('The sites of this hub, and how old their figures are'),
      () => ({ sites: viewsOf(sites(), clock.nowMs()) }),
    );
    server.get(
      '/api/v1/federation/overview',
      described('Sites side by side and together', overviewQuery),
      (request: Question) => about(request, (moment) => readSiteOverview(connection, moment)),
    );
    server.get(
      '/api/v1/federation/costs',
      described('What requests cost over all sites', groupedQuery),
      (request: Question) => grouped(request, 'site', (...asked) => readSiteCosts(connection, ...asked)),
    );
    server.get(
      '/api/v1/federation/performance',
      described('Requests, errors, latency and throughput over all sites', groupedQuery),
      (request: Question) =>
        grouped(request, 'site', (...asked) => readSitePerformance(connection, ...asked)),
    );
    server.get(
      '/api/v1/federation/top',
      described('The dearest groups over all sites', topQuery),
      (request: Question) =>
        grouped(request, 'provider,model', async (moment, grouping) => ({
          rows: await readSiteTop(connection, moment, grouping, request.query.limit ?? TOP_DEFAULT),
        })),
    );
  };
}

/** A site as answers show it. */
export interface SiteView {
  readonly site: string;
  readonly state: SiteStatus['state'];
  /** RFC 3339; null if it was never pulled. */
  readonly last_success: string | null;
  readonly age_seconds: number | null;
  readonly problem: string | null;
}

function viewsOf(sites: readonly SiteStatus[], nowMs: number): SiteView[] {
  return sites.map(({ site, state, succeededMs, problem }) => ({
    site,
    state,
    last_success: succeededMs === null ? null : new Date(succeededMs).toISOString(),
    age_seconds: succeededMs === null ? null : Math.max(0, Math.round((nowMs - succeededMs) / 1000)),
    problem,
  }));
}
