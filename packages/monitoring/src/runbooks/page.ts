/** Writes the page of an alert: what it means, what to look at, what to do. */

import { stringify } from 'yaml';
import { formatThreshold } from '../rules/annotations.ts';
import type { AlertDeclaration, AlertGroup } from '../rules/alert.ts';
import { alertGroups } from '../rules/alerts/index.ts';
import { sloAlerts } from '../rules/alerts/slo.ts';
import { alertRules } from '../rules/generate.ts';
import type { PrometheusRule } from '../rules/rule-file.ts';
import { defaultSettings } from '../settings.ts';

/** Every group that has runbooks. */
export const runbookGroups: readonly AlertGroup[] = [...alertGroups, sloAlerts];

/** The alert of this name; undefined if there is none. */
export function alertNamed(name: string): AlertDeclaration | undefined {
  return runbookGroups.flatMap(({ alerts }) => alerts).find((alert) => alert.name === name);
}

/** The runbook of an alert, as Markdown. */
export function runbookPage(alert: AlertDeclaration): string {
  const { name, runbook } = alert;
  return `# ${name}

${facts(alert)}

${filled(alert.description, alert)}

## Meaning

${runbook.meaning}

## Impact

${runbook.impact}

## Diagnosis

${runbook.diagnosis.map(([text, promql]) => step(text, promql)).join('\n\n')}

## Mitigation

${runbook.mitigation.map((text) => `- ${text}`).join('\n')}

## Rule

${rule(alert)}
`;
}

/** The list of all runbooks, as Markdown. */
export function runbookIndex(): string {
  const sections = runbookGroups.map(({ title, alerts }) => {
    const rows = alerts.map((alert) => {
      const { name, severity, threshold, unit, summary } = alert;
      const limit = threshold === undefined ? '–' : formatThreshold(threshold, unit);
      return `| [${name}](${name}.md) | ${severity} | ${limit} | ${alert.for} | ${spoken(summary)} |`;
    });
    return `## ${title}

| alert | severity | threshold | lasting | says |
|---|---|---|---|---|
${rows.join('\n')}
`;
  });
  return `# Runbooks

<!-- Generated from packages/monitoring/src/rules/alerts. To renew it: npx vitest run --project unit packages/monitoring/src/runbooks -u -->

One page for each alert of \`monitoring/prometheus/rules\`. The server shows them at \`/runbooks/NAME\`, where the annotation
\`runbook_url\` leads. A threshold is changed with \`bellwether generate prometheus --threshold NAME=VALUE\`. Severities:
*critical* calls somebody at once, *warning* is looked at within the working day, *info* when there is time.

${sections.join('\n')}`;
}

function facts({ severity, threshold, unit, for: lasting }: AlertDeclaration): string {
  const limit = threshold === undefined ? '' : ` · threshold **${formatThreshold(threshold, unit)}**`;
  return `Severity **${severity}**${limit} · lasting **${lasting}**`;
}

function step(text: string, promql: string | undefined): string {
  return promql === undefined ? text : `${text}\n\n\`\`\`promql\n${promql}\n\`\`\``;
}

/** A text of an alert with its default threshold, and without the template's marks. */
function filled(text: string, { threshold, unit }: AlertDeclaration): string {
  const limit = threshold === undefined ? '' : formatThreshold(threshold, unit);
  return spoken(
    text
      .replaceAll('$threshold', () => limit)
      .replaceAll('$objective', 'what the objective says.')
      .replaceAll('$target', 'the target'),
  );
}

/** A template as one reads it: `{{ $labels.job }}` is *job*, `{{ $value | … }}` is *value*. */
function spoken(text: string): string {
  return text.replace(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*').replace(/\{\{ \$value[^}]*\}\}/g, '*value*');
}

const rulesByName = new Map<string, PrometheusRule>(
  alertRules(defaultSettings).groups.flatMap(({ rules }) =>
    rules.map((one) => [one.alert ?? '', one] as const),
  ),
);

function rule({ name }: AlertDeclaration): string {
  const found = rulesByName.get(name);
  if (found === undefined) return 'One for each objective; see `monitoring/prometheus/rules/slo.yaml`.';
  const { alert, expr, for: lasting, labels } = found;
  return `\`\`\`yaml\n${stringify({ alert, expr, for: lasting, labels }, { lineWidth: 0 }).trimEnd()}\n\`\`\``;
}
