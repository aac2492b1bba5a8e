import { describe, expect, it } from 'vitest';
import { readRoutes } from '../config/notification-items.ts';
import { type Place, RouteTable } from './routing.ts';

/** A Saturday, eight in the morning in UTC. */
const NOW_MS = Date.UTC(2026, 10, 21, 8);

const place = (channel: string, more: Partial<Place> = {}): Place => ({
  channel,
  peers: [channel],
  groupsItself: false,
  isForAll: false,
  ...more,
});
const router = place('router', { peers: ['router/1', 'router/2'], groupsItself: true });
const places = [place('chat'), place('pager'), place('mail'), router];

function table(routes: readonly object[], known: readonly Place[] = places): RouteTable {
  const read = readRoutes(routes);
  if (typeof read === 'string') throw new Error(read);
  return new RouteTable(read, known);
}

const channels = (routes: RouteTable, labels: Record<string, string>): string[] =>
  routes.destinationsOf(labels, NOW_MS).map(({ channel }) => channel);

describe('routes', () => {
  it('are looked at in order, until one takes the alert and does not go on', () => {
    const routes = table([
      { id: 'worst', matchers: ['severity="critical"'], channels: ['pager'], continue: true },
      { id: 'openai', matchers: ['provider=~"open.*"'], channels: ['mail'] },
      { id: 'rest', channels: ['chat'] },
    ]);
    expect(channels(routes, { severity: 'critical', provider: 'openai' })).toEqual(['pager', 'mail']);
    expect(channels(routes, { severity: 'critical', provider: 'aws' })).toEqual(['pager', 'chat']);
    expect(channels(routes, { severity: 'low', provider: 'openai' })).toEqual(['mail']);
  });

  it('hold at their times', () => {
    const routes = table([
      { id: 'office', days: ['monday', 'friday'], channels: ['chat'] },
      { id: 'weekend', days: ['saturday'], hours: '08:00-09:00', channels: ['pager'] },
      { id: 'rest', channels: ['mail'] },
    ]);
    expect(channels(routes, {})).toEqual(['pager']);
    expect(routes.destinationsOf({}, NOW_MS + 3_600_000).map(({ channel }) => channel)).toEqual(['mail']);
  });

  it('put alerts together that agree in the labels of the group', () => {
    const routes = table([{ id: 'all', channels: ['chat'], group_by: ['alertname', 'team'] }]);
    const keyOf = (labels: Record<string, string>) => routes.destinationsOf(labels, NOW_MS)[0]?.groupKey;
    const key = keyOf({ alertname: 'A', team: 't', model: 'm1' });
    expect(keyOf({ alertname: 'A', team: 't', model: 'm2' })).toBe(key);
    expect(keyOf({ alertname: 'A', team: 'u', model: 'm1' })).not.toBe(key);
    expect(keyOf({ alertname: 'A' })).not.toBe(key);
  });

  it('without any are one for every channel, and each peer is told', () => {
    expect(channels(table([]), { alertname: 'A' })).toEqual([
      'chat',
      'pager',
      'mail',
      'router/1',
      'router/2',
    ]);
  });

  it('tell a channel once, though several name it', () => {
    const routes = table([
      { id: 'one', channels: ['router', 'chat'], continue: true },
      { id: 'two', channels: ['router'] },
    ]);
    expect(channels(routes, {})).toEqual(['router/1', 'router/2', 'chat']);
  });

  it('leave a place for all its alerts unless one of them names it', () => {
    const own = place('alertmanager', { isForAll: true, groupsItself: true });
    expect(channels(table([{ id: 'a', channels: ['chat'] }], [...places, own]), {})).toEqual([
      'chat',
      'alertmanager',
    ]);
    const named = [
      { id: 'a', matchers: ['team="x"'], channels: ['alertmanager'] },
      { id: 'b', channels: ['chat'] },
    ];
    expect(channels(table(named, [...places, own]), {})).toEqual(['chat']);
  });

  it('say how groups are paced, and when they are told again or elsewhere', () => {
    const routes = table([
      {
        id: 'all',
        channels: ['chat', 'router'],
        group_wait: '5s',
        group_interval: '2m',
        repeat_interval: '1h',
        escalate_after: '15m',
        escalate_to: ['pager'],
      },
    ]);
    const [chat, peer] = routes.destinationsOf({}, NOW_MS);
    if (chat === undefined || peer === undefined) throw new Error('told nowhere');
    expect(routes.paceOf('chat', 'all')).toEqual({ waitMs: 5000, intervalMs: 120_000 });
    expect(routes.repeatIntervalMs(chat)).toBe(3_600_000);
    // What is told again and again by itself is neither grouped nor repeated.
    expect(routes.paceOf('router/2', 'all')).toEqual({ waitMs: 0, intervalMs: 0 });
    expect(routes.repeatIntervalMs(peer)).toBe(Infinity);
    expect(routes.escalationOf('all', {})).toMatchObject({
      afterMs: 900_000,
      to: [{ channel: 'pager', route: 'all' }],
    });
    expect(routes.escalationOf('gone', {})).toBeNull();
  });
});
