/** The queries of generated dashboard files, with their variables filled in as Grafana does. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProgram } from './running-program.ts';

/** A query of a panel. */
export interface FilledQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly promql: string;
}

interface DashboardFile {
  readonly uid: string;
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly allValue?: string;
      readonly definition?: string;
    }[];
  };
  readonly panels: readonly {
    readonly type: string;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
}

/** What Grafana puts in for a time range of two minutes. */
const builtIn: Readonly<Record<string, string>> = { __rate_interval: '15s', __range: '2m' };

/** All queries of a folder with dashboards, with all values chosen of every variable. */
export async function filledQueries(
  folder: string,
  prometheus: RunningProgram,
): Promise<{ readonly queries: readonly FilledQuery[]; readonly emptyVariables: readonly string[] }> {
  const queries: FilledQuery[] = [];
  const emptyVariables: string[] = [];
  for (const name of readdirSync(folder)) {
    const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as DashboardFile;
    const chosen: Record<string, string> = { ...builtIn };
    for (const { name: variable, type, allValue, definition = '' } of file.templating.list) {
      if (type !== 'query') continue;
      const values = await labelValues(fill(definition, chosen), prometheus);
      if (values.length === 0) emptyVariables.push(`${file.uid}: ${variable}`);
      chosen[variable] = allValue ?? `(${values.join('|')})`;
    }
    const add = (panel: string, expr: string): void => {
      queries.push({ dashboard: file.uid, panel, promql: fill(expr, chosen) });
    };
    for (const { title, targets = [] } of file.panels) {
      for (const { expr } of targets) add(title, expr);
    }
    for (const { name: annotation, expr } of file.annotations.list) {
      if (expr !== undefined) add(annotation, expr);
    }
  }
  return { queries, emptyVariables };
}

function fill(text: string, chosen: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\w+)/g, (whole, name: string) => chosen[name] ?? whole);
}

async function labelValues(definition: string, prometheus: RunningProgram): Promise<readonly string[]> {
  const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  const path = `/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
  const body = (await prometheus.get(path)) as { readonly data?: readonly string[] };
  return body.data ?? [];
}
