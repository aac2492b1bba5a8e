/**
 * The demo's applications with what is drawn from them prepared: choices by
 * weight, people, and the facts of the story that can concern them.
 */

import { WeightedChoice } from '../replay/random.ts';
import type { ApplicationSpec, TaskSpec } from './application-spec.ts';
import { type BackendSpec, type DemoModel, demoBackends, demoModels, type ModelSpec } from './models.ts';
import { type StoryFact, isActive } from './story.ts';
import { createUsers, type Users } from './users.ts';

/** A kind of request with its choice of models. */
export interface CompiledTask {
  readonly spec: TaskSpec;
  readonly models: WeightedChoice<ModelSpec>;
}

/** An application that requests can be drawn from. */
export interface CompiledApplication {
  readonly spec: ApplicationSpec;
  readonly tasks: WeightedChoice<CompiledTask>;
  readonly users: Users;
  /** The facts that can concern it, oldest first. */
  readonly facts: readonly StoryFact[];
}

/** Prepares one application. */
export function compileApplication(
  spec: ApplicationSpec,
  options: { readonly seed: number; readonly anchorMs: number; readonly facts: readonly StoryFact[] },
): CompiledApplication {
  return {
    spec,
    tasks: new WeightedChoice(spec.tasks.map((task) => [compileTask(task), task.share] as const)),
    users: createUsers(spec.application, spec.usersTotal, options.seed, options.anchorMs),
    facts: options.facts.filter(
      ({ dimensions: { team, application } }) =>
        (team === undefined || team === spec.team) &&
        (application === undefined || application === spec.application),
    ),
  };
}

function compileTask(spec: TaskSpec): CompiledTask {
  const weighted = Object.entries(spec.models) as [DemoModel, number][];
  return {
    spec,
    models: new WeightedChoice(
      weighted.map(([name, weight]) => [demoModels[name] as ModelSpec, weight] as const),
    ),
  };
}

/** The version that an application has deployed at an instant. */
export function deploymentAt({ spec, facts }: CompiledApplication, atMs: number): string {
  const latest = facts.findLast((fact) => fact.effect.deployment !== undefined && isActive(fact, atMs));
  return latest?.effect.deployment ?? spec.deployment;
}

const backendChoices = new Map(
  Object.entries(demoBackends).map(([provider, backends]) => [
    provider,
    { backends, choice: new WeightedChoice(backends.map((backend) => [backend, backend.share] as const)) },
  ]),
);

/** The choice among the backends of a provider; another than `avoided` where there is one. */
export function drawBackend(
  provider: string,
  random: Parameters<WeightedChoice<BackendSpec>['draw']>[0],
  avoided?: BackendSpec,
): BackendSpec {
  const known = backendChoices.get(provider);
  if (known === undefined) throw new RangeError(`The provider ${provider} has no backend.`);
  const drawn = known.choice.draw(random);
  if (drawn !== avoided) return drawn;
  return known.backends.find((backend) => backend !== avoided) ?? drawn;
}
