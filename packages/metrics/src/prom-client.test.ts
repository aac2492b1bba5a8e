/**
 * What users of prom-client rely on. Each scenario runs against both clients and the
 * text must be the same, byte for byte; where this client differs on purpose, a test
 * of its own says how.
 */
import * as prom from 'prom-client';
import { describe, expect, it } from 'vitest';
import * as ours from './index.ts';

/** The part of the two clients that the scenarios use, seen as prom-client's. */
type Client = typeof prom;
const OURS = ours as unknown as Client;

/** Things that an application may do, each with a registry of its own. */
const SCENARIOS: readonly (readonly [
  string,
  (client: Client, register: prom.Registry) => void | Promise<void>,
])[] = [
  ['nothing at all', () => {}],
  [
    'a counter',
    (client, register) => {
      const counter = new client.Counter({ name: 'metric_name', help: 'metric_help', registers: [register] });
      counter.inc();
      counter.inc(10);
    },
  ],
  [
    'a counter that was never used',
    (client, register) => {
      void new client.Counter({ name: 'a_total', help: 'h', registers: [register] });
      void new client.Counter({ name: 'b_total', help: 'h', labelNames: ['x'], registers: [register] });
    },
  ],
  [
    'a gauge',
    (client, register) => {
      const gauge = new client.Gauge({ name: 'metric_name', help: 'metric_help', registers: [register] });
      gauge.set(10);
      gauge.inc();
      gauge.inc(10);
      gauge.dec();
      gauge.dec(10);
      gauge.set(-0.5);
    },
  ],
  [
    'special figures',
    (client, register) => {
      const gauge = new client.Gauge({ name: 'g', help: 'h', labelNames: ['x'], registers: [register] });
      const numbers = [
        Infinity,
        -Infinity,
        1e21,
        1e-7,
        123456789012345680000,
        0.1 + 0.2,
        -0,
        5e-324,
        2 ** 53,
      ];
      numbers.forEach((number, index) => gauge.set({ x: String(index) }, number));
    },
  ],
  [
    'a gauge that is collected',
    (client, register) => {
      void new client.Gauge({
        name: 'metric_name',
        help: 'metric_help',
        registers: [register],
        collect() {
          this.set(42);
        },
      });
      void new client.Gauge({
        name: 'later',
        help: 'h',
        registers: [register],
        async collect() {
          this.set(await Promise.resolve(43));
        },
      });
    },
  ],
  [
    'the three ways to give labels',
    (client, register) => {
      const gauge = new client.Gauge({
        name: 'metric_name',
        help: 'metric_help',
        labelNames: ['method', 'statusCode'],
        registers: [register],
      });
      gauge.set({ method: 'GET', statusCode: '200' }, 100);
      gauge.labels({ method: 'POST', statusCode: 201 }).set(101);
      gauge.labels('PUT', '202').set(102);
      gauge.set({ method: 'HEAD' }, 1);
      gauge.inc({ method: 'GET', statusCode: 200 });
      gauge.remove('PUT', '202');
      gauge.remove({ method: 'none', statusCode: 'none' });
    },
  ],
  [
    'a histogram',
    (client, register) => {
      const histogram = new client.Histogram({
        name: 'metric_name',
        help: 'metric_help',
        registers: [register],
      });
      for (const value of [10, 0, -1, 0.005, 0.0051, 11, 1e9]) histogram.observe(value);
    },
  ],
  [
    'a histogram with buckets and labels',
    (client, register) => {
      const histogram = new client.Histogram({
        name: 'metric_name',
        help: 'metric_help',
        buckets: [0.1, 5, 15, 50, 100, 500],
        labelNames: ['method'],
        registers: [register],
      });
      histogram.zero({ method: 'GET' });
      histogram.observe({ method: 'POST' }, 7);
      histogram.labels('PUT').observe(700);
    },
  ],
  [
    'generated buckets',
    (client, register) => {
      const registers = [register];
      void new client.Histogram({
        name: 'a',
        help: 'h',
        buckets: client.linearBuckets(0, 10, 20),
        registers,
      });
      void new client.Histogram({
        name: 'b',
        help: 'h',
        buckets: client.exponentialBuckets(1, 2, 5),
        registers,
      });
    },
  ],
  [
    'a summary that is empty or has one value',
    (client, register) => {
      const registers = [register];
      void new client.Summary({ name: 'empty', help: 'h', registers });
      const summary = new client.Summary({
        name: 's',
        help: 'h',
        percentiles: [0.01, 0.9],
        labelNames: ['a'],
        registers,
      });
      summary.observe({ a: 'x' }, 10);
    },
  ],
  [
    'escaping',
    (client, register) => {
      const counter = new client.Counter({
        name: 'c',
        help: 'back \\ slash, line\nbreak, "quotes"',
        labelNames: ['a'],
        registers: [register],
      });
      for (const a of ['back\\slash', 'line\nbreak', '"quotes"', '\\n', 'é 日 🙂', '{}=,'])
        counter.inc({ a });
    },
  ],
  [
    'default labels',
    (client, register) => {
      const registers = [register];
      const counter = new client.Counter({ name: 'c_total', help: 'h', labelNames: ['a'], registers });
      counter.inc({ a: '1' });
      counter.inc();
      const histogram = new client.Histogram({
        name: 'h',
        help: 'h',
        labelNames: ['a'],
        buckets: [1],
        registers,
      });
      histogram.observe({ a: '1' }, 0.5);
      new client.Summary({ name: 's', help: 'h', percentiles: [0.5], registers }).observe(1);
      register.setDefaultLabels({ serviceName: 'api-v1', a: 'default' });
    },
  ],
  [
    'resetting',
    (client, register) => {
      const registers = [register];
      const counter = new client.Counter({ name: 'c_total', help: 'h', labelNames: ['a'], registers });
      counter.inc({ a: '1' });
      const gauge = new client.Gauge({ name: 'g', help: 'h', registers });
      gauge.set(5);
      register.resetMetrics();
      counter.inc({ a: '2' });
    },
  ],
  [
    'removing metrics',
    (client, register) => {
      const registers = [register];
      void new client.Counter({ name: 'a_total', help: 'h', registers });
      void new client.Counter({ name: 'b_total', help: 'h', registers });
      register.removeSingleMetric('a_total');
      void new client.Gauge({ name: 'a_total', help: 'again', registers });
    },
  ],
];

describe('text that is the same as from prom-client', () => {
  it.each(SCENARIOS)('%s', async (_name, scenario) => {
    const theirs = new prom.Registry();
    const own = new OURS.Registry();
    await scenario(prom, theirs);
    await scenario(OURS, own);
    const text = await theirs.metrics();
    expect(await own.metrics()).toBe(text);
    expect(Buffer.from(await (own as unknown as ours.Registry).render()).toString()).toBe(text);
    // A second exposition takes what was kept of the first.
    expect(await own.metrics()).toBe(text);
  });

  it.each(SCENARIOS)('as JSON: %s', async (_name, scenario) => {
    const theirs = new prom.Registry();
    const own = new OURS.Registry();
    await scenario(prom, theirs);
    await scenario(OURS, own);
    const plain = (json: unknown) => JSON.parse(JSON.stringify(json)) as unknown;
    // prom-client hands labels out as they were given; here they are text, as they are exposed. It also
    // says of each bucket that it has no exemplar.
    const texts = (json: unknown) =>
      JSON.parse(JSON.stringify(json), (key, value: unknown) => {
        if (key === 'exemplar' && value === null) return undefined;
        return key === 'statusCode' ? String(value) : value;
      }) as unknown;
    expect(plain(await own.getMetricsAsJSON())).toEqual(texts(await theirs.getMetricsAsJSON()));
  });

  it('for a single metric', async () => {
    const text = async (client: Client) => {
      const register = new client.Registry();
      new client.Counter({ name: 'c_total', help: 'h', registers: [register] }).inc(3);
      return register.getSingleMetricAsString('c_total');
    };
    expect(await text(OURS)).toBe(await text(prom));
  });

  it('for merged registries', async () => {
    const text = async (client: Client) => {
      const one = new client.Registry();
      const other = new client.Registry();
      const histogram = new client.Histogram({ name: 'h', help: 'h', registers: [], buckets: [1] });
      one.registerMetric(histogram);
      new client.Counter({ name: 'c_total', help: 'h', registers: [other] }).inc(3);
      return client.Registry.merge([one, other]).metrics();
    };
    expect(await text(OURS)).toBe(await text(prom));
  });

  it('for the default metrics: the same families, help texts and labels', async () => {
    const families = async (client: Client) => {
      const register = new client.Registry();
      client.collectDefaultMetrics({
        register,
        prefix: 'my_',
        labels: { instance: 'a' },
        gcDurationBuckets: [0.1],
      });
      return (await register.metrics()).split('\n').filter((line) => line.startsWith('#'));
    };
    expect(await families(OURS)).toEqual(await families(prom));
    expect(ours.collectDefaultMetrics.metricsList).toEqual(prom.collectDefaultMetrics.metricsList);
  });

  it('for metrics of several processes', async () => {
    const text = async (client: Client) => {
      const registers = [new client.Registry(), new client.Registry()];
      registers.forEach((register, index) => {
        for (const aggregator of ['sum', 'first', 'min', 'max', 'average', 'omit'] as const) {
          const gauge = new client.Gauge({ name: aggregator, help: 'h', aggregator, registers: [register] });
          gauge.set(index + 1);
        }
        const histogram = new client.Histogram({ name: 'h', help: 'h', buckets: [1], registers: [register] });
        histogram.observe(index);
      });
      const all = await Promise.all(registers.map(async (register) => register.getMetricsAsJSON()));
      return client.AggregatorRegistry.aggregate(all).metrics();
    };
    expect(await text(OURS)).toBe(await text(prom));
  });
});

describe('what prom-client does wrong, and this client does not', () => {
  it('never makes two label sets one, nor one label set two', async () => {
    const register = new ours.Registry();
    const counter = new ours.Counter({ name: 'c', help: 'h', labelNames: ['a', 'b'], registers: [register] });
    counter.inc({ a: 'x,b:y', b: '' });
    counter.inc({ a: 'x', b: 'y,' });
    counter.inc({ a: 'x,b:y' });
    expect(await register.metrics()).toBe(
      '# HELP c h\n# TYPE c counter\nc{a="x,b:y",b=""} 2\nc{a="x",b="y,"} 1\n',
    );
  });

  it('keeps the name of a counter through an OpenMetrics scrape', async () => {
    const register = new ours.Registry({ contentType: ours.openMetricsContentType, created: false });
    const counter = new ours.Counter({ name: 'c_total', help: 'h', registers: [register] });
    expect(await register.metrics()).toBe('# HELP c h\n# TYPE c counter\nc_total 0\n# EOF\n');
    expect(counter.name).toBe('c_total');
    register.setContentType(ours.prometheusContentType);
    expect(await register.metrics()).toBe('# HELP c_total h\n# TYPE c_total counter\nc_total 0\n');
  });

  it('refuses NaN, text and negative increments, and then changes nothing', async () => {
    const counter = new ours.Counter({ name: 'c', help: 'h', registers: [] });
    const gauge = new ours.Gauge({ name: 'g', help: 'h', registers: [] });
    const histogram = new ours.Histogram({ name: 'h', help: 'h', registers: [] });
    const summary = new ours.Summary({ name: 's', help: 'h', registers: [] });
    const code = (expected: string) => expect.objectContaining({ code: expected });
    expect(() => counter.inc(-1)).toThrow(code('COUNTER_DECREASE'));
    for (const wrong of [Number.NaN, '1' as never, Infinity]) {
      expect(() => counter.inc(wrong)).toThrow(code('VALUE_INVALID'));
      expect(() => histogram.observe(wrong)).toThrow(code('VALUE_INVALID'));
      expect(() => summary.observe(wrong)).toThrow(code('VALUE_INVALID'));
    }
    for (const wrong of ['1', {}, undefined, null, true]) {
      expect(() => gauge.set(wrong as never)).toThrow(code('VALUE_INVALID'));
    }
    expect(() => gauge.set(Number.NaN)).toThrow(code('VALUE_NAN'));
    expect(() => gauge.inc(Number.NaN)).toThrow(code('VALUE_NAN'));
    expect(() => gauge.dec('1' as never)).toThrow(code('VALUE_INVALID'));
    expect((await counter.get()).values[0]!.value).toBe(0);
    expect((await gauge.get()).values[0]!.value).toBe(0);
    expect((await histogram.get()).values.every(({ value }) => value === 0)).toBe(true);
  });

  it('refuses labels that are not declared, whether or not the series is there', () => {
    const counter = new ours.Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [] });
    counter.inc({ a: '1' });
    const stranger = { a: '1', b: '2' } as never;
    const unknown = expect.objectContaining({ code: 'LABEL_UNKNOWN' });
    expect(() => counter.inc(stranger)).toThrow(unknown);
    expect(() => counter.labels(stranger)).toThrow(unknown);
    expect(() => counter.remove(stranger)).toThrow(unknown);
    expect(() => counter.labels('1', '2')).toThrow(expect.objectContaining({ code: 'LABEL_COUNT' }));
    expect(() => counter.inc({ a: {} } as never)).toThrow(
      expect.objectContaining({ code: 'LABEL_VALUE_INVALID' }),
    );
    expect(counter.series.map(({ value }) => value)).toEqual([1]);
  });

  it('does not lose what a handle records after its series was removed', async () => {
    const gauge = new ours.Gauge({ name: 'g', help: 'h', labelNames: ['a'], registers: [] });
    const handle = gauge.labels('x');
    handle.set(5);
    gauge.remove('x');
    expect((await gauge.get()).values).toEqual([]);
    handle.inc(2);
    gauge.inc({ a: 'x' });
    expect((await gauge.get()).values).toEqual([{ labels: { a: 'x' }, value: 3 }]);
    gauge.reset();
    handle.set(1);
    expect((await gauge.get()).values).toEqual([{ labels: { a: 'x' }, value: 1 }]);
  });

  it('ends a waiting scrape with the error of a collector, or goes on if it is told to', async () => {
    const fails = () => {
      throw new Error('broken');
    };
    const strict = new ours.Registry();
    void new ours.Gauge({ name: 'g', help: 'h', registers: [strict], collect: fails });
    await expect(strict.metrics()).rejects.toThrow('broken');
    const errors: unknown[] = [];
    const lenient = new ours.Registry({
      onCollectError: (error, metric) => errors.push([String(error), metric.name]),
    });
    void new ours.Gauge({ name: 'g', help: 'h', registers: [lenient], collect: fails });
    expect(await lenient.metrics()).toBe('# HELP g h\n# TYPE g gauge\ng 0\n');
    expect(errors).toEqual([['Error: broken', 'g']]);
  });
});

describe('registering', () => {
  const register = () => new ours.Registry();

  it('refuses a name, or a sample name, that is taken', () => {
    const registers = [register()];
    void new ours.Histogram({ name: 'h', help: 'h', registers });
    const code = (expected: string) => expect.objectContaining({ code: expected });
    expect(() => new ours.Histogram({ name: 'h', help: 'h', registers })).toThrow(code('DUPLICATE_METRIC'));
    expect(() => new ours.Gauge({ name: 'h', help: 'h', registers })).toThrow(code('DUPLICATE_SHAPE'));
    expect(() => new ours.Histogram({ name: 'h', help: 'h', labelNames: ['a'], registers })).toThrow(
      code('DUPLICATE_SHAPE'),
    );
    expect(() => new ours.Counter({ name: 'h_count', help: 'h', registers })).toThrow(
      code('SAMPLE_NAME_CLASH'),
    );
    void new ours.Counter({ name: 'c', help: 'h', registers });
    expect(() => new ours.Counter({ name: 'c_total', help: 'h', registers })).toThrow(
      code('SAMPLE_NAME_CLASH'),
    );
    void new ours.Gauge({ name: 'nodejs_active_handles', help: 'h', registers });
    void new ours.Gauge({ name: 'nodejs_active_handles_total', help: 'h', registers });
  });

  it.each([
    [{ help: 'h' }, 'NAME_MISSING'],
    [{ name: 'n' }, 'HELP_MISSING'],
    [{ name: 'a b', help: 'h' }, 'NAME_INVALID'],
    [{ name: 'n', help: 'h', labelNames: ['a-b'] }, 'LABEL_NAME_INVALID'],
    [{ name: 'n', help: 'h', labelNames: ['__a'] }, 'LABEL_NAME_INVALID'],
    [{ name: 'n', help: 'h', labelNames: ['a', 'a'] }, 'LABEL_NAME_DUPLICATE'],
    [{ name: 'n', help: 'h', unit: 'seconds' }, 'UNIT_INVALID'],
    [{ name: 'n', help: 'h', aggregator: 'mean' }, 'AGGREGATOR_INVALID'],
    [{ name: 'n', help: 'h', collect: 5 }, 'COLLECT_INVALID'],
    [{ name: 'n', help: 'h', seriesMax: 0 }, 'OPTION_INVALID'],
    [undefined, 'CONFIG_INVALID'],
  ])('refuses the configuration %j with %s', (configuration, code) => {
    expect(() => new ours.Counter(configuration as never)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses buckets that are not in order, and labels that a type needs for itself', () => {
    const code = (expected: string) => expect.objectContaining({ code: expected });
    const base = { name: 'h', help: 'h', registers: [] };
    expect(() => new ours.Histogram({ ...base, buckets: [1, 1] })).toThrow(code('BUCKETS_INVALID'));
    expect(() => new ours.Histogram({ ...base, buckets: [2, 1] })).toThrow(code('BUCKETS_INVALID'));
    expect(() => new ours.Histogram({ ...base, labelNames: ['le'] })).toThrow(code('LABEL_NAME_RESERVED'));
    expect(() => new ours.Summary({ ...base, labelNames: ['quantile'] })).toThrow(
      code('LABEL_NAME_RESERVED'),
    );
    expect(() => new ours.Summary({ ...base, percentiles: [2] })).toThrow(code('QUANTILES_INVALID'));
    expect([...new ours.Histogram({ ...base, buckets: [1, Infinity] }).upperBounds]).toEqual([1]);
  });

  it('accepts any text as a name where that is asked for', async () => {
    const utf8 = new ours.Registry({ nameValidation: 'utf8' });
    const counter = new ours.Counter({
      name: 'http.requests',
      help: 'h',
      labelNames: ['a.b'],
      registers: [utf8],
    });
    counter.inc({ 'a.b': 'x' });
    expect(await utf8.metrics()).toBe(
      '# HELP "http.requests" h\n# TYPE "http.requests" counter\n{"http.requests","a.b"="x"} 1\n',
    );
    expect(utf8.hasPlainNames).toBe(false);
    expect(register().hasPlainNames).toBe(true);
  });
});
