/** Writes the reference page of the configuration from the schema. */

import { printValue } from './describe.ts';
import { expectation } from './read-value.ts';
import type { ConfigSection, DeclaredKey } from './schema.ts';
import { configSections } from './schema.ts';
import { formatBytes } from './units.ts';

/** The page `docs/reference/configuration.md`, complete. */
export function configurationReference(): string {
  return [introduction, ...configSections.map(sectionReference)].join('\n');
}

const introduction = `# Configuration

<!-- Generated from the schema in packages/server/src/config. To renew it: npx vitest run --project unit packages/server/src/config -u -->

A value is taken from the first of these that has it: a command line option, an environment variable, the configuration
file, the default. A configuration in which anything is wrong is refused as a whole, with every fault and its place:

\`\`\`text
metrics.retention_days: must be at least 1, is -3 (in bellwether.yaml line 12)
\`\`\`

\`bellwether check config --config FILE\` prints the faults, or every value in effect and where it came from.

**The file** is YAML 1.2 or JSON, named by \`--config\` or by the variable \`BELLWETHER_CONFIG\`. Every section and key may be
left out. Unknown keys, keys given twice and unknown tags are refused. Paths in a file are relative to that file; elsewhere,
to the directory in which the server is started. \`bellwether check config --schema\` prints a JSON Schema for editors.

**Environment variables** have the names given below. An empty one counts as absent. Lists are separated by commas. Where a
value may hold a password, the variable with \`_FILE\` at its end names a file that holds the value; a line end after it is
ignored.

**Reloading**: keys marked *Live* take effect when the [configuration is reloaded](../operate/reload.md); the others need a restart.

**Sizes** are bytes, or a text with a unit: \`20 MiB\` (1024s) or \`20 MB\` (1000s). **Durations** are whole numbers of the
unit in the table, or a text with a unit: \`500ms\`, \`15s\`, \`10m\`, \`36h\`, \`7d\`. **Money** is exact: \`0.005\` is half a cent.
`;

function sectionReference(section: {
  readonly name: ConfigSection;
  readonly description: string;
  readonly keys: readonly DeclaredKey[];
}): string {
  const rows = section.keys.map((declared) => {
    const cells = [
      `\`${declared.key}\``,
      value(declared),
      defaultValue(declared),
      variables(declared),
      text(declared),
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return `
## \`${section.name}\`

${section.description}

| key | value | default | variable | meaning |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`.trimStart();
}

function value(declared: DeclaredKey): string {
  const { kind, minimum, maximum, unit } = declared;
  const print = kind === 'bytes' ? formatBytes : String;
  if (minimum === undefined || maximum === undefined) return expectation(declared);
  const range = `${print(minimum)} to ${print(maximum)}${unit === undefined ? '' : ` ${unit}`}`;
  return `${named[kind] ?? expectation(declared)}, ${range}`;
}

/** The kinds of number that the introduction explains, in a word. */
const named: Partial<Record<DeclaredKey['kind'], string>> = { bytes: 'size', duration: 'duration' };

function defaultValue(declared: DeclaredKey): string {
  return printValue({ ...declared, secret: false }, declared.default);
}

function variables(declared: DeclaredKey): string {
  const names = [`\`${declared.variable}\``];
  if (declared.secret) names.push(`\`${declared.variable}_FILE\``);
  if (declared.flag !== undefined) names.push(`option \`${declared.flag}\``);
  return names.join(', ');
}

function text(declared: DeclaredKey): string {
  return declared.live === true ? `${declared.description} *Live.*` : declared.description;
}

function cell(content: string): string {
  return content.replaceAll('|', '\\|');
}
