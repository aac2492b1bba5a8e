import { join } from 'node:path';
import { expect, it } from 'vitest';
import { metricsReference } from './reference.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/metrics.md');

it('is what docs/reference/metrics.md says (renew with vitest -u)', async () => {
  await expect(metricsReference()).toMatchFileSnapshot(page);
});
