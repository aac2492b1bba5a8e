/**
 * Finds the imports of source files and what they break of the layer table. It reads
 * text, not syntax: an import statement and a dynamic import of a literal both name
 * their module in quotes after `from` or `import`.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { foundation, packageLayers, stageLayers } from './layers.ts';

const IMPORT = /(?:^|[\s;}])(?:import|from)\s*\(?\s*['"]([^'"]+)['"]/gm;

/** A source file: its path below `packages/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The sources of all packages, tests left out: a test may reach for anything. */
export function readSources(root: string): Source[] {
  const packages = join(root, 'packages');
  return readdirSync(packages, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.split(sep)[1] === 'src' && /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => ({ path: path.split(sep).join('/'), text: readFileSync(join(packages, path), 'utf8') }));
}

/** The modules that a file imports, as they are written. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? '');
}

/** What a file imports that it may not, as sentences. */
export function violations({ path, text }: Source): string[] {
  return importsOf(text).flatMap((module) => {
    const problem = module.startsWith('.') ? judgeRelative(path, module) : judgePackage(path, module);
    return problem === null ? [] : [`${path} imports ${module}: ${problem}`];
  });
}

function judgePackage(path: string, module: string): string | null {
  const [importer = ''] = path.split('/');
  const sibling = /^@bellwether\/([^/]+)/.exec(module)?.[1];
  if (sibling === undefined)
    return importer === 'metrics' && !module.startsWith('node:') ? 'metrics has no dependency' : null;
  return packageLayers[importer]?.includes(sibling) ? null : `${importer} may not import ${sibling}`;
}

function judgeRelative(path: string, module: string): string | null {
  const target = join(dirname(path), module).split(sep).join('/');
  const [from = '', , fromStage = ''] = path.split('/');
  const [to = '', , toStage = ''] = target.split('/');
  if (from !== to) return `it reaches into another package by its path (${relative('.', target)})`;
  if (from !== 'server' || fromStage === toStage) return null;
  const composes = fromStage === 'cli' || !path.slice('server/src/'.length).includes('/');
  if (composes || foundation.includes(toStage)) return null;
  const permitted = stageLayers[fromStage];
  if (permitted === undefined) return `${fromStage} is no stage of the layer table`;
  return permitted.includes(toStage) ? null : `${fromStage} may not import ${toStage}`;
}
