/** Correlation ids come from outside and go into logs, headers and exemplars. */

/** The longest id that is kept; an exemplar has room for 128 characters in all. */
const LENGTH_MAX = 64;

/** An id without anything but letters, digits and `._:/+=-`, cut to 64 characters; `''` if nothing is left. */
export function sanitiseCorrelationId(id: string): string {
  return id.replaceAll(/[^\w.:/+=-]/g, '').slice(0, LENGTH_MAX);
}

/** The labels of an exemplar that leads to a request; undefined if nothing is left of its id. */
export function correlationExemplar(id: string): Readonly<Record<string, string>> | undefined {
  const kept = id === '' ? '' : sanitiseCorrelationId(id);
  return kept === '' ? undefined : { correlation_id: kept };
}
