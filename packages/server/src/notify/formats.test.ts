import { describe, expect, it } from 'vitest';
import { postableAlert, RESEND_MS } from './alertmanager.ts';
import { emailHtml, emailText } from './email-body.ts';
import { makeMessage, titleOf } from './message.ts';
import { pagerDutyEvents } from './pagerduty.ts';
import { retryAfterMs } from './post.ts';
import { slackBody } from './slack.ts';
import { teamsBody } from './teams.ts';
import { alertOf, changeOf, messageOf, START_MS } from './test-messages.ts';

/** Texts that would be something else in a page, a link or a mention, and that are as long as texts get. */
const hostile = {
  name: `<script>&"'*_[x](https://evil.example)${'n'.repeat(300)}`,
  summary: `<!channel> <https://evil.example|click> [a](https://evil.example) ${'&<>'.repeat(700)}`.slice(
    0,
    2000,
  ),
  description: '&'.repeat(2000),
  labels: Object.fromEntries(Array.from({ length: 16 }, (_none, n) => [`label_${n}`, '`<&>'.repeat(64)])),
  runbook: `https://example.org/${'r'.repeat(200)}|x>`,
  acknowledgedBy: '<@U123>'.repeat(18),
};
const url = `https://${'b'.repeat(200)}.example`;

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
}

describe('Slack', () => {
  const body = (message: ReturnType<typeof messageOf>) =>
    slackBody(message, url) as { readonly text: string; readonly blocks: readonly Block[] };

  it('keeps to the limits whatever the texts, and shows no markup of others', () => {
    const { text, blocks } = body(
      messageOf(
        Array.from({ length: 60 }, (_none, n) => alertOf(n, hostile)),
        20,
      ),
    );
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThanOrEqual(3000);
    for (const block of blocks) {
      const { type = '', text: shown = '' } = block.text ?? {};
      expect(shown.length).toBeLessThanOrEqual(type === 'plain_text' ? 150 : 3000);
      if (type !== 'mrkdwn') continue;
      // What stands in angle brackets is ours: the link of the alert, the time, the runbook.
      const marks = shown.match(/<[^>]*>/g) ?? [];
      expect(marks.every((mark) => /^<(?:https:\/\/b|!date\^|https:\/\/example\.org)/.test(mark))).toBe(true);
      expect(shown.replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }
    expect(JSON.stringify(blocks.at(-1))).toContain('and 40 more');
  });
});

describe('Slack, told of an address', () => {
  it('makes no link of it', () => {
    const { blocks } = slackBody(messageOf([alertOf(1, { summary: 'see https://evil.example' })]), url) as {
      readonly blocks: readonly Block[];
    };
    const marked = blocks.filter(({ text }) => text?.type === 'mrkdwn');
    expect(marked.map(({ text }) => text?.verbatim)).toEqual([true]);
  });
});

describe('Teams', () => {
  it('stays below 28 kB and shows texts as they are', () => {
    const message = messageOf(
      Array.from({ length: 60 }, (_none, n) => alertOf(n, hostile)),
      15,
    );
    const text = JSON.stringify(teamsBody(message, url));
    expect(Buffer.byteLength(text)).toBeLessThan(28_000);
    // Only text runs hold words of others, and those know no markup.
    expect(text).not.toContain('"TextBlock"');
    expect(text).toMatch(/and \d+ more/);
  });
});

describe('mail', () => {
  it('has no markup of others, and links only to ours', () => {
    const message = messageOf([alertOf(1, hostile)]);
    const html = emailHtml(message, url);
    expect(html).not.toContain('<script>');
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href?.slice(0, 20))).toEqual([
      'https://example.org/',
      `https://${'b'.repeat(12)}`,
    ]);
    expect(emailText(message, url)).toContain(hostile.summary);
  });
});

describe('PagerDuty', () => {
  type Event = {
    readonly event_action: string;
    readonly dedup_key: string;
    readonly payload?: { readonly summary: string; readonly severity: string };
  };
  const events = (message: ReturnType<typeof messageOf>) => pagerDutyEvents(message, url) as Event[];

  it('keeps to the limits whatever the texts', () => {
    const [event] = events(messageOf(Array.from({ length: 60 }, (_none, n) => alertOf(n, hostile))));
    expect(event?.payload?.summary.length).toBeLessThanOrEqual(1024);
    expect(event?.dedup_key.length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512_000);
  });

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low', 'info'],
  ] as const)('knows %s as %s', (severity, theirs) => {
    expect(events(messageOf([alertOf(1, { severity })]))[0]?.payload?.severity).toBe(theirs);
  });

  it('triggers what was raised and is over already, and then resolves it', () => {
    const raised = changeOf('raised', alertOf(1));
    const resolved = changeOf('resolved', alertOf(1, { state: 'resolved', resolvedAtMs: START_MS + 1 }));
    const message = makeMessage('m', [raised, resolved], 50, { open: 0, acknowledged: 0 }, START_MS);
    expect(events(message).map(({ event_action: action }) => action)).toEqual(['trigger', 'resolve']);
    expect(new Set(events(message).map(({ dedup_key: key }) => key)).size).toBe(1);
  });

  it('says nothing of a group of which a part is over', () => {
    const resolved = changeOf('resolved', alertOf(1, { state: 'resolved', resolvedAtMs: START_MS + 1 }));
    expect(events(makeMessage('m', [resolved], 50, { open: 2, acknowledged: 0 }, START_MS))).toEqual([]);
  });

  it('acknowledges when somebody has all of a group in hand', () => {
    const taken = changeOf('acknowledged', alertOf(1, { state: 'acknowledged', acknowledgedBy: 'ada' }));
    const of = (acknowledged: number) =>
      events(makeMessage('m', [taken], 50, { open: 2, acknowledged }, START_MS)).map(
        ({ event_action: action }) => action,
      );
    expect(of(1)).toEqual([]);
    expect(of(2)).toEqual(['acknowledge']);
  });
});

describe('Alertmanager', () => {
  it('gets an end that lies ahead while an alert is raised, and the real one when it is over', () => {
    const nowMs = START_MS + 1000;
    expect(postableAlert(alertOf(1), nowMs, '')).toEqual({
      labels: { alertname: 'HighErrors', rule: 'errors', severity: 'high', provider: 'p1' },
      annotations: { summary: 'p1 fails', description: 'Many requests fail.' },
      startsAt: '2026-11-21T08:00:00.000Z',
      endsAt: new Date(nowMs + 5 * RESEND_MS).toISOString(),
    });
    const over = alertOf(1, { state: 'resolved', resolvedAtMs: START_MS + 500 });
    expect(postableAlert(over, nowMs, '')).toMatchObject({ endsAt: '2026-11-21T08:00:00.500Z' });
  });
});

describe('a title', () => {
  it.each([
    [[alertOf(1)], 'High: p1 fails'],
    [[alertOf(1, { state: 'resolved' })], 'Resolved: p1 fails'],
    [[alertOf(1), alertOf(2)], '2 alerts HighErrors (2 firing)'],
    [[alertOf(1), alertOf(2, { state: 'resolved' })], '2 alerts HighErrors (1 firing, 1 resolved)'],
    [[alertOf(1, { summary: 'a\r\nBcc: b' })], 'High: a Bcc: b'],
  ])('%# says what a message is about, on one line', (alerts, title) => {
    expect(titleOf(messageOf(alerts))).toBe(title);
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    ['Sat, 21 Nov 2026 08:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 07:00:00 GMT', 0],
    ['86400', 3_600_000],
    ['soon', null],
    [undefined, null],
  ])('%s', (header, ms) => {
    expect(retryAfterMs(header, START_MS)).toBe(ms);
  });
});
