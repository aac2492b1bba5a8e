/**
 * `npm run torture`: kills the server and cuts its power, again and again, at full load,
 * and prints what was lost, doubled or half stored. It takes some minutes; what it has
 * done is noted, so that a run that was broken off goes on where it was.
 *
 * npm run torture [-- --kills 100 --cuts 20 --directory DIR --fresh]
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { totalsBelow } from './batches.ts';
import { cutAt, killAt } from './endings.ts';
import { LoopDisk } from './loop-disk.ts';
import { BATCHES_MAX, type Ending, type RoundResult, runRound } from './round.ts';
import { printTable, type Tally, tallyOf } from './table.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    cuts: { type: 'string', default: '20' },
    directory: { type: 'string', default: join(tmpdir(), 'bellwether-torture') },
    fresh: { type: 'boolean', default: false },
  },
});
if (values.fresh) rmSync(values.directory, { recursive: true, force: true });
mkdirSync(values.directory, { recursive: true });

/** Runs the rounds of one kind that are still to do. */
async function series(
  name: string,
  rounds: number,
  dataDirectory: string,
  endingOf: (round: number) => Ending,
): Promise<Tally> {
  const notes = join(values.directory, `${name.replaceAll(' ', '-')}.json`);
  const tally = existsSync(notes) ? (JSON.parse(readFileSync(notes, 'utf8')) as Tally) : tallyOf(name);
  const note = (): void => writeFileSync(notes, JSON.stringify(tally));
  while (tally.rounds < rounds) {
    // Whatever a round that was broken off may have sent is sent again, whole, by the next.
    const sent = { batches: tally.batches };
    tally.batches += tally.begun ? BATCHES_MAX : 0;
    sent.batches = tally.batches;
    tally.begun = true;
    note();
    const result = await runRound(dataDirectory, sent, endingOf(tally.rounds));
    add(tally, result, sent.batches);
    note();
    process.stderr.write(
      `\r${name}: ${tally.rounds} of ${rounds}, ${totalsBelow(tally.batches).events.toLocaleString('en-US')} events, ${tally.lost} lost, ${tally.doubled} doubled, ${tally.partial} partial `,
    );
  }
  process.stderr.write('\n');
  return tally;
}

function add(tally: Tally, result: RoundResult, batches: number): void {
  tally.rounds += 1;
  tally.begun = false;
  tally.batches = batches;
  tally.events = totalsBelow(batches).events;
  tally.acknowledged += result.acknowledged;
  tally.resent += result.resent;
  tally.lost += result.lost;
  tally.doubled = Math.max(tally.doubled, result.doubled);
  tally.partial += result.partial;
  if (result.costDifference !== 0n) tally.money += 1;
  tally.differences.push(...result.differences);
  tally.readyMs.push(Math.round(result.readyMs));
}

const tallies = [await series('kill -9', Number(values.kills), join(values.directory, 'killed'), killAt)];
const cuts = Number(values.cuts);
const disk = cuts === 0 ? null : (LoopDisk.reopen(values.directory) ?? LoopDisk.make(values.directory));
if (disk === null && cuts > 0) console.log('power cut: skipped, since it needs root, a loop device and perl');
if (disk !== null) {
  tallies.push(await series('power cut', cuts, join(disk.path, 'data'), (round) => cutAt(round, disk)));
  await disk.unmount();
}
const sound = printTable(tallies);
process.exit(sound ? 0 : 1);
