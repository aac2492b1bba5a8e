import { describe, expect, it } from 'vitest';
import { RELAY_STALE_MS, type Relayed, RelayedFamilies } from './relayed-families.ts';

const AT_MS = 1_790_000_000_000;

const health = (backend: string, value: number, timestampMs: number): Relayed => ({
  name: 'load_balancer_backend_health',
  source: { job: 'j', instance: 'i' },
  labels: { backend },
  timestampMs,
  value: { kind: 'number', value },
  isDelta: false,
});

/** What is shown, as `backend value`. */
function shown(relay: RelayedFamilies, nowMs: number): string[] {
  return relay
    .families(nowMs)
    .flatMap(({ samples }) =>
      samples.map(({ labels, value }) => `${labels['backend'] ?? labels['instance']} ${value}`),
    );
}

describe('families that are shown for others', () => {
  it('lose a series that has had no new value for a while, and not before', () => {
    const relay = new RelayedFamilies(() => false);
    relay.take(health('a', 1, AT_MS), AT_MS);
    relay.take(health('b', 1, AT_MS), AT_MS);
    relay.take(health('b', 0.5, AT_MS + 1000), AT_MS + 1000);
    expect(shown(relay, AT_MS + RELAY_STALE_MS)).toEqual(['a 1', 'b 0.5']);
    expect(shown(relay, AT_MS + RELAY_STALE_MS + 1)).toEqual(['b 0.5']);
    expect(shown(relay, AT_MS + RELAY_STALE_MS + 1001)).toEqual([]);
    relay.take(health('a', 0, AT_MS + 2 * RELAY_STALE_MS), AT_MS + 2 * RELAY_STALE_MS);
    expect(shown(relay, AT_MS + 2 * RELAY_STALE_MS)).toEqual(['a 0']);
  });

  it('keep series apart whose labels have given way before', () => {
    const relay = new RelayedFamilies(() => false);
    const pushed = (place: string, value: number): Relayed => ({
      ...health('a', value, AT_MS),
      labels: { backend: place, job: 'own', exported_job: place },
    });
    relay.take(pushed('x', 1), AT_MS);
    relay.take(pushed('y', 0), AT_MS);
    expect(relay.families(AT_MS).flatMap(({ samples }) => samples.map(({ labels }) => labels))).toEqual(
      ['x', 'y'].map((place) => ({
        backend: place,
        exported_exported_job: 'own',
        exported_job: place,
        instance: 'i',
        job: 'j',
      })),
    );
  });

  it('are no others than those that are known and not the server’s own', () => {
    const relay = new RelayedFamilies((name) => name === 'load_balancer_backend_health');
    relay.take(health('a', 1, AT_MS), AT_MS);
    relay.take({ ...health('a', 1, AT_MS), name: 'who_knows' }, AT_MS);
    expect(shown(relay, AT_MS)).toEqual([]);
  });

  it('can be declared for a while, each name once', () => {
    const relay = new RelayedFamilies(() => false);
    const declaration = {
      name: 'plugin_p_x',
      type: 'gauge',
      help: 'X.',
      pack: 'framework',
      recordedBy: ['exporter'],
    } as const;
    const undo = relay.declare([declaration]);
    expect(() => relay.declare([declaration])).toThrow('There already is a family called plugin_p_x.');
    const x = { ...health('', 3, AT_MS), name: 'plugin_p_x', labels: {} };
    relay.take(x, AT_MS);
    expect(shown(relay, AT_MS)).toEqual(['i 3']);
    undo();
    relay.take(x, AT_MS);
    expect(shown(relay, AT_MS)).toEqual([]);
    relay.declare([declaration]);
    expect(shown(relay, AT_MS)).toEqual([]);
  });
});
