/**
 * Which addresses a request may reach. Public ones always; private ones by the
 * operator's consent, which is given in two ways: by `outgoing.allow_private`, or by
 * writing the destination into the configuration as one of the server's own
 * dependencies, as Prometheus is. Link-local addresses and metadata services are
 * reached only if `outgoing.allow_private` names that very address.
 */

import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type AddressBytes, addressBytes, addressKind, samePrefix } from './address-kind.ts';

/** The entries of `outgoing.allow_private`, read. */
export interface AllowedPlaces {
  readonly hosts: ReadonlySet<string>;
  readonly networks: readonly { readonly bytes: AddressBytes; readonly bits: number }[];
}

/**
 * Reads entries: an IP address, a network such as `10.0.0.0/8`, or a host name.
 *
 * @returns what is permitted, or the first entry that is none of these.
 */
export function readAllowedPlaces(entries: readonly string[]): AllowedPlaces | { readonly wrong: string } {
  const hosts = new Set<string>();
  const networks: { bytes: AddressBytes; bits: number }[] = [];
  for (const entry of entries) {
    const network = readNetwork(entry);
    if (network !== null) networks.push(network);
    else if (/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(entry) && !/^[\d.]+$/.test(entry))
      hosts.add(entry.toLowerCase());
    else return { wrong: entry };
  }
  return { hosts, networks };
}

/**
 * Whether a connection to an address is permitted.
 *
 * @param host the name or address that the request has, without brackets.
 * @param address what it was resolved to.
 * @param ownDependency true if the operator's configuration names the destination as a dependency of the server.
 */
export function isPermitted(
  host: string,
  address: string,
  ownDependency: boolean,
  allowed: AllowedPlaces,
): boolean {
  const kind = addressKind(address);
  if (kind === 'public') return true;
  const bytes = addressBytes(address);
  if (bytes === null) return false;
  const listed = (bits: number): boolean =>
    allowed.networks.some(
      (network) => network.bits >= bits && samePrefix(network.bytes, bytes, network.bits),
    );
  if (kind === 'guarded') return listed(bytes.length * 8);
  return ownDependency || listed(0) || allowed.hosts.has(host.toLowerCase().replace(/\.$/, ''));
}

function readNetwork(entry: string): { bytes: AddressBytes; bits: number } | null {
  const [address = '', bitsText, ...rest] = entry.split('/');
  if (isIP(address) === 0 || rest.length > 0 || address.includes('%')) return null;
  const bytes = addressBytes(address);
  if (bytes === null) return null;
  const bitsMax = bytes.length * 8;
  if (bitsText === undefined) return { bytes, bits: bitsMax };
  // A network of addresses that stand for IPv4 ones would mean another network than it says.
  if (isIPv6(address) && bytes.length === 4) return null;
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : -1;
  return bits >= 0 && bits <= (isIPv4(address) ? 32 : 128) ? { bytes, bits } : null;
}
