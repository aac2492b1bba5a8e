/**
 * Compares our bundled prices with a copy of LiteLLM's price table, field by field,
 * and writes each disagreement with the side that is right to
 * `docs/reference/price-cross-check.md`. Fails if one has no verdict. Run with
 * `node --conditions=source bench/pricing/cross-check-litellm.ts`.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledCard } from '../../packages/server/src/pricing/bundled-card.ts';
import { cardTimeline, listEntries } from '../../packages/server/src/pricing/card-list.ts';
import type { Meter } from '../../packages/server/src/pricing/meters.ts';
import { fallbacksOf } from '../../packages/server/src/pricing/meters.ts';
import { matchesGlob } from '../../packages/server/src/pricing/model-match.ts';
import { kindOf } from '../../packages/server/src/pricing/price-kind.ts';
import type { Rate } from '../../packages/server/src/pricing/rate.ts';
import { bandFor } from '../../packages/server/src/pricing/rate.ts';
import { snapshotTimeline } from '../../packages/server/src/pricing/snapshot.ts';
import { overlay, valueAt } from '../../packages/server/src/pricing/timeline.ts';
import type { UnitPrice } from '../../packages/server/src/pricing/unit-price.ts';
import { formatUnitPrice, scale, unitPriceOf } from '../../packages/server/src/pricing/unit-price.ts';
import type { Verdict } from './cross-check-verdicts.ts';
import { verdicts } from './cross-check-verdicts.ts';

const TABLE = join(
  import.meta.dirname,
  '../../../shared/data/litellm-prices/model_prices_and_context_window.json',
);
const REPORT = join(import.meta.dirname, '../../docs/reference/price-cross-check.md');

/** The copy is of the days between the release of Gemini 3.6 Flash (21 July) and the price cut of GPT-5.6 (30 July). */
const COMPARED_AT = Date.parse('2026-07-23T12:00:00Z') / 1000;

/** LiteLLM's names of providers, and our price lists. */
const LISTS: Readonly<Record<string, string>> = {
  openai: 'openai',
  'text-completion-openai': 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  'vertex_ai-language-models': 'google',
  'vertex_ai-embedding-models': 'google',
  xai: 'x-ai',
  deepseek: 'deepseek',
  moonshot: 'moonshotai',
  bedrock: 'aws',
  zhipu: 'zhipuai',
  minimax: 'minimax',
};

/** What a field of LiteLLM's table is a price of. */
interface Priced {
  readonly meter: Meter;
  readonly tier: string;
  readonly inputTokens: number;
}

const STEMS: Readonly<Record<string, Meter>> = {
  input_cost_per_token: 'input_tokens',
  output_cost_per_token: 'output_tokens',
  cache_read_input_token_cost: 'cache_read_tokens',
  cache_creation_input_token_cost: 'cache_write_tokens',
  cache_creation_input_token_cost_above_1hr: 'cache_write_1h_tokens',
  input_cost_per_audio_token: 'input_audio_tokens',
  output_cost_per_audio_token: 'output_audio_tokens',
  output_cost_per_reasoning_token: 'reasoning_tokens',
  input_cost_per_image_token: 'input_image_tokens',
  cache_read_input_audio_token_cost: 'cache_audio_read_tokens',
};

const SUFFIXES: Readonly<Record<string, Omit<Priced, 'meter'>>> = {
  '': { tier: '', inputTokens: 0 },
  _above_200k_tokens: { tier: '', inputTokens: 200_001 },
  _above_272k_tokens: { tier: '', inputTokens: 272_001 },
  _batches: { tier: 'batch', inputTokens: 0 },
  _flex: { tier: 'flex', inputTokens: 0 },
  _priority: { tier: 'priority', inputTokens: 0 },
};

interface Disagreement {
  readonly model: string;
  readonly field: string;
  readonly theirs: string;
  readonly ours: string;
}

const bundled = listEntries([bundledCard]);

function rateOf(list: string, model: string, tier: string): Rate | null {
  const kind = kindOf({ provider: list, model, response_model: '', service_tier: tier, region: '' });
  const upper = cardTimeline(bundled, kind, 'snapshot');
  const lower = snapshotTimeline(kind);
  const timeline = upper && lower ? overlay(upper, lower) : (upper ?? lower);
  return timeline && valueAt(timeline, COMPARED_AT);
}

function ourPrice(rate: Rate | null, { meter, inputTokens }: Priced): UnitPrice | null {
  if (rate === null) return null;
  const { prices } = bandFor(rate, inputTokens, 0);
  const priced = [meter, ...fallbacksOf(meter)].find((candidate) => prices[candidate] !== undefined);
  return (priced && prices[priced]) ?? null;
}

/** Dollars per million, as the pages print them. */
function perMillion(price: UnitPrice | null): string {
  return price === null
    ? 'none'
    : `$${formatUnitPrice(scale(price, { numerator: 1_000_000n, denominator: 1n }))}`;
}

function verdictOn({ model, field }: Disagreement): Verdict | undefined {
  return verdicts.find(({ models, fields = ['*'] }) => {
    return models.some((glob) => matchesGlob(glob, model)) && fields.some((glob) => matchesGlob(glob, field));
  });
}

function compare(table: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
  const disagreements: Disagreement[] = [];
  const unknown: string[] = [];
  let compared = 0;
  for (const [name, fields] of Object.entries(table)) {
    const list = LISTS[String(fields.litellm_provider)];
    if (list === undefined || rateOf(list, name, '') === null) {
      unknown.push(`${list ?? String(fields.litellm_provider)}/${name}`);
      continue;
    }
    for (const [stem, meter] of Object.entries(STEMS)) {
      for (const [suffix, { tier, inputTokens }] of Object.entries(SUFFIXES)) {
        const field = `${stem}${suffix}`;
        const amount = fields[field];
        const theirs = typeof amount === 'number' ? unitPriceOf(rounded(amount), 1) : null;
        if (theirs === null) continue;
        compared += 1;
        const ours = ourPrice(rateOf(list, name, tier), { meter, tier, inputTokens });
        if (perMillion(theirs) === perMillion(ours)) continue;
        disagreements.push({
          model: `${list}/${name}`,
          field,
          theirs: perMillion(theirs),
          ours: perMillion(ours),
        });
      }
    }
  }
  return { disagreements, unknown, compared };
}

/** LiteLLM's amounts went through floats: 7.500000000000001e-07 means 7.5e-07. */
function rounded(amount: number): string {
  return Number(amount.toPrecision(12)).toString();
}

function reportOf({ disagreements, unknown, compared }: ReturnType<typeof compare>): string {
  const rows = disagreements.map((item) => ({ ...item, verdict: verdictOn(item) }));
  const groups = Map.groupBy(rows, ({ verdict }) => verdict);
  const count = (right: Verdict['right']) => rows.filter(({ verdict }) => verdict?.right === right).length;
  const sections = [...groups].map(([verdict, items]) => {
    const table = items.map(
      ({ model, field, theirs, ours }) => `| ${model} | ${field} | ${theirs} | ${ours} |`,
    );
    const right = verdict ? RIGHT[verdict.right] : 'No verdict';
    return [
      `## ${items[0]?.model ?? ''}${items.length > 1 ? ' and others' : ''}`,
      '',
      `${right}: ${verdict?.why ?? ''}. Source: <${verdict?.source ?? ''}>`,
      '',
      '| model | field | LiteLLM | ours |',
      '|---|---|---|---|',
      ...table,
      '',
    ].join('\n');
  });
  return `${HEAD}
${compared} prices were compared; ${compared - rows.length} agree. Of the ${rows.length} others, ours is right in ${count('ours')},
LiteLLM's in ${count('LiteLLM')}, both in ${count('both')} (they mean different things), and ${count('open')} are open.

${sections.join('\n')}
## Models without a price here

${unknown.length} models of the table are on none of our lists. Their requests are unpriced, never 0; a rate card prices
them. ${unknown.join(', ')}.
`;
}

const RIGHT: Readonly<Record<Verdict['right'], string>> = {
  ours: 'Ours is right',
  LiteLLM: "LiteLLM's is right",
  both: 'Both are right',
  open: 'Open',
};

const HEAD = `# Cross-check with LiteLLM's prices

Written by \`node --conditions=source bench/pricing/cross-check-litellm.ts\`; edit the verdicts there, not here. The
bundled list is compared with a copy of LiteLLM's price table as both stood on 23 July 2026. Amounts are dollars per
million tokens.
`;

if (!existsSync(TABLE)) {
  console.log("The copy of LiteLLM's price table is not there; nothing was compared.");
} else {
  const result = compare(JSON.parse(readFileSync(TABLE, 'utf8')));
  const open = result.disagreements.filter((item) => verdictOn(item) === undefined);
  writeFileSync(REPORT, reportOf(result));
  console.log(
    `${result.compared} prices compared, ${result.disagreements.length} disagree, ${open.length} without a verdict`,
  );
  for (const item of open)
    console.log(`${item.model} ${item.field}: LiteLLM ${item.theirs}, ours ${item.ours}`);
  if (open.length > 0) process.exitCode = 1;
}
