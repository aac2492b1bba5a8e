/** Asks a model for a tiny completion, at an endpoint as OpenAI has it, and says how that went. */

import type { Clock } from '../../clock.ts';
import type { CompletionDefinition } from '../../config/index.ts';
import { type Outgoing, OutgoingError } from '../../outgoing/index.ts';
import { type Counts, readAnswer } from '../../usage/index.ts';
import type { Credentials } from '../credentials.ts';

/** How a request went. */
export interface Asked {
  readonly status: 'success' | 'error' | 'timeout';
  /** `''` if it succeeded. */
  readonly errorType: string;
  /** For people; no address and nothing that the model wrote. */
  readonly message: string;
  readonly startedMs: number;
  readonly latencyMs: number;
  /** What the answer says was used. */
  readonly counts: Counts;
  readonly responseModel: string;
  readonly serviceTier: string;
}

const ANSWER_BYTES_MAX = 262_144;
const QUESTION = 'Reply with OK.';
/** More than the question ever is, with what servers put around it. */
export const INPUT_TOKENS_MAX = 64;

/** Asks. @throws the reason of the signal, if that ended it. */
export async function ask(
  definition: CompletionDefinition,
  credentials: Credentials,
  {
    outgoing,
    clock,
    signal,
  }: { readonly outgoing: Outgoing; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Asked> {
  const { url, provider, model, timeoutMs, tokensField, tokensMax } = definition;
  const request = {
    model,
    messages: [{ role: 'user', content: QUESTION }],
    [tokensField]: tokensMax,
    stream: false,
  };
  const [startedMs, fromMs] = [clock.nowMs(), clock.monotonicMs()];
  const { headers, tls } = credentials;
  try {
    const { status, body } = await outgoing.request({
      url,
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      ...(tls === undefined ? {} : { tls }),
      body: JSON.stringify(request),
      timeoutMs,
      responseBytesMax: ANSWER_BYTES_MAX,
      ownDependency: true,
      signal,
    });
    const latencyMs = clock.monotonicMs() - fromMs;
    const answer = parsed(body);
    const {
      counts,
      model: responseModel,
      serviceTier,
    } = readAnswer(answer, {
      provider,
      apiFlavor: 'chat',
      status,
      request,
    });
    const went = judged(status, answer);
    return { ...went, startedMs, latencyMs, counts, responseModel, serviceTier };
  } catch (error) {
    if (signal.aborted || !(error instanceof OutgoingError)) throw error;
    const latencyMs = clock.monotonicMs() - fromMs;
    const isLate = error.code === 'timeout';
    const { counts } = readAnswer(null, { provider, apiFlavor: 'chat' });
    return {
      status: isLate ? 'timeout' : 'error',
      errorType: isLate ? 'timeout' : 'unreachable',
      message: `It does not answer (${error.code}).`,
      startedMs,
      latencyMs,
      counts,
      responseModel: '',
      serviceTier: '',
    };
  }
}

function judged(status: number, answer: unknown): Pick<Asked, 'status' | 'errorType' | 'message'> {
  const isRefused = status < 200 || status >= 300;
  if (isRefused)
    return {
      status: 'error',
      errorType: status === 429 ? 'rate_limit' : 'api_error',
      message: `It answered ${status}.`,
    };
  const { choices } = (answer ?? {}) as { readonly choices?: unknown };
  if (!Array.isArray(choices) || choices.length === 0)
    return { status: 'error', errorType: 'api_error', message: 'It answered with no completion.' };
  return { status: 'success', errorType: '', message: 'It completes.' };
}

/** The answer, or null if it is no JSON. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
