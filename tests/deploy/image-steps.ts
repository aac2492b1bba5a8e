/**
 * The image's root file system without a container engine: the steps of the
 * Dockerfile, read and done in folders. What it does not understand it refuses, so
 * that no step is left out in silence. Base images are not fetched; the machine's own
 * Node and npm run the steps of the build.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What a stage has become. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  /** The folder that stands for its root. */
  readonly path: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

type Building = { -readonly [Key in keyof Stage]: Stage[Key] };

/** The instructions of a Dockerfile, by their words. */
export function instructions(dockerfile: string): readonly (readonly [name: string, rest: string])[] {
  return dockerfile
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const end = line.indexOf(' ');
      return [line.slice(0, end), line.slice(end + 1).trim()] as const;
    });
}

/**
 * Does the steps.
 *
 * @param context what may be copied from outside, as `.dockerignore` leaves it
 * @param into an empty folder that takes a folder for each stage
 * @returns the last stage
 */
export function buildImage(dockerfile: string, context: string, into: string): Stage {
  const stages: Building[] = [];
  for (const [name, rest] of instructions(dockerfile)) {
    if (name === 'FROM') {
      const [, base = '', stageName] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      const path = join(into, String(stages.length));
      mkdirSync(path);
      stages.push({
        name: stageName ?? '',
        base,
        path,
        workdir: '/',
        environment: {},
        user: 'root',
        entrypoint: [],
        command: [],
        healthcheck: [],
      });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error('a Dockerfile begins with FROM');
      apply(stage, name, rest, { context, stages });
    }
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('there is no stage');
  return last;
}

interface Surroundings {
  readonly context: string;
  readonly stages: readonly Stage[];
}

function apply(stage: Building, name: string, rest: string, surroundings: Surroundings): void {
  switch (name) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(join(stage.path, rest), { recursive: true });
      return;
    case 'COPY':
      copy(stage, rest, surroundings);
      return;
    case 'RUN':
      execFileSync('sh', ['-ec', rest], {
        cwd: join(stage.path, stage.workdir),
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return;
    case 'ENV': {
      const [, variable = '', value = ''] = /^(\w+)=(\S+)$/.exec(rest) ?? [];
      stage.environment = { ...stage.environment, [variable]: value };
      return;
    }
    case 'USER':
      stage.user = rest;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case 'CMD':
      stage.command = JSON.parse(rest) as string[];
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
      return;
    case 'VOLUME':
    case 'EXPOSE':
    case 'STOPSIGNAL':
      return;
    default:
      throw new Error(`no step is known as ${name}`);
  }
}

/** Copies as Docker does: the content of a folder, a file under its name where the target is a folder. */
function copy(stage: Stage, rest: string, { context, stages }: Surroundings): void {
  const words = rest.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.pop() ?? '';
  const source = from === undefined ? context : stages.find(({ name }) => name === from)?.path;
  if (source === undefined) throw new Error(`no stage is called ${from}`);
  const destination = target.startsWith('/')
    ? join(stage.path, target)
    : join(stage.path, stage.workdir, target);
  for (const pattern of paths) {
    const found = globSync(join(source, pattern));
    if (found.length === 0) throw new Error(`COPY ${rest}: there is no ${pattern}`);
    for (const path of found) {
      const isFolder = statSync(path).isDirectory();
      const to = isFolder || !target.endsWith('/') ? destination : join(destination, basename(path));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(path, to, { recursive: true, verbatimSymlinks: true });
    }
  }
}
