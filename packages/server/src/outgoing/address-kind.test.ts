import { describe, expect, it } from 'vitest';
import { addressKind } from './address-kind.ts';
import { isPermitted, readAllowedPlaces } from './permission.ts';

describe('the kind of an address', () => {
  it.each([
    ['1.1.1.1', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['198.18.0.1', 'private'],
    ['::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['2001:db8::1', 'private'],
    ['2001:0:4136:e378::1', 'private'],
    ['100::1', 'private'],
    ['0.0.0.0', 'guarded'],
    ['169.254.169.254', 'guarded'],
    ['169.254.0.1', 'guarded'],
    ['100.100.100.200', 'guarded'],
    ['168.63.129.16', 'guarded'],
    ['224.0.0.1', 'guarded'],
    ['255.255.255.255', 'guarded'],
    ['::', 'guarded'],
    ['fe80::1', 'guarded'],
    ['fe80::1%eth0', 'guarded'],
    ['ff02::1', 'guarded'],
    ['fd00:ec2::254', 'guarded'],
    ['not an address', 'guarded'],
    ['', 'guarded'],
  ])('%s is %s', (address, kind) => expect(addressKind(address)).toBe(kind));

  it.each([
    ['::ffff:127.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['::ffff:a9fe:a9fe', 'guarded'],
    ['::ffff:0:169.254.169.254', 'guarded'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['2002:7f00:1::', 'private'],
    ['2002:a9fe:a9fe::1', 'guarded'],
    ['::127.0.0.1', 'private'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::808:808', 'public'],
  ])('%s is judged as the IPv4 address in it: %s', (address, kind) =>
    expect(addressKind(address)).toBe(kind),
  );
});

describe('permission', () => {
  const allowed = (entries: readonly string[]) => {
    const places = readAllowedPlaces(entries);
    if ('wrong' in places) throw new Error(places.wrong);
    return places;
  };
  it('lets private addresses through by network, address or name', () => {
    const places = allowed(['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7', 'Hooks.Internal']);
    const may = (host: string, address: string) => isPermitted(host, address, false, places);
    expect(may('10.1.200.3', '10.1.200.3')).toBe(true);
    expect(may('a.example', '::ffff:10.1.0.1')).toBe(true);
    expect(may('10.2.0.1', '10.2.0.1')).toBe(false);
    expect(may('x', 'fd00:1:ff::1')).toBe(true);
    expect(may('x', 'fd00:2::1')).toBe(false);
    expect(may('192.168.7.7', '192.168.7.7')).toBe(true);
    expect(may('192.168.7.8', '192.168.7.8')).toBe(false);
    expect(may('hooks.internal', '10.9.9.9')).toBe(true);
    expect(may('hooks.internal.', '10.9.9.9')).toBe(true);
    expect(may('other.internal', '10.9.9.9')).toBe(false);
  });
  it('lets a metadata address through by that very address only', () => {
    const may = (entries: readonly string[], own: boolean) =>
      isPermitted('metadata', '169.254.169.254', own, allowed(entries));
    expect(may(['0.0.0.0/0', 'metadata', '169.254.0.0/16'], true)).toBe(false);
    expect(may(['169.254.169.254'], false)).toBe(true);
    expect(may(['169.254.169.254/32'], false)).toBe(true);
  });
  it('lets the own dependencies of the server be in private networks', () => {
    const none = allowed([]);
    expect(isPermitted('prometheus', '10.0.0.9', true, none)).toBe(true);
    expect(isPermitted('localhost', '127.0.0.1', true, none)).toBe(true);
    expect(isPermitted('localhost', '127.0.0.1', false, none)).toBe(false);
  });
  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '300.1.1.1',
    '10.1',
    '2130706433',
    'a b',
    'http://x',
    '::ffff:0.0.0.0/96',
    '*',
  ])('refuses the entry %j', (entry) => expect(readAllowedPlaces([entry])).toEqual({ wrong: entry }));
});
