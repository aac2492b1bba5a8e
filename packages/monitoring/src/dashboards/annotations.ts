/** The marks on the time line of every dashboard: deployments, restarts, alerts. */

import type { MonitoringSettings } from '../settings.ts';
import type { BoardDeclaration } from './board.ts';

interface MarkBase {
  readonly name: string;
  readonly colour: 'blue' | 'orange' | 'red';
  /** Whether it is shown before somebody switches it on. */
  readonly enabled: boolean;
}

/** A mark: annotations that are stored in Grafana under a tag, or moments at which a query has a value. */
export type EventMark =
  | (MarkBase & { readonly tag: string })
  | (MarkBase & { readonly expr: string; readonly title: string; readonly text: string });

/** The marks of a dashboard. */
export function annotationsOf(board: BoardDeclaration, settings: MonitoringSettings): EventMark[] {
  const kept = settings.keepLabels.map((label) => `${label}=~"$${label}"`);
  const selector = [...kept, 'job=~"$job"', 'instance=~"$instance"'].join(', ');
  const started = board.source === 'server' ? 'custom_metrics_events_accepted_total' : 'http_requests_total';
  return [
    { name: 'Deployments', colour: 'blue', enabled: true, tag: 'deployment' },
    {
      name: 'Restarts',
      colour: 'orange',
      enabled: true,
      expr: `sum by (job, instance) (resets(${started}{${selector}}[2m])) > 0`,
      title: '{{job}} was started again',
      text: '{{instance}}',
    },
    {
      name: 'Alerts',
      colour: 'red',
      enabled: false,
      // By no job: an alert on a sum has none.
      expr: `max by (alertname, severity) (ALERTS{${[...kept, 'alertstate="firing"', 'severity!="info"'].join(', ')}})`,
      title: '{{alertname}}',
      text: '{{severity}}',
    },
  ];
}
