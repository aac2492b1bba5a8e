/** Access: who may ask what. */
export type { AccessRules, Asked, Judgement } from './access.ts';
export { Access } from './access.ts';
export type { StaticToken } from './authenticator.ts';
export { Authenticator } from './authenticator.ts';
export { isLoopback } from './exposure.ts';
export { KeptTokens } from './kept-tokens.ts';
export type { Principal, Role } from './principal.ts';
export { actorOf, isRole, mayActAs, roles, tenantFor } from './principal.ts';
export type { RouteEntry } from './route-table.ts';
export { routeTable } from './route-table.ts';
export { makeToken } from './token-text.ts';
export type { StoredToken, TokenRequest } from './token-store.ts';
export { TOKENS_MAX } from './token-store.ts';
