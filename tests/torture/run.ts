/**
 * `npm run torture`: kills the server and cuts its power, again and again, at full load,
 * then has an application ship events through a network that loses answers, and has every write
 * and sync of a journal fail once; it prints what was lost, doubled or half stored. It takes some minutes; what it has done is noted, so
 * that a run that was broken off goes on where it was.
 *
 * npm run torture [-- --kills 100 --cuts 20 --shipped 1000000 --errors 200 --directory DIR --fresh]
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { totalsBelow } from './batches.ts';
import { cutAt, killAt } from './endings.ts';
import { calls, canFail, failCalls } from '../server/disk-errors.ts';
import { LoopDisk } from './loop-disk.ts';
import { BATCHES_MAX, type Ending, type RoundResult, runRound, type Sent } from './round.ts';
import { type ShippingResult, shipThroughProxy } from './shipping.ts';
import { printErrors, printShipping, printTable, type Tally, tallyOf } from './table.ts';

/** Events of a request of the application. */
const BATCH = 500;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    cuts: { type: 'string', default: '20' },
    shipped: { type: 'string', default: '1000000' },
    errors: { type: 'string', default: '200' },
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
    // What a round that was broken off may have sent is sent again, whole, by the next; nobody knows what of it is there.
    tally.batches += tally.begun ? BATCHES_MAX : 0;
    const sent = { batches: tally.batches, stored: tally.stored };
    tally.begun = true;
    note();
    const result = await runRound(dataDirectory, sent, endingOf(tally.rounds));
    add(tally, result, sent);
    note();
    process.stderr.write(
      `\r${name}: ${tally.rounds} of ${rounds}, ${totalsBelow(tally.batches).events.toLocaleString('en-US')} events, ${tally.lost} lost, ${tally.doubled} doubled, ${tally.partial} partial `,
    );
  }
  process.stderr.write('\n');
  return tally;
}

/** Ships events through a bad network, unless that has been done. A run that was broken off begins anew. */
async function ship(events: number): Promise<ShippingResult> {
  const notes = join(values.directory, `shipped-${events}.json`);
  if (existsSync(notes)) return JSON.parse(readFileSync(notes, 'utf8')) as ShippingResult;
  const dataDirectory = join(values.directory, 'shipped');
  rmSync(dataDirectory, { recursive: true, force: true });
  process.stderr.write(`shipping ${events.toLocaleString('en-US')} events through a bad network …\n`);
  const result = await shipThroughProxy(dataDirectory, events, BATCH);
  writeFileSync(notes, JSON.stringify(result));
  return result;
}

/** Has each of the first so many writes, and each of the syncs, of a journal fail; false if anything was wrong. */
async function failEach(most: number): Promise<boolean> {
  if (most > 0 && !canFail()) {
    console.log('errors of the disk: skipped, since strace cannot be used here');
    return true;
  }
  let isSound = true;
  for (const call of most > 0 ? calls : []) {
    const sweep = await failCalls(
      call,
      Array.from({ length: most }, (_, n) => n + 1),
    );
    isSound = printErrors(call, most, sweep) && isSound;
  }
  return isSound;
}

function add(tally: Tally, result: RoundResult, { batches, stored }: Sent): void {
  tally.rounds += 1;
  tally.begun = false;
  tally.batches = batches;
  tally.stored = stored;
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
const shipping = Number(values.shipped) === 0 ? null : await ship(Number(values.shipped));
const sound = printTable(tallies);
const delivered = shipping === null || printShipping(shipping);
const refused = await failEach(Number(values.errors));
process.exit(sound && delivered && refused ? 0 : 1);
