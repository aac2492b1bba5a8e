/**
 * The part of ClickHouse's HTTP interface that `@clickhouse/client` uses, so that
 * the embedded engine is spoken to exactly as a server would be: the statement in
 * the `query` parameter or in the body, typed parameters as `param_NAME`, the
 * error code in a header.
 *
 * Source: ClickHouse documentation, "HTTP interface".
 */

/** One request to the engine. */
export interface EngineRequest {
  readonly sql: string;
  /** Data of an INSERT; empty for every other statement. */
  readonly data: Uint8Array;
  /** Values for `{name:Type}` placeholders, unescaped. */
  readonly parameters: Readonly<Record<string, string>>;
  /** True for a statement of a session, which runs after those that came before it. */
  readonly inSession: boolean;
}

/** Query parameters that a server acts on and the embedded engine has no use for. */
const ignoredParameters = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'role',
  'default_format',
  'enable_http_compression',
  'wait_end_of_query',
]);

/**
 * Reads a request.
 *
 * @param url the request target, path and query.
 * @throws Error for a parameter that would be a setting: settings belong into the statement, since the
 *   engine keeps one that is set apart from a statement for all later ones.
 */
export function readRequest(url: string, body: Buffer): EngineRequest {
  const search = new URL(url, 'http://engine').searchParams;
  const parameters: Record<string, string> = {};
  for (const [name, value] of search) {
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = unescapeText(value);
    else if (!ignoredParameters.has(name)) throw new Error(`The setting ${name} has to be in the statement.`);
  }
  const inSession = search.has('session_id');
  const inUrl = search.get('query');
  if (inUrl === null) return { sql: body.toString('utf8'), data: new Uint8Array(), parameters, inSession };
  return { sql: inUrl, data: body, parameters, inSession };
}

const INSERT = /^\s*INSERT\s+INTO\s+([\w.]+)\s*(?:\(([\w, ]+)\))?\s*FORMAT\s+(\w+)\s*$/i;

/** What an `INSERT INTO table (columns) FORMAT format` statement names. */
export interface InsertStatement {
  readonly table: string;
  /** As they stand in the statement; empty for all. */
  readonly columns: string;
  readonly format: string;
}

/** Reads an INSERT whose data come apart from the statement; `null` for any other statement. */
export function readInsert(sql: string): InsertStatement | null {
  const match = INSERT.exec(sql);
  return match ? { table: match[1] ?? '', columns: match[2] ?? '', format: match[3] ?? '' } : null;
}

const FORMAT = /\bFORMAT\s+(\w+)\s*;?\s*$/i;

/** The output format that a statement names last, and the statement without it. */
export function splitFormat(sql: string): { readonly sql: string; readonly format: string } {
  const match = FORMAT.exec(sql);
  return match ? { sql: sql.slice(0, match.index), format: match[1] ?? '' } : { sql, format: 'TabSeparated' };
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '0': '\0' };

/** Undoes ClickHouse's "escaped" text form, in which the client sends parameter values. */
export function unescapeText(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}
