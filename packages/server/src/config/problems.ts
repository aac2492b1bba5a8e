/**
 * What can be wrong with a configuration. All problems are found in one go and
 * each says which key, what is wrong, and where the value came from.
 */

/** Where a value came from. */
export type ConfigSource =
  | { readonly kind: 'default' }
  /** The default of a preset that was chosen. */
  | { readonly kind: 'preset'; readonly preset: string }
  | { readonly kind: 'file'; readonly file: string; readonly line: number | null }
  | { readonly kind: 'environment'; readonly variable: string }
  /** A file that a `…_FILE` variable names. */
  | { readonly kind: 'secret_file'; readonly variable: string }
  | { readonly kind: 'option'; readonly flag: string };

/** One thing that is wrong. */
export interface ConfigProblem {
  readonly code:
    | 'unreadable_file'
    | 'invalid_syntax'
    | 'unknown_key'
    | 'invalid_value'
    /** Values that are right by themselves and contradict each other. */
    | 'contradiction';
  /** The key, or the name of the section, variable or file where there is no key. */
  readonly key: string;
  /** The rest of the sentence that begins with the key. Never holds a secret. */
  readonly reason: string;
  readonly source: ConfigSource;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/**
 * A problem in one line.
 *
 * @example 'metrics.retention_days: must be at least 1, is -3 (in bellwether.yaml line 12)'
 */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.source.kind === 'default' ? '' : ` (in ${formatSource(problem.source)})`;
  return `${problem.key}: ${problem.reason}${place}`;
}

/** A source in words, e.g. `bellwether.yaml line 12`. */
export function formatSource(source: ConfigSource): string {
  if (source.kind === 'default') return 'default';
  if (source.kind === 'preset') return `preset ${source.preset}`;
  if (source.kind === 'environment') return `environment variable ${source.variable}`;
  if (source.kind === 'secret_file') return `the file that ${source.variable} names`;
  if (source.kind === 'option') return `option ${source.flag}`;
  return source.line === null ? source.file : `${source.file} line ${source.line}`;
}
