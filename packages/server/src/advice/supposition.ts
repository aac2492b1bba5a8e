/** What somebody supposes, as they write it. */

import { BellwetherError } from '@bellwether/events';

/** A supposition. */
export type Supposition =
  | {
      readonly type: 'move';
      readonly task: string;
      /** Null for every application, and for every model but the target. */
      readonly application: string | null;
      readonly from: string | null;
      readonly to: string;
    }
  | {
      readonly type: 'traffic';
      /** Thousandths of the present traffic. */
      readonly permille: number;
    };

/** Characters of a supposition. */
const LENGTH_MAX = 300;
const PERMILLE_MAX = 1_000_000;

const MOVE = /^move\s+(?:task\s+)?(\S+)(?:\s+of\s+(\S+))?(?:\s+from\s+(\S+))?\s+to\s+(?:model\s+)?(\S+)$/i;
const TIMES = /^raise\s+traffic\s+(?:to\s+)?(\d{1,4}(?:\.\d{1,3})?)\s*[x×]$/i;
const PERCENT = /^(raise|lower)\s+traffic\s+(?:by\s+)?(\d{1,5}(?:\.\d)?)\s*%$/i;

/**
 * Reads `move task X [of APPLICATION] [from MODEL] to MODEL`, `raise traffic 2x`, `raise traffic 50 %` or `lower traffic 20 %`.
 *
 * @throws BellwetherError `invalid_parameter` for anything else.
 */
export function readSupposition(text: string): Supposition {
  const plain = text.trim();
  if (plain.length <= LENGTH_MAX) {
    const move = MOVE.exec(plain);
    if (move !== null) {
      const [, task = '', application, from, to = ''] = move;
      return { type: 'move', task, application: application ?? null, from: from ?? null, to };
    }
    const permille = permilleOf(plain);
    if (permille !== null && permille >= 0 && permille <= PERMILLE_MAX) return { type: 'traffic', permille };
  }
  throw new BellwetherError(
    'invalid_parameter',
    'Suppose one of: move task TASK [of APPLICATION] [from MODEL] to MODEL; raise traffic 2x; raise traffic 50 %; lower traffic 20 %.',
    { field: 'suppose' },
  );
}

function permilleOf(text: string): number | null {
  const times = TIMES.exec(text);
  if (times !== null) return Math.round(Number(times[1]) * 1000);
  const percent = PERCENT.exec(text);
  if (percent === null) return null;
  const part = Math.round(Number(percent[2]) * 10);
  return percent[1]?.toLowerCase() === 'raise' ? 1000 + part : 1000 - part;
}
