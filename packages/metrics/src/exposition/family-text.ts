/** The text of one family in one format, kept in blocks from scrape to scrape. */
import { type FamilyIdentity, headerText, LineHeads, type TextView } from './line-heads.ts';
import { TextBlock, type TextFamily } from './text-block.ts';

/** A block has about so many lines: small enough to be written well within a millisecond. */
const LINES_PER_BLOCK = 256;

/** The kept text of one family. */
export class FamilyText {
  readonly header: Buffer;
  /** Room for the values of one series. */
  readonly figures: Float64Array;
  readonly #family: TextFamily & FamilyIdentity;
  readonly #heads: LineHeads;
  readonly #withExemplars: boolean;
  readonly #seriesPerBlock: number;
  #blocks: readonly TextBlock[] = [];

  constructor(family: TextFamily & FamilyIdentity, view: TextView) {
    this.#family = family;
    this.#heads = new LineHeads(family, view);
    this.#withExemplars = view.format === 'openmetrics';
    this.#seriesPerBlock = Math.max(1, Math.floor(LINES_PER_BLOCK / family.lines.length));
    this.header = Buffer.from(headerText(family, view.format));
    this.figures = new Float64Array(family.lines.length);
  }

  /**
   * The blocks of all living series, each to be refreshed before it is read. The
   * list that was given before stays as it was, so that two scrapes may interleave.
   */
  blocks(): readonly TextBlock[] {
    const list = this.#family.series;
    for (const block of this.#blocks) block.prune();
    let blocks = this.#blocks.filter((block) => block.size > 0);
    const needed = Math.ceil(list.length / this.#seriesPerBlock);
    // Many removals leave blocks nearly empty: then it is time to start anew.
    if (blocks.length > 2 * needed + 1) blocks = [];
    let known = blocks.reduce((sum, block) => sum + block.size, 0);
    while (known < list.length) {
      let last = blocks.at(-1);
      if (last === undefined || last.size >= this.#seriesPerBlock) {
        last = new TextBlock(this.#family, this.#heads, this.#withExemplars);
        blocks.push(last);
      }
      const room = this.#seriesPerBlock - last.size;
      last.add(list.slice(known, known + room));
      known = Math.min(list.length, known + room);
    }
    this.#blocks = blocks;
    return blocks;
  }
}
