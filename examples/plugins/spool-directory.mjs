/**
 * A plugin for Bellwether's collectors: how many files wait in a directory, and for how
 * long the oldest of them has. It also brings a health check of its own.
 *
 * Options: `directory`, and `age_max_seconds`, from which on the check is degraded.
 */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The age of the oldest file in seconds, and how many there are, by the ending of their names. */
async function look(directory) {
  const files = await readdir(directory, { withFileTypes: true });
  const waiting = new Map();
  let oldestSeconds = 0;
  for (const file of files) {
    if (!file.isFile()) continue;
    const ending = /\.[a-z0-9]+$/i.exec(file.name)?.[0].slice(1) ?? '';
    waiting.set(ending, (waiting.get(ending) ?? 0) + 1);
    const { mtimeMs } = await stat(join(directory, file.name));
    oldestSeconds = Math.max(oldestSeconds, (Date.now() - mtimeMs) / 1000);
  }
  return { waiting, oldestSeconds };
}

export default {
  families: [
    {
      name: 'files',
      type: 'gauge',
      help: 'Files that wait, by the ending of their names.',
      labels: ['ending'],
    },
    { name: 'oldest_file_age_seconds', type: 'gauge', help: 'Age of the oldest file that waits.' },
  ],

  async collect({ options }) {
    const { waiting, oldestSeconds } = await look(options.directory);
    return [
      ...[...waiting].map(([ending, value]) => ({ family: 'files', labels: { ending }, value })),
      { family: 'oldest_file_age_seconds', value: oldestSeconds },
    ];
  },

  checks: [
    {
      name: 'age',
      async run({ options }) {
        const { oldestSeconds } = await look(options.directory);
        const isOld = oldestSeconds >= Number(options.age_max_seconds ?? 600);
        return {
          status: isOld ? 'degraded' : 'healthy',
          message: `The oldest file has waited for ${Math.round(oldestSeconds)} s.`,
        };
      },
    },
  ],
};
