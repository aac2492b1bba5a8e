import { describe, expect, it } from 'vitest';
import { RememberedAnswers } from './remembered.ts';

const SQL = 'SELECT 1';

/** A table whose rows are counted by every question that reaches it. */
function table() {
  const answers = new RememberedAnswers();
  let [rows, asked] = [0, 0];
  const read = (): Promise<number[]> =>
    answers.read(['kept_days', 'feedback'], SQL, async () => {
      asked += 1;
      return [rows];
    });
  const write = (target: string, outcome: Promise<void> = Promise.resolve()): Promise<void> =>
    answers.write(target, async () => {
      rows += 1;
      await outcome;
    });
  return { read, write, afterWrites: () => answers.afterWrites(async () => []), asked: () => asked };
}

describe('remembered answers', () => {
  it('are asked for once, however many want them', async () => {
    const { read, asked } = table();
    expect(await Promise.all([read(), read()])).toEqual([[0], [0]]);
    expect(await read()).toEqual([0]);
    expect(asked()).toBe(1);
  });

  it('are asked for again after a write to their table, and only to it', async () => {
    const { read, write, asked } = table();
    await read();
    await write('bellwether.events');
    expect(await read()).toEqual([0]);
    await write('INSERT INTO bellwether.kept_days SELECT 1');
    expect(await read()).toEqual([2]);
    expect(asked()).toBe(2);
  });

  it('are not used while a write is under way, nor kept if asked for before it', async () => {
    const { read, write, asked } = table();
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = read();
    const writing = write('bellwether.kept_days', promise);
    await Promise.all([read(), read()]);
    expect(asked()).toBe(3);
    resolve();
    await writing;
    expect(await before).toEqual([0]);
    expect(await read()).toEqual([1]);
  });

  it('are not kept any more once a write has failed, which may come to be later', async () => {
    const { read, write, asked } = table();
    await expect(write('bellwether.kept_days', Promise.reject(new Error('given up')))).rejects.toThrow(
      'given up',
    );
    await read();
    await read();
    expect(asked()).toBe(2);
  });

  it('are kept again once all that was sent before is known to have ended', async () => {
    const { read, write, afterWrites, asked } = table();
    await expect(write('bellwether.feedback', Promise.reject(new Error('given up')))).rejects.toThrow(
      'given up',
    );
    await afterWrites();
    await read();
    await read();
    expect(asked()).toBe(1);
  });

  it('are not kept again by a question that was sent before a write failed', async () => {
    const { read, write, afterWrites, asked } = table();
    const asking = afterWrites();
    await expect(write('bellwether.feedback', Promise.reject(new Error('given up')))).rejects.toThrow(
      'given up',
    );
    await asking;
    await read();
    await read();
    expect(asked()).toBe(2);
  });

  it('are asked for again after one that failed', async () => {
    const answers = new RememberedAnswers();
    const failing = answers.read(['feedback'], SQL, () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    expect(await answers.read(['feedback'], SQL, async () => [1])).toEqual([1]);
  });
});
