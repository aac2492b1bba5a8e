/** How a route is asked for a period: the same three parameters everywhere, which `readTimeRange` reads. */

import { Type } from 'typebox';

/**
 * The parameters' schemas.
 *
 * @param absentFrom where the period begins if nobody says, e.g. `A day back`; it ends now then.
 */
export function periodParameters(absentFrom?: string) {
  const absent = (text: string): string => (absentFrom === undefined ? '' : ` ${text} if absent.`);
  return {
    from: Type.Optional(
      Type.String({ description: `Date or RFC 3339; included.${absent(absentFrom ?? '')}` }),
    ),
    to: Type.Optional(Type.String({ description: `Date or RFC 3339; excluded.${absent('Now')}` })),
    hours: Type.Optional(Type.Number({ description: 'The last so many hours, instead of from.' })),
  };
}
