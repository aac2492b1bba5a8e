import { describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { type Progress, startProgress } from './progress.ts';

function started(
  stream: { isTTY?: boolean; columns?: number },
  total: number | null = 2000,
): {
  progress: Progress;
  written: string[];
  clock: ReturnType<typeof fakeClock>;
} {
  const written: string[] = [];
  const clock = fakeClock(0);
  const progress = startProgress({ ...stream, write: (text) => written.push(text) }, clock, {
    label: 'Sending',
    unit: 'rows',
    total,
  });
  return { progress, written, clock };
}

describe('startProgress', () => {
  it('redraws a bar on a terminal, not more often than the eye needs', () => {
    const { progress, written, clock } = started({ isTTY: true, columns: 100 });
    for (let done = 0; done <= 1000; done += 10) {
      clock.advance(10);
      progress.update(done);
    }
    expect(written.length).toBe(10);
    expect(written.at(-1)).toBe(
      '\rSending [██████████████░░░░░░░░░░░░░░] 49 %  990/2,000 rows  990/s\u001B[K',
    );
    progress.note('the server is busy');
    progress.update(2000);
    progress.finish();
    expect(written.slice(10)).toEqual([
      '\r\u001B[Kthe server is busy\n',
      '\rSending [██████████████░░░░░░░░░░░░░░] 50 %  1,000/2,000 rows  990/s\u001B[K',
      `\rSending [${'█'.repeat(28)}] 100 %  2,000/2,000 rows  1,980/s\u001B[K`,
      '\n',
    ]);
  });

  it('never draws wider than the terminal', () => {
    const { progress, written, clock } = started({ isTTY: true, columns: 20 });
    clock.advance(1000);
    progress.update(1000);
    expect(written).toEqual(['\rSending [██████████\u001B[K']);
  });

  it('writes plain lines now and then elsewhere', () => {
    const { progress, written, clock } = started({});
    for (let done = 0; done < 1200; done += 100) {
      clock.advance(1000);
      progress.update(done);
    }
    progress.note('a note');
    progress.finish();
    expect(written).toEqual([
      'Sending: 20 %, 400/2,000 rows  80/s\n',
      'Sending: 45 %, 900/2,000 rows  90/s\n',
      'a note\n',
    ]);
  });

  it('counts without a bar when the whole is not known', () => {
    const { progress, written, clock } = started({ isTTY: true }, null);
    clock.advance(2000);
    progress.update(5000);
    expect(written).toEqual(['\rSending  5,000 rows  2,500/s\u001B[K']);
  });
});
