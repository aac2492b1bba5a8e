/** For the test: the files under `monitoring/`, which are what is generated with the defaults. */

import { defaultGrafanaSetting, grafanaFiles } from '../dashboards/index.ts';
import { defaultSettings } from '../settings.ts';
import { defaultAlertmanagerSetting } from './alertmanager-config.ts';
import { alertmanagerFiles, type Files, prometheusFiles } from './files.ts';
import { defaultPrometheusSetting } from './prometheus-config.ts';

/** All of them, by their paths below `monitoring/`. */
export function committedFiles(): Files {
  const under = (folder: string, files: Files): Files =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  return {
    ...under('prometheus', prometheusFiles(defaultSettings, defaultPrometheusSetting)),
    ...under('grafana', grafanaFiles(defaultSettings, defaultGrafanaSetting, 'classic')),
    ...under('alertmanager', alertmanagerFiles(defaultAlertmanagerSetting)),
  };
}
