/** A sample: the value of one series at one instant. */

/** What a value is: a level, a running total, or what was added since the sample before. */
export type SampleKind = 'gauge' | 'counter' | 'delta';

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly kind: SampleKind;
  /** In the order of their names. */
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Any double, also infinite ones and NaN. */
  readonly value: number;
}

/** Where samples are from. */
export interface SampleSource {
  /** What runs there: the service, with its namespace. */
  readonly job: string;
  /** Which one of those; `''` if the sender does not say. */
  readonly instance: string;
}

/** The source as the ledger has it. */
export function sourceText({ job, instance }: SampleSource): string {
  return instance === '' ? job : `${job} ${instance}`;
}

/** Bounds on what a sample may carry. */
export const sampleBounds = { nameLengthMax: 256, labelsMax: 64, labelLengthMax: 1024 } as const;

/** Why a sample cannot be kept; null if it can. */
export function faultOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string | null {
  const { nameLengthMax, labelsMax, labelLengthMax } = sampleBounds;
  if (name === '') return 'a metric has no name';
  if (name.length > nameLengthMax) return `a name is longer than ${nameLengthMax} characters`;
  const pairs = Object.entries(labels);
  if (pairs.length > labelsMax) return `a point has more than ${labelsMax} attributes`;
  const isLong = pairs.some(([key, value]) => key.length > nameLengthMax || value.length > labelLengthMax);
  return isLong ? `an attribute is longer than ${labelLengthMax} characters` : null;
}
