import { Readable } from 'node:stream';
import { formatUsd } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { readAwsUsage } from './formats/aws.ts';
import { readAzureMeter } from './formats/azure.ts';
import { readBill } from './read-bill.ts';

const read = (...files: string[]) =>
  readBill(files.map((text, i) => ({ name: `bill-${i}.csv`, bytes: Readable.from([Buffer.from(text)]) })));

/** The items as short lines. */
async function itemsOf(...files: string[]): Promise<string[]> {
  const { items } = await read(...files);
  return items
    .map((item) =>
      [
        item.day,
        item.provider,
        item.model,
        item.meter,
        formatUsd(item.costPicoUsd),
        item.listPicoUsd === null ? '-' : formatUsd(item.listPicoUsd),
        String(item.tokens ?? '-'),
      ].join(' | '),
    )
    .toSorted();
}

describe('a line', () => {
  const line = (date: string, unit = '1K'): string =>
    `date,meterName,quantity,unitOfMeasure,costInUsd,meterCategory\n${date},gpt-4o Inp glbl Tokens,5,${unit},0.5,Azure OpenAI\n`;

  it.each(['28/09/2026', '2026-13-01', '2026-02-30', '02/30/2026', '0/1/2026'])(
    'of the day %s, which there is not, is told with its place',
    async (date) => {
      await expect(read(line(date))).rejects.toThrow(`bill-0.csv, line 2: "${date}" is not a date`);
    },
  );

  it('has tokens in a unit of a readable length', async () => {
    expect(await itemsOf(line('9/28/2026', '1000 tokens'))).toEqual([
      '2026-09-28 | azure | gpt 4o | input | 0.50 | - | 5000',
    ]);
    expect(await itemsOf(line('9/28/2026', `${'9'.repeat(1000)} tokens`))).toEqual([
      '2026-09-28 | azure | gpt 4o | input | 0.50 | - | -',
    ]);
  });
});

describe('bills', () => {
  it('of OpenAI: line items with tokens, other tools, and empty days', async () => {
    const text = `start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,project_id
1,2,2026-09-27T00:00:00+00:00,2026-09-28T00:00:00+00:00,,,,,,
1,2,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,0.250000000000000000000000,usd,100000,tokens,"gpt-4o-2024-08-06, input",p1
1,2,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,0.125,usd,100000,tokens,"gpt-4o-2024-08-06, cached input",p1
1,2,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,1E-05,usd,1,tokens,"gpt-4o-2024-08-06, output",p1
1,2,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,0.75,usd,50000,tokens,"gpt-4o-2024-08-06, input",p2
1,2,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,0.30,usd,30,requests,web search tool calls,p2
`;
    expect(await itemsOf(text)).toEqual([
      '2026-09-28 | openai |  | other | 0.30 | - | -',
      '2026-09-28 | openai | gpt-4o-2024-08-06 | cache_read | 0.125 | - | 100000',
      '2026-09-28 | openai | gpt-4o-2024-08-06 | input | 1.00 | - | 150000',
      '2026-09-28 | openai | gpt-4o-2024-08-06 | output | 0.00001 | - | 1',
    ]);
    expect(await read(text)).toMatchObject({ formats: ['OpenAI costs'], lines: 6, ignored: 1 });
  });

  it('of Anthropic: costs, and tokens from the other file', async () => {
    const costs = `usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type
2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,input_no_cache,0.05,0.10,token
2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,input_cache_write_1h,0.02,0.02,token
2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,,0.01,0.01,web_search
`;
    const tokens = `usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count
2026-08-04,claude-haiku-4-5-20251001,k,Default,standard,≤ 200k,50000,0,10000,7,9,1
`;
    expect(await itemsOf(costs, tokens)).toEqual([
      '2026-08-04 | anthropic | Claude Haiku 4.5 | cache_write_1h | 0.02 | 0.02 | -',
      '2026-08-04 | anthropic | Claude Haiku 4.5 | input | 0.05 | 0.10 | -',
      '2026-08-04 | anthropic | Claude Haiku 4.5 | other | 0.01 | 0.01 | -',
      '2026-08-04 | anthropic | claude-haiku-4-5-20251001 | cache_read | 0.00 | - | 7',
      '2026-08-04 | anthropic | claude-haiku-4-5-20251001 | cache_write | 0.00 | - | 0',
      '2026-08-04 | anthropic | claude-haiku-4-5-20251001 | cache_write_1h | 0.00 | - | 10000',
      '2026-08-04 | anthropic | claude-haiku-4-5-20251001 | input | 0.00 | - | 50000',
      '2026-08-04 | anthropic | claude-haiku-4-5-20251001 | output | 0.00 | - | 9',
    ]);
  });

  it('of Azure: quantities in thousands and millions, other services ignored, tax apart', async () => {
    const text = `Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrency,ChargeType
10/05/2026,Cognitive Services,Azure OpenAI,gpt-4o-0806-Inp-glbl Tokens,1234.5,1K,3.08625,USD,Usage
10/05/2026,Cognitive Services,Azure OpenAI GPT5,5.4 mini cd Inp Gl 1M Tokens,2.5,1M,0.2,USD,Usage
10/05/2026,Virtual Machines,D2,D2 v5,10,1 Hour,0.96,USD,Usage
10/31/2026,Cognitive Services,Azure OpenAI,,0,,0.40,USD,Tax
`;
    expect(await itemsOf(text)).toEqual([
      '2026-10-05 | azure | gpt 4o 0806 | input | 3.08625 | - | 1234500',
      '2026-10-05 | azure | gpt-5.4 mini | cache_read | 0.20 | - | 2500000',
      '2026-10-31 | azure |  | adjustment | 0.40 | - | -',
    ]);
  });

  it.each(['lineItem/UsageStartDate', 'line_item_usage_start_date'])(
    'of AWS, with columns like %s',
    async (name) => {
      const column = (group: string, field: string): string =>
        name.includes('/')
          ? `${group}/${field[0]?.toUpperCase()}${field.slice(1)}`
          : `${group}_${field}`
              .replace('lineItem', 'line_item')
              .replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
      const columns = [
        ...[
          'lineItemType',
          'usageStartDate',
          'productCode',
          'usageType',
          'usageAmount',
          'currencyCode',
          'unblendedCost',
        ].map((field) => column('lineItem', field)),
        name.includes('/') ? 'pricing/unit' : 'pricing_unit',
        name.includes('/') ? 'product/productName' : 'product_product_name',
      ];
      const text = `${columns.join(',')}
Usage,2026-10-02T00:00:00Z,AmazonBedrock,USE1-Claude4.5Sonnet-input-tokens-cross-region-global,12.5,USD,0.0375,1K tokens,Amazon Bedrock
Usage,2026-10-02T01:00:00Z,AmazonBedrock,USE1-Claude4.5Sonnet-cache-read-input-token-count-cross-region-global,100,USD,0.03,1K tokens,Amazon Bedrock
Usage,2026-10-02T01:00:00Z,abc,USE1-MP:USE1_OutputTokenCount-Units,0.2,USD,3,Units,Claude Opus 4.8 (Amazon Bedrock Edition)
Usage,2026-10-02T01:00:00Z,AmazonEC2,USE1-BoxUsage:m5,1,USD,0.1,Hrs,Amazon EC2
Credit,2026-10-02T01:00:00Z,AmazonBedrock,USE1-Claude4.5Sonnet-input-tokens,0,USD,-0.01,,Amazon Bedrock
`;
      expect(await itemsOf(text)).toEqual([
        '2026-10-02 | aws |  | adjustment | -0.01 | - | -',
        '2026-10-02 | aws | Claude Opus 4.8 | output | 3.00 | - | -',
        '2026-10-02 | aws | Claude4.5Sonnet | cache_read | 0.03 | - | 100000',
        '2026-10-02 | aws | Claude4.5Sonnet | input | 0.0375 | - | 12500',
      ]);
    },
  );

  it('as FOCUS rows, of Azure and of AWS', async () => {
    const head = 'BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ServiceCategory,ProviderName';
    const azure = `${head},ConsumedQuantity,ConsumedUnit,ListCost,x_SkuMeterName
1.5,USD,Usage,2026-10-02T00:00:00Z,AI and Machine Learning,Microsoft,600,1K Tokens,1.5,gpt-4o-0806-Inp-glbl Tokens
9,USD,Usage,2026-10-02T00:00:00Z,Compute,Microsoft,1,Hours,9,D2
0.1,USD,Tax,2026-10-02T00:00:00Z,AI and Machine Learning,Microsoft,,,,
`;
    const aws = `${head},ConsumedQuantity,ConsumedUnit,ListCost,x_UsageType
2,USD,Usage,2026-10-02T00:00:00Z,AI and Machine Learning,AWS,1000,1K tokens,2,USE1-Nova2.0Lite-output-tokens
`;
    expect(await itemsOf(azure, aws)).toEqual([
      '2026-10-02 | Microsoft |  | adjustment | 0.10 | - | -',
      '2026-10-02 | Microsoft | gpt 4o 0806 | input | 1.50 | 1.50 | 600000',
      '2026-10-02 | aws | Nova2.0Lite | output | 2.00 | 2.00 | 1000000',
    ]);
  });

  it.each([
    ['a file that is no bill', 'a,b\n1,2\n', /bill-0\.csv is none of the bills that are known .* a, b/],
    [
      'another currency',
      'start_time_iso,amount_value,amount_currency,line_item\n2026-10-01,1,eur,"x, input"\n',
      /line 2: the amount is in eur/,
    ],
    [
      'an amount that is none',
      'start_time_iso,amount_value,amount_currency\n2026-10-01,1,usd\n2026-10-01,many,usd\n',
      /line 3: "many" is not an amount/,
    ],
    [
      'a date that is none',
      'start_time_iso,amount_value,amount_currency\nsoon,1,usd\n',
      /"soon" is not a date/,
    ],
    [
      'nothing but other services',
      'MeterName,Quantity,MeterCategory,Date,Cost\nD2,1,VM,2026-10-01,1\n',
      /no line for a model/,
    ],
    ['an empty file', '', /no line for a model/],
    ['a quote that does not end', 'start_time_iso,amount_value,amount_currency\n"2026', /bill-0\.csv/],
  ])('refuses %s', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('meter names', () => {
  it.each([
    ['gpt-4o-mini-0718-Outp-regnl Tokens', 'gpt 4o mini 0718', 'output'],
    ['gpt-5-codex-ccchd-inp-glbl Tokens', 'gpt 5 codex', 'cache_read'],
    ['5.6 sol ShortCo Cd Wr Std Gl 1M Tokens', 'gpt-5.6 sol', 'cache_write'],
    ['o4-mini 0416 Inp glbl Tokens', 'o4 mini 0416', 'input'],
    ['gpt-4o-rt-aud-1217 Outp glbl Tokens', 'gpt 4o rt aud 1217', 'other'],
    ['gpt 5 pro out glbl Tokens', 'gpt 5 pro', 'output'],
  ])('of Azure: %s', (name, model, meter) => {
    expect(readAzureMeter(name)).toEqual({ model, meter });
  });

  it.each([
    ['USE1-Claude3Sonnet-input-tokens', '', 'Claude3Sonnet', 'input'],
    [
      'USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard',
      '',
      'anthropic.claude-opus-4-8',
      'cache_write',
    ],
    ['EU-Qwen3-VL-235B-A22B-output-tokens', '', 'Qwen3-VL-235B-A22B', 'output'],
    [
      'USE1-MP:USE1_CacheReadInputTokenCount-Units',
      'Claude Sonnet 4 (Amazon Bedrock Edition)',
      'Claude Sonnet 4',
      'cache_read',
    ],
    ['USE1-NovaCanvas-T2I-1024-Standard', '', 'NovaCanvas-T2I-1024-Standard', 'other'],
  ])('of AWS: %s', (usageType, product, model, meter) => {
    expect(readAwsUsage(usageType, product)).toEqual({ model, meter });
  });
});
