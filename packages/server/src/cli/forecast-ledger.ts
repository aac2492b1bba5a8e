/** `bellwether forecast --measure`: what a measure of the ledger will be. */

import { answerForecasts } from '../analysis/outlook-questions.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { configOf, type ServerOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { askSeries } from './series-access.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable, moreText } from './table.ts';

type Forecasts = Awaited<ReturnType<typeof answerForecasts>>;

/** What is asked for. */
export interface LedgerForecastOptions extends ServerOptions {
  readonly measure?: string;
  readonly by?: string;
  readonly horizon: string;
  readonly step?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** Digits behind the point at most. */
const DIGITS_MAX = 12;

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
    ...(by === undefined ? {} : { by, series_max: Number(options.limit ?? 10) }),
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
  output.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : forecastsText(answer));
}

/** The forecasts as text. What adds up does so as it is printed. */
export function forecastsText({
  measure,
  unit,
  from,
  to,
  forecasts,
  groups_left_out: leftOut,
  month_end: end,
}: Forecasts): string {
  const parts = forecasts.map(({ labels, steps, total, backtest }) => {
    const name = Object.values(labels).join(' ') || 'all requests';
    const error = backtest?.smape;
    const known =
      error === null || error === undefined ? '' : `, wrong by ${error.toFixed(1)} % (sMAPE) in back-tests`;
    if (steps.length === 0) return `${measure} of ${name}: no history\n`;
    const digits = digitsFor(
      steps.map(({ point }) => point),
      unit,
    );
    const figure = (value: number): string => fixed(value, digits);
    const cells = (
      at: string,
      point: number,
      { lower80, upper80, lower95, upper95 }: Intervals,
    ): string[] => [
      at,
      figure(point),
      `${figure(lower80)} to ${figure(upper80)}`,
      `${figure(lower95)} to ${figure(upper95)}`,
    ];
    const rows = steps.map((one) => cells(one.at.slice(0, 16).replace('T', ' '), one.point, one));
    const sum = steps.reduce((all, { point }) => all + Number(point.toFixed(digits)), 0);
    const last = total === null ? [] : [cells('total', sum, total)];
    return `${measure} of ${name}, ${unit}${known}\n${formatTable([['from', 'expected', '80 %', '95 %'], ...rows, ...last], 1)}`;
  });
  if (leftOut > 0) parts.push(`${moreText(forecasts.length, leftOut)}\n`);
  if (end) parts.push(monthText(end));
  return `Forecast from the history of ${from} to ${to}\n\n${parts.join('\n')}`;
}

interface Intervals {
  readonly lower80: number;
  readonly upper80: number;
  readonly lower95: number;
  readonly upper95: number;
}

function monthText({ spent, point, lower80, upper80 }: NonNullable<Forecasts['month_end']>): string {
  const digits = digitsFor([spent, point], 'usd');
  const dollars = (value: number): string => `$${fixed(value, digits)}`;
  const rest = Number(point.toFixed(digits)) - Number(spent.toFixed(digits));
  return `This month: ${dollars(spent)} spent, ${dollars(rest)} still to come, ${dollars(point)} at its end (80 %: ${dollars(lower80)} to ${dollars(upper80)})\n`;
}

/** Digits behind the point that leave the largest of the figures four in all: two at the least for dollars. */
function digitsFor(values: readonly number[], unit: string): number {
  const largest = Math.max(...values.map(Math.abs));
  const wanted = largest === 0 ? 0 : 3 - Math.floor(Math.log10(largest));
  return Math.min(DIGITS_MAX, Math.max(unit === 'usd' ? 2 : 0, wanted));
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
