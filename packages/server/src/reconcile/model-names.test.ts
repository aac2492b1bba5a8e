import { describe, expect, it } from 'vitest';
import { modelKey } from './model-names.ts';

describe('model names', () => {
  it.each([
    ['Claude Sonnet 4.5', 'claude-sonnet-4-5-20250929'],
    ['Claude4.5Sonnet', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['anthropic.claude-opus-4-8', 'Claude Opus 4.8'],
    ['gpt 4o 0806', 'gpt-4o-2024-08-06'],
    ['gpt 4o mini 0718', 'gpt-4o-mini-2024-07-18'],
    ['gpt-5.4 mini', 'gpt-5.4-mini-2026-03-05'],
    ['Claude Sonnet 4', 'claude-sonnet-4-20250514'],
    ['Nova2.0Lite', 'amazon.nova-2-lite-v1:0'],
  ])('%s is %s', (a, b) => {
    expect(modelKey(a)).toBe(modelKey(b));
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-4', 'gpt-4o'],
    ['gpt-5', 'gpt-5.4'],
    ['claude-sonnet-4-5', 'claude-sonnet-4'],
    ['claude-opus-4-5', 'claude-sonnet-4-5'],
    ['llama-3.1-8b', 'llama-3.1-70b'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-lite'],
    ['o3', 'o3-mini'],
  ])('%s is not %s', (a, b) => {
    expect(modelKey(a)).not.toBe(modelKey(b));
  });
});
