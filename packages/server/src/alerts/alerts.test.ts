import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock } from '../clock.ts';
import { readAlertRules } from '../config/index.ts';
import { readInhibitions, readMaintenance } from '../config/alert-items.ts';
import { silentLog } from '../log.ts';
import type { Labels } from '../matching/matcher.ts';
import type { Change } from '../notify/change.ts';
import type { Series } from '../series/series.ts';
import { openStateDatabase, type StateDatabase } from '../state/state-database.ts';
import { alertsStatePart } from './alert-store.ts';
import { Alerts } from './alerts.ts';
import { listAlerts, viewIncident } from './alert-view.ts';
import { Forecasts } from './forecasts.ts';
import { SignalSources } from './signals.ts';

/** Tests with a key, which hides no mistake in a statement, but for the one that counts to twenty thousand. */
let stateKey: Uint8Array | null = new Uint8Array(32).fill(1);

const START_MS = Date.UTC(2026, 10, 20, 10);
const MINUTE_MS = 60_000;
const everything = {
  states: [],
  severities: [],
  rule: null,
  incident: null,
  fromMs: null,
  toMs: null,
  beforeSeq: null,
} as const;

let directory: string;
let clock: FakeClock;
let state: StateDatabase;
let alerts: Alerts;
/** What the signal `heat` says at present. */
let heat: { labels: Labels; value: number }[];
let heatFails: boolean;
let changes: Change[];
let told: string[];

interface Setting {
  readonly rules?: readonly object[];
  readonly inhibitions?: readonly object[];
  readonly maintenance?: readonly object[];
  readonly repeatMs?: number;
  readonly escalateAfterMs?: number;
}

const hot = { id: 'hot', name: 'Hot', signal: 'heat', above: 10, severity: 'high' };

function read<T>(list: T | string): T {
  if (typeof list === 'string') throw new Error(list);
  return list;
}

function open(setting: Setting = {}): void {
  state = openStateDatabase({ dataDir: directory, clock, parts: [alertsStatePart], key: stateKey });
  const to = (channel: string, route = 'all') => ({ channel, route, groupKey: route, groupLabels: {} });
  alerts = new Alerts({
    state,
    clock,
    log: silentLog,
    rules: read(readAlertRules(setting.rules ?? [hot])),
    inhibitions: read(readInhibitions(setting.inhibitions ?? [])),
    maintenance: read(readMaintenance(setting.maintenance ?? [])),
    series: { query: async (): Promise<Series[]> => [] },
    forecasts: new Forecasts({}),
    signals: new SignalSources([
      {
        name: 'heat',
        description: '',
        read: () => {
          if (heatFails) throw new Error('nobody knows');
          return heat;
        },
      },
    ]),
    routes: {
      destinationsOf: () => [to('ops')],
      repeatIntervalMs: () => setting.repeatMs ?? Infinity,
      escalationOf: (route) =>
        setting.escalateAfterMs === undefined || route === 'pager'
          ? null
          : { afterMs: setting.escalateAfterMs, to: [to('boss', 'pager')] },
    },
    sink: {
      store: (stored) => {
        changes.push(...stored);
        told.push(
          ...stored.map(
            ({ kind, destination, alert }) =>
              `${kind} ${alert.labels['room'] ?? ''} to ${destination.channel}`,
          ),
        );
      },
      stored: () => undefined,
    },
    intervalMs: 15_000,
    historyMs: 86_400_000,
    retentionNowMs: () => clock.nowMs(),
  });
}

/** Evaluates with the rooms as hot as given, after a time. */
async function step(rooms: Readonly<Record<string, number>>, afterMs = 15_000): Promise<void> {
  clock.advance(afterMs);
  heat = Object.entries(rooms).map(([room, value]) => ({ labels: { room }, value }));
  await alerts.evaluate();
}

function list() {
  return listAlerts(alerts, everything, [], 100).alerts;
}

function statesOf(): Record<string, string> {
  return Object.fromEntries(list().map(({ labels, state: is }) => [labels['room'] ?? '', is]));
}

function restart(setting: Setting = {}): void {
  state.close();
  open(setting);
}

function idOf(room: string): string {
  return list().find(({ labels }) => labels['room'] === room)?.id ?? '';
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-alerts-'));
  clock = fakeClock(START_MS);
  [heat, changes, told, heatFails] = [[], [], [], false];
});

afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a wall clock that is set', () => {
  const DAY_MS = 86_400_000;

  it.each([30, -5])(
    'by %d days neither raises early what is pending nor has it wait for days',
    async (days) => {
      open({ rules: [{ ...hot, for: '5m' }] });
      await step({ attic: 11 });
      clock.jump(days * DAY_MS);
      await step({ attic: 11 }, 4 * MINUTE_MS);
      expect(statesOf()).toEqual({ attic: 'pending' });
      await step({ attic: 11 }, MINUTE_MS);
      expect(statesOf()).toEqual({ attic: 'raised' });
    },
  );

  it('neither repeats early what was told nor keeps silent for days', async () => {
    open({ repeatMs: 60 * MINUTE_MS });
    await step({ attic: 11 });
    clock.jump(30 * DAY_MS);
    await step({ attic: 11 });
    expect(told).toEqual(['raised attic to ops']);
    clock.jump(-35 * DAY_MS);
    await step({ attic: 11 });
    await step({ attic: 11 }, 59 * MINUTE_MS + 30_000);
    expect(told).toEqual(['raised attic to ops', 'repeated attic to ops']);
  });

  it('set back while the server is down, has what is pending wait from the start', async () => {
    open({ rules: [{ ...hot, for: '5m' }] });
    await step({ attic: 11 });
    clock.jump(-5 * DAY_MS);
    restart({ rules: [{ ...hot, for: '5m' }] });
    await step({ attic: 11 }, 5 * MINUTE_MS);
    expect(statesOf()).toEqual({ attic: 'raised' });
  });
});

describe('the life of an alert', () => {
  it('is raised at once without `for`, told, and resolved by itself', async () => {
    open();
    await step({ attic: 11, cellar: 10 });
    expect(list()).toMatchObject([
      {
        state: 'raised',
        severity: 'high',
        labels: { alertname: 'Hot', rule: 'hot', severity: 'high', room: 'attic' },
        value: 11,
        threshold: 10,
        summary: 'Hot',
        description: 'Hot: 11',
        raised_at: '2026-11-20T10:00:15.000Z',
        channels: ['ops'],
      },
    ]);
    await step({ attic: 10 });
    expect(list()).toMatchObject([
      { state: 'resolved', resolved_by: 'rule', resolved_at: '2026-11-20T10:00:30.000Z' },
    ]);
    expect(told).toEqual(['raised attic to ops', 'resolved attic to ops']);
    const history = alerts.store.history(idOf('attic')).map(({ action, actor }) => [action, actor]);
    expect(history).toEqual([
      ['raised', 'rule'],
      ['notified', 'server'],
      ['resolved', 'rule'],
    ]);
  });

  it('waits for as long as the rule asks, also across a restart, and leaves no trace if it passes', async () => {
    const rules = [{ ...hot, for: '1m' }];
    open({ rules });
    await step({ attic: 11, cellar: 11 });
    expect(statesOf()).toEqual({ attic: 'pending', cellar: 'pending' });
    restart({ rules });
    await step({ attic: 11, cellar: 1 }, 30_000);
    expect(statesOf()).toEqual({ attic: 'pending' });
    await step({ attic: 11 }, 29_999);
    expect(statesOf()).toEqual({ attic: 'pending' });
    await step({ attic: 11 }, 1);
    expect(statesOf()).toEqual({ attic: 'raised' });
    expect(told).toEqual(['raised attic to ops']);
  });

  it('stays raised until the value is back at the other threshold, and beyond if the rule keeps it', async () => {
    open({ rules: [{ ...hot, resolve_at: 5, keep_firing_for: '1m' }] });
    await step({ attic: 11 });
    await step({ attic: 6 });
    expect(statesOf()).toEqual({ attic: 'raised' });
    await step({ attic: 5 });
    await step({ attic: 5 }, 59_000);
    expect(statesOf()).toEqual({ attic: 'raised' });
    // Wrong again: the wait for its end begins anew.
    await step({ attic: 6 }, 500);
    await step({ attic: 5 }, 500);
    await step({ attic: 5 }, 59_999);
    expect(statesOf()).toEqual({ attic: 'raised' });
    await step({ attic: 5 }, 1);
    expect(statesOf()).toEqual({ attic: 'resolved' });
  });

  it.each([
    ['ok', { attic: 'resolved' }],
    ['keep', { attic: 'raised' }],
    ['alert', { attic: 'raised', cellar: 'raised' }],
  ])('takes missing data as %s', async (missing, expected) => {
    open({ rules: [{ ...hot, missing }] });
    await step({ attic: 11, cellar: 1 });
    await step({});
    expect(statesOf()).toEqual(expected);
  });

  it('changes nothing while its signal cannot be read', async () => {
    open();
    await step({ attic: 11 });
    heatFails = true;
    await step({});
    expect(statesOf()).toEqual({ attic: 'raised' });
    expect(alerts.status).toMatchObject({ failures: 1, problem: '1 of 1 rules could not be evaluated' });
  });

  it('survives a restart in every state', async () => {
    open();
    await step({ attic: 11, cellar: 12 });
    alerts.acknowledge(idOf('attic'), 'ada', 'on it');
    restart();
    expect(list()).toMatchObject([
      { labels: { room: 'cellar' }, state: 'raised', value: 12 },
      { labels: { room: 'attic' }, state: 'acknowledged', acknowledged_by: 'ada' },
    ]);
    told.length = 0;
    await step({ attic: 11, cellar: 1 });
    expect(told).toEqual(['resolved cellar to ops']);
  });

  it('ends with its rule', async () => {
    open();
    await step({ attic: 11 });
    restart({ rules: [{ ...hot, id: 'other' }] });
    alerts.start();
    await clock.advanceAsync(1);
    await alerts.stop();
    expect(list().map(({ rule, state: is, resolved_by: by }) => [rule, is, by])).toEqual([
      ['other', 'raised', null],
      ['hot', 'resolved', 'server'],
    ]);
  });
});

describe('what people do', () => {
  it('acknowledging is told and ends escalation; a second time is possible, after the end not', async () => {
    open({ escalateAfterMs: MINUTE_MS });
    await step({ attic: 11 });
    const id = idOf('attic');
    alerts.acknowledge(id, 'ada', '');
    await step({ attic: 11 }, 2 * MINUTE_MS);
    expect(told).toEqual(['raised attic to ops', 'acknowledged attic to ops']);
    await step({ attic: 1 });
    expect(() => alerts.acknowledge(id, 'ada', '')).toThrow(expect.objectContaining({ code: 'alert_over' }));
    expect(() => alerts.acknowledge('x', 'ada', '')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('resolving by hand holds until the value has been well once, also across a restart', async () => {
    open();
    await step({ attic: 11 });
    alerts.resolve(idOf('attic'), 'ada', 'known');
    await step({ attic: 11 });
    restart();
    await step({ attic: 11 });
    expect(told).toEqual(['raised attic to ops', 'resolved attic to ops']);
    await step({ attic: 1 });
    await step({ attic: 11 });
    expect(told.slice(2)).toEqual(['raised attic to ops']);
    expect(list().map(({ state: is, resolved_by: by }) => [is, by])).toEqual([
      ['raised', null],
      ['resolved', 'ada'],
    ]);
  });

  it('snoozing keeps an alert back and has it told again afterwards', async () => {
    open({ repeatMs: 10 * MINUTE_MS });
    await step({ attic: 11 });
    alerts.snooze(idOf('attic'), clock.nowMs() + 30 * MINUTE_MS, 'ada', '');
    await step({ attic: 11 }, 20 * MINUTE_MS);
    expect(told).toEqual(['raised attic to ops']);
    expect(list()[0]?.suppressed.snoozed_until).toBe('2026-11-20T10:30:15.000Z');
    await step({ attic: 11 }, 10 * MINUTE_MS);
    expect(told.slice(1)).toEqual(['repeated attic to ops']);
    await step({ attic: 11 }, MINUTE_MS);
    expect(told).toHaveLength(2);
    const id = idOf('attic');
    expect(() => alerts.snooze(id, clock.nowMs(), 'ada', '')).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }),
    );
  });

  it('a silence keeps back what begins in it, and its end has it told if it still holds', async () => {
    open();
    const matchers = ['room=~"att.*"', 'severity!="low"'];
    const silence = alerts.silence({
      matchers,
      startsMs: clock.nowMs(),
      endsMs: clock.nowMs() + 10 * MINUTE_MS,
      createdBy: 'ada',
      comment: '',
    });
    await step({ attic: 11, cellar: 11 });
    restart();
    await step({ attic: 11, cellar: 11 });
    expect(told).toEqual(['raised cellar to ops']);
    expect(list().map(({ suppressed }) => suppressed.silenced_by)).toEqual([[], [silence.id]]);
    alerts.endSilence(silence.id);
    await step({ attic: 11, cellar: 11 });
    expect(told.slice(1)).toEqual(['raised attic to ops']);
  });

  it('what was never told is resolved without a word', async () => {
    open();
    alerts.silence({
      matchers: ['room="attic"'],
      startsMs: 0,
      endsMs: START_MS + MINUTE_MS,
      createdBy: '',
      comment: '',
    });
    await step({ attic: 11 });
    await step({ attic: 1 });
    expect(told).toEqual([]);
    expect(statesOf()).toEqual({ attic: 'resolved' });
  });

  it.each([
    [[], START_MS + MINUTE_MS],
    [['room'], START_MS + MINUTE_MS],
    [['room=~"("'], START_MS + MINUTE_MS],
    [['room="a"'], START_MS],
    [['room="a"'], START_MS + 400 * 86_400_000],
  ])('a silence of %j until %d is refused', (matchers, endsMs) => {
    open();
    const wanted = { matchers, startsMs: START_MS, endsMs, createdBy: '', comment: '' };
    expect(() => alerts.silence(wanted)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
    expect(alerts.silences.list()).toEqual([]);
  });
});

describe('what is told', () => {
  it('is repeated by the group, and escalated when nobody acknowledges', async () => {
    open({ repeatMs: 10 * MINUTE_MS, escalateAfterMs: 5 * MINUTE_MS });
    await step({ attic: 11 });
    await step({ attic: 11, cellar: 11 }, 4 * MINUTE_MS);
    await step({ attic: 11, cellar: 1 }, MINUTE_MS);
    await step({ attic: 11 }, 10 * MINUTE_MS);
    expect(told).toEqual([
      'raised attic to ops',
      'raised cellar to ops',
      'resolved cellar to ops',
      'escalated attic to boss',
      'repeated attic to ops',
      'repeated attic to boss',
    ]);
    await step({});
    expect(told.slice(6)).toEqual(['resolved attic to ops', 'resolved attic to boss']);
  });

  it('is kept back while a worse alert with the same labels is raised', async () => {
    const inhibitions = [
      { id: 'worse', source: ['severity="critical"'], target: ['severity="high"'], equal: ['room'] },
    ];
    const rules = [hot, { ...hot, id: 'fire', name: 'Fire', above: 50, severity: 'critical' }];
    open({ rules, inhibitions });
    await step({ attic: 60, cellar: 11 });
    expect(told.toSorted()).toEqual(['raised attic to ops', 'raised cellar to ops']);
    const kept = list().find(({ rule, labels }) => rule === 'hot' && labels['room'] === 'attic');
    const fire = list().find(({ rule }) => rule === 'fire');
    expect(kept?.suppressed.inhibited_by).toBe(fire?.id);
    await step({ attic: 11, cellar: 11 });
    expect(told.slice(2)).toEqual(['resolved attic to ops', 'raised attic to ops']);
  });

  it('is kept back in maintenance', async () => {
    open({
      maintenance: [
        { id: 'weekly', matchers: ['room="attic"'], days: 'friday', hours: '10:00-10:30', time_zone: 'UTC' },
        { id: 'once', matchers: ['room="cellar"'], from: '2026-11-20T10:00:00Z', to: '2026-11-20T10:10:00Z' },
      ],
    });
    await step({ attic: 11, cellar: 11 });
    expect(list().map(({ suppressed }) => suppressed.maintenance)).toEqual([['once'], ['weekly']]);
    await step({ attic: 11, cellar: 11 }, 10 * MINUTE_MS);
    expect(told).toEqual(['raised cellar to ops']);
    await step({ attic: 11, cellar: 11 }, 20 * MINUTE_MS);
    expect(told).toEqual(['raised cellar to ops', 'raised attic to ops']);
  });

  it('is damped when an alert comes and goes', async () => {
    open();
    for (let n = 0; n < 4; n += 1) {
      await step({ attic: 11 });
      await step({ attic: 1 });
    }
    // From the fourth time on its end is waited out.
    expect(told).toHaveLength(7);
    for (let n = 0; n < 10; n += 1) {
      await step({ attic: 11 });
      await step({ attic: 1 });
    }
    expect(told).toHaveLength(7);
    expect(list()[0]).toMatchObject({ state: 'raised', flapping: true });
    await step({ attic: 1 }, 15 * MINUTE_MS);
    expect(told).toHaveLength(8);
  });
});

describe('incidents', () => {
  it('hold what was raised at about the same time and shares a label, and name the likely cause', async () => {
    const rules = [
      { ...hot, id: 'slow', name: 'Slow', signal: 'heat', summary: '{{ labels.provider }} is slow' },
      { ...hot, id: 'dear', name: 'Dear', signal: 'heat', matchers: ['kind="cost"'] },
    ];
    open({ rules });
    const at = async (signals: { labels: Labels; value: number }[], afterMs: number): Promise<void> => {
      clock.advance(afterMs);
      heat = signals;
      await alerts.evaluate();
    };
    const openai = { labels: { provider: 'openai', model: 'a' }, value: 11 };
    const other = { labels: { provider: 'anthropic' }, value: 11 };
    const cost = { labels: { provider: 'openai', kind: 'cost' }, value: 11 };
    await at([openai], 15_000);
    await at([openai, other], 15_000);
    await at([openai, other, cost], 5 * MINUTE_MS);
    restart({ rules });
    const later = { labels: { provider: 'openai', model: 'b' }, value: 11 };
    await at([openai, other, cost, later], 9 * MINUTE_MS);
    const much = { labels: { provider: 'openai', model: 'c' }, value: 11 };
    await at([openai, other, cost, later, much], 11 * MINUTE_MS);
    const incidents = alerts.store.incidents(10).map(viewIncident);
    expect(
      incidents.map(({ alerts: n, labels: [most], likely_cause: cause }) => [n, most, cause.label]),
    ).toEqual([
      [1, { name: 'provider', value: 'openai', alerts: 1 }, null],
      [4, { name: 'provider', value: 'openai', alerts: 4 }, { name: 'provider', value: 'openai', alerts: 4 }],
      [1, { name: 'provider', value: 'anthropic', alerts: 1 }, null],
    ]);
    expect(incidents[1]?.likely_cause.explanation).toMatch(
      /^4 of 4 alerts have provider "openai"\. It began with \w+-\d+: openai is slow$/,
    );
    await at([other], MINUTE_MS);
    expect(alerts.store.incidents(10).map((incident) => viewIncident(incident).state)).toEqual([
      'closed',
      'closed',
      'open',
    ]);
  });
});

describe('bounds', () => {
  it('keeps the history for its time', async () => {
    open();
    await step({ attic: 11 });
    await step({ attic: 1 });
    await step({}, 86_000_000);
    expect(list()).toHaveLength(1);
    await step({}, 86_400_000);
    expect(list()).toHaveLength(0);
    const { n } = state.connection.prepare('SELECT count(*) AS n FROM alert_history').get() ?? {};
    expect(n).toBe(0);
  });

  it('refuses alerts beyond its bound, and counts them', async () => {
    stateKey = null;
    open();
    await step(Object.fromEntries(Array.from({ length: 20_010 }, (_none, n) => [`r${n}`, 11])));
    expect(alerts.open()).toHaveLength(20_000);
    expect(alerts.counts).toMatchObject({ refused: 10, raised: new Map([['high', 20_000]]) });
    expect(told).toHaveLength(20_000);
  });

  it('gives long lists page by page', async () => {
    open();
    await step(Object.fromEntries(Array.from({ length: 25 }, (_none, n) => [`r${n}`, 11])));
    const seen: string[] = [];
    let before: number | null = null;
    do {
      const page = listAlerts(alerts, { ...everything, beforeSeq: before }, [], 10);
      seen.push(...page.alerts.map(({ id }) => id));
      before = page.next === null ? null : Number(page.next);
    } while (before !== null);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });
});
