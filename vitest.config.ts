import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Compiles the packages where they are, which programs that run at the same time would notice. */
const compiling = 'tests/server/production.test.ts';

/**
 * Three projects: `unit` runs beside the code and in parallel; then `system` starts real
 * servers (this one, Prometheus, a browser) and runs as many files at a time as
 * there are cores, but one: they wait for most of their time. `compiled` comes last, alone.
 */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'tests/tidy/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/tidy/**', compiling],
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'compiled',
          include: [compiling],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
