/**
 * What the catalogue says of a metric family. The registry, the HELP lines and the
 * reference page derive from it; nothing about a family is written down twice.
 */

import type { MetricDeclaration } from '@bellwether/metrics';

/** A group of families that is recorded and shown together. */
export type Pack = 'llm' | 'business' | 'cost' | 'framework';

/** A declared family. Its name is the exported one: counters carry `_total`. */
export interface FamilyDeclaration extends MetricDeclaration {
  readonly pack: Pack;
}

/** Names the pack of each declaration, so that they need not repeat it. */
export type InPack<D extends Readonly<Record<string, MetricDeclaration>>, P extends Pack> = {
  readonly [K in keyof D]: D[K] & { readonly pack: P };
};

/** Puts declarations into a pack. */
export function pack<P extends Pack, const D extends Readonly<Record<string, MetricDeclaration>>>(
  name: P,
  declarations: D,
): InPack<D, P> {
  return Object.fromEntries(
    Object.entries(declarations).map(([key, declaration]) => [key, { ...declaration, pack: name }]),
  ) as unknown as InPack<D, P>;
}
