/**
 * Renews what the README shows: starts the demo and Prometheus, runs the commands
 * that stand in comments before blocks (`<!-- output of: COMMAND -->`), puts their
 * output into the blocks, draws the main dashboard from its own queries, and has a
 * browser draw a report. Plain JavaScript; needs Prometheus and Chromium and takes
 * some minutes.
 *
 * Usage: npm run readme
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureInstalled, pinnedNode, root } from '../install.mjs';
import { drawDashboard } from './picture.mjs';

/** Live traffic a month: enough for smooth lines, and little enough not to stand out in the history. */
const LIVE_EVENTS = '30000000';
/** What piled up while the history was loaded is sent first, and is nothing to show. */
const CATCHING_UP_SECONDS = 40;
/** How long live traffic is watched before the picture is drawn. */
const WATCHED_SECONDS = 150;
/** How many lines of an output are shown. */
const LINES_MAX = 16;
const dashboard = 'bellwether-llm-cost';

ensureInstalled();
const node = pinnedNode();
const cli = join(root, 'packages/server/bin/bellwether.js');
const scratch = mkdtempSync(join(tmpdir(), 'bellwether-readme-'));
const data = join(scratch, 'data');
const children = [];
try {
  await renew();
} finally {
  await stopAll();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

async function renew() {
  const [server, prometheus] = [await freePort(), await freePort()];
  const demo = start(
    node,
    [cli, 'demo', '--port', String(server), '--data', data, '--live-events', LIVE_EVENTS],
    ['ignore', 'ignore', 'pipe'],
  );
  // The month is loaded, and in reports, before anything is shown.
  await says(demo, 'What there is to find');
  const rules = join(scratch, 'prometheus');
  const target = `127.0.0.1:${server}`;
  bellwether([
    'generate',
    'prometheus',
    '--out',
    rules,
    '--target',
    target,
    '--scrape-interval',
    '1s',
    '--durations',
    '0.04',
  ]);
  start('prometheus', [
    `--config.file=${rules}/prometheus.yml`,
    `--storage.tsdb.path=${scratch}/tsdb`,
    `--web.listen-address=127.0.0.1:${prometheus}`,
  ]);
  await answers(`http://127.0.0.1:${prometheus}/-/ready`);
  await sleep(CATCHING_UP_SECONDS * 1000);
  console.log(`Watching for ${WATCHED_SECONDS} seconds …`);
  await sleep(WATCHED_SECONDS * 1000);
  const picture = await drawDashboard(readDashboard(), asking(`http://127.0.0.1:${prometheus}`));
  mkdirSync(join(root, 'docs/pictures'), { recursive: true });
  writeFileSync(join(root, `docs/pictures/${dashboard}.svg`), picture);
  // What does not change any more adds up.
  await stopAll();
  drawReport();
  const file = join(root, 'README.md');
  writeFileSync(file, withOutputs(readFileSync(file, 'utf8')));
  console.log('README.md and its pictures are renewed.');
}

/** The beginning of the cost report of a week, as a browser shows it. */
function drawReport() {
  const page = join(scratch, 'report.html');
  bellwether([
    'report',
    'cost',
    '--data',
    data,
    '--hours',
    '168',
    '--by',
    'team',
    '--format',
    'html',
    '--out',
    page,
  ]);
  execFileSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--hide-scrollbars',
      '--window-size=860,1500',
      `--screenshot=${join(root, 'docs/pictures/report-cost.png')}`,
      `file://${page}`,
    ],
    { stdio: 'ignore' },
  );
}

async function stopAll() {
  for (const child of children.splice(0).toReversed()) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  }
}

/** The README with the output of each command in the block that follows it. */
function withOutputs(text) {
  return text.replaceAll(
    /(<!-- output of: npx bellwether (.*) -->\n```\n)[\s\S]*?(```\n)/g,
    (_all, head, command, end) => {
      const args = command.replace('./data/demo', data).split(' ');
      const lines = bellwether(args).trimEnd().split('\n');
      const shown = lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX - 1), '…'] : lines;
      return `${head}${shown.map((line) => line.trimEnd()).join('\n')}\n${end}`;
    },
  );
}

function readDashboard() {
  return JSON.parse(readFileSync(join(root, `monitoring/grafana/dashboards/${dashboard}.json`), 'utf8'));
}

/** Asks Prometheus, with every value of every variable chosen. */
function asking(url) {
  const fill = (expr) =>
    expr
      .replaceAll('$__rate_interval', '15s')
      .replaceAll('$__range', `${WATCHED_SECONDS}s`)
      .replaceAll(/\$\w+/g, '.*');
  const ask = async (path, parameters) => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = await response.json();
    if (status !== 'success') throw new Error(`${parameters.query}: ${error}`);
    return data.result;
  };
  const now = Date.now() / 1000;
  return {
    instant: (expr) => ask('query', { query: fill(expr) }),
    range: (expr) =>
      ask('query_range', {
        query: fill(expr),
        start: String(now - WATCHED_SECONDS + 20),
        end: String(now),
        step: '2',
      }),
  };
}

function bellwether(args) {
  return execFileSync(node, [cli, ...args], { encoding: 'utf8', cwd: scratch });
}

function start(command, args, stdio = 'ignore') {
  const child = spawn(command, args, { stdio });
  child.once('error', (error) => {
    throw error;
  });
  children.push(child);
  return child;
}

/** Waits until a program writes a text on standard error, and reads on, so that it can go on writing. */
function says(child, text) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-10_000);
      if (said.includes(text)) resolve();
    });
    child.once('exit', (code) =>
      reject(new Error(`it ended with ${code} before it said “${text}”: ${said}`)),
    );
  });
}

async function answers(url) {
  for (let tries = 0; tries < 600; tries++) {
    const response = await fetch(url).catch(() => null);
    if (response?.status === 200) return;
    await sleep(500);
  }
  throw new Error(`${url} does not answer`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
