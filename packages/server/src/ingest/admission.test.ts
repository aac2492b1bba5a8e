import { expect, it } from 'vitest';
import { Admission } from './admission.ts';

it('admits until the memory is taken, and again when it is given back', () => {
  const admission = new Admission(100);
  const first = admission.admit(60, false);
  expect(admission.admit(50, false)).toBeNull();
  const second = admission.admit(40, false);
  expect(admission.heldBytes).toBe(100);
  first?.release();
  expect(admission.admit(60, false)).not.toBeNull();
  second?.release();
  expect(admission.heldBytes).toBe(60);
});

it('expects a compressed body to grow, and notices when it grows further', () => {
  const admission = new Admission(1000);
  const other = admission.admit(300, false);
  const compressed = admission.admit(50, true);
  expect(admission.heldBytes).toBe(800);
  expect(compressed?.resize(900)).toBe(false);
  expect(compressed?.resize(100)).toBe(true);
  expect(admission.heldBytes).toBe(400);
  other?.release();
  compressed?.release();
  compressed?.release();
  expect(admission.heldBytes).toBe(0);
});

it('holds nothing for a request that ended while its body was unpacked', () => {
  const admission = new Admission(1000);
  const gone = admission.admit(50, true);
  gone?.release();
  expect(gone?.resize(900)).toBe(false);
  expect(gone?.grow(900)).toBe(false);
  expect(admission.heldBytes).toBe(0);
});

it('admits a single request whatever its size, since its own limit applies', () => {
  expect(new Admission(10).admit(20, false)).not.toBeNull();
});

it('holds a large body as it comes, not as it is announced', () => {
  const admission = new Admission(1_000_000);
  const slow = admission.admit(900_000, false);
  expect(admission.heldBytes).toBe(65_536);
  const other = admission.admit(900_000, false);
  expect(slow?.arrived(60_000)).toBe(true);
  expect(admission.heldBytes).toBe(131_072);
  expect(slow?.arrived(900_000)).toBe(true);
  expect(other?.arrived(200_000)).toBe(false);
  expect(admission.admit(100_000, false)).toBeNull();
  slow?.release();
  expect(other?.arrived(200_000)).toBe(true);
  other?.release();
  expect(admission.heldBytes).toBe(0);
});

it('lets a single compressed body grow beyond the bound, and nothing beside it', () => {
  const admission = new Admission(1_000_000);
  const large = admission.admit(300_000, true);
  expect(large?.arrived(300_000)).toBe(true);
  expect(admission.heldBytes).toBe(3_000_000);
  expect(admission.admit(1, false)).toBeNull();
  large?.release();
  expect(admission.heldBytes).toBe(0);
});

it('lets nobody in while what comes would be refused later', () => {
  let isFull = true;
  const admission = new Admission(1000, () => isFull);
  expect(admission.admit(10, false)).toBeNull();
  isFull = false;
  expect(admission.admit(10, false)).not.toBeNull();
});
