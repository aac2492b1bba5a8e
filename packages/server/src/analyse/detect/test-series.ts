/** For tests and benchmarks: seeded noise of many kinds and series made of it. */

/** Numbers from 0 to 1, both excluded; the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A Weyl sequence through the finisher of MurmurHash3, which is in the public domain.
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 16;
    return ((mixed >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller, 1958). */
export function seededNormal(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Makes the value of a row; called once per row, in order. */
export type Source = (row: number) => number;

/** Sources of rows 5 minutes apart that never do anything odd, by name. */
export const calmSources: Readonly<Record<string, (seed: number) => Source>> = {
  normal: (seed) => seededNormal(seed),
  uniform: (seed) => seededRandom(seed),
  laplace: (seed) => {
    const random = seededRandom(seed);
    return () => (random() < 0.5 ? -1 : 1) * Math.log(random());
  },
  'log-normal': (seed) => {
    const normal = seededNormal(seed);
    return () => Math.exp(normal());
  },
  'Pareto, index 3': (seed) => {
    const random = seededRandom(seed);
    return () => random() ** (-1 / 3);
  },
  'autoregressive, 0.9': (seed) => autoregressive(seed, 0.9),
  'autoregressive, 0.99': (seed) => autoregressive(seed, 0.99),
  'Poisson, 3': (seed) => poisson(seed, () => 3),
  'Poisson, 0.2': (seed) => poisson(seed, () => 0.2),
  'daily, additive': (seed) => {
    const normal = seededNormal(seed);
    return (row) => 10 + 5 * wave(row) + normal();
  },
  'daily, multiplicative': (seed) => {
    const normal = seededNormal(seed);
    return (row) => (1.2 + wave(row)) * Math.exp(0.3 * normal());
  },
  'daily, Poisson': (seed) => poisson(seed, (row) => 10 * (1.1 + wave(row))),
  weekly: (seed) => {
    const normal = seededNormal(seed);
    return (row) => (Math.floor(row / 288) % 7 < 5 ? 10 + 5 * wave(row) : 6 + 2 * wave(row)) + normal();
  },
};

/** The day's wave for rows 5 minutes apart. */
function wave(row: number): number {
  return Math.sin((2 * Math.PI * row) / 288);
}

function autoregressive(seed: number, share: number): Source {
  const normal = seededNormal(seed);
  let last = 0;
  return () => {
    last = share * last + normal();
    return last;
  };
}

function poisson(seed: number, meanOf: (row: number) => number): Source {
  const random = seededRandom(seed);
  return (row) => {
    const mean = meanOf(row);
    let count = 0;
    let term = Math.exp(-mean);
    for (let left = random() - term; left > 0 && count < 1000; left -= term) {
      count += 1;
      term *= mean / count;
    }
    return count;
  };
}
