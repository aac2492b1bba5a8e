import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportersReference } from './reference.ts';

it('is what docs/reference/exporters.md says (renew with vitest -u)', async () => {
  const page = join(import.meta.dirname, '../../../../../docs/reference/exporters.md');
  await expect(exportersReference()).toMatchFileSnapshot(page);
});
