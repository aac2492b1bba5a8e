import { describe, expect, it } from 'vitest';
import { type Effects, effectsOf, type ItemFigures } from './effects.ts';

const item = (requests: number, tokens: number, cost: number): ItemFigures => ({
  requests: BigInt(requests),
  tokens: BigInt(tokens),
  costPicoUsd: BigInt(cost),
});

const nothing = item(0, 0, 0);
const sum = ({ volume, mix, efficiency, rate }: Effects): bigint => volume + mix + efficiency + rate;

describe('one factor that changes alone takes the whole difference', () => {
  it.each<[string, ItemFigures, ItemFigures, [bigint, bigint], Partial<Effects>]>([
    ['volume', item(10, 1000, 5000), item(20, 2000, 10_000), [10n, 20n], { volume: 5000n }],
    ['mix', item(10, 1000, 5000), item(20, 2000, 10_000), [40n, 40n], { mix: 5000n }],
    ['efficiency', item(10, 1000, 5000), item(10, 3000, 15_000), [10n, 10n], { efficiency: 10_000n }],
    ['rate', item(10, 1000, 5000), item(10, 1000, 7000), [10n, 10n], { rate: 2000n }],
    ['rate, without tokens', item(10, 0, 5000), item(10, 0, 7000), [10n, 10n], { rate: 2000n }],
    ['nothing', item(10, 1000, 5000), item(10, 1000, 5000), [10n, 10n], {}],
  ])('%s', (_name, before, after, total, effects) => {
    expect(effectsOf(before, after, total)).toEqual({
      volume: 0n,
      mix: 0n,
      efficiency: 0n,
      rate: 0n,
      ...effects,
    });
  });
});

it('shares a change of two factors between them evenly', () => {
  // Twice the requests at three times the rate: 5,000 becomes 30,000. Alone they would add 5,000 and 10,000; together
  // 25,000, so what they make together, 10,000, is halved.
  expect(effectsOf(item(10, 1000, 5000), item(20, 2000, 30_000), [10n, 20n])).toEqual({
    volume: 10_000n,
    mix: 0n,
    efficiency: 0n,
    rate: 15_000n,
  });
});

it('takes what is new or gone for volume and mix', () => {
  const isNew = effectsOf(nothing, item(10, 1000, 5000), [40n, 50n]);
  expect(isNew).toMatchObject({ efficiency: 0n, rate: 0n });
  expect(sum(isNew)).toBe(5000n);
  const isGone = effectsOf(item(10, 1000, 5000), nothing, [50n, 40n]);
  expect(isGone).toMatchObject({ efficiency: 0n, rate: 0n });
  expect(sum(isGone)).toBe(-5000n);
  expect(sum(effectsOf(nothing, item(10, 1000, 5000), [0n, 10n]))).toBe(5000n);
});

it('adds up to the pico-dollar for any figures, and turns its sign when the periods change places', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const figures = (): ItemFigures => {
    const requests = random(4) === 0 ? 0 : random(1000) + 1;
    const tokens = random(5) === 0 ? 0 : requests * (random(5000) + 1);
    return item(requests, requests === 0 ? 0 : tokens, requests === 0 ? 0 : random(2 ** 40));
  };
  for (let round = 0; round < 3000; round++) {
    const [before, after] = [figures(), figures()];
    const [a, b] = [before.requests + BigInt(random(500)), after.requests + BigInt(random(500))];
    const effects = effectsOf(before, after, [a, b]);
    expect(sum(effects)).toBe(after.costPicoUsd - before.costPicoUsd);
    const back = effectsOf(after, before, [b, a]);
    expect([back.volume, back.mix, back.efficiency, back.rate].map((part) => -part)).toEqual([
      effects.volume,
      effects.mix,
      effects.efficiency,
      effects.rate,
    ]);
  }
});
