/** The section of the configuration about the PostgreSQL that takes business figures. */

import { choice, duration, path, section, text } from './leaf.ts';

const tlsModes = ['off', 'require', 'verify'] as const;

/** How the SQL server for business figures is reached. */
export const sqlDatabase = section(
  'How the PostgreSQL of `monitoring.sql_database_endpoint` is reached; see [PostgreSQL](../operate/postgresql.md).',
  {
    database: text('bellwether', { maxLength: 63, description: 'The database; it must be there.' }),
    user: text('bellwether', { maxLength: 63, description: 'The user to connect as.' }),
    password: text('', { optional: true, secret: true, description: 'Its password.' }),
    schema: text('bellwether', {
      maxLength: 63,
      description: 'The schema of the tables; it is made where there is none.',
    }),
    tls: choice('off', tlsModes, {
      description:
        'Whether the connection is encrypted; `verify` also holds the certificate of the server against its name and against an authority.',
    }),
    ca_file: path('', {
      optional: true,
      description: 'The certificates of the authorities to trust, PEM. Empty: those of Node.',
    }),
    interval: duration(60, 'seconds', {
      minimum: 1,
      maximum: 86_400,
      description: 'How often figures that have changed are written.',
    }),
  },
);
