/**
 * The block format of Snappy decoded, written from its description alone so that
 * encoder and decoder cannot share a mistake.
 */
export function snappyDecompress(block: Uint8Array): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++]!;
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const output = Buffer.alloc(size);
  let written = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    let length = (tag >>> 2) + 1;
    if ((tag & 3) === 0) {
      if (length > 60) {
        const bytes = length - 60;
        length = 1;
        for (let i = 0; i < bytes; i++) length += block[at++]! * 2 ** (8 * i);
      }
      output.set(block.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    let offset = block[at++]!;
    if ((tag & 3) === 1) {
      length = ((tag >>> 2) & 7) + 4;
      offset |= (tag >>> 5) << 8;
    } else offset |= block[at++]! << 8;
    if (offset === 0 || offset > written) throw new Error(`a copy from ${offset} back at ${written}`);
    for (let i = 0; i < length; i++, written++) output[written] = output[written - offset]!;
  }
  if (written !== size) throw new Error(`${written} bytes instead of ${size}`);
  return output;
}
