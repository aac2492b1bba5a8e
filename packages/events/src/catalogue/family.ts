/**
 * What the catalogue says of a metric family. The registry, the HELP lines and the
 * reference page derive from it; nothing about a family is written down twice.
 */

import type { MetricDeclaration } from '@bellwether/metrics';

/** The packs: groups of families that are recorded, switched and shown together. */
export const packs = [
  'llm',
  'gen_ai',
  'model_server',
  'load_balancer',
  'platform',
  'business',
  'cost',
  'users',
  'framework',
] as const;

/** The name of a pack. */
export type Pack = (typeof packs)[number];

/**
 * Who records a family: an application, through the recorders of this package, the
 * server, from the events that its ledger has taken, or an exporter, whose own
 * families the collectors of the server put under the names of the catalogue.
 */
export type Source = 'application' | 'server' | 'exporter';

/** A declared family. Its name is the exported one: counters carry `_total`. */
export interface FamilyDeclaration extends MetricDeclaration {
  readonly pack: Pack;
  readonly recordedBy: readonly Source[];
}

/** Names the pack of each declaration and who records it, so that they need not repeat it. */
export type InPack<D extends Readonly<Record<string, MetricDeclaration>>, P extends Pack> = {
  readonly [K in keyof D]: D[K] & { readonly pack: P; readonly recordedBy: readonly Source[] };
};

/** Puts declarations into a pack. */
export function pack<P extends Pack, const D extends Readonly<Record<string, MetricDeclaration>>>(
  name: P,
  recordedBy: readonly Source[],
  declarations: D,
): InPack<D, P> {
  return Object.fromEntries(
    Object.entries(declarations).map(([key, declaration]) => [
      key,
      { ...declaration, pack: name, recordedBy },
    ]),
  ) as unknown as InPack<D, P>;
}

/** Families that only the recorders inside applications fill. */
export const byApplication = ['application'] as const;
/** Families that only the server fills. */
export const byServer = ['server'] as const;
/** Families that only exporters fill, by way of the collectors. */
export const byExporter = ['exporter'] as const;
/** Families that applications fill, and exporters of model servers. */
export const byApplicationOrExporter = ['application', 'exporter'] as const;
/** Families that both application and server fill, each from what it sees. */
export const byBoth = ['application', 'server'] as const;
