/**
 * What somebody may choose when rules, dashboards and configuration are
 * generated: packs, jobs, labels, thresholds. Everything has a default, with which
 * the files under `monitoring/` were made.
 */

import { type Pack, packs } from '@bellwether/events';
import { defaultObjectives, type Objective } from './rules/objective.ts';

/** Choices for everything that is generated. */
export interface MonitoringSettings {
  /** The packs that are in use; rules and panels on other families are left out. */
  readonly packs: readonly Pack[];
  /** The job under which Prometheus scrapes the server: a name or a regular expression. */
  readonly serverJob: string;
  /** The job under which it scrapes applications that record metrics themselves. */
  readonly applicationJob: string;
  /** Labels by which figures are kept apart, beside those that a rule needs. */
  readonly keepLabels: readonly string[];
  /** Labels added to each alert. */
  readonly alertLabels: Readonly<Record<string, string>>;
  /** Thresholds by the name of the alert, where they differ from the default. */
  readonly thresholds: Readonly<Record<string, number>>;
  readonly objectives: readonly Objective[];
  /** Address under which the runbooks are found: the name of the alert is put after it. */
  readonly runbookUrl: string;
  /** Windows and waiting times are multiplied by this; 1 but for rehearsals. */
  readonly durationFactor: number;
}

/** The settings of the committed files. */
export const defaultSettings: MonitoringSettings = {
  packs,
  serverJob: 'custom-metrics',
  applicationJob: 'llm-applications',
  keepLabels: ['environment', 'cluster'],
  alertLabels: {},
  thresholds: {},
  objectives: defaultObjectives,
  runbookUrl: 'http://127.0.0.1:9091/runbooks/',
  durationFactor: 1,
};
