/** A thread that prepares bodies, one after another, and hands the memory of each submission over. */

import { parentPort, workerData } from 'node:worker_threads';
import { BellwetherError } from '@bellwether/events';
import { createHashSeed } from '../journal/identities/index.ts';
import { SeqCounter } from '../journal/seq-counter.ts';
import { createPricer } from '../pricing/pricer.ts';
import { Preparer } from './prepare.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import type { PrepareAnswer, PrepareRequest, PrepareThreadData } from './prepare-messages.ts';

const port = parentPort;
if (port === null) throw new Error('Bodies are prepared in threads of the server.');
const { limits, cards, journalId, seedBytes, seqs, pseudonymKey } = workerData as PrepareThreadData;
const pricer = createPricer({ cards });
const preparer = new Preparer({
  limits,
  pricer: () => pricer,
  journal: { id: journalId, seed: createHashSeed(seedBytes) },
  seqs: new SeqCounter(seqs),
  pseudonymise: pseudonymsOf(pseudonymKey ?? null),
});

port.on('message', (request: PrepareRequest) => {
  const answer = answerTo(request);
  const submission = answer.kind === 'prepared' ? answer.prepared.submission : null;
  port.postMessage(
    answer,
    submission === null ? [] : [submission.payload.buffer, submission.identities.buffer],
  );
});

function answerTo({ number, body }: PrepareRequest): PrepareAnswer {
  try {
    return { kind: 'prepared', number, prepared: preparer.prepare(body) };
  } catch (error) {
    if (!(error instanceof BellwetherError)) {
      return {
        kind: 'failed',
        number,
        problem: error instanceof Error ? (error.stack ?? '') : String(error),
      };
    }
    const { code, message, place } = error;
    return { kind: 'refused', number, code, message, place };
  }
}
