/**
 * What happens in the demo's month, as data: the generator acts on these facts,
 * the documentation tells them, and tests and analysis check that they are found.
 * Times are relative to the last midnight UTC before the history's end, so a demo
 * that is started twice on one day tells the same story.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** When the incident of the live traffic is. */
export interface LiveIncident {
  /** How long after the start of the live traffic it begins. */
  readonly delayMs: number;
  readonly lengthMs: number;
}

/** The incident, unless somebody rehearses and cannot wait. */
export const usualIncident: LiveIncident = { delayMs: 4 * MINUTE_MS, lengthMs: 6 * MINUTE_MS };

/** Events a month for which {@link usualIncident} is long enough to be seen, and how much longer it is at most with fewer. */
const SEEN_EVENTS = 1_000_000;
const LONGER_MAX = 5;

/** How long the incident lasts where nobody says: the thinner the traffic, the longer, since the incident needs requests that fail. */
export function incidentLengthMs(eventsTotal: number): number {
  const times = Math.min(LONGER_MAX, Math.max(1, SEEN_EVENTS / eventsTotal));
  return Math.round((usualIncident.lengthMs * times) / MINUTE_MS) * MINUTE_MS;
}

/** What happened. */
export type FactKind = 'deployment' | 'price_change' | 'incident' | 'cost_spike';

/** The events that a fact is about: those that have all of these values. */
export interface FactDimensions {
  readonly provider?: string;
  readonly backend_id?: string;
  readonly team?: string;
  readonly application?: string;
  readonly model?: string;
}

/** How a fact changes the events it is about; what is absent stays as it is. */
export interface FactEffect {
  readonly latencyFactor?: number;
  /** Part of the requests that fail beyond the usual. */
  readonly failureShare?: number;
  readonly priceFactor?: number;
  readonly outputTokensFactor?: number;
  /** Added to the quality scores. */
  readonly qualityChange?: number;
  /** The value of `deployment` from then on. */
  readonly deployment?: string;
  /** Additional requests, as a part of the month's. */
  readonly extraRequestsShare?: number;
}

/** One fact of the demo's month. */
export interface StoryFact {
  readonly id: string;
  readonly kind: FactKind;
  readonly startMs: number;
  /** When it is over; `null` for what lasts. */
  readonly endMs: number | null;
  readonly dimensions: FactDimensions;
  readonly effect: FactEffect;
  readonly summary: string;
}

/** The midnight UTC that a history's story is anchored to. */
export function anchorOf(endMs: number): number {
  return Math.floor(endMs / DAY_MS) * DAY_MS;
}

/**
 * The facts of a month of history that ends at `endMs`, oldest first. The story
 * fills thirty days; of a shorter history it is the part that lies within it.
 *
 * @param endMs end of the history, milliseconds since the epoch.
 */
export function describeStory(endMs: number): readonly StoryFact[] {
  const anchorMs = anchorOf(endMs);
  const before = (days: number, hours = 0): number => anchorMs - days * DAY_MS + hours * HOUR_MS;
  return [
    {
      id: 'helpdesk-4.3.0',
      kind: 'deployment',
      startMs: before(21, 9),
      endMs: null,
      dimensions: { application: 'helpdesk' },
      effect: { deployment: 'helpdesk-4.3.0' },
      summary: 'helpdesk 4.3.0 is deployed and changes nothing that can be measured.',
    },
    {
      id: 'code-assistant-7.1.0',
      kind: 'deployment',
      startMs: before(16, 17),
      endMs: null,
      dimensions: { application: 'code-assistant' },
      effect: {
        deployment: 'code-assistant-7.1.0',
        latencyFactor: 1.15,
        outputTokensFactor: 1.2,
        qualityChange: -0.04,
      },
      summary:
        'code-assistant 7.1.0 is deployed: 15 % slower, a fifth more output tokens, quality 0.04 lower.',
    },
    {
      id: 'alibaba-price',
      kind: 'price_change',
      startMs: before(12),
      endMs: null,
      dimensions: { provider: 'alibaba_cloud' },
      effect: { priceFactor: 1.4 },
      summary: 'alibaba_cloud, which reports its own cost, raises its prices by 40 %.',
    },
    {
      id: 'anthropic-degraded',
      kind: 'incident',
      startMs: before(8, 16),
      endMs: before(8, 17.5),
      dimensions: { provider: 'anthropic' },
      effect: { latencyFactor: 3.5, failureShare: 0.3 },
      summary: 'anthropic is degraded for 90 minutes: 3.5 times slower, 30 % of its requests fail.',
    },
    {
      id: 'runaway-report-job',
      kind: 'cost_spike',
      startMs: before(4, 13),
      endMs: before(4, 16),
      dimensions: { team: 'analytics', application: 'report-writer' },
      effect: { extraRequestsShare: 0.012 },
      summary: 'A job of the analytics team runs away for three hours and sends long prompts to gpt-5.',
    },
  ];
}

/** The incident of the live traffic that starts at `startMs`. */
export function describeLiveIncident(
  startMs: number,
  { delayMs, lengthMs }: LiveIncident = usualIncident,
): StoryFact {
  return {
    id: 'openai-eu-west-failing',
    kind: 'incident',
    startMs: startMs + delayMs,
    endMs: startMs + delayMs + lengthMs,
    dimensions: { provider: 'openai', backend_id: 'openai-eu-west' },
    effect: { latencyFactor: 5, failureShare: 0.7 },
    summary: `The backend openai-eu-west is five times slower and fails 70 % of its requests for ${lengthMs / 1000} seconds.`,
  };
}

/** True while a fact has its effect. */
export function isActive(fact: StoryFact, atMs: number): boolean {
  return atMs >= fact.startMs && (fact.endMs === null || atMs < fact.endMs);
}

/** True if a fact is about events with these dimensions. */
export function concerns(fact: StoryFact, of: FactDimensions): boolean {
  const { provider, backend_id: backendId, team, application, model } = fact.dimensions;
  return (
    (provider === undefined || provider === of.provider) &&
    (backendId === undefined || backendId === of.backend_id) &&
    (team === undefined || team === of.team) &&
    (application === undefined || application === of.application) &&
    (model === undefined || model === of.model)
  );
}
