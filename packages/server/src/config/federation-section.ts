/** The section of the configuration about other sites whose figures this server has too. */

import { duration, section, spokeList, text } from './leaf.ts';

/** Other sites. */
export const federation = section(
  'Other sites whose figures this server has too; see [federation](../operate/federation.md).',
  {
    site: text('hub', {
      maxLength: 63,
      description: 'What the events of this server itself are shown as, beside those of other sites.',
    }),
    spokes: spokeList({
      description:
        'The other servers: `site` and `url`, and files with a token (`token_file`), authorities (`ca_file`) and a client certificate (`cert_file`, `key_file`). With none this server is no hub; in a variable, as JSON.',
    }),
    interval: duration(60, 'seconds', {
      minimum: 1,
      maximum: 3600,
      description: 'How long after one look at a site the next one follows.',
    }),
    stale_after: duration(900, 'seconds', {
      minimum: 2,
      maximum: 86_400,
      description: 'From this age of the figures of a site on, health is degraded.',
    }),
  },
);
