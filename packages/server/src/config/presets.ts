/**
 * Presets: defaults for a purpose, over several sections at once. A key that is set
 * anywhere else keeps what is said there.
 */

import { readValue, Refusal } from './read-value.ts';
import { type ConfigKey, configKeys } from './schema.ts';
import type { presetNames } from './preset-section.ts';

/** The name of a preset; `none` has no values. */
export type PresetName = (typeof presetNames)[number];

/** What each preset says where nobody says anything, as a file would. */
const presets: Readonly<Record<PresetName, Partial<Record<ConfigKey, unknown>>>> = {
  none: {},
  /** Relaxed: patient thresholds, much in the log, edits take effect by themselves. */
  development: {
    'alerts.preset': 'development',
    'analysis.threshold': 0.9,
    'ingest.future_tolerance_seconds': '1h',
    'performance.log_level': 'DEBUG',
    'reload.watch_seconds': 5,
    'storage.disk_warning_percent': 90,
    'storage.disk_critical_percent': 98,
  },
  /** Strict: tokens on every address, and a warning while there is still time. */
  production: {
    'access.open_on_loopback': false,
    'alerts.preset': 'production',
    'storage.disk_warning_percent': 75,
    'storage.disk_critical_percent': 90,
  },
  /** Stricter still, with thresholds to begin from; nothing is answered without a token, and records are kept for long. */
  enterprise: {
    'access.open_monitoring': false,
    'access.open_on_loopback': false,
    'alerts.history_days': 731,
    'alerts.preset': 'enterprise',
    'analysis.threshold': 0.75,
    'backup.keep': 31,
    'notifications.retry_hours': 72,
    'retention.charges_days': 2557,
    'storage.disk_warning_percent': 70,
    'storage.disk_critical_percent': 85,
  },
};

/** The values of a preset, read as those of a file are. */
export function presetValues(name: PresetName): ReadonlyMap<ConfigKey, unknown> {
  return new Map(
    Object.entries(presets[name]).map(([key, raw]) => {
      const declared = configKeys.get(key);
      const value = declared === undefined ? undefined : readValue(declared, raw);
      if (value === undefined || value instanceof Refusal)
        throw new Error(`The preset ${name} has a wrong value for ${key}.`);
      return [key as ConfigKey, value] as const;
    }),
  );
}
