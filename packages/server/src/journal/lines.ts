/**
 * Payloads are lines: JSON, each ended by a newline, which JSON text never contains.
 */

/** Splits a payload into its lines, each with its newline. The parts share the payload's memory. */
export function linesOf(payload: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = payload.indexOf(10); end !== -1; end = payload.indexOf(10, start)) {
    lines.push(payload.subarray(start, end + 1));
    start = end + 1;
  }
  return lines;
}
