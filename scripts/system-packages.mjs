/**
 * The real servers that tests run against, from Debian's packages. They are
 * installed when that is possible (root on Debian); otherwise the tests that need
 * one say that they were skipped. In CI nothing may be skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A file that tells that a package is there, and the package. */
const servers = [
  ['/usr/bin/prometheus', 'prometheus'],
  ['/usr/lib/postgresql', 'postgresql'],
  ['/usr/bin/prometheus-alertmanager', 'prometheus-alertmanager'],
  ['/usr/bin/victoria-metrics', 'victoria-metrics'],
  ['/usr/bin/openssl', 'openssl'],
  ['/usr/bin/strace', 'strace'],
  ['/usr/bin/faketime', 'faketime'],
  ['/usr/lib/python3/dist-packages/prometheus_client/__init__.py', 'python3-prometheus-client'],
];

/** Installs what is missing, or says what its absence means. */
export function ensureServers() {
  const missing = servers.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (missing.length === 0) return;
  const canInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (canInstall) {
    console.log(`Installing for the tests (once): ${missing.join(', ')} …`);
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
    return;
  }
  const message = `Not installed and not installable here: ${missing.join(', ')}.`;
  if (process.env.CI === 'true') throw new Error(`${message} In CI no test may be skipped.`);
  console.log(`${message} The tests that need them are skipped.`);
}
