import { expect, it } from 'vitest';
import { fakeClock } from './clock.ts';
import { ClockSteps } from './clock-steps.ts';

it('tells each step of the wall clock once, and takes time that passes for none', () => {
  const clock = fakeClock(1_000_000);
  const steps = new ClockSteps(clock);
  clock.advance(3_600_000);
  expect(steps.take()).toBe(0);
  clock.jump(30 * 86_400_000);
  clock.advance(5000);
  expect(steps.take()).toBe(30 * 86_400_000);
  expect(steps.take()).toBe(0);
  clock.jump(-5 * 86_400_000);
  expect(steps.take()).toBe(-5 * 86_400_000);
});

it('passes over small corrections, but not over what they come to', () => {
  const clock = fakeClock(0);
  const steps = new ClockSteps(clock);
  const taken = Array.from({ length: 6 }, () => {
    clock.jump(400);
    return steps.take();
  });
  expect(taken).toEqual([0, 0, 1200, 0, 0, 1200]);
});
