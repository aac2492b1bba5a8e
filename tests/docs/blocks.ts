/** The blocks of code in the documentation, and the commands in them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block. */
export interface Block {
  /** The file, from the root of the project. */
  readonly file: string;
  /** The line of its fence, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** All blocks of a file. */
export function blocksOf(root: string, file: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; lines: string[] } | null = null;
  for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (open === null) {
      if (fence) open = { line: index + 1, language: fence[1] ?? '', lines: [] };
    } else if (line === '```') {
      blocks.push({ file, line: open.line, language: open.language, text: open.lines.join('\n') });
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== null) throw new Error(`${file}: a block is not closed`);
  return blocks;
}

/** What to type of a block: all of it, or of a session what follows the prompts. */
export function scriptOf({ language, text }: Block): string {
  if (language !== 'console') return text;
  const lines: string[] = [];
  let continues = false;
  for (const line of text.split('\n')) {
    const isPrompt = line.startsWith('$ ');
    if (!isPrompt && !continues) continue;
    lines.push(isPrompt ? line.slice(2) : line);
    const all = lines.join('\n');
    // A command goes on after a backslash, after a pipe and within quotes.
    continues = /(\\|\|)$/.test(line) || (all.match(/'/g)?.length ?? 0) % 2 === 1;
  }
  return lines.join('\n');
}
