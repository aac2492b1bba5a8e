/**
 * Compiles the recording of a group: one function that reads the labels and the
 * measures of an object, finds the group's slots by the labels, checks the measures
 * and updates all slots. Written out like this, a record of six updates takes about
 * the time of one counter and allocates nothing.
 */
import { compileFunction } from 'node:vm';
import { descend } from '../series/compile-lookup.ts';
import type { Level } from '../series/level.ts';
import type { Arena } from '../storage/arena.ts';

/** What an update does to its slots. */
export type SlotAction = 'add' | 'addMarked' | 'setMarked' | 'observe' | 'call';

/** One update, made ready for the compiler. */
export interface CompiledUpdate {
  readonly action: SlotAction;
  /** The method of the series that `call` calls. */
  readonly method: 'inc' | 'set' | 'observe';
  /** The measures that are summed, or a constant. */
  readonly measures: readonly string[];
  readonly constant: number;
  readonly dividedBy: number;
  readonly optional: boolean;
  /** Whether a record may lack a label of the metric, and then leaves the update out. */
  readonly mayLackLabels: boolean;
  /** The bounds of a classic histogram. */
  readonly bounds: Float64Array | undefined;
}

/** How a measure must be. */
export type MeasureRule = 'counted' | 'finite' | 'number';

/**
 * The slots of one label set of the group: the place `at0` in the group's array, …
 * and the series `series0`, …, by update. An update that a record leaves out has
 * the place -1 and no series.
 */
export interface RecordSlots {
  /** The state's epoch when the slots were found: another epoch means that they may be gone. */
  epoch: number;
  readonly [slot: string]: unknown;
}

/** What compiled code and the group share. */
export interface GroupState {
  /** Grows whenever a series of one of the metrics is removed. */
  epoch: number;
  readonly root: Level;
  readonly bounds: readonly (Float64Array | undefined)[];
  /** The arena that all metrics of the group share, if they do. */
  readonly arena: Arena | undefined;
  /** Finds or makes the slots of an object's labels; undefined if they were refused. */
  readonly resolve: (record: object) => RecordSlots | undefined;
  /** Tells why a record's measures cannot be taken. */
  readonly refuse: (record: object) => void;
  /** Takes what is thrown while a record is read; undefined if the caller is to have it. */
  readonly caught: ((error: unknown) => void) | undefined;
  /** Gives the updates of a record their exemplar. */
  readonly exemplify: (slots: RecordSlots, record: object, labels: object) => void;
}

/** What is compiled for a group. */
export interface CompiledGroup {
  readonly record: (record: object, exemplarLabels?: object) => void;
  /** A handle for the slots of the labels, which it looks up again when they are gone. */
  readonly bind: (
    labels: object,
    slots: RecordSlots,
  ) => { record(measures: object, exemplarLabels?: object): void };
}

/** Compiles a group. Names of labels and measures reach the code as quoted strings only. */
export function compileRecordGroup(
  labels: readonly string[],
  optionalLabels: ReadonlySet<string>,
  updates: readonly CompiledUpdate[],
  rules: ReadonlyMap<string, { readonly rule: MeasureRule; readonly optional: boolean }>,
  state: GroupState,
): CompiledGroup {
  const parts = codeParts(updates, rules, state);
  const bindings = new Map<string, CompiledGroup['bind']>();
  return {
    record: evaluate(recordCode(labels, optionalLabels, parts), state) as CompiledGroup['record'],
    bind(own, slots) {
      const absent = updates.flatMap((_update, index) => (slots[`at${index}`] === -1 ? [index] : []));
      const key = absent.join();
      let bind = bindings.get(key);
      if (bind === undefined) {
        bind = evaluate(boundCode(updates.length, new Set(absent), parts), state) as CompiledGroup['bind'];
        bindings.set(key, bind);
      }
      return bind(own, slots);
    },
  };
}

function evaluate(code: string, state: GroupState): unknown {
  return (compileFunction(code, ['state']) as (state: GroupState) => unknown)(state);
}

/** What both ways to record have in common. */
interface CodeParts {
  /** Names the bounds of each histogram. */
  readonly bounds: string;
  /** Reads the measures and refuses wrong ones. */
  readonly measure: string;
  /** Updates the slots of `owner`, but for the updates that its label set leaves out. */
  readonly apply: (owner: 'slots' | 'this', absent: ReadonlySet<number>) => string;
  /** Takes what is thrown, if the group is to throw nothing. */
  readonly guarded: (body: string) => string;
}

function codeParts(
  updates: readonly CompiledUpdate[],
  rules: ReadonlyMap<string, { readonly rule: MeasureRule; readonly optional: boolean }>,
  state: GroupState,
): CodeParts {
  const measures = [...rules.keys()];
  const variable = (measure: string): string => `x${measures.indexOf(measure)}`;
  const read = measures.map((name) => `const ${variable(name)} = record[${JSON.stringify(name)}];`).join(' ');
  const check = measures.map((name) => refusal(variable(name), rules.get(name)!)).join(' || ') || 'false';
  const together = state.arena !== undefined;
  const bounded = updates.flatMap((update, index) => (update.bounds === undefined ? [] : [index]));
  return {
    bounds: bounded.map((index) => `const b${index} = state.bounds[${index}];`).join(' '),
    measure: `${read} if (${check}) { state.refuse(record); return; }`,
    apply: (owner, absent) => {
      const codes = updates.map((update, index) =>
        absent.has(index) ? '' : updateCode(update, index, variable, together, owner),
      );
      return [together ? 'const v = arena.values;' : '', ...codes].join('\n');
    },
    guarded: (body) =>
      state.caught === undefined ? body : `try { ${body} } catch (error) { state.caught(error); }`,
  };
}

const refuseNone = `if (typeof record !== 'object' || record === null) { state.refuse(record); return; }`;

/** A function that finds the slots by the labels of the record. */
function recordCode(
  labels: readonly string[],
  optionalLabels: ReadonlySet<string>,
  { bounds, measure, apply, guarded }: CodeParts,
): string {
  const readLabels = labels
    .map((name, i) => {
      const read = `record[${JSON.stringify(name)}]`;
      // A label that may be missing has the key '', as a missing label has in every family.
      return optionalLabels.has(name)
        ? `let k${i} = ${read}; if (k${i} === undefined) k${i} = '';`
        : `const k${i} = ${read};`;
    })
    .join(' ');
  const body = `
      ${refuseNone}
      ${readLabels}
      ${measure}
      let slots;
      ${labels.length === 0 ? 'slots = root.v0;' : descend(labels.length, 'root', 'slots = series;')}
      if (slots === undefined || slots.epoch !== state.epoch) {
        slots = state.resolve(record);
        if (slots === undefined) return;
      }
      ${apply('slots', new Set())}
      if (exemplarLabels !== undefined) state.exemplify(slots, record, exemplarLabels);`;
  return `
    const { root, arena } = state; ${bounds}
    return function record(record, exemplarLabels) { ${guarded(body)} };`;
}

/** A class of handles that hold the slots in fields of their own, and have no code for what their labels leave out. */
function boundCode(
  count: number,
  absent: ReadonlySet<number>,
  { bounds, measure, apply, guarded }: CodeParts,
): string {
  const fields = Array.from(
    { length: count },
    (_none, i) => `this.at${i} = slots.at${i}; this.series${i} = slots.series${i};`,
  );
  const body = `
        ${refuseNone}
        ${measure}
        if (this.epoch !== state.epoch) {
          const slots = state.resolve(this.labels);
          if (slots === undefined) return;
          this.take(slots);
        }
        ${apply('this', absent)}
        if (exemplarLabels !== undefined) state.exemplify(this.slots, record, exemplarLabels);`;
  return `
    const { arena } = state; ${bounds}
    class Bound {
      constructor(labels, slots) { this.labels = labels; this.take(slots); }
      take(slots) { this.epoch = slots.epoch; this.slots = slots; ${fields.join(' ')} }
      record(record, exemplarLabels) { ${guarded(body)} }
    }
    return (labels, slots) => new Bound(labels, slots);`;
}

/** The condition under which a measure cannot be taken. */
function refusal(
  x: string,
  { rule, optional }: { readonly rule: MeasureRule; readonly optional: boolean },
): string {
  // Zero times a number is zero for finite numbers only.
  const wrong =
    rule === 'counted'
      ? `!(${x} >= 0 && ${x} < Infinity)`
      : rule === 'finite'
        ? `${x} - ${x} !== 0`
        : `${x} !== ${x}`;
  const refused = `typeof ${x} !== 'number' || ${wrong}`;
  return optional ? `(${x} !== undefined && (${refused}))` : refused;
}

function updateCode(
  update: CompiledUpdate,
  index: number,
  variable: (measure: string) => string,
  together: boolean,
  owner: 'slots' | 'this',
): string {
  const { measures, constant, dividedBy, action, method } = update;
  const sum = measures.length === 0 ? String(constant) : measures.map(variable).join(' + ');
  const value = dividedBy === 1 ? sum : `(${sum}) / ${dividedBy}`;
  const conditions = update.optional ? measures.map((measure) => `${variable(measure)} !== undefined`) : [];
  let code: string;
  if (action === 'call') {
    conditions.push(`${owner}.series${index} !== undefined`);
    code = `${owner}.series${index}.${method}(${value});`;
  } else {
    if (update.mayLackLabels && owner === 'slots') conditions.push(`slots.at${index} >= 0`);
    const place = together
      ? `const a = ${owner}.at${index};`
      : `const s = ${owner}.series${index}, v = s.values, a = s.at;`;
    code = `${place} ${slotCode(action, index, value, update.bounds?.length ?? 0)}`;
  }
  return conditions.length === 0 ? `{ ${code} }` : `if (${conditions.join(' && ')}) { ${code} }`;
}

/** What an update does to the slots from `v[a]` on. */
function slotCode(
  action: Exclude<SlotAction, 'call'>,
  index: number,
  value: string,
  buckets: number,
): string {
  if (action === 'add') return `v[a] += ${value};`;
  if (action === 'addMarked') return `v[a] += ${value}; v[a + 1] += 1;`;
  if (action === 'setMarked') return `v[a] = ${value}; v[a + 1] += 1;`;
  // Halving pays for long stretches only: the processor guesses short loops well.
  const halve = 'while (end - i > 16) { const m = (i + end) >> 1; if (x > b[m]) i = m + 1; else end = m; }';
  return `const b = b${index}, x = ${value};
      let i = 0, end = ${buckets};
      ${buckets > 16 ? halve : ''}
      while (i < end && x > b[i]) i++;
      v[a] += x; v[a + 1 + i] += 1;`;
}

/** Makes the function that puts the slots of a label set into one object, the same shape each time. */
export function compileSlots(count: number): (series: readonly unknown[]) => RecordSlots {
  const fields = Array.from({ length: count }, (_none, index) => {
    const one = `series[${index}]`;
    return `at${index}: ${one} === undefined ? -1 : ${one}.at, series${index}: ${one},`;
  });
  const code = `return (series) => ({ epoch: 0, ${fields.join(' ')} });`;
  return (compileFunction(code, []) as () => (series: readonly unknown[]) => RecordSlots)();
}
