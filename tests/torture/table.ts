/** What the torture has shown, summed up and printed. */

import type { Sweep } from '../server/disk-errors.ts';
import type { ShippingResult } from './shipping.ts';

/** The sum over the rounds of one kind. */
export interface Tally {
  readonly name: string;
  rounds: number;
  /** Batches that may have been sent so far. */
  batches: number;
  /** Batches that are stored for certain. */
  stored: number;
  /** True while a round is under way. */
  begun: boolean;
  events: number;
  /** Batches that were acknowledged before the end came. */
  acknowledged: number;
  /** Events that were sent again, over all rounds. */
  resent: number;
  lost: number;
  doubled: number;
  partial: number;
  /** Rounds after which the ledger's money differed. */
  money: number;
  readonly differences: string[];
  readonly readyMs: number[];
}

export function tallyOf(name: string): Tally {
  return {
    name,
    rounds: 0,
    batches: 0,
    stored: 0,
    begun: false,
    events: 0,
    acknowledged: 0,
    resent: 0,
    lost: 0,
    doubled: 0,
    partial: 0,
    money: 0,
    differences: [],
    readyMs: [],
  };
}

/** Prints the tallies as a table; false if anything was wrong. */
export function printTable(tallies: readonly Tally[]): boolean {
  const head = [
    'what',
    'rounds',
    'events',
    'sent again',
    'lost',
    'doubled',
    'partial',
    'rounds with other money',
    'ready: median',
    'ready: slowest',
  ];
  const number = (value: number): string => value.toLocaleString('en-US');
  const rows = tallies.map((tally) => {
    const sorted = tally.readyMs.toSorted((a, b) => a - b);
    return [
      tally.name,
      ...[
        tally.rounds,
        tally.events,
        tally.resent,
        tally.lost,
        tally.doubled,
        tally.partial,
        tally.money,
      ].map(number),
      `${number(sorted[sorted.length >> 1] ?? 0)} ms`,
      `${number(sorted.at(-1) ?? 0)} ms`,
    ];
  });
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
  const differences = tallies.flatMap(({ name, differences: found }) =>
    found.map((each) => `${name}: ${each}`),
  );
  for (const difference of differences) console.log(difference);
  return (
    differences.length === 0 &&
    tallies.every(({ lost, doubled, partial, money }) => lost + doubled + partial + money === 0)
  );
}

/** Prints what came of shipping; false if anything was wrong. */
export function printShipping({
  events,
  requests,
  befallen,
  duplicates,
  differences,
}: ShippingResult): boolean {
  const faults = [
    `${befallen.answerLost} answers lost`,
    `${befallen.answerCut} answers cut`,
    `${befallen.requestCut} requests cut`,
    `${befallen.requestTwice} requests twice`,
    `${befallen.answerLate} answers late`,
  ].join(', ');
  console.log(
    `shipped: ${events.toLocaleString('en-US')} events in ${requests} requests (${faults}); ${duplicates.toLocaleString('en-US')} were acknowledged as duplicates; ${differences.length === 0 ? 'all totals equal' : 'differences'}`,
  );
  for (const difference of differences) console.log(`shipped: ${difference}`);
  return differences.length === 0;
}

/** Prints what came of failing calls, each of another journal; false if anything was wrong. */
export function printErrors(call: string, journals: number, { outcomes, failed }: Sweep): boolean {
  const wrong = outcomes.flatMap(({ nth, problems }) =>
    problems.map((problem) => `${call}: of the journal whose call ${nth} failed: ${problem}`),
  );
  const sum = (of: 'acknowledged' | 'refused'): string =>
    outcomes.reduce((all, outcome) => all + outcome[of], 0).toLocaleString('en-US');
  const unopened = outcomes.filter((outcome) => outcome.acknowledged + outcome.refused === 0).length;
  console.log(
    `errors of the disk: ${call} failed in ${failed} of ${journals} journals, ${unopened} of which did not open; ${sum('acknowledged')} batches were acknowledged before and ${sum('refused')} refused after; ${wrong.length === 0 ? 'none acknowledged after, none lost, none in part' : `${wrong.length} problems`}`,
  );
  for (const problem of wrong) console.log(problem);
  return wrong.length === 0 && failed === journals && outcomes.length === journals;
}
