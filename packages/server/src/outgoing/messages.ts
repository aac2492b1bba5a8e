/** What goes out and what comes back. */

/** What TLS needs to know beside the trust store of Node. PEM texts. */
export interface OutgoingTls {
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string;
  /** A client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name to expect in the certificate, where it is not the host. */
  readonly serverName?: string;
  /** Takes whatever certificate there is: for an operator who has said so, and never by default. */
  readonly insecure?: boolean;
}

/** A request. */
export interface OutgoingRequest {
  /** http or https. A user and a password in it become an Authorization header. */
  readonly url: string;
  /** GET if absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything from resolving the name to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** The largest answer, as it comes and decompressed. */
  readonly responseBytesMax?: number;
  /**
   * True if the operator's configuration names this destination as a dependency of the server, such as Prometheus:
   * it may then be in a private network. False if absent. Never true for an address that a request to the API brings,
   * that a third party gave, or that a notification goes to.
   */
  readonly ownDependency?: boolean;
  /** How many redirects to follow, each judged like the first address; 0 if absent, the answer is then the redirect. */
  readonly redirectsMax?: number;
  readonly tls?: OutgoingTls;
  readonly signal?: AbortSignal;
}

/** An answer, whatever its status. */
export interface OutgoingResponse {
  readonly status: number;
  /** Names in lower case; several values of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: Buffer;
}

/** A connection to make. */
export interface OutgoingConnection {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** For resolving, connecting and the TLS handshake. */
  readonly timeoutMs?: number;
  /** As with requests. */
  readonly ownDependency?: boolean;
  /** TLS from the first byte, as SMTPS has it; absent: a plain connection. */
  readonly tls?: OutgoingTls;
  readonly signal?: AbortSignal;
}

/** The largest answer where the request does not say. */
export const RESPONSE_BYTES_MAX = 1_048_576;
