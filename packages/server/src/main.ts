/**
 * The command line. The environment is read here, once, and nowhere else.
 */

import { run } from './cli/program.ts';

await run(process.argv, Object.freeze({ ...process.env }));
