import { describe, expect, it } from 'vitest';
import { createDetector, type Detection, type DetectorOptions } from './index.ts';
import { calmSources, seededNormal, type Source } from './test-series.ts';

const START_MS = Date.UTC(2026, 10, 2);
const STEP_MS = 300_000;
const ROWS = 4032;
const FAULT = 3000;

type Row = readonly [timestampMs: number, value: number | null];

function detect(rows: readonly Row[], options?: DetectorOptions): Detection[] {
  const detector = createDetector(options);
  return rows.map(([timestampMs, value]) => detector.observe(timestampMs, value));
}

/** Rows 5 minutes apart; the fault changes the value or leaves the row out. */
function rowsOf(source: Source, fault: (value: number, row: number) => number | null | undefined): Row[] {
  const rows: Row[] = [];
  for (let row = 0; row < ROWS; row += 1) {
    const value = fault(source(row), row);
    if (value !== undefined) rows.push([START_MS + row * STEP_MS, value]);
  }
  return rows;
}

const noise = (seed: number): Source => {
  const normal = seededNormal(seed);
  return () => 100 + 5 * normal();
};
const daily = (seed: number): Source => {
  const normal = seededNormal(seed);
  return (row) => 100 + 40 * Math.sin((2 * Math.PI * row) / 288) + 5 * normal();
};
const SEEDS = [1, 2, 3, 4, 5] as const;

/** What is found of a fault: the first report after it, and all kinds named in the hours after it. */
function found(source: Source, fault: (value: number, row: number) => number | null | undefined) {
  const detections = detect(rowsOf(source, fault));
  const rowAt = ({ timestampMs }: Detection): number => (timestampMs - START_MS) / STEP_MS;
  const after = detections.filter((detection) => rowAt(detection) >= FAULT && rowAt(detection) < FAULT + 200);
  const first = after.find(({ anomaly }) => anomaly);
  return {
    delay: first === undefined ? Number.POSITIVE_INFINITY : rowAt(first) - FAULT,
    since: ((first?.sinceMs ?? Number.NaN) - START_MS) / STEP_MS - FAULT,
    kinds: new Set(after.flatMap(({ kinds }) => kinds)),
  };
}

describe('faults of each kind', () => {
  const from =
    (change: (value: number, row: number) => number | null | undefined, rows = ROWS) =>
    (value: number, row: number) =>
      row >= FAULT && row < FAULT + rows ? change(value, row) : value;
  const normal = seededNormal(99);
  it.each([
    ['a spike', noise, from((value) => value * 2, 1), 0, 'point'],
    ['a spike at its hour', daily, from((value) => value + 60, 1), 0, 'point'],
    ['a dip', noise, from((value) => value / 2, 1), 0, 'point'],
    ['a drop to zero', noise, from(() => 0, 60), 0, 'drop_to_zero'],
    ['a drop to zero under a daily wave', daily, from(() => 0, 60), 0, 'drop_to_zero'],
    ['a level shift', noise, from((value) => value + 50), 0, 'level_shift'],
    ['a small level shift', noise, from((value) => value + 12), 12, 'level_shift'],
    ['a level shift under a daily wave', daily, from((value) => value + 30), 24, 'level_shift'],
    ['a slow rise', noise, from((value, row) => value + (row - FAULT) * 0.1), 90, 'trend_change'],
    ['a spread that grows', noise, from((value) => value + 20 * normal()), 12, 'variance_change'],
    ['a spread that vanishes', daily, from(() => 100, 150), 90, 'variance_change'],
    ['rows that are left out', noise, from(() => undefined, 20), 20, 'missing_data'],
    ['values that are null', noise, from(() => null, 20), 2, 'missing_data'],
  ] as const)('%s is reported in time and named', (_, source, fault, delayMax, kind) => {
    const results = SEEDS.map((seed) => found(source(seed), fault));
    expect(results.filter(({ delay }) => delay <= delayMax).length).toBe(SEEDS.length);
    // What it is called may take longer to show, and be unclear now and then.
    expect(results.filter(({ kinds }) => kinds.has(kind)).length).toBeGreaterThanOrEqual(SEEDS.length - 1);
  });

  it('says since when', () => {
    for (const seed of SEEDS) {
      expect(
        found(
          noise(seed),
          from((value) => value + 50),
        ).since,
      ).toBe(0);
      const { since, delay } = found(
        noise(seed),
        from((value) => value + 12),
      );
      expect(since).toBeGreaterThanOrEqual(-2);
      expect(since).toBeLessThanOrEqual(delay);
    }
  });

  it('does not report a lasting shift again and again', () => {
    const detections = detect(
      rowsOf(
        noise(1),
        from((value) => value + 50),
      ),
    );
    const after = detections.slice(FAULT);
    expect(after.slice(0, 60).filter(({ anomaly }) => anomaly).length).toBe(1);
    expect(after.slice(1, 60).filter(({ ongoing }) => ongoing).length).toBeGreaterThan(20);
    for (const { ongoing, score, surprise, sinceMs } of after.slice(0, 60)) {
      if (!ongoing) continue;
      expect(score).toBeLessThan(0.5);
      expect(surprise).toBeGreaterThanOrEqual(0.5);
      expect(sinceMs).toBe(START_MS + FAULT * STEP_MS);
    }
  });

  it('does not take a daily spike for news for ever', () => {
    const source = noise(1);
    const detections = detect(
      rowsOf(source, (value, row) => (row % 288 === 100 ? value + 80 + (row % 5) : value)),
    );
    expect(detections.slice(8 * 288).filter(({ anomaly, value }) => anomaly && value! > 150)).toEqual([]);
  });
});

describe('what a score means', () => {
  const rates = (threshold: number) =>
    Object.entries(calmSources).map(([name, make]) => {
      let incidents = 0;
      for (const seed of [1, 2, 3]) {
        const source = make(seed);
        const detector = createDetector({ threshold });
        for (let row = 0; row < 8600; row += 1) {
          const { anomaly } = detector.observe(START_MS + row * STEP_MS, source(row));
          if (anomaly && row >= 600) incidents += 1;
        }
      }
      return [name, incidents / 24] as const;
    });

  it('at 0.5 is one incident in about a thousand rows on noise of every kind', () => {
    const odd = rates(0.5).filter(([, perThousand]) => perThousand < 0.1 || perThousand > 2);
    expect(odd).toEqual([]);
  });

  it('at 0.7 is next to none', () => {
    const total = rates(0.7).reduce((sum, [, perThousand]) => sum + perThousand, 0);
    expect(total / Object.keys(calmSources).length).toBeLessThan(0.05);
  });
});

describe('what scores do not depend on', () => {
  const scores = (rows: readonly Row[]): number[] => detect(rows).map(({ score }) => score);
  const rows = rowsOf(daily(1), (value, row) => (row === FAULT ? 300 : row > 3500 ? value + 60 : value));
  const changed = (change: (value: number) => number): Row[] =>
    rows.map(([timestampMs, value]) => [timestampMs, change(value!)]);

  it('rows that come later', () => {
    const whole = detect(rows);
    for (const length of [1, 2, 100, 2999, 3001, 3600]) {
      expect(detect(rows.slice(0, length))).toEqual(whole.slice(0, length));
    }
  });

  it('the unit of the values', () => {
    const plain = scores(rows);
    expect(scores(changed((value) => value * 2 ** 20))).toEqual(plain);
    scores(changed((value) => value * 0.0037)).forEach((score, row) =>
      expect(score).toBeCloseTo(plain[row]!, 5),
    );
  });

  it('a constant that is added', () => {
    const plain = scores(rows);
    scores(changed((value) => value + 12_345)).forEach((score, row) =>
      expect(score).toBeCloseTo(plain[row]!, 5),
    );
  });

  it('a restart', () => {
    const whole = detect(rows);
    for (const cut of [0, 1, 50, 3000, 3001, 3520]) {
      const before = createDetector();
      for (const [timestampMs, value] of rows.slice(0, cut)) before.observe(timestampMs, value);
      const after = createDetector();
      after.restore(JSON.parse(JSON.stringify(before.state())));
      const rest = rows
        .slice(cut, cut + 400)
        .map(([timestampMs, value]) => after.observe(timestampMs, value));
      expect(rest).toEqual(whole.slice(cut, cut + 400));
    }
  });
});

describe('series at the edge', () => {
  it('a constant is never odd, and a first change of it is', () => {
    const detections = detect(
      rowsOf(
        () => 7,
        (value, row) => (row === FAULT ? 7.001 : value),
      ),
    );
    expect(detections.slice(0, FAULT).every(({ score }) => score === 0)).toBe(true);
    expect(detections[FAULT]).toMatchObject({ anomaly: true, expected: 7, kinds: ['point'] });
  });

  it('a square wave is learnt', () => {
    const detections = detect(
      rowsOf(
        (row) => (row % 288 < 96 ? 80 : 20),
        (value) => value,
      ),
    );
    expect(detections.slice(600).filter(({ anomaly }) => anomaly)).toEqual([]);
    expect(detections.at(-1)?.expected).toBeCloseTo(20, 6);
  });

  it('irregular and repeated instants are taken as they come', () => {
    const normal = seededNormal(5);
    const detector = createDetector();
    let timestampMs = START_MS;
    for (let row = 0; row < 2000; row += 1) {
      timestampMs += row % 7 === 0 ? 0 : 1000 * (1 + (row % 5));
      expect(Number.isFinite(detector.observe(timestampMs, normal()).score)).toBe(true);
    }
    expect(detector.observe(timestampMs - 86_400_000, 0).kinds).not.toContain('missing_data');
  });

  it('huge and tiny values stay finite', () => {
    const detector = createDetector();
    for (let row = 0; row < 2000; row += 1) {
      const value = (row % 3 === 0 ? 1e300 : 1e-300) * (row % 2 === 0 ? 1 : -1);
      const { score, expected } = detector.observe(START_MS + row * STEP_MS, value);
      expect(score >= 0 && score < 1).toBe(true);
      expect(expected === null || Number.isFinite(expected)).toBe(true);
    }
  });

  it('memory does not grow with the series', () => {
    const normal = seededNormal(6);
    const detector = createDetector();
    const sizes: number[] = [];
    for (let row = 0; row < 200_000; row += 1) {
      detector.observe(START_MS + row * 60_000, Math.exp(normal()));
      if (row === 20_000 || row === 199_999) sizes.push(JSON.stringify(detector.state()).length);
    }
    expect(sizes[1]!).toBeLessThan(sizes[0]! * 1.3);
    expect(sizes[1]!).toBeLessThan(100_000);
  });

  it('nothing is expected before the first value', () => {
    const detector = createDetector();
    expect(detector.observe(START_MS, null)).toEqual({
      timestampMs: START_MS,
      value: null,
      expected: null,
      score: 0,
      surprise: 0,
      anomaly: false,
      ongoing: false,
      kinds: [],
      sinceMs: null,
    });
    expect(detector.observe(START_MS + STEP_MS, 5).expected).toBeNull();
    expect(detector.observe(START_MS + 2 * STEP_MS, 5).expected).toBe(5);
  });
});

describe('mistakes', () => {
  it('refuses what is not finite', () => {
    const detector = createDetector();
    expect(() => detector.observe(Number.NaN, 1)).toThrow(new RangeError('an instant is finite, not NaN'));
    expect(() => detector.observe(0, Number.NaN)).toThrow(
      new RangeError('a value is null or a number within 1e+300, not NaN'),
    );
    expect(() => detector.observe(0, Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it('refuses a threshold out of range', () => {
    for (const threshold of [0, 0.04, 0.991, 1, Number.NaN]) {
      expect(() => createDetector({ threshold })).toThrow(RangeError);
    }
  });

  it('refuses a state of another version', () => {
    const detector = createDetector();
    expect(() => detector.restore({ ...detector.state(), version: 2 })).toThrow(
      new RangeError('the state is of version 2, not 1'),
    );
  });
});
