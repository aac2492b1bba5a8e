/** The sections of the configuration about who may ask the server what, and how. */

import { flag, number, origins, path, places, integer, host, section, text } from './leaf.ts';

/** A token in the configuration can be guessed if it is shorter. */
export const STATIC_TOKEN_LENGTH_MIN = 16;

const staticToken = (role: string) =>
  text('', {
    optional: true,
    secret: true,
    live: true,
    maxLength: 512,
    description: `A token with the role ${role}, at least ${STATIC_TOKEN_LENGTH_MIN} characters long. Empty: there is none in the configuration.`,
  });

/** Who may ask the server what. */
export const access = section('Who may ask the server what; see [access](../operate/access.md).', {
  open_on_loopback: flag(true, {
    live: true,
    description: 'Answer everything on a loopback address for as long as there is no token.',
  }),
  open_monitoring: flag(true, {
    live: true,
    description: 'Answer metrics, health, runbooks and service discovery without a token.',
  }),
  hosts: places({
    live: true,
    maxItems: 64,
    description:
      'Names by which a server that is open on loopback may be called, beside those of this machine: for a reverse proxy.',
  }),
  cors_origins: origins({
    live: true,
    maxItems: 64,
    description: 'Origins of other sites whose pages may use the API, e.g. `https://wall.example`.',
  }),
  rate_limit: number(0, {
    live: true,
    minimum: 0,
    maximum: 1_000_000,
    unit: 'requests per second',
    description:
      'The most requests of one token, for tokens that were made without a limit of their own. 0: any number.',
  }),
  admin_token: staticToken('admin'),
  operate_token: staticToken('operate'),
  read_token: staticToken('read'),
  ingest_token: staticToken('ingest'),
});

/** TLS of the server's own interface. */
export const tls = section('TLS of the HTTP interface. Without a certificate it speaks plain HTTP.', {
  cert_file: path('', { optional: true, description: 'The certificate chain, PEM. Read again at a reload.' }),
  key_file: path('', { optional: true, description: 'Its key, PEM. Read again at a reload.' }),
  client_ca_file: path('', {
    optional: true,
    description: 'Authorities of client certificates, PEM. If given, every client has to have one (mTLS).',
  }),
});

/** A second port for scrapers only. */
export const scrape = section(
  'A second port that answers `/metrics`, `/metrics/business` and the probes only.',
  {
    port: integer(0, { minimum: 0, maximum: 65_535, description: 'The port. 0: there is none.' }),
    host: host('127.0.0.1', { description: 'The address to listen on.' }),
  },
);
