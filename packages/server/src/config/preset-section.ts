/** The section that chooses a preset. In a file it is a word: `preset: production`. */

import { choice, section } from './leaf.ts';

/** The presets there are. */
export const presetNames = ['none', 'development', 'production', 'enterprise'] as const;

/** Which defaults hold. */
export const preset = section(
  'Which defaults hold; in a file as a word, `preset: production`. See [presets](../operate/presets.md).',
  {
    name: choice('none', presetNames, {
      variable: 'BELLWETHER_PRESET',
      live: true,
      description:
        'Defaults for a purpose, over several sections: `development` is relaxed, `production` strict, `enterprise` stricter still. A key that is set anywhere keeps its value.',
    }),
  },
);
