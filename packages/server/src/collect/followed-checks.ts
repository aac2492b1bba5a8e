/** Keeps the checks of health as a list of the configuration has them, and knows of the runs that go on. */

import type { Health, HealthCheck } from '../health/index.ts';

export class FollowedChecks<Definition> {
  readonly #health: Pick<Health, 'add'>;
  readonly #make: (definition: Definition) => HealthCheck;
  readonly #kept = new Map<string, () => void>();
  readonly #underWay = new Set<Promise<unknown>>();

  /** @param make makes the check of a definition. */
  constructor(health: Pick<Health, 'add'>, make: (definition: Definition) => HealthCheck) {
    this.#health = health;
    this.#make = make;
  }

  /** Adds and removes checks; one that is as it was goes on undisturbed. */
  follow(wanted: readonly Definition[]): void {
    const keys = new Map(wanted.map((definition) => [JSON.stringify(definition), definition]));
    for (const [key, remove] of this.#kept) {
      if (keys.has(key)) continue;
      remove();
      this.#kept.delete(key);
    }
    for (const [key, definition] of keys) {
      if (this.#kept.has(key)) continue;
      const check = this.#make(definition);
      this.#kept.set(key, this.#health.add({ ...check, run: (signal) => this.#track(check.run(signal)) }));
    }
  }

  /** Settles when no run goes on any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #track<T>(run: Promise<T>): Promise<T> {
    const ended = run.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.add(ended);
    void ended.then(() => this.#underWay.delete(ended));
    return run;
  }
}
