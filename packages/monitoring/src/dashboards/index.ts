/** Grafana's dashboards. Apart from the rest of the package, since the server itself needs none of Grafana's builders. */

import { familiesIn } from '../promql/families.ts';
import type { MonitoringSettings } from '../settings.ts';
import type { Files } from '../stack/files.ts';
import { type GrafanaSetting, grafanaProvisioning } from '../stack/grafana-provisioning.ts';
import type { BoardDeclaration } from './board.ts';
import { boards } from './boards/index.ts';
import { classicDashboard } from './classic.ts';
import { v2Dashboard } from './v2.ts';

export { defaultGrafanaSetting, type GrafanaSetting } from '../stack/grafana-provisioning.ts';
export type { BoardDeclaration, PanelDeclaration, PanelQuery, PanelSection } from './board.ts';
export { boards } from './boards/index.ts';

/** The forms of Grafana's JSON: the classic one for every version, V2 for 13 and newer. */
export type DashboardForm = 'classic' | 'v2';

/** The dashboards with what the packs in use have; one without any panel is left out. */
export function wantedBoards({ packs }: Pick<MonitoringSettings, 'packs'>): BoardDeclaration[] {
  const isWanted = (expr: string): boolean => familiesIn(expr).every(({ pack }) => packs.includes(pack));
  return boards
    .map((board) => ({
      ...board,
      sections: board.sections
        .map((section) => ({
          ...section,
          panels: section.panels.filter(({ queries }) => queries.every(({ expr }) => isWanted(expr))),
        }))
        .filter(({ panels }) => panels.length > 0),
    }))
    .filter(({ sections }) => sections.length > 0);
}

/** Everything for Grafana: dashboards, and what provisions them with their data source. */
export function grafanaFiles(
  settings: MonitoringSettings,
  setting: GrafanaSetting,
  form: DashboardForm,
): Files {
  const dashboard = form === 'classic' ? classicDashboard : v2Dashboard;
  const files = wantedBoards(settings).map(
    (board) =>
      [`dashboards/${board.uid}.json`, `${JSON.stringify(dashboard(board, settings), null, 2)}\n`] as const,
  );
  const provisioning = Object.entries(grafanaProvisioning(setting)).map(
    ([name, text]) => [`provisioning/${name}`, text] as const,
  );
  return Object.fromEntries([...files, ...provisioning]);
}
