/** What keeps the event loop alive. */
import { type Collector, makeGauge, setByType } from './collector.ts';

/** Node's lists of handles and requests, which it offers without documenting them. */
interface Lists {
  _getActiveHandles?(): readonly unknown[];
  _getActiveRequests?(): readonly unknown[];
}

/** `nodejs_active_resources` and its total. */
export const collectResources: Collector = (context) => {
  exposeList(
    context,
    'nodejs_active_resources',
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
    'Total number of active resources.',
    activeResources,
  );
};

/** `nodejs_active_handles` and its total. */
export const collectHandles: Collector = (context) => {
  const lists = process as unknown as Lists;
  if (lists._getActiveHandles === undefined) return;
  exposeList(
    context,
    'nodejs_active_handles',
    'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
    'Total number of active handles.',
    () => lists._getActiveHandles!().map(className),
  );
};

/** `nodejs_active_requests` and its total. */
export const collectRequests: Collector = (context) => {
  const lists = process as unknown as Lists;
  if (lists._getActiveRequests === undefined) return;
  exposeList(
    context,
    'nodejs_active_requests',
    'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
    'Total number of active requests.',
    () => lists._getActiveRequests!().map(className),
  );
};

function activeResources(): readonly string[] {
  return process.getActiveResourcesInfo();
}

function exposeList(
  context: Parameters<Collector>[0],
  name: string,
  help: string,
  totalHelp: string,
  list: () => readonly string[],
): void {
  const { labels } = context;
  makeGauge(context, {
    name,
    help,
    labelNames: ['type'],
    collect() {
      setByType(this, list(), labels);
    },
  });
  makeGauge(context, {
    name: `${name}_total`,
    help: totalHelp,
    collect() {
      this.set(labels, list().length);
    },
  });
}

function className(value: unknown): string {
  return (value as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'unknown';
}
