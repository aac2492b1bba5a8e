/** Writes the page on exporters from their tables. */

import { exporterTables } from './index.ts';
import type { ExporterTable, LabelRule, MappingRule } from './rule.ts';

const names: Readonly<Record<ExporterTable['kind'], string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  tgi: 'Text Generation Inference',
  tensorrt_llm: 'TensorRT-LLM',
  triton: 'Triton Inference Server',
  ollama: 'Ollama',
  litellm: 'LiteLLM',
};

const introduction = `# Exporters

<!-- Generated from the tables in packages/server/src/collect/exporters. To renew it: npx vitest run --project unit packages/server/src/collect -u -->

What the [collectors](../operate/collectors.md#exporters-under-our-names) make of the exporters of model servers and gateways. Of several names the first that is exposed
counts. Families that are not here are kept as samples under their own names, and so are these.
`;

/** The page `docs/reference/exporters.md`, complete. */
export function exportersReference(): string {
  return [introduction, ...exporterTables.map(section)].join('\n');
}

function section(table: ExporterTable): string {
  const { kind, source, model, rules } = table;
  const named =
    model.length === 0
      ? 'It does not name its model: give the job a label `model`.'
      : `The model is read from ${model.map((name) => `\`${name}\``).join(', else ')}.`;
  return `## ${names[kind]}

\`kind: ${kind}\`. ${named} Names: ${source}.

| exposed | becomes | with |
| --- | --- | --- |
${rules.map(row).join('\n')}
`;
}

function row(rule: MappingRule): string {
  const from = rule.from.map((name) => `\`${name}\``).join(', else ');
  return `| ${from} | \`${rule.to}\` | ${notes(rule).join('; ') || '–'} |`;
}

function notes({ scale, where = {}, once = [], labels = {}, backend, codes, merge }: MappingRule): string[] {
  return [
    ...Object.entries(where).map(
      ([label, values]) =>
        `series with \`${label}\` ${values.map((value) => value || 'absent').join(' or ')}`,
    ),
    ...(once.length === 0
      ? []
      : [`of series that differ in ${once.map((name) => `\`${name}\``).join(', ')} the first`]),
    ...Object.entries(labels).map(([label, from]) => `\`${label}\` ${labelText(from)}`),
    ...(backend === undefined
      ? []
      : [`\`backend\` from ${backend.map((name) => `\`${name}\``).join(', else ')}`]),
    ...(codes === undefined
      ? []
      : [
          Object.entries(codes)
            .map(([code, value]) => `${code} is ${value}`)
            .join(', '),
        ]),
    ...(scale === undefined ? [] : [`times ${scale}`]),
    ...(merge === 'min' ? ['the least of several series'] : []),
  ];
}

function labelText(from: LabelRule): string {
  if (typeof from === 'string') return from;
  const read = `from ${from.label.map((name) => `\`${name}\``).join(', else ')}`;
  if (from.values === undefined) return read;
  const values = Object.entries(from.values).map(([value, ours]) => `${value} is ${ours}`);
  return `${read}: ${values.join(', ')}, others ${from.otherwise}`;
}
