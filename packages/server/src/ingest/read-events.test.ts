import { eventFieldNames } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { bodyFormatOf, holdsMore, readEvents } from './read-events.ts';

const read = (text: string, format: 'json' | 'ndjson', eventsMax = 10) =>
  readEvents(Buffer.from(text), format, eventsMax);

describe('readEvents', () => {
  it('takes one object for a list of one', () => {
    expect(read('{"a":1}', 'json')).toEqual([{ value: { a: 1 }, place: { index: 0 } }]);
    expect(read('[1,2]', 'json').map(({ place }) => place)).toEqual([{ index: 0 }, { index: 1 }]);
  });

  it('counts lines from one and passes over empty ones', () => {
    expect(read('\n{}\r\n\n{}', 'ndjson').map(({ place }) => place)).toEqual([
      { index: 0, line: 2 },
      { index: 1, line: 4 },
    ]);
  });

  it('tells where the text goes wrong without quoting it', () => {
    const secret = '{"a": "sk-secret" oops}';
    expect(() => read(secret, 'json')).toThrow(/character 18/);
    expect(() => read(secret, 'json')).not.toThrow(/sk-secret/);
    expect(() => read(`{}\n${secret}`, 'ndjson')).toThrow(
      expect.objectContaining({ place: { index: 1, line: 2 } }),
    );
  });

  it.each(['[1,2,3]', '1\n2\n3'])('refuses more events than permitted: %j', (text) => {
    expect(() => read(text, text.startsWith('[') ? 'json' : 'ndjson', 2)).toThrow(
      expect.objectContaining({ code: 'too_many_events' }),
    );
  });

  it('refuses a body of nothing but brackets before it is parsed', () => {
    const text = `[${'{},'.repeat(700_000)}{}]`;
    expect(() => read(text, 'json', 10_000)).toThrow(expect.objectContaining({ code: 'too_many_events' }));
  });

  it.each([
    ['scalars', `[${'0,'.repeat(800_000)}0]`],
    ['fields', `{${Array.from({ length: 90_000 }, (_, i) => `"field${i}":0`).join(',')}}`],
  ])('refuses a body of more %s than events can have, before it is parsed', (_, text) => {
    // That it was not parsed shows in the missing end: it would be found wrong otherwise.
    expect(() => read(text.slice(0, -1), 'json', 1000)).toThrow(
      expect.objectContaining({ code: 'too_many_events' }),
    );
  });

  it('takes as many fields as its events may have', () => {
    const attributes = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, 'v'.repeat(20)]));
    const fields = Object.fromEntries(eventFieldNames.map((name) => [name, 0]));
    const events = Array.from({ length: 1000 }, () => ({ ...fields, attributes }));
    expect(read(JSON.stringify(events), 'json', 1000)).toHaveLength(1000);
  });

  it('takes a last line with and without its end', () => {
    expect(read('{}\n{}\n', 'ndjson')).toHaveLength(2);
    expect(read('{}\n{}', 'ndjson')).toHaveLength(2);
  });
});

it('counts brackets and commas outside of texts only', () => {
  const body = Buffer.from('[{"a":"[{[,{\\"[{","b":[]}]');
  expect(holdsMore(body, { containers: 3, commas: 1 })).toBe(false);
  expect(holdsMore(body, { containers: 2, commas: 1 })).toBe(true);
  expect(holdsMore(body, { containers: 3, commas: 0 })).toBe(true);
});

it('knows media types whatever their case and parameters', () => {
  expect(bodyFormatOf('Application/JSON; charset=utf-8')).toBe('json');
  expect(bodyFormatOf('application/x-ndjson')).toBe('ndjson');
  expect(() => bodyFormatOf(undefined)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
  expect(() => bodyFormatOf('constructor')).toThrow(
    expect.objectContaining({ code: 'unsupported_media_type' }),
  );
});
