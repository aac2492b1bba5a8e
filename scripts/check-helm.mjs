/**
 * The chart, linted and rendered by the real Helm with everything off, with
 * everything on, and with values that the schema has to refuse. Needs `helm`, or Go
 * to build it. Plain JavaScript without dependencies.
 *
 * Usage: npm run check:helm
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { goTool } from './go-tool.mjs';
import { root } from './install.mjs';

const helm = goTool('helm', 'helm.sh/helm/v3/cmd/helm@v3.22.0');
const chart = join(root, 'deploy/helm/bellwether');
/** A Helm that was built from source takes itself to be of an old cluster. */
const cluster = ['--kube-version', '1.33.0'];
const everything = [
  ...['serviceMonitor', 'prometheusRule', 'dashboards', 'networkPolicy', 'podDisruptionBudget'].flatMap(
    (name) => ['--set', `${name}.enabled=true`],
  ),
  '--set',
  'config.service.workers=4,config.metrics.retention_days=30d,config.tls.cert_file=/tls/a,config.tls.key_file=/tls/b',
  '--set',
  'extraVolumes[0].name=tls,extraVolumes[0].secret.secretName=tls,extraVolumeMounts[0].name=tls,extraVolumeMounts[0].mountPath=/tls',
];

run('lint', 'lint', '--strict', chart, ...cluster);
run('lint with everything', 'lint', '--strict', chart, ...cluster, ...everything);
const plain = run('template', 'template', 'check', chart, ...cluster);
expectKinds(plain, ['ConfigMap', 'Service', 'Service', 'ServiceAccount', 'StatefulSet']);
const full = run('template with everything', 'template', 'check', chart, ...cluster, ...everything);
expectKinds(full, [
  ...Array.from({ length: 11 }, () => 'ConfigMap'),
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PrometheusRule',
  'Service',
  'Service',
  'ServiceAccount',
  'ServiceMonitor',
  'StatefulSet',
]);
for (const wrong of ['config.service.prot=1', 'config.metrics.retention_days=-3', 'persistance.size=1Gi']) {
  const { status } = spawnSync(helm, ['template', 'check', chart, ...cluster, '--set', wrong]);
  if (status === 0) fail(`--set ${wrong} is not refused`);
  console.log(`ok: ${wrong} is refused`);
}

/** @param {string} what @param {...string} args */
function run(what, ...args) {
  const { status, stdout, stderr, error } = spawnSync(helm, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error) throw error;
  if (status !== 0) fail(`${what}: ${stdout}${stderr}`);
  console.log(`ok: ${what}`);
  return stdout;
}

function expectKinds(text, kinds) {
  const found = [...text.matchAll(/^kind: (\w+)$/gm)]
    .map((match) => match[1])
    .toSorted((a, b) => (a < b ? -1 : 1));
  if (found.join() !== kinds.join()) fail(`rendered ${found.join()} instead of ${kinds.join()}`);
}

function fail(reason) {
  console.error(`check:helm: ${reason}`);
  process.exit(1);
}
