/**
 * Pushes to a Prometheus Pushgateway, with the calls that users of prom-client
 * know. Unlike prom-client it can group by values with a slash or without any
 * character, does not change the options it was given, pushes classic text even
 * from an OpenMetrics registry (the gateway reads nothing else), and has a time
 * limit.
 */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PROMETHEUS_CONTENT_TYPE, type RegistryContentType } from '../../registry/content-types.ts';
import { register } from '../../registry/default-registry.ts';
import type { Registry } from '../../registry/registry.ts';
import { PushError } from '../delivery/push-error.ts';
import { USER_AGENT } from '../delivery/user-agent.ts';

const gzipAsync = promisify(gzip);
const TIMEOUT_MS_DEFAULT = 30_000;
const ANSWER_CHARS_MAX = 64 * 1024;

/** Options of the request, as `node:http` takes them, and whether a job name is needed. */
export interface PushgatewayOptions extends RequestOptions {
  /** Whether to refuse a push without job name. Default true. */
  readonly requireJobName?: boolean;
}

/** What to push under. */
export interface PushgatewayParameters {
  readonly jobName: string;
  /** Further labels of the group. */
  readonly groupings?: Readonly<Record<string, string | number>>;
}

/** The answer of the gateway, as prom-client hands it out. */
export interface PushgatewayAnswer {
  readonly resp?: unknown;
  readonly body?: unknown;
}

/** A Pushgateway that metrics of a registry are pushed to. */
export class Pushgateway<T extends RegistryContentType = RegistryContentType> {
  readonly registry: Registry<T>;
  readonly gatewayUrl: string;
  readonly requireJobName: boolean;
  readonly requestOptions: RequestOptions;

  /** Pushes the default registry unless another is given. */
  constructor(url: string, options?: PushgatewayOptions | null, registry?: Registry<T>) {
    const { requireJobName = true, ...requestOptions } = options ?? {};
    // The default registry is one of any content type.
    this.registry = registry ?? (register as unknown as Registry<T>);
    this.gatewayUrl = url;
    this.requireJobName = requireJobName;
    this.requestOptions = requestOptions;
  }

  /** Adds metrics to the group, replacing those of the same names (POST). Rejects with a PushError. */
  pushAdd(params: PushgatewayParameters): Promise<PushgatewayAnswer> {
    return this.#send('POST', params);
  }

  /** Replaces all metrics of the group (PUT). Rejects with a PushError. */
  push(params: PushgatewayParameters): Promise<PushgatewayAnswer> {
    return this.#send('PUT', params);
  }

  /** Removes all metrics of the group (DELETE). Rejects with a PushError. */
  delete(params: PushgatewayParameters): Promise<PushgatewayAnswer> {
    return this.#send('DELETE', params);
  }

  /** Throws at once if the job name is missing, as prom-client does. */
  #send(method: string, params: Partial<PushgatewayParameters> = {}): Promise<PushgatewayAnswer> {
    if (this.requireJobName && !params.jobName) throw new PushError('JOB_MISSING');
    return this.#request(method, groupUrl(this.gatewayUrl, params.jobName, params.groupings));
  }

  async #request(method: string, url: URL): Promise<PushgatewayAnswer> {
    const headers = new Map<string, string | string[]>();
    for (const [name, value] of Object.entries(this.requestOptions.headers ?? {})) {
      if (value !== undefined)
        headers.set(name.toLowerCase(), typeof value === 'number' ? String(value) : value);
    }
    if (!headers.has('user-agent')) headers.set('user-agent', USER_AGENT);
    let body: Uint8Array | undefined;
    if (method === 'DELETE') headers.delete('content-encoding');
    else {
      body = await this.#body();
      if (!headers.has('content-type')) headers.set('content-type', PROMETHEUS_CONTENT_TYPE);
      if (headers.get('content-encoding') === 'gzip') body = await gzipAsync(body);
      headers.set('content-length', String(body.length));
    }
    const timeout = this.requestOptions.timeout ?? TIMEOUT_MS_DEFAULT;
    return exchange(
      url,
      { ...this.requestOptions, method, headers: Object.fromEntries(headers), timeout },
      body,
    );
  }

  async #body(): Promise<Uint8Array> {
    if (this.registry.contentType === PROMETHEUS_CONTENT_TYPE)
      return Buffer.from(await this.registry.metrics());
    return this.registry.render({ format: 'text' });
  }
}

/** Sends one request and reads the answer. */
function exchange(
  url: URL,
  options: RequestOptions,
  body: Uint8Array | undefined,
): Promise<PushgatewayAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, options, (resp: IncomingMessage) => {
      let text = '';
      resp.setEncoding('utf8');
      resp.on('data', (chunk: string) => {
        if (text.length < ANSWER_CHARS_MAX) text += chunk;
      });
      resp.on('error', (cause) => reject(new PushError('UNREACHABLE', { detail: cause.message, cause })));
      resp.on('end', () => {
        const { statusCode: status = 0 } = resp;
        if (status < 400) resolve({ resp, body: text });
        else reject(new PushError('REFUSED', { detail: `${status}: ${text.trim().slice(0, 300)}`, status }));
      });
    });
    outgoing.on('timeout', () => {
      outgoing.destroy(new PushError('TIMEOUT', { detail: options.timeout ?? TIMEOUT_MS_DEFAULT }));
    });
    outgoing.on('error', (cause) => {
      reject(
        cause instanceof PushError ? cause : new PushError('UNREACHABLE', { detail: cause.message, cause }),
      );
    });
    outgoing.end(body);
  });
}

/** The URL of a group of metrics. */
function groupUrl(
  gatewayUrl: string,
  jobName: string | undefined,
  groupings: Readonly<Record<string, string | number>> = {},
): URL {
  const url = new URL(gatewayUrl);
  let path = `${url.pathname.replace(/\/+$/, '')}/metrics`;
  if (jobName) {
    path += segment('job', jobName);
    for (const [label, value] of Object.entries(groupings)) path += segment(label, value);
  }
  url.pathname = path;
  return url;
}

/** A label of the group in the path. A value that a path cannot hold goes in base64, as the gateway offers. */
function segment(label: string, value: string | number): string {
  const name = encodeURIComponent(label);
  const text = String(value);
  if (text !== '' && !text.includes('/')) return `/${name}/${encodeURIComponent(text)}`;
  return `/${name}@base64/${Buffer.from(text).toString('base64url') || '='}`;
}
