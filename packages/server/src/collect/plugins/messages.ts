/** What a plugin's thread and the server tell each other. */

import type { PluginShape } from './contract.ts';

/** What the thread begins with. */
export interface PluginThreadData {
  /** The module, as a file URL. */
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Asks for a run, or ends it. */
export type PluginRequest =
  | { readonly kind: 'collect'; readonly number: number }
  | { readonly kind: 'check'; readonly number: number; readonly name: string }
  | { readonly kind: 'abort'; readonly number: number };

/** What came of loading the module, or of a run. Values are as the plugin gave them. */
export type PluginAnswer =
  | { readonly kind: 'loaded'; readonly shape: PluginShape }
  | { readonly kind: 'done'; readonly number: number; readonly value: unknown }
  | {
      readonly kind: 'failed';
      readonly number: number | null;
      readonly message: string;
      readonly code: string;
    };
