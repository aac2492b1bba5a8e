/** Compiles the packages before the system tests, so that they run what is published. */
import { build } from './compile.mjs';

export function setup() {
  build();
}
