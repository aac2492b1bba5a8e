/**
 * The Compose stack, without a container engine: the files that it mounts are there
 * and are what is generated, its services are confined, and the real Prometheus and
 * Alertmanager accept what they would read. `npm run check:compose` checks the file
 * by the specification's own implementation.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPrometheusSetting, defaultSettings, prometheusFiles } from '@bellwether/monitoring';
import { defaultGrafanaSetting, grafanaFiles } from '@bellwether/monitoring/dashboards';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { areInstalled } from '../monitoring/running-program.ts';
import { cli, root, runCli, temporaryDirectory } from '../server/running-server.ts';

const folder = join(root, 'deploy/compose');
const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly depends_on?: object;
}

const stack = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const services = Object.entries(stack.services);

describe('the Compose stack', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  it.each(services)('confines %s', (_name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    // Nothing is reached from other machines.
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(service.image).toMatch(/^\$\{[A-Z_]+:-[\w./-]+:v?\d[\w.]*\}$/);
  });

  it.each(services)('mounts what there is in %s', (_name, { volumes, secrets = [], depends_on, build }) => {
    const mounts = volumes.map((volume) => volume.split(':'));
    const files = mounts.filter(([source = '']) => source.startsWith('.'));
    expect(files.filter(([source = '']) => !existsSync(join(folder, source)))).toEqual([]);
    expect(files.filter(([, , mode]) => mode !== 'ro')).toEqual([]);
    const named = mounts.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
    expect(Object.keys(stack.volumes)).toEqual(expect.arrayContaining(named));
    expect(Object.keys(stack.secrets)).toEqual(expect.arrayContaining([...secrets]));
    const others = Array.isArray(depends_on) ? (depends_on as string[]) : Object.keys(depends_on ?? {});
    expect(Object.keys(stack.services)).toEqual(expect.arrayContaining(others));
    const context = join(folder, build?.context ?? '../..');
    expect(existsSync(join(context, 'Dockerfile'))).toBe(true);
  });

  it('has the files that are generated for it (renew with vitest -u)', async () => {
    const prometheus = prometheusFiles(defaultSettings, {
      ...defaultPrometheusSetting,
      target: 'bellwether:9091',
      alertmanagers: ['alertmanager:9093'],
      self: '127.0.0.1:9090',
      nodeExporters: [],
    });
    await expect(prometheus['prometheus.yml']).toMatchFileSnapshot(join(folder, 'prometheus.yml'));
    const grafana = grafanaFiles(
      defaultSettings,
      { ...defaultGrafanaSetting, prometheusUrl: 'http://prometheus:9090' },
      'classic',
    );
    const provisioning = Object.entries(grafana).filter(([name]) => name.startsWith('provisioning/'));
    expect(provisioning.length).toBe(2);
    for (const [name, file] of provisioning) {
      await expect(file).toMatchFileSnapshot(join(folder, 'grafana', name));
    }
  });

  it('has a configuration that the server takes', async () => {
    const { code, stderr } = await runCli(['check', 'config', '--config', join(folder, 'bellwether.yaml')]);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('runs against a ClickHouse and a PostgreSQL of the profile that databases.env chooses', () => {
    const lines = readFileSync(join(folder, 'databases.env'), 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm);
    const { COMPOSE_PROFILES: profile = '', ...given } = Object.fromEntries(
      [...lines].map(([, name = '', value = '']): [string, string] => [name, value]),
    );
    const chosen = services.filter(([, { profiles = [] }]) => profiles.includes(profile));
    expect(chosen.map(([name]) => name)).toEqual(['clickhouse', 'postgres']);
    // They are reached from the other services only.
    expect(chosen.map(([, { ports }]) => ports)).toEqual([undefined, undefined]);
    const environment = stack.services['bellwether']?.environment ?? {};
    for (const name of Object.keys(given)) expect(environment[name]).toBe(`\${${name}:-}`);
    // The files are where the password of each service is, as the server sees the folder.
    const mounted = stack.services['bellwether']?.volumes.find((volume) => volume.startsWith('./secrets/'));
    const [source = '', target = ''] = (mounted ?? '').split(':');
    const passwords = ['clickhouse', 'postgres'].map((name) => `${name}-password`);
    expect(passwords.map((name) => stack.secrets[name]?.file)).toEqual(
      passwords.map((name) => `${source}/${name}`),
    );
    expect([
      given['BELLWETHER_LEDGER_PASSWORD_FILE'],
      given['BELLWETHER_SQL_DATABASE_PASSWORD_FILE'],
    ]).toEqual(passwords.map((name) => `${target}/${name}`));
    // With the passwords in another place the server takes it all.
    for (const name of passwords) writeFileSync(join(directory.path, name), 'password\n');
    const there = Object.entries(given).map(([name, value]) => [name, value.replace(target, directory.path)]);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [cli, 'check', 'config', '--config', join(folder, 'bellwether.yaml')],
      { env: { PATH: process.env.PATH, ...Object.fromEntries(there) }, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('http://clickhouse:8123');
    expect(stdout).toContain('postgres:5432');
    // And an empty variable, as the stack has it without the file, is none.
    const empty = Object.fromEntries(Object.keys(given).map((name) => [name, '']));
    const without = spawnSync(
      process.execPath,
      [cli, 'check', 'config', '--config', join(folder, 'bellwether.yaml')],
      { env: { PATH: process.env.PATH, ...empty }, encoding: 'utf8' },
    );
    expect([without.status, without.stderr]).toEqual([0, '']);
  });

  it.skipIf(!areInstalled('/usr/bin/promtool'))('has a configuration that Prometheus takes', () => {
    const etc = join(directory.path, 'prometheus');
    cpSync(join(folder, 'prometheus.yml'), join(etc, 'prometheus.yml'));
    cpSync(join(root, 'monitoring/prometheus/rules'), join(etc, 'rules'), { recursive: true });
    const said = execFileSync('promtool', ['check', 'config', join(etc, 'prometheus.yml')], {
      encoding: 'utf8',
    });
    expect(said).toContain('SUCCESS: 3 rule files found');
  });
});
