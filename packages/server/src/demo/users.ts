/**
 * The people who use one application of the demo: a few are very active and most
 * are not (Zipf), new ones join every week and some leave.
 */

import { RandomStream, seedOfText } from '../replay/random.ts';

const DAY_MS = 86_400_000;

/** Part of the people who join during the month, and of those who leave in it. */
const JOINING_SHARE = 0.3;
const LEAVING_SHARE = 0.15;

/** The most active people, who are always there. */
const CORE_USERS = 3;

/** How long one conversation is at most, before the same person begins another. */
const SESSION_MS = 20 * 60_000;

/** The people of one application. */
export interface Users {
  /** The index of the person who sends a request at an instant. */
  draw(random: RandomStream, atMs: number): number;
  /** The id of a person. */
  id(user: number): string;
  /** The id of a person's conversation at an instant. */
  session(user: number, atMs: number): string;
  /** When a person is there: from `joinMs` until `leaveMs`, which may be infinite. */
  presence(user: number): { readonly joinMs: number; readonly leaveMs: number };
}

/**
 * Makes the people of an application.
 *
 * @param anchorMs the story's anchor: the month in which people join and leave ends there.
 */
export function createUsers(application: string, usersTotal: number, seed: number, anchorMs: number): Users {
  const random = new RandomStream(seed, seedOfText(application), 0x75736572);
  const monthStartMs = anchorMs - 30 * DAY_MS;
  const ids: string[] = [];
  const joinMs = new Float64Array(usersTotal).fill(-Infinity);
  const leaveMs = new Float64Array(usersTotal).fill(Infinity);
  for (let user = 0; user < usersTotal; user += 1) {
    ids.push(`${application}-user-${user + 1}`);
    const fate = random.uniform();
    const moment = monthStartMs + random.uniform() * 30 * DAY_MS;
    if (user < CORE_USERS) continue;
    if (fate < JOINING_SHARE) joinMs[user] = moment;
    else if (fate < JOINING_SHARE + LEAVING_SHARE) leaveMs[user] = moment;
  }
  const present = (user: number, atMs: number): boolean =>
    atMs >= (joinMs[user] ?? 0) && atMs < (leaveMs[user] ?? 0);
  const logRange = Math.log(usersTotal + 1);

  return {
    draw: (from, atMs) => {
      for (let trial = 0; trial < 4; trial += 1) {
        // Floor of a log-uniform number: rank k has weight log((k + 1) / k), which is Zipf's law with exponent 1.
        const user = Math.min(usersTotal - 1, Math.floor(Math.exp(from.uniform() * logRange)) - 1);
        if (present(user, atMs)) return user;
      }
      return Math.floor(from.uniform() * Math.min(CORE_USERS, usersTotal));
    },
    id: (user) => ids[user] ?? '',
    session: (user, atMs) => `${ids[user] ?? ''}-${Math.floor((atMs + user * 77_777) / SESSION_MS)}`,
    presence: (user) => ({ joinMs: joinMs[user] ?? 0, leaveMs: leaveMs[user] ?? 0 }),
  };
}
