/** The users pack, recorded from finished requests. */

import { defineMetrics } from '@bellwether/metrics';
import {
  USERS_FOLLOWED_MAX,
  usersAdoption,
  usersPatterns,
  usersSatisfaction,
} from '../../catalogue/users.ts';
import { Accounts } from '../windows/accounts.ts';
import { beforeScrape } from '../windows/before-scrape.ts';
import { KeyHash } from '../windows/key-hash.ts';
import { SlidingDistinct } from '../windows/sliding-distinct.ts';
import { SlidingGauge } from '../windows/sliding-gauge.ts';
import { oneDay, SlidingSums } from '../windows/sliding-sums.ts';
import { type FinishedRequest, type PackOptions, UNKNOWN } from './finished-request.ts';

/** What differs from pack to pack. */
export interface UserOptions extends PackOptions {
  /** Two random words for the hashes of user ids. */
  readonly seed: readonly [number, number];
  /** Whether users are counted. */
  readonly adoption: boolean;
  /** Whether it is recorded when and for what requests are sent. */
  readonly patterns: boolean;
  /** Whether satisfaction is recorded. */
  readonly satisfaction: boolean;
}

/** Applications whose users are counted apart. */
const APPLICATIONS_MAX = 200;
const MINUTE_MS = 60_000;
/** The windows, in minutes. The part under way counts as the last minute. */
const windows = [
  ['5m', 5],
  ['1h', 60],
  ['24h', 1440],
] as const;

/** Records the users pack. */
export class UserRequests {
  readonly #adoption: Adoption | undefined;
  readonly #patterns: Patterns | undefined;
  readonly #satisfaction: Satisfaction | undefined;
  readonly #users: SlidingDistinct | undefined;
  readonly #hash: KeyHash;

  constructor(options: UserOptions) {
    this.#hash = new KeyHash(options.seed);
    const users =
      options.adoption || options.patterns
        ? new SlidingDistinct({ partMs: MINUTE_MS, parts: 1440, keysMax: USERS_FOLLOWED_MAX })
        : undefined;
    if (users !== undefined && options.adoption) this.#adoption = new Adoption(options, users);
    if (users !== undefined && options.patterns) this.#patterns = new Patterns(options, users);
    if (options.satisfaction) this.#satisfaction = new Satisfaction(options);
    this.#users = users;
  }

  /** Records a request. */
  record(request: FinishedRequest, nowMs: number): void {
    if (request.userId !== '' && this.#users !== undefined) {
      const user = this.#hash.of(request.userId);
      this.#users.see(user, 0, nowMs);
      this.#adoption?.add(user, request.application, nowMs);
    }
    this.#patterns?.add(request, nowMs);
    this.#satisfaction?.add(request, nowMs);
  }
}

/** How many users there are. */
class Adoption {
  readonly #byApplication: SlidingDistinct;
  readonly #applications: Accounts<{
    readonly group: number;
    readonly active: SlidingGauge;
    readonly ratio: SlidingGauge;
  }>;
  #groups = 0;

  constructor({ registry }: UserOptions, users: SlidingDistinct) {
    const families = defineMetrics(usersAdoption, { registry });
    this.#byApplication = new SlidingDistinct({ ...oneDay, parts: 24, keysMax: USERS_FOLLOWED_MAX });
    this.#applications = new Accounts(
      Math.min(APPLICATIONS_MAX, registry.limits.seriesMax),
      (application) => ({
        group: this.#groups++,
        active: SlidingGauge.of(families.byApplication, { application }),
        ratio: SlidingGauge.of(families.adoption, { application }),
      }),
    );
    beforeScrape(registry, Object.values(families), () => {
      const nowMs = registry.clock.monotonicMs();
      for (const [window, minutes] of windows) {
        families.active.set({ window }, Math.round(users.count(0, nowMs, minutes).count));
      }
      const day = users.count(0, nowMs);
      families.standardError.set(day.standardError);
      for (const { group, active, ratio } of this.#applications.all) {
        const { count } = this.#byApplication.count(group, nowMs);
        active.show(count === 0 ? Number.NaN : Math.round(count));
        // Both are estimates once there are very many users, so the part may come out above the whole.
        ratio.show(count === 0 ? Number.NaN : Math.min(1, count / day.count));
      }
    });
  }

  add(user: KeyHash, application: string, nowMs: number): void {
    this.#byApplication.see(user, this.#applications.of(application || UNKNOWN).group, nowMs);
  }
}

/** What users do. */
class Patterns {
  readonly #hours: readonly { inc(): void }[];
  readonly #tasks: Accounts<{ inc(): void }>;
  readonly #anonymous: { inc(): void };
  readonly #byUsers: SlidingSums;

  constructor({ registry }: UserOptions, users: SlidingDistinct) {
    const families = defineMetrics(usersPatterns, { registry });
    const now = (): number => registry.clock.monotonicMs();
    this.#byUsers = new SlidingSums(1, { partMs: MINUTE_MS, parts: 60 }, now());
    this.#hours = Array.from({ length: 24 }, (_none, hour) =>
      families.byHour.labels({ hour: String(hour).padStart(2, '0') }),
    );
    this.#tasks = new Accounts(registry.limits.seriesMax, (task_type) =>
      families.byTask.labels({ task_type }),
    );
    this.#anonymous = families.anonymous;
    const perUser = SlidingGauge.only(families.requestsPerUser);
    beforeScrape(registry, [families.requestsPerUser], () => {
      const nowMs = now();
      perUser.show(this.#byUsers.sum(0, nowMs) / users.count(0, nowMs, 60).count);
    });
  }

  add({ userId, taskType, hour }: FinishedRequest, nowMs: number): void {
    this.#hours[hour]?.inc();
    this.#tasks.of(taskType || UNKNOWN).inc();
    if (userId === '') this.#anonymous.inc();
    else this.#byUsers.values[this.#byUsers.at(nowMs)]! += 1;
  }
}

/** How satisfied users are. */
class Satisfaction {
  readonly #applications: Accounts<{
    readonly sums: SlidingSums;
    readonly score: SlidingGauge;
    readonly ratings: { inc(): void };
  }>;

  constructor({ registry }: UserOptions) {
    const families = defineMetrics(usersSatisfaction, { registry });
    const now = (): number => registry.clock.monotonicMs();
    this.#applications = new Accounts(registry.limits.seriesMax, (application) => ({
      sums: new SlidingSums(2, oneDay, now()),
      score: SlidingGauge.of(families.score, { application }),
      ratings: families.ratings.labels({ application }),
    }));
    beforeScrape(registry, [families.score], () => {
      const nowMs = now();
      for (const { sums, score } of this.#applications.all)
        score.show(sums.sum(0, nowMs) / sums.sum(1, nowMs));
    });
  }

  add({ application, satisfaction }: FinishedRequest, nowMs: number): void {
    if (satisfaction === undefined) return;
    const { sums, ratings } = this.#applications.of(application || UNKNOWN);
    const at = sums.at(nowMs);
    sums.values[at]! += satisfaction;
    sums.values[at + 1]! += 1;
    ratings.inc();
  }
}
