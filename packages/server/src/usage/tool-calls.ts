/**
 * Tools of the provider that an answer used and that are charged by the call:
 * OpenAI lists them among the output of a response, xAI counts them in its usage.
 */

import type { UsageDetail } from '../pricing/meters.ts';
import type { Json } from './json.ts';
import { firstCount, listOf, objectOf } from './json.ts';

/** The calls of a response, or `null` if there were none. */
export function toolCallsIn(answer: Json): UsageDetail | null {
  const response = objectOf(answer.response) ?? answer;
  let webSearches = 0;
  let storageSearches = 0;
  for (const item of listOf(response.output)) {
    const call = objectOf(item);
    // Opening a page and finding in it are part of the search that led there.
    const action = objectOf(call?.action)?.type;
    if (call?.type === 'web_search_call' && (action === undefined || action === 'search')) webSearches += 1;
    if (call?.type === 'file_search_call') storageSearches += 1;
  }
  const counted = objectOf(objectOf(response.usage)?.server_side_tool_usage_details);
  webSearches += firstCount(counted, ['web_search_calls']) ?? 0;
  storageSearches += firstCount(counted, ['file_search_calls', 'document_search_calls']) ?? 0;
  const socialSearches = firstCount(counted, ['x_search_calls']) ?? 0;
  const codeExecutions = firstCount(counted, ['code_interpreter_calls', 'code_execution_calls']) ?? 0;
  if (webSearches + storageSearches + socialSearches + codeExecutions === 0) return null;
  return {
    web_searches: webSearches,
    storage_searches: storageSearches,
    social_searches: socialSearches,
    code_executions: codeExecutions,
  };
}

/** Counts with the calls of tools added to their detail. */
export function withToolCalls<C extends { readonly detail: UsageDetail | null }>(
  counts: C,
  calls: UsageDetail | null,
): C {
  if (calls === null) return counts;
  const used = Object.entries(calls).filter(([, quantity]) => (quantity ?? 0) > 0);
  return { ...counts, detail: { ...counts.detail, ...Object.fromEntries(used) } };
}
