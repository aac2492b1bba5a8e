/**
 * Compiles the look-up of a family: labels in, series out, by the names that the
 * family declares. A loop over the names would read each property by a variable
 * key, which V8 cannot cache once a process has more than a few families; and a
 * function of its own per family keeps its callers and callees monomorphic.
 */
import { compileFunction } from 'node:vm';
import type { Level } from './level.ts';

/** Finds the series of an object of labels. */
export type Find<S> = (labels: object) => S;

/** Records into the series of an object of labels, or into the one without labels. */
export type RecordCall = (labelsOrFirst?: unknown, second?: unknown, third?: unknown) => void;

/** What a compiled look-up falls back on. */
export interface Fallbacks<S> {
  /** Finds or makes the series where the walk finds none, and refuses labels that are not declared. */
  readonly miss: (labels: object) => S;
  /** The series without labels. */
  readonly unlabelled: () => S;
}

/** A function that finds the series of an object of labels. */
export function compileFind<S>(labelNames: readonly string[], root: Level, fallbacks: Fallbacks<S>): Find<S> {
  if (labelNames.length === 0) return fallbacks.miss;
  return build(
    `return function find(labels) {
      ${walk(labelNames, 'return series;')}
      return miss(labels);
    };`,
    root,
    fallbacks,
  ) as Find<S>;
}

/**
 * A function `(labels, second, third)` that finds the series of the labels and calls
 * its method `method` with the rest; called without labels, it takes the series
 * that has none.
 */
export function compileRecord<S>(
  labelNames: readonly string[],
  root: Level,
  fallbacks: Fallbacks<S>,
  method: keyof S & string,
): RecordCall {
  const lookUp = labelNames.length === 0 ? '' : walk(labelNames, `series.${method}(second, third); return;`);
  return build(
    `return function ${method}(labels, second, third) {
      if (typeof labels !== 'object' || labels === null) { unlabelled().${method}(labels, second); return; }
      ${lookUp}
      miss(labels).${method}(second, third);
    };`,
    root,
    fallbacks,
  ) as RecordCall;
}

/**
 * The code that walks the levels and does `found` with the series. Counting the
 * properties is what catches a label that is not declared: all the declared ones
 * are there if the walk succeeds, so one more would be a stranger. Names reach the
 * code as quoted strings only.
 */
export function walk(labelNames: readonly string[], found: string): string {
  const reads = labelNames.map((name, i) => `const k${i} = labels[${JSON.stringify(name)}];`);
  return `
      ${reads.join(' ')}
      let given = 0;
      for (const name in labels) given++;
      if (given === ${labelNames.length}) {
        ${descend(labelNames.length, 'root', found)}
      }`;
}

/** The code that goes from level to level by the keys k0, k1, … and does `found` with the series. */
export function descend(depth: number, root: string, found: string): string {
  let code = '';
  for (let i = 0; i < depth; i++) {
    const from = i === 0 ? root : `m${i}`;
    const to = i === depth - 1 ? 'series' : `m${i + 1}`;
    const level = `l${i}`;
    code += `const ${level} = ${from};
        const ${to} = ${level}.k0 === k${i} ? ${level}.v0 : ${level}.k1 === k${i} ? ${level}.v1
          : ${level}.k2 === k${i} ? ${level}.v2 : ${level}.k3 === k${i} ? ${level}.v3
          : ${level}.more === undefined ? undefined : ${level}.more.get(k${i});
        if (${to} !== undefined) {
        `;
  }
  return `${code}${found}${' }'.repeat(depth)}`;
}

function build(code: string, root: Level, fallbacks: Fallbacks<unknown>): unknown {
  const make = compileFunction(code, ['root', 'miss', 'unlabelled']) as (...args: unknown[]) => unknown;
  return make(root, fallbacks.miss, fallbacks.unlabelled);
}
