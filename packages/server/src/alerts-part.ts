/** Alerts as a part of the server: rules over its ledger, its budgets and its health. */

import { BellwetherError } from '@bellwether/events';
import { alertsStatePart } from './alerts/alert-store.ts';
import { alertingMetrics } from './alerts/alerting-metrics.ts';
import { Alerts } from './alerts/alerts.ts';
import { ruleProblems, seriesIdsOf } from './alerts/check-rules.ts';
import { allRules, RuleFileError } from './alerts/rule-files.ts';
import { budgetSignals, healthSignals } from './alerts/server-signals.ts';
import { SignalSources } from './alerts/signals.ts';
import { sizesStatePart } from './analysis/size-history.ts';
import { AnalysisStore, analysisStatePart } from './analysis/analysis-store.ts';
import { anomalySignals } from './anomaly-signals.ts';
import { viewAll } from './budgets/view.ts';
import type { AlertRuleDefinition, Config } from './config/index.ts';
import type { HealthCheck } from './health/index.ts';
import { type Account, alertRoutes } from './http/alert-routes.ts';
import { notificationRoutes } from './http/notification-routes.ts';
import { Notifications } from './notify/notifications.ts';
import { notificationsHealth } from './notify/notifications-check.ts';
import { openChannels } from './notify/open-channels.ts';
import { notifyStatePart } from './notify/outbox-store.ts';
import { openForecasts } from './open-forecasts.ts';
import { openSeries } from './open-series.ts';
import type { Part, PartContext } from './part.ts';
import { openStateDatabase, type StateDatabase } from './state/state-database.ts';

/** Anomalies that rules see. */
const ANOMALIES_MAX = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long the first evaluation waits for a ledger that starts. */
const LEDGER_START_MS = 15_000;

/** Opens them. */
export function alerting(context: PartContext): Part {
  const { config, clock, log, audit, stores, followers, health } = context;
  if (!config.alerts.enabled) return {};
  const state = openStateDatabase({
    dataDir: config.storage.data_dir,
    clock,
    parts: [alertsStatePart, analysisStatePart, notifyStatePart, sizesStatePart],
    key: stores.stateKey,
  });
  const anomalies = new AnalysisStore(state);
  const signals = new SignalSources([
    ...anomalySignals(() => anomalies.list({ open: true, limit: ANOMALIES_MAX })),
    ...budgetSignals((nowMs) => viewAll(followers.budgets.get(), nowMs)),
    healthSignals(() => health.report().checks),
    ...context.signals(),
  ]);
  const rules = checkedRules(config, signals);
  const series = openSeries({ config, ledger: stores.ledger, outgoing: context.outgoing });
  const notifications = openNotifications(context, state, () => alerts);
  const metrics = alertingMetrics(stores.metrics.registry, () => alerts, notifications);
  const alerts = new Alerts({
    state,
    clock,
    log,
    rules,
    inhibitions: config.alerts.inhibitions,
    maintenance: config.alerts.maintenance,
    series,
    signals,
    forecasts: openForecasts({ source: series, ledger: stores.ledger, budgets: followers.budgets, state }),
    routes: notifications.routes,
    sink: notifications,
    intervalMs: config.alerts.evaluation_interval * 1000,
    historyMs: config.alerts.history_days * DAY_MS,
    retentionNowMs: () => retentionNowMs(state, clock.nowMs()),
    onEvaluated: metrics,
  });
  health.add(alertingCheck(alerts, notifications));
  context.reloader.add((next) => {
    const { inhibitions, maintenance } = next.alerts;
    const definitions = { rules: checkedRules(next, signals), inhibitions, maintenance };
    return () => alerts.redefine(definitions);
  });
  const account: Account = async (action, target, actor, details) => {
    await audit.append({ actor, action, target, details });
  };
  let closed = false;
  return {
    routes: [alertRoutes({ alerts, clock, account }), notificationRoutes({ notifications, account })],
    start: () => {
      notifications.start();
      // Rules about the ledger cannot be answered before; the others do not wait for it for ever.
      void stores.ledger.readyWithin(LEDGER_START_MS).then(() => {
        if (!closed) alerts.start();
      });
    },
    close: async () => {
      closed = true;
      await alerts.stop();
      await notifications.stop();
      state.close();
    },
  };
}

function openNotifications(
  { config, clock, log, outgoing, secrets }: PartContext,
  state: StateDatabase,
  alerts: () => Alerts,
): Notifications {
  const { routes, retry_hours: retryHours } = config.notifications;
  return new Notifications({
    state,
    clock,
    log,
    random: Math.random,
    channels: openChannels(config, { outgoing, clock, onSecret: (secret) => secrets.add(secret) }),
    routes,
    retryMs: retryHours * HOUR_MS,
    standing: (channel) => alerts().standing(channel),
    groupCounts: (channel, groupKey) => alerts().groupCounts(channel, groupKey),
    redact: (text) => secrets.redact(text),
    retentionNowMs: () => retentionNowMs(state, clock.nowMs()),
  });
}

/** Alerts that are not evaluated, or that reach nobody, are as bad as none. */
function alertingCheck(alerts: Alerts, notifications: Notifications): HealthCheck {
  return {
    name: 'alerts',
    component: 'alerting',
    critical: false,
    run: () => {
      const { problem } = alerts.status;
      if (problem !== null) return Promise.resolve({ status: 'degraded', message: `${problem}.` });
      return Promise.resolve(notificationsHealth(notifications.status()));
    },
  };
}

/** @throws BellwetherError `invalid_value` for rules that cannot be used. */
function checkedRules(config: Config, signals: SignalSources): readonly AlertRuleDefinition[] {
  try {
    const rules = allRules(config);
    const problems = ruleProblems(rules, seriesIdsOf(config), signals.names);
    if (problems.length > 0) throw new RuleFileError(problems.join('\n  '));
    return rules;
  } catch (error) {
    if (!(error instanceof RuleFileError)) throw error;
    throw new BellwetherError(
      'invalid_value',
      `the alert rules are wrong:\n  ${error.message}`,
      {},
      { cause: error },
    );
  }
}

/** The clock that retention goes by: it stands while the machine's is ahead of what has really passed. */
function retentionNowMs(state: StateDatabase, nowMs: number): number {
  const { connection } = state;
  const table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'retention_clock'").get();
  if (table === undefined) return nowMs;
  const row = connection.prepare('SELECT trusted_ms FROM retention_clock WHERE id = 1').get();
  return row === undefined ? nowMs : Number(row['trusted_ms']);
}
