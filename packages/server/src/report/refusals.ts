/** When refusals by rate limits, or time-outs, are often enough to do something about them. */

/** Of a group's requests. */
export const REFUSED_SHARE_MIN = 0.02;
/** However few requests there are. */
export const REFUSED_MIN = 20;

/** Whether so many refusals of so many requests are more than an accident. */
export function isRefusedOften(refused: number, requests: number): boolean {
  return refused >= REFUSED_MIN && refused >= requests * REFUSED_SHARE_MIN;
}
