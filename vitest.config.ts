import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The system tests that take longest: begun last, one of them would run alone at the end. */
const longest = [
  'tests/docs/commands',
  'tests/server/crash-points',
  'tests/server/encryption',
  'tests/server/remote-ledger',
  'tests/monitoring/stack',
  'tests/server/backup',
  'tests/server/kill',
  'tests/server/access',
  'tests/server/federation',
  'tests/server/notification-crash',
];

/** Begins with the files that take longest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- not that of an array
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

/**
 * Two projects: `unit` runs beside the code; then `system` starts real servers (this one,
 * Prometheus, a browser), which are compiled before. Both run as many files at a time as
 * there are cores.
 */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    sequence: { sequencer: LongestFirst },
    maxWorkers: availableParallelism(),
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
          exclude: ['tests/tidy/**'],
          globalSetup: ['scripts/build-first.mjs'],
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
