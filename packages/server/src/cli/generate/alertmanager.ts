/** `bellwether generate alertmanager`: routes, inhibitions and receivers. */

import { alertmanagerFiles, defaultChannels } from '@bellwether/monitoring';
import { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import type { Output } from '../output.ts';
import { readChannels, readVersion } from './choices.ts';
import { writeFiles } from './write-files.ts';

interface Options extends CommonOptions {
  readonly out: string;
  readonly channels?: string;
  readonly alertmanagerVersion: string;
  readonly durations: string;
}

const EXAMPLE = `
The file with channels is described in docs/operate/alertmanager.md. Without it: a pager, a chat and mail to begin with.

Example:
  bellwether generate alertmanager --out /etc/alertmanager --channels channels.yaml --alertmanager-version 0.28
`;

/** Makes the command. */
export function alertmanagerCommand(output: Output): Command {
  const command = new Command('alertmanager')
    .description('alertmanager.yml with routes, inhibitions and receivers')
    .requiredOption('--out <dir>', 'folder that takes alertmanager.yml')
    .option('--channels <file>', 'channels of your own (YAML)')
    .option('--alertmanager-version <version>', 'the version that will read it', '0.25')
    .option('--durations <factor>', 'shorten waiting times, for rehearsals', '1')
    .addHelpText('after', EXAMPLE);
  return withCommonOptions(command).action((options: Options) => {
    const durationFactor = Number(options.durations);
    if (!(durationFactor > 0 && durationFactor <= 1))
      throw new CommandFailure('--durations takes a number above 0 and at most 1');
    const channels = options.channels === undefined ? defaultChannels : readChannels(options.channels);
    try {
      const version = readVersion(options.alertmanagerVersion);
      writeFiles(options.out, alertmanagerFiles({ version, channels, durationFactor }), output);
    } catch (error) {
      if (error instanceof RangeError) throw new CommandFailure(error.message);
      throw error;
    }
  });
}
