/**
 * A part of the server that stands beside the flow of events: it is opened on the
 * stores, answers at routes of its own, and is closed before the stores are.
 */

import type { FastifyInstance } from 'fastify';
import type { OpenAccess } from './access.ts';
import type { ResilientAuditLog, SecretRegistry } from './audit/index.ts';
import type { Clock } from './clock.ts';
import type { Config, LiveConfig, LoadedConfig } from './config/index.ts';
import type { Health } from './health/index.ts';
import type { LedgerFollowers } from './ledger-followers.ts';
import type { Log } from './log.ts';
import type { OpenedIngest } from './open-ingest.ts';
import type { Outgoing } from './outgoing/index.ts';
import type { Pricer } from './pricing/index.ts';
import type { Reloader } from './reload.ts';
import type { SignalSource } from './alerts/signals.ts';
import type { Stores } from './stores.ts';

/** What a part is made from. */
export interface PartContext {
  readonly loaded: LoadedConfig;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: ResilientAuditLog;
  readonly secrets: SecretRegistry;
  readonly stores: Stores;
  /** What hears of each row that the ledger takes: budgets are there. */
  readonly followers: LedgerFollowers;
  readonly pricer: Pricer;
  readonly health: Health;
  /** The way of what comes in to the journal. */
  readonly intake: OpenedIngest;
  /** The one way to ask or tell anything outside. */
  readonly outgoing: Outgoing;
  /** The tokens, and who may do what. */
  readonly access: OpenAccess;
  /** What `config` is a view of: live keys in `config` have their present value at each reading. */
  readonly live: LiveConfig;
  /** Where a part that has to do something at a reload says so. */
  readonly reloader: Reloader;
  /** What rules for alerts may ask of the parts that were opened before. */
  readonly signals: () => readonly SignalSource[];
}

/** An opened part. What it does not need it leaves out. */
export interface Part {
  /** Adds its routes. */
  readonly routes?: readonly ((server: FastifyInstance) => void)[];
  /** What rules for alerts may ask of it. */
  readonly signals?: readonly SignalSource[];
  /** Begins what goes on by itself; called when the server listens. Must not throw. */
  start?(): void;
  /** Does what needs an answer of the ledger; called once it can be asked. Must not fail. */
  ready?(): Promise<void>;
  /** Ends what goes on by itself, without waiting; called when the server is told to stop. */
  stop?(): void;
  /** Waits for its end and closes what it opened; called when no request is answered any more. */
  close?(): Promise<void>;
}

/** Opens a part. */
export type OpenPart = (context: PartContext) => Part | Promise<Part>;
