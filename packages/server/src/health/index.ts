/** Health: checks, their runner and the answers of the health endpoints. */
export type { HealthAnswer, HealthBody, HealthBodyCheck } from './answers.ts';
export type { CheckOutcome, HealthCheck, HealthStatus } from './check.ts';
export { clockCheck } from './clock-check.ts';
export { diskSpaceCheck } from './disk-check.ts';
export { eventLoopCheck } from './event-loop-check.ts';
export type { Health, HealthChange, HealthOptions } from './health.ts';
export { createHealth } from './health.ts';
export { heldBytes, memoryCheck } from './memory-check.ts';
export { pingCheck } from './ping-check.ts';
export type { HealthPhase, HealthReport } from './report.ts';
export type { CheckResult } from './watch.ts';
export { reasonOf } from './watch.ts';
