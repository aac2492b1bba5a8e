/** `bellwether forecast --measure`: what a measure of the ledger will be. */

import { answerForecasts } from '../analysis/outlook-questions.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { configOf, type ServerOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { askSeries } from './series-access.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';

type Forecasts = Awaited<ReturnType<typeof answerForecasts>>;

/** What is asked for. */
export interface LedgerForecastOptions extends ServerOptions {
  readonly measure?: string;
  readonly by?: string;
  readonly horizon: string;
  readonly step?: string;
  readonly json?: boolean;
}

/** Forecasts a measure and prints it. */
export async function forecastLedger(
  options: LedgerForecastOptions,
  environment: Environment,
  output: Output,
): Promise<void> {
  const { config } = configOf(options, environment);
  const { measure = 'cost_usd', by, step } = options;
  const parameters = {
    measure,
    horizon: Number(options.horizon),
    ...(by === undefined ? {} : { by }),
    ...(step === undefined ? {} : { step }),
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value));
  const answer = await askServerOrStores<Forecasts>(
    options,
    config,
    `/api/v1/forecasts?${search.toString()}`,
    ({ ledger }) =>
      askSeries(config, ledger, (source) => answerForecasts(source, parameters, systemClock.nowMs())),
  );
  output.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
}

function textOf({ measure, forecasts, month_end: end }: Forecasts): string {
  const figure = (value: number): string => String(Number(value.toPrecision(4)));
  const parts = forecasts.map(({ labels, steps, backtest }) => {
    const name = Object.values(labels).join(' ') || 'all requests';
    const error = backtest?.smape;
    const known =
      error === null || error === undefined ? '' : `, wrong by ${figure(error)} % (sMAPE) in back-tests`;
    if (steps.length === 0) return `${measure} of ${name}: no history\n`;
    const rows = steps.map((one) => [
      one.at.slice(0, 16).replace('T', ' '),
      figure(one.point),
      `${figure(one.lower80)} to ${figure(one.upper80)}`,
      `${figure(one.lower95)} to ${figure(one.upper95)}`,
    ]);
    return `${measure} of ${name}${known}\n${formatTable([['from', 'expected', '80 %', '95 %'], ...rows])}`;
  });
  if (end)
    parts.push(
      `This month: $${figure(end.spent)} spent, $${figure(end.point)} expected at its end (80 %: $${figure(end.lower80)} to $${figure(end.upper80)})\n`,
    );
  return parts.join('\n');
}
