/**
 * What is told of every request: a line in the log with its id, and how long it took,
 * with the id as exemplar. Everything that is logged while a request is worked on
 * carries the id too, however deep it is said.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { AnsweredRequest } from '../live/server-metrics.ts';
import type { Log, LogContext } from '../log.ts';
import { traceIdOf } from './request-id.ts';

export interface RequestLogOptions {
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Runs what is given so that every line of the log that comes of it has the context. */
  readonly within: (context: LogContext, run: () => void) => void;
  readonly onAnswered: (request: AnsweredRequest) => void;
}

/** Lines a second about requests that were refused; whoever sends nonsense must not fill the disk. */
const REFUSED_LINES_PER_SECOND = 20;
/** What requests are counted under that no route matches. */
const NO_ROUTE = 'none';

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, by the monotonic clock. */
    arrivedMs: number;
    /** What is said of it in the log. */
    logContext: LogContext | null;
  }
}

/** Adds the hooks; before all others, so that refusals are told of too. */
export function addRequestLog(server: FastifyInstance, options: RequestLogOptions): void {
  const { clock, within } = options;
  const refusedLines = new LinesPerSecond(REFUSED_LINES_PER_SECOND);
  server.decorateRequest('arrivedMs', 0);
  server.decorateRequest('logContext', null);
  server.addHook('onRequest', (request, _reply, done) => {
    const traceId = traceIdOf(request.headers);
    request.arrivedMs = clock.monotonicMs();
    request.logContext = { request_id: request.id, ...(traceId === null ? {} : { trace_id: traceId }) };
    within(request.logContext, done);
  });
  // The body comes by events of the socket, which know nothing of the request.
  server.addHook('preValidation', (request, _reply, done) => {
    within(request.logContext ?? { request_id: request.id }, done);
  });
  server.addHook('onResponse', async (request, reply) => {
    const nowMs = clock.monotonicMs();
    tell(options, refusedLines, request, reply, nowMs);
  });
}

function tell(
  { log, onAnswered }: RequestLogOptions,
  refusedLines: LinesPerSecond,
  request: FastifyRequest,
  reply: FastifyReply,
  nowMs: number,
): void {
  const { method, logContext } = request;
  const context = logContext ?? { request_id: request.id };
  const path = request.routeOptions.url ?? NO_ROUTE;
  const durationMs = nowMs - request.arrivedMs;
  const { trace_id: traceId } = context;
  onAnswered({
    // Methods are whatever a client writes; those of routes are few.
    method: path === NO_ROUTE ? NO_ROUTE : method,
    path,
    seconds: durationMs / 1000,
    exemplar: traceId === undefined ? { request_id: request.id } : { trace_id: traceId },
  });
  const { statusCode } = reply.raw;
  const details = {
    ...context,
    method,
    route: path,
    status: statusCode,
    duration_ms: Math.round(durationMs * 1000) / 1000,
    actor: request.principal?.name ?? null,
  };
  if (statusCode < 400) log.debug(details, 'request answered');
  else if (refusedLines.take(nowMs))
    log.info({ ...details, left_out: refusedLines.leftOut() }, 'request refused');
}

/** A bound on lines, and how many it kept out. */
class LinesPerSecond {
  readonly #max: number;
  #second = -1;
  #taken = 0;
  #leftOut = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** True if there is room for another line. */
  take(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    this.#taken += 1;
    if (this.#taken <= this.#max) return true;
    this.#leftOut += 1;
    return false;
  }

  /** How many lines were left out since this was asked the last time. */
  leftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
