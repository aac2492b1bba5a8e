/**
 * The systemd unit, in a root of its own that has the files which it names: systemd's
 * own check finds nothing, and little is left that the service could do.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areInstalled } from '../monitoring/running-program.ts';
import { root, temporaryDirectory } from '../server/running-server.ts';

const unit = 'bellwether@.service';
/** systemd's measure of what a service may do, 0 to 10; below 2.5 is its best grade but one. */
const EXPOSURE_MAX = 2;

describe.skipIf(!areInstalled('/usr/bin/systemd-analyze'))('the systemd unit', () => {
  const directory = temporaryDirectory();
  const units = join(directory.path, 'usr/lib/systemd/system');

  beforeAll(() => {
    mkdirSync(units, { recursive: true });
    cpSync('/usr/lib/systemd/system', units, { recursive: true, verbatimSymlinks: true });
    cpSync(join(root, 'deploy/systemd', unit), join(units, unit));
    for (const program of ['usr/bin/node', 'bin/kill', 'usr/bin/kill', 'usr/bin/systemctl']) {
      mkdirSync(dirname(join(directory.path, program)), { recursive: true });
      writeFileSync(join(directory.path, program), '#!/bin/sh\n');
      chmodSync(join(directory.path, program), 0o755);
    }
  });
  afterAll(() => directory.remove());

  const analyse = (...args: readonly string[]): string => {
    const { stdout, stderr } = spawnSync('systemd-analyze', [`--root=${directory.path}`, ...args], {
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`;
  };

  it('has no faults', () => {
    // Units of the distribution may name programs that this root does not have.
    const ours = analyse('verify', '--man=no', 'bellwether@main.service')
      .split('\n')
      .filter((line) => line.includes('bellwether'));
    expect(ours).toEqual([]);
  });

  it('would be found to have some', () => {
    writeFileSync(
      join(units, 'bellwether-wrong@.service'),
      '[Service]\nExecStart=/nowhere\nProtectSytem=yes\n',
    );
    const said = analyse('verify', '--man=no', 'bellwether-wrong@main.service');
    expect(said).toContain('/nowhere');
    expect(said).toContain('ProtectSytem');
  });

  it('leaves little that the service may do', () => {
    const said = analyse('security', '--offline=true', '--no-pager', 'bellwether@main.service');
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeLessThan(EXPOSURE_MAX);
  });
});
