/**
 * The objectives of a server: counted from the ledger or asked of a Prometheus again
 * and again, judged, and their violations noted from beginning to end.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import type { HourChanges, LedgerMark } from '../ledger/changed-hours.ts';
import type { Log } from '../log.ts';
import type { JudgedKey, LiveObjective } from './objective.ts';
import type { Violation, ViolationStore } from './violation-store.ts';

/** How often objectives are judged. */
const INTERVAL_MS = 15_000;

/** What has been found out about an objective. */
export interface JudgedObjective {
  readonly objective: LiveObjective;
  /** Empty while nothing is known. */
  readonly keys: readonly JudgedKey[];
  /** Why nothing is known, or no more than before; `null` if all is well. */
  readonly problem: string | null;
}

export interface ObjectivesOptions {
  readonly objectives: readonly LiveObjective[];
  /** Where violations are noted; `null` to note none. */
  readonly store: ViolationStore | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Which hours of the ledger have changed; see `changedHours`. */
  readonly changes: (mark: LedgerMark | null) => Promise<HourChanges>;
  /** Hears of each violation that begins. */
  readonly onViolation: (violation: Violation, objective: LiveObjective) => void;
  /** Hears what was found, each time. */
  readonly onJudged: (judged: readonly JudgedObjective[]) => void;
}

export class Objectives {
  readonly #options: ObjectivesOptions;
  #objectives: readonly LiveObjective[];
  #mark: LedgerMark | null = null;
  #open: Violation[];
  #judged: readonly JudgedObjective[] = [];
  #passing: Promise<void> | null = null;
  /** The pass after the one that is under way, if somebody waits for it. */
  #next: Promise<void> | null = null;
  #timer: ClockTimer | undefined;
  #stopped = false;
  /** Objectives that failed in the last pass, so that a failure is logged once. */
  #failing = new Set<string>();

  constructor(options: ObjectivesOptions) {
    this.#options = options;
    this.#objectives = options.objectives;
    this.#open = options.store?.open() ?? [];
  }

  /** Begins to judge by itself, once the ledger can be asked. */
  start(): void {
    if (!this.#stopped) void this.#tick();
  }

  /** Ends that, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await (this.#next ?? this.#passing);
  }

  /** What is known of all objectives, with every row that was in the ledger before this call. */
  async judged(): Promise<readonly JudgedObjective[]> {
    await this.#pass();
    return this.#judged;
  }

  /** What the last pass has found, without another. */
  get latest(): readonly JudgedObjective[] {
    return this.#judged;
  }

  /**
   * What is known of one.
   *
   * @throws BellwetherError `not_found`.
   */
  async one(id: string): Promise<JudgedObjective> {
    this.find(id);
    const found = (await this.judged()).find(({ objective }) => objective.definition.id === id);
    if (found === undefined)
      throw new BellwetherError('not_ready', 'The objectives have not been judged yet.');
    return found;
  }

  /** The objective of that id. */
  find(id: string): LiveObjective {
    const found = this.#objectives.find(({ definition }) => definition.id === id);
    if (found === undefined)
      throw new BellwetherError('not_found', 'There is no objective of that id.', { field: 'id' });
    return found;
  }

  /** All of them. */
  get all(): readonly LiveObjective[] {
    return this.#objectives;
  }

  /**
   * Goes on with other objectives. One whose definition is the same keeps its counts; violations of one that is gone
   * have been ended where they are noted.
   */
  redefine(objectives: readonly LiveObjective[]): void {
    const known = new Map(this.#objectives.map((each) => [JSON.stringify(each.definition), each]));
    this.#objectives = objectives.map((each) => known.get(JSON.stringify(each.definition)) ?? each);
    const ids = new Set(objectives.map(({ definition: { id } }) => id));
    this.#open = this.#open.filter(({ objective }) => ids.has(objective));
  }

  async #tick(): Promise<void> {
    if (this.#objectives.length > 0) await this.#pass();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#tick(), INTERVAL_MS).unref();
  }

  /** One pass at a time. Whoever asks meanwhile waits for one that begins later, all of them for the same. */
  #pass(): Promise<void> {
    const begin = (): Promise<void> => {
      this.#next = null;
      this.#passing = this.#judgeAll().finally(() => {
        this.#passing = null;
      });
      return this.#passing;
    };
    if (this.#passing === null) return begin();
    this.#next ??= this.#passing.then(begin);
    return this.#next;
  }

  async #judgeAll(): Promise<void> {
    const { clock, changes } = this.#options;
    const objectives = this.#objectives;
    const nowMs = clock.nowMs();
    let found: HourChanges | Error;
    try {
      found = await changes(this.#mark);
    } catch (error) {
      found = error instanceof Error ? error : new Error(String(error));
    }
    const judged: JudgedObjective[] = [];
    const hours = found instanceof Error ? [] : found.hours;
    let complete = !(found instanceof Error);
    for (const objective of objectives) {
      const isOfLedger = objective.definition.kind !== 'promql';
      try {
        if (isOfLedger && found instanceof Error) throw found;
        await objective.refresh(hours, nowMs);
        judged.push({ objective, keys: objective.judge(nowMs), problem: null });
        this.#failing.delete(objective.definition.id);
      } catch (error) {
        if (isOfLedger) complete = false;
        judged.push(this.#failed(objective, error, nowMs));
      }
    }
    // If one could not be counted, all hours that have changed are looked at again the next time.
    if (complete && !(found instanceof Error)) this.#mark = found.mark;
    // A reload may have come meanwhile: what is gone is neither shown nor noted.
    const present = new Set(this.#objectives);
    const current = judged.filter(({ objective }) => present.has(objective));
    this.#judged = current;
    this.#note(current, nowMs);
    this.#options.onJudged(current);
  }

  #failed(objective: LiveObjective, error: unknown, nowMs: number): JudgedObjective {
    const { id } = objective.definition;
    const problem = error instanceof Error ? error.message : String(error);
    if (!this.#failing.has(id))
      this.#options.log.warn({ objective: id, problem }, 'an objective cannot be judged; trying again');
    this.#failing.add(id);
    try {
      return { objective, keys: objective.judge(nowMs), problem };
    } catch {
      return { objective, keys: [], problem };
    }
  }

  /** Begins and ends violations. What could not be judged stays as it is. */
  #note(judged: readonly JudgedObjective[], nowMs: number): void {
    const { store, onViolation, log } = this.#options;
    if (store === null) return;
    const begun: [Violation, LiveObjective][] = [];
    try {
      const open = store.write(() => {
        const still: Violation[] = [];
        const unknown = new Set(
          judged.filter(({ problem }) => problem !== null).map(({ objective }) => objective.definition.id),
        );
        const before = new Map(this.#open.map((violation) => [nameOf(violation), violation]));
        for (const { objective, keys, problem } of judged) {
          if (problem !== null) continue;
          for (const { key, judgement } of keys) {
            for (const { condition, severity, rate } of judgement.violated) {
              const { id, kind } = objective.definition;
              const name = nameOf({ objective: id, key, condition });
              const known = before.get(name);
              before.delete(name);
              if (known !== undefined) {
                if (rate > known.worstRate) store.worsen(known.id, rate);
                still.push({ ...known, worstRate: Math.max(rate, known.worstRate) });
                continue;
              }
              const violation = store.begin({
                objective: id,
                key,
                kind,
                condition,
                severity,
                startedMs: nowMs,
                worstRate: rate,
              });
              still.push(violation);
              begun.push([violation, objective]);
            }
          }
        }
        for (const violation of before.values()) {
          if (unknown.has(violation.objective)) still.push(violation);
          else store.end(violation.id, nowMs);
        }
        return still;
      });
      this.#open = open;
    } catch (error) {
      log.error({ problem: String(error) }, 'violations of objectives could not be noted; trying again');
      return;
    }
    for (const [violation, objective] of begun) onViolation(violation, objective);
  }
}

function nameOf({ objective, key, condition }: Pick<Violation, 'objective' | 'key' | 'condition'>): string {
  return JSON.stringify([objective, key, condition]);
}
