import { describe, expect, it } from 'vitest';
import { bodyFormatOf, hasMoreContainers, readEvents } from './read-events.ts';

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
});

it('counts brackets outside of texts only', () => {
  const body = Buffer.from('[{"a":"[{[{\\"[{","b":[]}]');
  expect(hasMoreContainers(body, 3)).toBe(false);
  expect(hasMoreContainers(body, 2)).toBe(true);
});

it('knows media types whatever their case and parameters', () => {
  expect(bodyFormatOf('Application/JSON; charset=utf-8')).toBe('json');
  expect(bodyFormatOf('application/x-ndjson')).toBe('ndjson');
  expect(() => bodyFormatOf(undefined)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
  expect(() => bodyFormatOf('constructor')).toThrow(
    expect.objectContaining({ code: 'unsupported_media_type' }),
  );
});
