/** The load balancer: chooses a backend for each request, tries another when it fails, and records every attempt. */

import { createHash, randomUUID } from 'node:crypto';
import type { LoadBalancerRecorder } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';
import type { Completion } from '../models/model-server.ts';
import { HttpError } from '../web/router.ts';
import { algorithms } from './algorithms.ts';
import type { Attempt, Question } from './attempt.ts';
import type { AttemptRecorder } from './attempt-recorder.ts';
import { type Backend, BackendError } from './backend.ts';
import type { Spending } from './spending.ts';

/** What the balancer is made of. */
export interface BalancerParts {
  readonly backends: readonly Backend[];
  readonly metrics: { readonly loadBalancer: LoadBalancerRecorder };
  /** The algorithm that is configured now. */
  readonly algorithm: () => string;
  readonly spending: Spending;
  readonly recorder: AttemptRecorder;
  readonly clock: Clock;
}

/** An answer and where it came from. */
export interface Answer {
  readonly id: string;
  readonly backend: string;
  readonly completion: Completion;
}

const ATTEMPTS_MAX = 3;
const ANSWERS_MAX = 200;

/** Balances questions between backends. */
export class Balancer {
  readonly #parts: BalancerParts;
  /** Answers that were given before, by backend and question; the oldest first. */
  readonly #answers = new Map<string, { readonly backend: Backend; readonly completion: Completion }>();
  /** Who gave the last answers, by the id of the answer; the oldest first. */
  readonly #givers = new Map<string, string>();

  constructor(parts: BalancerParts) {
    this.#parts = parts;
  }

  /** The backends and how they are. */
  get backends(): readonly { readonly id: string; readonly url: string; readonly healthy: boolean }[] {
    return this.#parts.backends.map(({ member: { id, url }, healthy }) => ({ id, url, healthy }));
  }

  /** Takes what somebody thinks of an answer, 0 to 1; false if the answer is not remembered. */
  rate(id: string, satisfaction: number): boolean {
    const giver = this.#givers.get(id);
    if (giver !== undefined) this.#parts.metrics.loadBalancer.recordScores(giver, { satisfaction });
    return giver !== undefined;
  }

  /** Answers a question. Throws an HttpError if no backend can. */
  async answer(question: Question): Promise<Answer> {
    const known = this.#recall(question);
    if (known !== undefined) return known;
    let failed: Backend | undefined;
    let problem = 'no backend is there';
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const { backend, algorithm } = this.#choose(failed) ?? {};
      if (backend === undefined || algorithm === undefined) break;
      if (failed !== undefined) {
        this.#parts.metrics.loadBalancer.recordRetry(failed.member.id);
        if (backend !== failed) this.#parts.metrics.loadBalancer.recordFailover(failed.member.id);
      }
      const done = await this.#attempt(question, backend, algorithm);
      if (done.completion !== undefined) {
        this.#remember(question, backend, done.completion);
        return this.#give(done.id, backend, done.completion);
      }
      problem = done.error;
      failed = backend;
    }
    throw new HttpError(problem === 'budget_exceeded' ? 429 : 503, `No answer: ${problem}.`);
  }

  /** A backend that may take a request, other than the one that failed if possible. */
  #choose(
    failed: Backend | undefined,
  ): { readonly backend: Backend; readonly algorithm: string } | undefined {
    const { backends, metrics } = this.#parts;
    const there = backends.filter(({ healthy, slots }) => healthy && !slots.overfull);
    const permitted = there.filter(({ breaker, member }) => {
      if (!breaker.permits) metrics.loadBalancer.circuitBreakers.recordRejection(member.id);
      return breaker.permits;
    });
    const others = permitted.filter((backend) => backend !== failed);
    const candidates = others.length > 0 ? others : permitted;
    if (candidates.length === 0) return undefined;
    const wanted = this.#parts.algorithm();
    const algorithm = algorithms[wanted] === undefined ? 'round_robin' : wanted;
    return { backend: algorithms[algorithm]!(candidates), algorithm };
  }

  async #attempt(question: Question, backend: Backend, algorithm: string): Promise<Attempt> {
    const { clock, metrics, spending, recorder } = this.#parts;
    const { id: name, provider } = backend.member;
    const base = { id: randomUUID(), question, backend, algorithm, cacheHit: false, startMs: clock.nowMs() };
    const beganMs = clock.monotonicMs();
    const finish = (queueMs: number, error: string, completion?: Completion): Attempt => {
      const endMs = base.startMs + clock.monotonicMs() - beganMs;
      const attempt = { ...base, endMs, queueMs, error, completion };
      recorder.record(attempt);
      return attempt;
    };
    if (spending.exhausted(provider)) return finish(0, 'budget_exceeded');
    if (backend.slots.full) metrics.loadBalancer.pools.recordExhaustion(name);
    await backend.slots.take();
    const queueMs = clock.monotonicMs() - beganMs;
    metrics.loadBalancer.changeActive(name, 1);
    backend.breaker.begin();
    try {
      const completion = await backend.complete(question.prompt);
      backend.breaker.end(true);
      return finish(queueMs, '', completion);
    } catch (error) {
      backend.breaker.end(false);
      return finish(queueMs, error instanceof BackendError ? error.kind : 'internal');
    } finally {
      metrics.loadBalancer.changeActive(name, -1);
      backend.slots.give();
    }
  }

  #recall(question: Question): Answer | undefined {
    const known = this.#answers.get(keyOf(question));
    if (known === undefined) return undefined;
    const nowMs = this.#parts.clock.nowMs();
    const attempt: Attempt = {
      ...known,
      id: randomUUID(),
      question,
      algorithm: 'answer_cache',
      startMs: nowMs,
      endMs: nowMs,
      queueMs: 0,
      error: '',
      cacheHit: true,
    };
    this.#parts.recorder.record(attempt);
    return this.#give(attempt.id, known.backend, known.completion);
  }

  #give(id: string, { member }: Backend, completion: Completion): Answer {
    forgetOldest(this.#givers);
    this.#givers.set(id, member.id);
    return { id, backend: member.id, completion };
  }

  #remember(question: Question, backend: Backend, completion: Completion): void {
    forgetOldest(this.#answers);
    this.#answers.set(keyOf(question), { backend, completion });
  }
}

/** Makes room for one more. */
function forgetOldest(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (entries.size >= ANSWERS_MAX && oldest !== undefined) entries.delete(oldest);
}

function keyOf({ prompt, taskType }: Question): string {
  return createHash('sha256').update(`${taskType}\n${prompt}`).digest('base64');
}
