/** What a registry is made with, and what it is asked for. */
import type { Clock } from '../clock.ts';
import type { TextFormat } from '../exposition/line-heads.ts';
import type { LimitOptions } from '../instruments/configuration.ts';
import type { NameValidation } from '../names.ts';
import type { RegistryContentType } from './content-types.ts';
import type { RegistryMetric, SharedMetrics } from './metric.ts';

/** What a registry may be made with; all optional. */
export interface RegistryOptions extends LimitOptions {
  readonly contentType?: RegistryContentType | undefined;
  readonly clock?: Clock | undefined;
  /** Which names are accepted: the classic character set, or any UTF-8 text. */
  readonly nameValidation?: NameValidation | undefined;
  /** Whether OpenMetrics tells when each counter, histogram and summary began; true by default. */
  readonly created?: boolean | undefined;
  /** What this thread shares with others: see `joinSharedMemory`. */
  readonly shared?: SharedMetrics | undefined;
  /** Called when a `collect` fails, in place of failing the whole exposition. */
  readonly onCollectError?: ((error: unknown, metric: RegistryMetric) => void) | undefined;
}

/** What to render, and how. */
export interface RenderOptions {
  /** The format; that of the registry's content type if left out. */
  readonly format?: TextFormat | undefined;
  /** Only these families, by the name of the family or of one of its samples; all if left out. */
  readonly names?: readonly string[] | undefined;
}
