/**
 * What kind of place an IP address is: somewhere on the public internet, somewhere
 * in a private network, or a place that no request should reach by accident, such
 * as the metadata service of a cloud. An IPv6 address that stands for an IPv4 one
 * is judged as that one.
 *
 * Ranges: the IANA special-purpose address registries, RFC 6890 and its successors.
 */

import { isIPv4, isIPv6 } from 'node:net';

/**
 * `public` may be reached by anyone. `private` needs the operator's consent.
 * `guarded` is link-local, multicast, unspecified or a cloud's metadata service,
 * and has to be permitted by its very address.
 */
export type AddressKind = 'public' | 'private' | 'guarded';

/** An address as its bytes: 4 of them or 16. */
export type AddressBytes = readonly number[];

interface Range {
  readonly bytes: AddressBytes;
  readonly bits: number;
}

/** Judges an address as the operating system prints it; what is no address is guarded. */
export function addressKind(address: string): AddressKind {
  const bytes = addressBytes(address);
  if (bytes === null) return 'guarded';
  return bytes.length === 4 ? kindOf4(bytes) : kindOf6(bytes);
}

/** The bytes of an address, of the IPv4 one if it stands for one; null for what is no address. */
export function addressBytes(address: string): AddressBytes | null {
  if (isIPv4(address)) return bytesOf4(address);
  // A zone names an interface of this machine, not another place.
  const plain = address.split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return null;
  const bytes = bytesOf6(plain);
  return embedded4(bytes) ?? bytes;
}

/** True if the first `bits` bits of two addresses of one family are the same. */
export function samePrefix(a: AddressBytes, b: AddressBytes, bits: number): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0, left = bits; left > 0; index += 1, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff;
    if (((a[index] ?? 0) & mask) !== ((b[index] ?? 0) & mask)) return false;
  }
  return true;
}

const range = (text: string): Range => {
  const [address = '', bits = ''] = text.split('/');
  return { bytes: isIPv4(address) ? bytesOf4(address) : bytesOf6(address), bits: Number(bits) };
};

const guarded4 = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Metadata services outside the link-local range: Alibaba Cloud, Azure, Oracle Cloud.
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
].map(range);

const private4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
].map(range);

const guarded6 = [
  '::/128',
  'fe80::/10',
  'ff00::/8',
  // Metadata services with addresses of their own: AWS, Google Cloud.
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
].map(range);

/** The only range of global unicast addresses, and what in it is not. */
const global6 = range('2000::/3');
const special6 = ['2001::/23', '2001:db8::/32', '3fff::/20'].map(range);

/** Prefixes after which an IPv4 address stands, and at which byte. */
const embeddings: readonly { readonly prefix: Range; readonly at: number }[] = [
  { prefix: range('::ffff:0:0/96'), at: 12 },
  { prefix: range('::ffff:0:0:0/96'), at: 12 },
  { prefix: range('64:ff9b::/96'), at: 12 },
  { prefix: range('2002::/16'), at: 2 },
];
const compatible = range('::/96');

const within = (bytes: AddressBytes, ranges: readonly Range[]): boolean =>
  ranges.some((candidate) => samePrefix(bytes, candidate.bytes, candidate.bits));

function kindOf4(bytes: AddressBytes): AddressKind {
  if (within(bytes, guarded4)) return 'guarded';
  return within(bytes, private4) ? 'private' : 'public';
}

function kindOf6(bytes: AddressBytes): AddressKind {
  if (within(bytes, guarded6)) return 'guarded';
  return within(bytes, [global6]) && !within(bytes, special6) ? 'public' : 'private';
}

function embedded4(bytes: AddressBytes): AddressBytes | null {
  for (const { prefix, at } of embeddings) {
    if (samePrefix(bytes, prefix.bytes, prefix.bits)) return bytes.slice(at, at + 4);
  }
  // ::a.b.c.d, except :: and ::1, which are addresses of their own.
  const [a = 0, b = 0, c = 0] = bytes.slice(12);
  return samePrefix(bytes, compatible.bytes, 96) && a + b + c > 0 ? bytes.slice(12) : null;
}

function bytesOf4(address: string): AddressBytes {
  return address.split('.').map(Number);
}

function bytesOf6(address: string): AddressBytes {
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  return [...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after];
}

/** The bytes of groups between colons, of which the last may be an IPv4 address. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return bytesOf4(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
