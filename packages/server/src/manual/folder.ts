/** Where the documentation lies, and which pages it has. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In a checkout, and in a package that was compiled. */
const places = ['../../../../docs', '../docs'];
/** A page that only our documentation has, so that no other folder is taken for it. */
const sign = 'operate/running.md';

/** The folder with the documentation, or `null` if there is none with this installation. */
export function manualFolder(): string | null {
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(join(folder, sign))) ?? null;
}

/** The text of every page by its name, e.g. `operate/running`; the page of a folder is called `runbooks/README`. */
export function readPages(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.md'),
  );
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted()
      .map((path) => [
        relative(folder, path).split(sep).join('/').slice(0, -'.md'.length),
        readFileSync(path, 'utf8'),
      ]),
  );
}
