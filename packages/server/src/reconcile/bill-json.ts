/** A bill as JSON, as the command sends it to the server: summed lines, not the file. */

import { BellwetherError, formatUsd, parseUsd } from '@bellwether/events';
import { type Static, Type } from 'typebox';
import type { Bill, BillItem } from './bill.ts';
import { BILL_ITEMS_MAX } from './read-bill.ts';

const itemSchema = Type.Object(
  {
    day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    provider: Type.String({ maxLength: 200 }),
    model: Type.String({ maxLength: 500, description: 'As the bill writes it; empty if it does not say.' }),
    meter: Type.Union([
      Type.Literal('input'),
      Type.Literal('cache_read'),
      Type.Literal('cache_write'),
      Type.Literal('cache_write_1h'),
      Type.Literal('output'),
      Type.Literal('other'),
      Type.Literal('adjustment'),
    ]),
    cost_usd: Type.String({ maxLength: 64 }),
    list_usd: Type.Optional(Type.String({ maxLength: 64 })),
    tokens: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** The body of `POST /api/v1/reconciliations`. */
export const billSchema = Type.Object(
  {
    formats: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20 }),
    lines: Type.Integer({ minimum: 0 }),
    ignored: Type.Integer({ minimum: 0 }),
    items: Type.Array(itemSchema, { minItems: 1, maxItems: BILL_ITEMS_MAX }),
  },
  { additionalProperties: false },
);

export type BillJson = Static<typeof billSchema>;

/** The largest such body. */
export const BILL_BYTES_MAX = 16 * 1024 * 1024;

/** Writes a bill. */
export function billToJson({ formats, lines, ignored, items }: Bill): BillJson {
  return {
    formats: [...formats],
    lines,
    ignored,
    items: items.map(({ day, provider, model, meter, costPicoUsd, listPicoUsd, tokens }) => ({
      day,
      provider,
      model,
      meter,
      cost_usd: formatUsd(costPicoUsd),
      ...(listPicoUsd === null ? {} : { list_usd: formatUsd(listPicoUsd) }),
      ...(tokens === null ? {} : { tokens: Number(tokens) }),
    })),
  };
}

/**
 * Reads one.
 *
 * @throws BellwetherError `invalid_parameter` for a day or an amount that is none.
 */
export function billFromJson({ formats, lines, ignored, items }: BillJson): Bill {
  return { formats, lines, ignored, items: items.map((item, i) => itemFromJson(item, i)) };
}

function itemFromJson(item: Static<typeof itemSchema>, index: number): BillItem {
  const amount = (text: string, field: string): bigint => {
    const pico = parseUsd(text);
    if (pico === null) throw refusal(`items.${index}.${field} is not an amount.`, `items.${index}.${field}`);
    return pico;
  };
  const { day, provider, model, cost_usd: cost, list_usd: list, tokens } = item;
  if (Number.isNaN(Date.parse(day))) throw refusal(`items.${index}.day is not a date.`, `items.${index}.day`);
  return {
    day,
    provider,
    model,
    meter: item.meter,
    costPicoUsd: amount(cost, 'cost_usd'),
    listPicoUsd: list === undefined ? null : amount(list, 'list_usd'),
    tokens: tokens === undefined ? null : BigInt(tokens),
  };
}

function refusal(message: string, field: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
