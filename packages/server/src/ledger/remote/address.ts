/** Where a remote ledger is, and how it is spoken to. */

/** The address of a ClickHouse server or cluster. */
export interface LedgerAddress {
  /** Without user and password, e.g. `https://clickhouse:8443`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The name of the cluster in the server's configuration; null for a single server. */
  readonly cluster: string | null;
  readonly tls: {
    /** PEM texts; null for what the system has. */
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: string | null;
    /** Whether the server must prove who it is. */
    readonly verify: boolean;
  };
  /** How long a statement may go without a sign of life. */
  readonly requestTimeoutMs: number;
  readonly querySecondsMax: number;
  readonly queryMemoryBytesMax: number;
  readonly threadsMax: number;
}
