/**
 * The blocks of the documentation that the test of commands does not run, by the
 * file and something that is in the block, each with the reason. An entry that fits no
 * block fails the test.
 */

export const notRun: readonly (readonly [file: string, contains: string, reason: string])[] = [
  ['README.md', 'npm run demo', 'installs and runs until it is stopped; tests/server/start.test.ts does it'],
  ['README.md', 'npm test', 'is what runs this'],
  ['README.md', 'npm start', 'runs until it is stopped; the two commands after it are run from first-steps'],
  [
    'docs/start/first-steps.md',
    'npm start\n',
    'runs until it is stopped; tests/server/start.test.ts does it',
  ],
  ['docs/start/first-steps.md', 'npm start -- --port', 'runs until it is stopped'],
  [
    'docs/start/replay.md',
    'AzureLLMInferenceTrace',
    'needs a published trace; packages/server/src/replay has tests on it',
  ],
  [
    'docs/start/replay.md',
    'client_windows',
    'needs a published trace; packages/server/src/replay has tests on it',
  ],
  [
    'docs/start/demo.md',
    '/tmp/rehearsal',
    'runs until it is stopped; tests/monitoring/stack.test.ts does the same',
  ],
  [
    'docs/start/monitoring.md',
    'npm run demo',
    'runs until it is stopped; tests/monitoring/stack.test.ts does the walk',
  ],
  [
    'docs/start/monitoring.md',
    'prometheus --config',
    'runs until it is stopped; so does the next, see above',
  ],
  ['docs/start/monitoring.md', 'prometheus-alertmanager', 'as before'],
  ['docs/start/monitoring.md', 'amtool alert', 'asks the program before'],
  [
    'docs/operate/running.md',
    'npm ci',
    'replaces what this runs on; tests/server/production.test.ts does it',
  ],
  [
    'docs/operate/encryption.md',
    '/mnt/moving --data ./data',
    'serves until it is stopped in between; tests/server/encryption.test.ts does it',
  ],
  [
    'docs/operate/encryption.md',
    'archive decrypt',
    'needs an archive that is encrypted; tests/server/encryption.test.ts does it',
  ],
  [
    'docs/operate/encryption.md',
    'archive encrypt',
    'needs an archive of an older key; tests/server/encryption.test.ts does it',
  ],
  [
    'docs/operate/encryption.md',
    'archive restore /mnt/archive',
    'needs an archive of another key; tests/server/encryption.test.ts does it',
  ],
  [
    'docs/operate/containers.md',
    'docker build',
    'needs a container engine; tests/deploy/image.test.ts does the steps',
  ],
  ['docs/operate/containers.md', 'docker compose', 'needs a container engine; see npm run check:compose'],
  ['docs/operate/kubernetes.md', 'helm install', 'needs a cluster; see npm run check:helm'],
  [
    'docs/operate/systemd.md',
    'systemctl',
    'needs a running systemd; tests/deploy/systemd.test.ts verifies the unit',
  ],
  ['docs/operate/grafana.md', 'GRAFANA_TOKEN', 'needs a Grafana'],
  [
    'docs/concepts/alerts.md',
    'alerts ack',
    'names an alert of somebody by its id; tests/server has tests of all',
  ],
  [
    'docs/operate/notifications.md',
    'notify test',
    'needs somebody’s channels; tests/server/notifications.test.ts',
  ],
];
