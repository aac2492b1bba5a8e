/**
 * Finds the file that a thread or a child process starts with. In a checkout that
 * is a TypeScript source, which resolves its sibling packages to sources too; in a
 * published package it is compiled JavaScript.
 */

/** A program to start and the options Node needs for it. */
export interface Program {
  readonly url: URL;
  readonly execArgv: string[];
}

/**
 * The program beside a module.
 *
 * @param moduleUrl `import.meta.url` of that module.
 * @param name the path of the program relative to it, without its ending.
 */
export function programBeside(moduleUrl: string, name: string): Program {
  return moduleUrl.endsWith('.ts')
    ? {
        url: new URL(`${name}.ts`, moduleUrl),
        execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
      }
    : { url: new URL(`${name}.js`, moduleUrl), execArgv: [] };
}
