/** Writes the reference page of the metrics from the catalogue. */

import { queryExamples } from './examples.ts';
import { type FamilyDeclaration, type Pack, packs, type Source } from './family.ts';
import { catalogue } from './index.ts';
import { namingExceptions } from './naming.ts';
import { USERS_EXACT_MAX } from './users.ts';

const packTexts: Readonly<Record<Pack, readonly [title: string, text: string]>> = {
  llm: ['LLM requests', 'Requests to language models: how many, how long, what they cost, how they fail.'],
  gen_ai: [
    'OpenTelemetry’s generative AI families',
    'The same requests under the names of OpenTelemetry’s conventions (versions 1.37 to 1.41, and the token counters of the conventions’ own repository). The duration buckets are the advised ones and two more, 163.84 s and 327.68 s, since reasoning and agents take longer than 82 s.',
  ],
  load_balancer: [
    'Load balancer',
    'Requests that a balancer gave to one of several backends, and the state of those backends. The server counts the events that name a `backend_id`; what only the balancer knows (health, breakers, pools) is recorded inside it. Gauges of the last minute or five minutes go by when requests finished, in steps of ten seconds.',
  ],
  platform: [
    'Configuration platform',
    'A configuration service: its values, caches, permissions, audit trail, storage, ciphers and HTTP interface. Recorded inside the service.',
  ],
  business: [
    'Business',
    'What requests are worth. Switched by `business_intelligence.enabled`, and return on investment by `packs.roi_tracking`.',
  ],
  cost: [
    'Cost',
    'What models cost. Switched by `cost_analysis.enabled`, and the families by model by `cost_analysis.model_cost_tracking`.',
  ],
  users: [
    'Users',
    `Who sends requests. Switched by \`user_analytics.enabled\` and its three parts by \`adoption_tracking\`, \`usage_pattern_analysis\` and \`satisfaction_metrics\`. Users are counted exactly while at most ${USERS_EXACT_MAX.toLocaleString('en-US')} were active within a day; beyond that a random half of them, a quarter, … is followed, and \`users_active_standard_error_ratio\` tells the error, below 0.6 % for the day. Only keyed hashes of user ids are held.`,
  ],
  framework: [
    'The monitoring’s own health',
    'What the server took in, refused and stored, and what it failed at.',
  ],
};

const sourceTexts: Readonly<Record<Source, string>> = { application: 'application', server: 'server' };

const introduction = `# Metrics

<!-- Generated from the catalogue in packages/events/src/catalogue. To renew it: npx vitest run --project unit packages/events/src/catalogue -u -->

Every metric family, as it is exposed. Counters are shown with \`_total\`; a histogram has \`_bucket\`, \`_sum\` and \`_count\`, a
summary \`quantile\` lines, \`_sum\` and \`_count\`. Amounts of money are US dollars. They are summed exactly, in units of
10⁻¹² dollars, and shown as the nearest double; only \`llm_cost_usd_total\` of an application adds doubles, for speed.

**Recorded by** says where a family comes from: an *application* through the recorders of \`@bellwether/events\`, or the
*server* from the events that its ledger has taken during this life of the process. Where it says both, the two are told
apart by \`job\` and \`instance\`. Labels that an event leaves open are \`unknown\`. A family holds 10,000 label sets unless its
table says otherwise; what is beyond goes to one series whose labels are all \`__overflow__\`, so that totals stay exact.
`;

/** The page `docs/reference/metrics.md`, complete. */
export function metricsReference(): string {
  const sections = packs.map(packReference);
  return [introduction, ...sections, namingReference()].join('\n');
}

function packReference(pack: Pack): string {
  const [title, text] = packTexts[pack];
  const families = catalogue.filter((family) => family.pack === pack);
  const examples = queryExamples[pack].map(({ question, promql }) => `# ${question}\n${promql}`);
  return `## ${title}

${text}

${table(['family', 'type', 'labels', 'recorded by', 'meaning'], families.map(row))}

\`\`\`promql
${examples.join('\n\n')}
\`\`\`
`;
}

function row(family: FamilyDeclaration): string[] {
  const { name, type, labels = [], recordedBy, help } = family;
  return [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', ') || '–',
    recordedBy.map((source) => sourceTexts[source]).join(', '),
    help + details(family),
  ];
}

function details({ buckets, percentiles, seriesMax }: FamilyDeclaration): string {
  const parts = [
    buckets === undefined ? '' : ` Buckets: ${buckets.map(plain).join(', ')}.`,
    percentiles === undefined ? '' : ` Quantiles: ${percentiles.join(', ')}.`,
    seriesMax === undefined ? '' : ` At most ${seriesMax.toLocaleString('en-US')} label sets.`,
  ];
  return parts.join('');
}

/** A number without an exponent. */
function plain(value: number): string {
  return value < 1e-4 ? value.toFixed(6).replace(/0+$/, '') : String(value);
}

function namingReference(): string {
  const rows = namingExceptions.map(({ family, fault, reason }) => [`\`${family}\``, fault, reason]);
  return `## Names that \`promtool check metrics\` finds fault with

Some names that were asked for break Prometheus’ advice on naming. These do and no others.

${table(['family', 'fault', 'reason to keep it'], rows)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
