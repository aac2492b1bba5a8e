/** What stands around the server: configuration, tokens, certificates, and the services it asks. */

import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback, KeptTokens } from '../../auth/index.ts';
import { readTls } from '../../http/listeners.ts';
import { createOutgoing } from '../../outgoing/index.ts';
import { type Examination, type Finding, fine, type Patient, problem, warning } from './finding.ts';

const DAY_MS = 86_400_000;
/** How long before its end a certificate or a token is worth a warning. */
const SOON_DAYS = 14;
const ANSWER_MS_MAX = 5000;
/** How far the clock of another machine may be off. */
const SKEW_MS_MAX = 30_000;

/** The configuration that was loaded. */
const configuration: Examination = {
  check: 'configuration',
  run({ loaded }) {
    return [
      fine(
        'configuration',
        `${loaded.file ?? 'The defaults and the environment'}: everything in it is right.`,
      ),
    ];
  },
};

/** Whether there are the tokens that the address needs, and for how long. */
const tokens: Examination = {
  check: 'tokens',
  run({ loaded: { config }, clock }) {
    const { access, service, storage, tls } = config;
    const configured = [access.admin_token, access.operate_token, access.read_token, access.ingest_token];
    const kept = existsSync(join(storage.data_dir, 'state.db')) ? readTokens(storage.data_dir, clock) : [];
    const now = clock.nowMs();
    const inForce = kept.filter(
      ({ revokedMs, expiresMs }) => revokedMs === null && (expiresMs === null || expiresMs > now),
    );
    const count = inForce.length + configured.filter(Boolean).length;
    const findings: Finding[] = inForce
      .filter(({ expiresMs }) => expiresMs !== null && expiresMs - now < SOON_DAYS * DAY_MS)
      .map(({ name, expiresMs }) =>
        warning(
          'tokens',
          `The token ${name} expires ${new Date(expiresMs ?? 0).toISOString()}.`,
          'Make another with bellwether token create, and revoke this one.',
        ),
      );
    const exposed = !isLoopback(service.host);
    if (exposed && count === 0)
      findings.push(
        warning(
          'tokens',
          `The server listens on ${service.host} and there is no token: only metrics, health and probes answer.`,
          'bellwether token create --name NAME --role ingest; see docs/operate/access.md.',
        ),
      );
    if (exposed && count > 0 && tls.cert_file === '')
      findings.push(
        warning(
          'tokens',
          `Tokens travel to ${service.host} unencrypted.`,
          'Set tls.cert_file and tls.key_file, or put a proxy with TLS in front of a loopback address.',
        ),
      );
    return findings.length === 0 ? [fine('tokens', `${count} in force.`)] : findings;
  },
};

function readTokens(dataDir: string, clock: Patient['clock']): ReturnType<KeptTokens['list']> {
  const kept = new KeptTokens({ dataDir, clock, onProblem: () => undefined });
  try {
    return kept.list();
  } finally {
    kept.close();
  }
}

/** Whether the certificate can be used, and for how long. */
const certificate: Examination = {
  check: 'certificate',
  run({ loaded: { config }, clock }) {
    const { cert_file: certFile, key_file: keyFile, client_ca_file: clientCaFile } = config.tls;
    if (certFile === '') return [];
    const renew = `Renew ${certFile}, then bellwether reload.`;
    try {
      readTls({ certFile, keyFile, clientCaFile });
    } catch (error) {
      return [problem('certificate', `It cannot be used: ${(error as Error).message}.`, renew)];
    }
    const { validToDate } = new X509Certificate(readFileSync(certFile));
    const daysLeft = (validToDate.getTime() - clock.nowMs()) / DAY_MS;
    const until = `until ${validToDate.toISOString()}`;
    if (daysLeft <= 0) return [problem('certificate', `It was valid ${until}.`, renew)];
    if (daysLeft < SOON_DAYS) return [warning('certificate', `It is valid ${until}.`, renew)];
    return [fine('certificate', `It is valid ${until}.`)];
  },
};

/** Whether the services that the configuration names answer. */
const services: Examination = {
  check: 'services',
  async run({ loaded: { config }, clock }) {
    const { monitoring } = config;
    const wanted = [
      ['prometheus', monitoring.prometheus_endpoint, '/-/ready'],
      ['alertmanager', monitoring.metrics_server_endpoint, '/-/ready'],
      ['grafana', monitoring.grafana_endpoint, '/api/health'],
    ] as const;
    const outgoing = createOutgoing({ allowPrivate: config.outgoing.allow_private, clock });
    const findings: Finding[] = [];
    for (const [name, endpoint, path] of wanted) {
      if (endpoint === '') continue;
      const base = /^https?:/.test(endpoint) ? endpoint : `http://${endpoint}`;
      const { host } = new URL(base);
      const advice = `See whether ${name} runs at ${host} and whether this machine can reach it.`;
      try {
        const url = `${base.replace(/\/+$/, '')}${path}`;
        const { status, headers } = await outgoing.request({
          url,
          ownDependency: true,
          timeoutMs: ANSWER_MS_MAX,
        });
        if (status !== 200) findings.push(problem(name, `${host} answers ${status} at ${path}.`, advice));
        else findings.push(skewOf(name, host, headers['date'], clock.nowMs()));
      } catch (error) {
        findings.push(problem(name, `${host} does not answer: ${(error as Error).message}`, advice));
      }
    }
    outgoing.close();
    return findings;
  },
};

/** Whether a service that answers has the same time. */
function skewOf(name: string, host: string, date: string | undefined, nowMs: number): Finding {
  const skewMs = nowMs - Date.parse(date ?? '');
  if (Math.abs(skewMs) > SKEW_MS_MAX)
    return warning(
      name,
      `${host} answers, but its clock differs from this one by ${Math.round(Math.abs(skewMs) / 1000)} s.`,
      'Keep the clocks of both machines set by NTP.',
    );
  return fine(name, `${host} answers.`);
}

/** All of them. */
export const surroundings: readonly Examination[] = [configuration, tokens, certificate, services];
