/**
 * The names under which the families of the catalogue are found in a query. A
 * histogram is asked for by its buckets, sum and count, never by its own name.
 */

import { catalogue, type FamilyDeclaration } from '@bellwether/events';

const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/** Each sample name of the catalogue with its family. */
export const familyOfSample: ReadonlyMap<string, FamilyDeclaration> = new Map(
  catalogue.flatMap((family) =>
    (suffixes[family.type] ?? ['']).map((suffix) => [`${family.name}${suffix}`, family] as const),
  ),
);

const WORD = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\b[a-zA-Z_:][\w:]*(?=[^\w:]|$)/g;

/** The families that a query asks for, each once, in the order of the query. */
export function familiesIn(promql: string): FamilyDeclaration[] {
  const words = promql.match(WORD) ?? [];
  const found = words.map((word) => familyOfSample.get(word)).filter((family) => family !== undefined);
  return [...new Set(found)];
}
