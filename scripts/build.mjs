/** Compiles every package to `dist/` for publication. A checkout needs no build to run. */
import { build } from './compile.mjs';
import { ensureInstalled } from './install.mjs';

ensureInstalled();
build();
