/**
 * The names of service tiers. Providers and clouds spell the same tier in many
 * ways; the price depends on which of the few kinds it is. A tier that is not known
 * keeps its name, and is priced only by a card that names it.
 */

const namesByTier: Readonly<Record<string, readonly string[]>> = {
  standard: [
    '',
    'standard',
    // OpenAI, Azure, xAI and Bedrock report the standard tier as default.
    'default',
    // "auto" asks for the project's setting, which is the standard tier unless somebody changed it.
    'auto',
    'standard_only',
    'on_demand',
    'ondemand',
    'unspecified',
    'service_tier_unspecified',
    'traffic_type_unspecified',
  ],
  batch: ['batch', 'batch_api', 'batches', 'on_demand_batch'],
  flex: ['flex', 'on_demand_flex'],
  priority: ['priority', 'on_demand_priority'],
  fast: ['fast'],
  provisioned: ['provisioned', 'provisioned_throughput', 'ptu', 'reserved', 'scale'],
};

const tierByName: ReadonlyMap<string, string> = new Map(
  Object.entries(namesByTier).flatMap(([tier, names]) => names.map((name) => [name, tier])),
);

/** The tier without any surcharge or discount. */
export const STANDARD_TIER = 'standard';

/**
 * The common name of a service tier.
 *
 * @example serviceTierOf('ON_DEMAND') // 'standard'
 */
export function serviceTierOf(name: string): string {
  const plain = name.trim().toLowerCase().replaceAll('-', '_');
  return tierByName.get(plain) ?? plain;
}
