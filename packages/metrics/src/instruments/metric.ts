/** The kinds of metric that prom-client's types know by one name. */
import type { Counter } from './counter.ts';
import type { Gauge } from './gauge.ts';
import type { Histogram } from './histogram.ts';
import type { Info } from './info.ts';
import type { StateSet } from './state-set.ts';
import type { Summary } from './summary.ts';

/** Any metric of this client. */
export type Metric<T extends string = string> =
  | Counter<T>
  | Gauge<T>
  | Summary<T>
  | Histogram<T>
  | Info<T>
  | StateSet<T>;
