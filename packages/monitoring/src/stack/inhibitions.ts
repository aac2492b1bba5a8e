/**
 * Which alerts say nothing new once another one fires: the worse of two that watch
 * the same figure, and the consequences of a cause that is known.
 */

/** While `cause` fires, `silences` are not notified where the labels agree. */
export interface Inhibition {
  readonly cause: string;
  readonly silences: readonly string[];
  readonly equal: readonly string[];
}

/** All of them, by names of alerts. */
export const inhibitions: readonly Inhibition[] = [
  { cause: 'CriticalErrorRate', silences: ['HighErrorRate'], equal: ['job'] },
  { cause: 'SLAViolation_Availability', silences: ['HighErrorRate'], equal: ['job'] },
  {
    cause: 'NoHealthyBackends',
    silences: ['BackendUnhealthy', 'CircuitBreakerOpen', 'CircuitBreakerFlapping'],
    equal: ['job'],
  },
  { cause: 'CircuitBreakerOpen', silences: ['CircuitBreakerFlapping'], equal: ['backend'] },
  { cause: 'ConnectionPoolExhausted', silences: ['ConnectionPoolNearlyExhausted'], equal: ['backend'] },
  {
    cause: 'LLMCriticalErrorRate',
    silences: ['LLMHighErrorRate', 'LLMRateLimited', 'LLMTimeouts'],
    equal: ['provider'],
  },
  { cause: 'LLMCostSpike', silences: ['LLMCostAnomaly'], equal: ['provider'] },
  { cause: 'LLMBudgetExhausted', silences: ['LLMBudgetLow', 'LLMBudgetWillBeExceeded'], equal: ['provider'] },
  { cause: 'LLMBudgetLow', silences: ['LLMBudgetWillBeExceeded'], equal: ['provider'] },
  { cause: 'LLMCostCoverageLow', silences: ['LLMUnpricedRequests'], equal: [] },
  { cause: 'StorageNearCapacity', silences: ['StorageFillsWithinDays'], equal: ['instance'] },
  { cause: 'SLOErrorBudgetFastBurn', silences: ['SLOErrorBudgetSlowBurn'], equal: ['slo'] },
  { cause: 'BellwetherLoaderFailing', silences: ['BellwetherLedgerBehind'], equal: ['instance'] },
  {
    cause: 'ServiceDown',
    silences: ['LLMTrafficAbsent', 'UserActivityDrop', 'BellwetherIntegrationDown'],
    equal: [],
  },
];
