/**
 * Reads a configuration file, YAML 1.2 or JSON (which is YAML), into the values
 * that it gives, each with its line. Whatever the file holds, reading it takes
 * bounded time and memory and nothing in it is executed or inherited.
 */

import { dirname, isAbsolute, join } from 'node:path';
import type { Document, YAMLError } from 'yaml';
import { isAlias, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { ConfigLayer } from './layer.ts';
import { layerOf } from './layer.ts';
import type { ConfigProblem, ConfigSource } from './problems.ts';
import { display, readValue } from './read-value.ts';
import { readSmallFile } from './read-small-file.ts';
import type { DeclaredKey } from './schema.ts';
import { configKeys, configSections } from './schema.ts';
import { nearest } from './suggest.ts';
import { withResolvedFiles } from './spoke-items.ts';

/** The largest configuration file: 512 KiB. */
export const CONFIG_FILE_BYTES_MAX = 524_288;

/** How many aliases a file may expand to, counted with nesting. */
const ALIASES_MAX = 100;

/** The key that a section which is written as a list stands for. */
const LIST_KEY = 'items';

/** The section that may be written as a word, and the key that the word is for. */
const WORD_SECTION = 'preset';
const WORD_KEY = 'name';

/** Syntax errors after this many are consequences of the earlier ones. */
const SYNTAX_ERRORS_MAX = 5;

/** Reads the values of a configuration file. Problems are collected, not thrown. */
export function readFileLayer(file: string): ConfigLayer {
  const layer = layerOf();
  const at = (line: number | null): ConfigSource => ({ kind: 'file', file, line });
  const text = readSmallFile(file, CONFIG_FILE_BYTES_MAX);
  if (typeof text !== 'string') {
    layer.problems.push({
      code: 'unreadable_file',
      key: file,
      reason: text.reason,
      source: { kind: 'default' },
    });
    return layer;
  }
  const content = parse(text, at);
  layer.problems.push(...content.problems);
  if (content.problems.length > 0 || content.value === null) return layer;
  readSections(layer, content.value, (path) => at(content.lineOf(path)), file);
  return layer;
}

type Place = (path: readonly string[]) => ConfigSource;

function readSections(layer: ConfigLayer, value: unknown, place: Place, file: string): void {
  if (!isPlainMap(value)) {
    layer.problems.push({
      code: 'invalid_value',
      key: file,
      reason: `must be a map of sections, is ${display(value)}`,
      source: { kind: 'default' },
    });
    return;
  }
  for (const [name, body] of Object.entries(value)) {
    const section = configSections.find((candidate) => candidate.name === name);
    if (!section) {
      layer.problems.push(unknownKey(printable(name), nearestSection(name), place([name])));
    } else if (Array.isArray(body) && configKeys.has(`${name}.${LIST_KEY}`)) {
      readKey(layer, [name, LIST_KEY], body, place, file);
    } else if (name === WORD_SECTION && typeof body === 'string') {
      readKey(layer, [name, WORD_KEY], body, place, file);
    } else if (isPlainMap(body)) {
      for (const [key, raw] of Object.entries(body)) readKey(layer, [name, key], raw, place, file);
    } else if (body !== null) {
      // An empty section is what is left when every key in it is commented out: it says nothing.
      const reason = `must be a map of keys, is ${display(body)}`;
      layer.problems.push({ code: 'invalid_value', key: name, reason, source: place([name]) });
    }
  }
}

function readKey(
  layer: ConfigLayer,
  path: readonly [section: string, key: string],
  raw: unknown,
  place: Place,
  file: string,
): void {
  const source = place(path);
  const declared = configKeys.get(path.join('.'));
  if (declared) layer.add(declared, resolvePaths(declared, readValue(declared, raw), file), source);
  else layer.problems.push(unknownKey(path.map(printable).join('.'), nearestKey(...path), source));
}

/** A path in a file is meant relative to that file, so that it holds wherever the server is started. */
function resolvePaths(declared: DeclaredKey, value: unknown, file: string): unknown {
  const resolve = (path: string): string =>
    path === '' || isAbsolute(path) ? path : join(dirname(file), path);
  if (declared.kind === 'path' && typeof value === 'string') return resolve(value);
  if (declared.kind === 'paths' && Array.isArray(value)) return value.map(resolve);
  if (declared.kind === 'spokes' && Array.isArray(value)) return withResolvedFiles(value, resolve);
  return value;
}

function unknownKey(key: string, meant: string | undefined, source: ConfigSource): ConfigProblem {
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return { code: 'unknown_key', key, reason: `is not a known key${hint}`, source };
}

function nearestSection(name: string): string | undefined {
  return (
    nearest(
      name,
      configSections.map((section) => section.name),
    ) ?? keysNamed(name)
  );
}

function nearestKey(section: string, key: string): string | undefined {
  const inSection =
    configSections.find(({ name }) => name === section)?.keys.map((declared) => declared.key) ?? [];
  const near = nearest(key, inSection);
  return near === undefined ? keysNamed(key) : `${section}.${near}`;
}

/** Somebody may know the key and not the section it is in. */
function keysNamed(key: string): string | undefined {
  const found = [...configKeys.values()].filter((declared) => declared.key === key);
  return found.length === 0 ? undefined : found.map((declared) => declared.name).join(' or ');
}

function printable(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : display(name);
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

interface Content {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The line on which a section or key stands. */
  lineOf(path: readonly string[]): number | null;
}

function parse(text: string, at: (line: number | null) => ConfigSource): Content {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: true,
    // At this level the parser reports a second document in the file, and prints nothing itself.
    logLevel: 'error',
  });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  // An unknown tag is only a warning to the parser, but the value is not what its author meant.
  const faults = [...document.errors, ...document.warnings].slice(0, SYNTAX_ERRORS_MAX);
  const problems = faults.map(
    (fault): ConfigProblem => ({
      code: 'invalid_syntax',
      key: 'syntax',
      reason: syntaxReason(fault, text),
      source: at(lineAt(fault.pos[0])),
    }),
  );
  const lineOf = (path: readonly string[]): number | null => {
    const offset = keyOffset(document, path);
    return offset === null ? null : lineAt(offset);
  };
  if (problems.length > 0) return { value: null, problems, lineOf };
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), problems, lineOf };
  } catch (error) {
    const reason = error instanceof ReferenceError ? error.message : String(error);
    return {
      value: null,
      problems: [{ code: 'invalid_syntax', key: 'syntax', reason, source: at(null) }],
      lineOf,
    };
  }
}

function syntaxReason(fault: YAMLError, text: string): string {
  if (fault.code === 'RESOURCE_EXHAUSTION') return 'is nested too deeply';
  if (fault.code !== 'DUPLICATE_KEY') return fault.message;
  const name = /^["']?([\w.-]{1,60})/.exec(text.slice(fault.pos[0], fault.pos[0] + 64))?.[1];
  return name === undefined ? 'a key is given twice' : `the key ${name} is given twice`;
}

function keyOffset(document: Document, path: readonly string[]): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const name of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    if (!pair || !isScalar(pair.key)) return offset;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
