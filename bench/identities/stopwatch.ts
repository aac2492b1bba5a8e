/**
 * Measures work by the wall and by the processor. On a machine that others use as
 * well, the time of the processor is what the work costs; the wall also counts
 * how long it had to wait for its turn, and for the disk.
 */

/** Adds up the time of pieces of work. */
export class Stopwatch {
  wallMs = 0;
  cpuMs = 0;
  longestMs = 0;

  /** Runs a piece of work and counts its time. */
  time<T>(work: () => T): T {
    const cpu = process.threadCpuUsage();
    const started = performance.now();
    const outcome = work();
    const tookMs = performance.now() - started;
    const used = process.threadCpuUsage(cpu);
    this.wallMs += tookMs;
    this.cpuMs += (used.user + used.system) / 1000;
    this.longestMs = Math.max(this.longestMs, tookMs);
    return outcome;
  }

  /** Prints the time of each of so many things, in nanoseconds. */
  printEach(name: string, count: number): void {
    const wall = Math.round((this.wallMs * 1e6) / count);
    const cpu = Math.round((this.cpuMs * 1e6) / count);
    console.log(
      `${name.padEnd(40)} ${String(cpu).padStart(8)} ns of processor ${String(wall).padStart(8)} ns`,
    );
  }
}

/** Prints one figure. */
export function printFigure(name: string, value: number, unit: string): void {
  console.log(`${name.padEnd(40)} ${value.toFixed(value < 100 ? 2 : 0).padStart(8)} ${unit}`);
}
