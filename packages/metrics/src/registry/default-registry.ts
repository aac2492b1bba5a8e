/**
 * The registry that metrics belong to when nothing else is said, as users of
 * prom-client expect it.
 */
import { Registry } from './registry.ts';

/** The default registry. */
export const register = new Registry();
