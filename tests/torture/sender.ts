/**
 * Sends batches over HTTP, over several connections at once, and notes what became of
 * each. What is not answered is unknown; whoever asks again finds out.
 */

import { Agent, request } from 'node:http';
import { bodyOf, sizeOf } from './batches.ts';

const CONNECTIONS = 8;

/** What the server said of a batch. */
export interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
}

/** What is wrong with the answers to batches that were sent again, in events. */
export interface Wrong {
  /** Acknowledged before, and new to the server now. */
  lost: number;
  /** Of batches that are stored in part, what is there. */
  partial: number;
}

export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * Sends batches from `first` on, as fast as they are answered, until `signal` aborts, `end` is reached or the
   * server is gone.
   *
   * @param onAcknowledged called with each batch that was acknowledged.
   * @returns the number after the last batch that may have reached the server.
   */
  async load(
    first: number,
    end: number,
    signal: AbortSignal,
    onAcknowledged: (batch: number) => void,
  ): Promise<number> {
    let next = first;
    const work = async (): Promise<void> => {
      while (!signal.aborted && next < end) {
        const batch = next++;
        const answer = await this.#post(batch).catch(() => null);
        if (answer === null) return;
        onAcknowledged(batch);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return next;
  }

  /**
   * Sends every batch below `end` again.
   *
   * @param acknowledged whether a batch was acknowledged before.
   */
  async again(end: number, acknowledged: (batch: number) => boolean): Promise<Wrong> {
    const wrong: Wrong = { lost: 0, partial: 0 };
    let next = 0;
    const work = async (): Promise<void> => {
      for (let batch = next++; batch < end; batch = next++) {
        const { accepted, duplicates } = await this.#post(batch);
        if (acknowledged(batch)) wrong.lost += accepted;
        else if (accepted > 0 && duplicates > 0) wrong.partial += duplicates;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return wrong;
  }

  #post(batch: number): Promise<Answer> {
    const body = bodyOf(batch);
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#url}/v1/events`,
        { method: 'POST', agent: this.#agent, headers },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(parts).toString();
            if (response.statusCode !== 200) {
              reject(new Error(`batch ${batch} was refused: ${response.statusCode} ${text}`));
              return;
            }
            const answer = JSON.parse(text) as Answer;
            if (answer.accepted + answer.duplicates === sizeOf(batch)) resolve(answer);
            else reject(new Error(`batch ${batch} was answered with ${text}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
