/** Starts the gateway. The environment is read here and nowhere else. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from './gateway.ts';

const {
  PORT = '8080',
  BELLWETHER_URL = '',
  GATEWAY_DATA_DIR,
  GATEWAY_MASTER_KEY,
  GATEWAY_SEED = '1',
  GATEWAY_VISITORS = 'false',
  OTEL_EXPORTER_OTLP_ENDPOINT = '',
  OTEL_METRIC_EXPORT_INTERVAL = '60000',
} = process.env;

const gateway = await startGateway({
  port: Number(PORT),
  dataDirectory: GATEWAY_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'gateway-')),
  // Without a key of its own, what one run has stored the next one cannot read.
  masterKey: GATEWAY_MASTER_KEY === undefined ? randomBytes(32) : Buffer.from(GATEWAY_MASTER_KEY, 'hex'),
  bellwetherUrl: BELLWETHER_URL,
  otlpUrl: OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, ''),
  otlpIntervalMs: Number(OTEL_METRIC_EXPORT_INTERVAL),
  visitors: GATEWAY_VISITORS === 'true',
  seed: Number(GATEWAY_SEED),
});
console.log(`The gateway answers at ${gateway.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void gateway.close());
}
// Started by another process with a channel to it, it ends when that one does.
process.once('disconnect', () => void gateway.close());
