import { expect, it } from 'vitest';
import type { Change } from './change.ts';
import { MessageDraft } from './message-draft.ts';
import { alertOf, changeOf, START_MS } from './test-messages.ts';

const group = { open: 0, acknowledged: 0 };

/** Finishes a message of changes, and says which of them were read again. */
function messageOf(changes: readonly Change[], listedMax: number) {
  const draft = new MessageDraft();
  for (const [seq, change] of changes.entries()) draft.add(change, seq);
  const again: number[] = [];
  const find = (seq: number): Change => {
    again.push(seq);
    const change = changes[seq];
    if (change === undefined) throw new Error(`no ${seq}`);
    return change;
  };
  return { message: draft.finish({ id: 'm', listedMax, group, nowMs: START_MS, find }), again };
}

it('lists the worst of many alerts as they were last, and reads only those again', () => {
  const raised = Array.from({ length: 1000 }, (_none, n) =>
    changeOf('raised', alertOf(n, { severity: n === 700 ? 'critical' : 'low' })),
  );
  const over = [0, 2].map((n) => changeOf('resolved', alertOf(n, { state: 'resolved', severity: 'low' })));
  const { message, again } = messageOf([...raised, ...over], 3);
  expect(message?.alerts.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'a-700 raised',
    'a-1 raised',
    'a-3 raised',
  ]);
  expect(message).toMatchObject({ omitted: 997, firing: 998, resolved: 2, isRaising: true });
  expect(again).toEqual([700, 1, 3]);
});

it('lists what is over last, with all that happened to it', () => {
  const { message, again } = messageOf(
    [
      changeOf('raised', alertOf(1)),
      changeOf('raised', alertOf(2)),
      changeOf('repeated', alertOf(1)),
      changeOf('repeated', alertOf(1)),
      changeOf('resolved', alertOf(1, { state: 'resolved' })),
    ],
    10,
  );
  expect(message?.alerts.map(({ id, state, news }) => [id, state, ...news])).toEqual([
    ['a-2', 'raised', 'raised'],
    ['a-1', 'resolved', 'raised', 'repeated', 'resolved'],
  ]);
  expect(again).toEqual([]);
});

it('is no message without any change', () => {
  expect(messageOf([], 10).message).toBeNull();
});
