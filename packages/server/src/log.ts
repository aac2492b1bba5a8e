/**
 * The log as the stages see it: structured, with a message that is the same for
 * every occurrence. Any pino logger is one.
 */

type LogMethod = (details: Readonly<Record<string, unknown>>, message: string) => void;

export interface Log {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/** What every line says that is written while one request is worked on. */
export interface LogContext {
  readonly request_id: string;
  /** Of the trace that the caller told of. */
  readonly trace_id?: string;
}

/** A log that keeps nothing, for tests and for commands that print their own result. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
