/** The audit log, and what keeps secrets out of it and of other records. */
export type { AuditAction } from './actions.ts';
export { auditActions, isAuditAction } from './actions.ts';
export type { JsonObject, JsonValue } from './canonical-json.ts';
export type { AuditEntry, AuditLog, AuditQuery, AuditReader, AuditRecord } from './log.ts';
export { LIST_LIMIT_MAX, openAuditLog, openAuditReader } from './log.ts';
export type { SecretRegistry } from './redaction.ts';
export { createSecretRegistry, isSecretKey, REDACTED } from './redaction.ts';
export type { ResilientAuditLog } from './resilient-log.ts';
export { createAuditLog } from './resilient-log.ts';
export type { StateErrorCode } from '../state/state-error.ts';
export { StateError } from '../state/state-error.ts';
export type { AuditAnchor, AuditBreak, AuditVerdict } from './verify.ts';
