/**
 * A picture of a Grafana dashboard: its panels where the dashboard has them, with what
 * Prometheus answers to their queries. It is drawn here and not by Grafana, which
 * draws more, and rounder. Plain JavaScript without dependencies.
 */

const WIDTH = 1200;
/** Pixels of a column and of a row of Grafana's grid, which has 24 columns. */
const COLUMN = WIDTH / 24;
const ROW = 26;
const GAP = 6;
const colours = [
  '#1f77b4',
  '#e07b00',
  '#2ca02c',
  '#c0392b',
  '#8e5ab8',
  '#8c564b',
  '#d45fa5',
  '#6b7280',
  '#9a9a00',
  '#17a2b8',
];
const BARS_MAX = 7;
const ROWS_MAX = 6;

/** @param {string} text */
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A number as a panel shows it. @param {number} [decimals] of the panel */
export function format(value, unit, decimals) {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'short' && decimals === 0 && Math.abs(value) < 1e4)
    return Math.round(value).toLocaleString('en-US');
  if (unit === 'percentunit') return `${(value * 100).toFixed(1)} %`;
  if (unit === 's') return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(1)} s`;
  const size = Math.abs(value);
  const [factor, suffix] =
    size >= 1e9 ? [1e9, ' B'] : size >= 1e6 ? [1e6, ' M'] : size >= 1e4 ? [1e3, ' k'] : [1, ''];
  const scaled = value / factor;
  const digits = Math.abs(scaled) >= 100 || Number.isInteger(scaled) ? 0 : Math.abs(scaled) >= 1 ? 2 : 4;
  const text = scaled.toFixed(digits) + suffix;
  return unit === 'currencyUSD' ? `$${text}` : unit === 'reqps' ? `${text}/s` : text;
}

/**
 * Draws a dashboard.
 *
 * @param {object} dashboard its file
 * @param {{instant(expr: string): Promise<object[]>, range(expr: string): Promise<object[]>}} prometheus
 * @returns {Promise<string>} SVG
 */
export async function drawDashboard(dashboard, prometheus) {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');
  const rows = dashboard.panels.filter(({ type }) => type === 'row');
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const parts = [];
  for (const { title, gridPos } of rows) {
    parts.push(`<text x="${GAP}" y="${gridPos.y * ROW + ROW - 8}" class="row">${escape(title)}</text>`);
  }
  for (const panel of panels) parts.push(await drawPanel(panel, prometheus));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom * ROW + GAP}" role="img" aria-label="${escape(dashboard.title)}">
<style>text { font: 13px system-ui, sans-serif; fill: #24292f; } .row { font-weight: 600; } .title { font-size: 12px; fill: #57606a; } .big { font-size: 34px; font-weight: 600; } .small { font-size: 11px; fill: #57606a; } .end { text-anchor: end; } .middle { text-anchor: middle; }</style>
<rect width="100%" height="100%" fill="#f6f8fa"/>
${parts.join('\n')}
</svg>
`;
}

async function drawPanel(panel, prometheus) {
  const { x, y, w, h } = panel.gridPos;
  const box = { width: w * COLUMN - GAP, height: h * ROW - GAP };
  const { unit = 'short', decimals, thresholds } = panel.fieldConfig?.defaults ?? {};
  const ask = panel.type === 'timeseries' ? prometheus.range : prometheus.instant;
  const answers = [];
  for (const { expr, legendFormat = '' } of panel.targets ?? []) {
    for (const series of await ask(expr))
      answers.push({ ...series, name: nameOf(series, legendFormat), expr });
  }
  const draw = { stat, gauge, timeseries, piechart: bars, table }[panel.type];
  if (draw === undefined) throw new Error(`no panel of the type ${panel.type} can be drawn`);
  return `<g transform="translate(${x * COLUMN + GAP / 2} ${y * ROW + GAP / 2})"><rect width="${box.width}" height="${box.height}" rx="4" fill="#fff" stroke="#d0d7de"/><text x="10" y="18" class="title">${escape(panel.title)}</text>
${draw(answers, box, { unit, decimals, thresholds, overrides: panel.fieldConfig?.overrides ?? [] })}</g>`;
}

function nameOf({ metric }, legendFormat) {
  return legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_whole, label) => metric[label] ?? '');
}

const valueOf = (series) => Number(series?.value?.[1]);

function stat(answers, { width, height }, { unit, decimals }) {
  return `<text x="${width / 2}" y="${height / 2 + 22}" class="big middle">${format(valueOf(answers[0]), unit, decimals)}</text>`;
}

function gauge(answers, box, shown) {
  const value = valueOf(answers[0]);
  const [left, length] = [box.width * 0.2, box.width * 0.6];
  return `${stat(answers, { ...box, height: box.height - 40 }, shown)}<rect x="${left}" y="${box.height * 0.62}" width="${length}" height="14" rx="7" fill="#d8dee4"/><rect x="${left}" y="${box.height * 0.62}" width="${(length * Math.min(1, value || 0)).toFixed(1)}" height="14" rx="7" fill="${colourOf(value, shown.thresholds)}"/>`;
}

/** The colour of the last threshold that a value reaches. */
function colourOf(value, thresholds) {
  const reached = thresholds?.steps?.findLast((step) => step.value === null || value >= step.value);
  return { red: '#c0362c', yellow: '#d9a400', green: colours[2] }[reached?.color] ?? colours[2];
}

function bars(answers, { width, height }, { unit, decimals }) {
  const sorted = answers.toSorted((a, b) => valueOf(b) - valueOf(a)).slice(0, BARS_MAX);
  const most = Math.max(...sorted.map(valueOf));
  const step = (height - 34) / BARS_MAX;
  return sorted
    .map((series, index) => {
      const top = 30 + index * step;
      const length = ((width - 270) * valueOf(series)) / most;
      return `<text x="10" y="${top + 13}">${escape(series.name)}</text><rect x="160" y="${top}" width="${length.toFixed(1)}" height="${(step - 6).toFixed(1)}" rx="2" fill="${colours[index]}"/><text x="${(168 + length).toFixed(1)}" y="${top + 13}" class="small">${format(valueOf(series), unit, decimals)}</text>`;
    })
    .join('\n');
}

function timeseries(answers, { width, height }, { unit }) {
  const points = answers.flatMap(({ values }) => values).map(([at, value]) => [at, Number(value)]);
  const finite = points.filter(([, value]) => Number.isFinite(value));
  if (finite.length === 0)
    return `<text x="${width / 2}" y="${height / 2}" class="small middle">nothing</text>`;
  const times = finite.map(([at]) => at);
  const [from, to, most] = [
    Math.min(...times),
    Math.max(...times),
    Math.max(...finite.map(([, value]) => value)) || 1,
  ];
  const [left, top, right, low] = [70, 32, width - 12, height - 34];
  const place = ([at, value]) =>
    `${(left + ((right - left) * (at - from)) / (to - from || 1)).toFixed(1)},${(low - ((low - top) * Number(value)) / most).toFixed(1)}`;
  const lines = answers.map(({ values }, index) => {
    const path = values
      .filter(([, value]) => Number.isFinite(Number(value)))
      .map(place)
      .join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colours[index % colours.length]}" stroke-width="1.5"/>`;
  });
  const ticks = [0, 0.5, 1].map((share) => {
    const y = (low - (low - top) * share).toFixed(1);
    return `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" stroke="#eaeef2"/><text x="${left - 6}" y="${Number(y) + 4}" class="small end">${format(most * share, unit)}</text>`;
  });
  let at = left;
  const legend = [];
  for (const [index, { name }] of answers.entries()) {
    const length = 20 + name.length * 6.4;
    if (at + length > right) break;
    legend.push(
      `<rect x="${at.toFixed(1)}" y="${height - 20}" width="10" height="3" fill="${colours[index % colours.length]}"/><text x="${(at + 14).toFixed(1)}" y="${height - 15}" class="small">${escape(name)}</text>`,
    );
    at += length + 6;
  }
  return [...ticks, ...lines, ...legend].join('\n');
}

function table(answers, { width }, { unit, overrides }) {
  const columns = [...new Set(answers.map(({ name }) => name))];
  const rows = new Map();
  for (const { metric, name, value } of answers) {
    const key = `${metric.provider}\t${metric.model}`;
    rows.set(key, { ...rows.get(key), [name]: Number(value[1]) });
  }
  const sorted = [...rows]
    .toSorted((a, b) => (b[1][columns[0]] ?? 0) - (a[1][columns[0]] ?? 0))
    .slice(0, ROWS_MAX);
  const place = (index) => width * (0.55 + 0.2 * index) + 40;
  const head = columns.map(
    (name, index) => `<text x="${place(index)}" y="40" class="small end">${escape(name)}</text>`,
  );
  const body = sorted.map(([key, values], line) => {
    const y = 62 + line * 24;
    const [provider, model] = key.split('\t');
    const cells = columns.map((name, index) => {
      const properties = overrides.find(({ matcher }) => matcher.options === name)?.properties ?? [];
      const own = Object.fromEntries(properties.map(({ id, value }) => [id, value]));
      const shown = values[name] === undefined ? '' : format(values[name], own.unit ?? unit, own.decimals);
      return `<text x="${place(index)}" y="${y}" class="end">${shown}</text>`;
    });
    return `<text x="10" y="${y}">${escape(provider)}</text><text x="200" y="${y}">${escape(model)}</text>${cells.join('')}`;
  });
  return [...head, ...body].join('\n');
}
