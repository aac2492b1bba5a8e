/** Configuration: loaded, checked, described. */
export type { InhibitionDefinition, MaintenanceDefinition } from './alert-items.ts';
export type { SpokeDefinition } from './spoke-items.ts';
export type {
  AlertRuleDefinition,
  ForecastBound,
  ForecastFigure,
  ForecastSubject,
  SeriesSubject,
  Severity,
  SignalSubject,
} from './alert-rule-items.ts';
export {
  ALERT_RULES_MAX,
  alertRulesJsonSchema,
  forecastBounds,
  readAlertRules,
  severities,
} from './alert-rule-items.ts';
export type { ChannelDefinition, ChannelType, RouteDefinition, Secret } from './notification-items.ts';
export type { BudgetDefinition, BudgetDimension } from './budget-items.ts';
export { budgetDimensions, weekDays } from './budget-items.ts';
export type {
  ObjectiveDefinition,
  ObjectiveDimension,
  ObjectiveKind,
  ObjectiveQueries,
  ObjectiveWindow,
} from './objective-items.ts';
export {
  calendarUnits,
  isTimeZone,
  objectiveDimensions,
  OBJECTIVES_MAX,
  percentToPpb,
  readObjectives,
  rollingHours,
} from './objective-items.ts';
export { readSmallFile } from './read-small-file.ts';
export type { ScrapeAccess } from './scrape-access-items.ts';
export { type SecretFileProblem, secretFileProblems } from './secret-files.ts';
export type { SelfHostedDefinition } from './self-hosted-items.ts';
export type { CompletionDefinition } from './completion-items.ts';
export type { PluginDefinition } from './plugin-items.ts';
export type { DescribedKey } from './describe.ts';
export { describeConfig, secretValues } from './describe.ts';
export { configJsonSchema } from './json-schema.ts';
export type { ConfigChange } from './live-config.ts';
export { LiveConfig } from './live-config.ts';
export type { ConfigInput, LoadedConfig } from './load.ts';
export { loadConfig } from './load.ts';
export { Refusal } from './read-value.ts';
export type { ConfigProblem, ConfigSource } from './problems.ts';
export { ConfigError, formatProblem, formatSource } from './problems.ts';
export type { Config, ConfigKey, ConfigSection } from './schema.ts';
export { configKeys, configSchema } from './schema.ts';
export type { ConfigOverrides, Environment } from './text-layers.ts';
export type { SampleAggregate, SeriesDefinition } from './series-items.ts';
