/** Rate cards as commands are given them. */

import { readFileSync } from 'node:fs';
import { BellwetherError } from '@bellwether/events';
import type { RateCard } from '../pricing/index.ts';
import { parseRateCard } from '../pricing/index.ts';
import { CommandFailure } from './command-failure.ts';

/**
 * Reads a rate card for a command.
 *
 * @throws CommandFailure if it cannot be read, naming each line that is wrong.
 */
export function readRateCard(file: string): RateCard {
  try {
    return parseRateCard(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof BellwetherError) throw new CommandFailure(error.message);
    throw new CommandFailure(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
