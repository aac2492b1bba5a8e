import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ProtoWriter } from './proto-writer.ts';

const schema = protobuf.parse(
  `syntax = "proto2";
   message All {
     optional uint64 u = 1; optional int64 i = 2; optional sint64 s = 3; optional double d = 4;
     optional string t = 5; optional bytes b = 6; optional fixed64 f = 7;
     repeated sint64 packed = 8 [packed = true]; optional All child = 9; optional bool flag = 10;
   }`,
).root;
const All = schema.lookupType('All');

function decoded(bytes: Uint8Array): Record<string, unknown> {
  return All.toObject(All.decode(bytes), { longs: String });
}

describe('ProtoWriter', () => {
  it('writes whole numbers of every size', () => {
    const numbers = [
      0,
      1,
      127,
      128,
      16383,
      16384,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 52 + 1,
      Number.MAX_SAFE_INTEGER,
    ];
    for (const value of numbers) {
      const writer = new ProtoWriter();
      writer.uint(1, value);
      writer.int(2, -value);
      writer.fixed64(7, BigInt(value));
      const text = String(value);
      expect(decoded(writer.take())).toEqual({ u: text, i: value === 0 ? '0' : `-${text}`, f: text });
    }
  });

  it('writes zigzag numbers of both signs, alone and packed', () => {
    const numbers = [0, -1, 1, -64, 64, 2 ** 31, -(2 ** 31), 2 ** 51, -(2 ** 51)];
    const writer = new ProtoWriter();
    const packed = writer.beginMessage(8);
    for (const value of numbers) writer.zigzag(value);
    writer.endMessage(packed);
    writer.sint(3, -12345);
    expect(decoded(writer.take())).toEqual({ packed: numbers.map(String), s: '-12345' });
  });

  it('writes numbers beyond 2^53 exactly', () => {
    const writer = new ProtoWriter();
    writer.bigint(1, 2n ** 64n - 1n);
    writer.bigint(2, -(2n ** 63n));
    expect(decoded(writer.take())).toEqual({ u: '18446744073709551615', i: '-9223372036854775808' });
  });

  it('writes doubles bit by bit', () => {
    for (const value of [0.1, -0, 5e-324, Number.MAX_VALUE, Number.NaN, Number.NEGATIVE_INFINITY]) {
      const writer = new ProtoWriter();
      writer.double(4, value);
      expect(Object.is(decoded(writer.take()).d, value)).toBe(true);
    }
  });

  it('writes strings of any length and script', () => {
    for (const text of [
      '',
      'a',
      'é',
      '😀 and more',
      'x'.repeat(47),
      'x'.repeat(48),
      'x'.repeat(50_000),
      'ü'.repeat(127),
    ]) {
      const writer = new ProtoWriter();
      writer.string(5, text);
      writer.bool(10, true);
      expect(decoded(writer.take())).toEqual({ t: text, flag: true });
    }
  });

  it('nests messages whose lengths need one, two, three and four bytes', () => {
    for (const size of [10, 200, 20_000, 2_200_000]) {
      const writer = new ProtoWriter();
      writer.uint(1, 1);
      const outer = writer.beginMessage(9);
      const inner = writer.beginMessage(9);
      writer.bytes(6, new Uint8Array(size).fill(7));
      writer.endMessage(inner);
      writer.uint(1, 2);
      writer.endMessage(outer);
      writer.string(5, 'after');
      const message = All.toObject(All.decode(writer.take()), { longs: Number, bytes: Array }) as {
        child: { u: number; child: { b: number[] } };
        t: string;
        u: number;
      };
      expect([message.u, message.child.u, message.child.child.b.length, message.t]).toEqual([
        1,
        2,
        size,
        'after',
      ]);
    }
  });

  it('starts anew after take', () => {
    const writer = new ProtoWriter();
    writer.uint(1, 1);
    expect(writer.take()).toHaveLength(2);
    expect(writer.length).toBe(0);
    writer.uint(1, 2);
    expect(decoded(writer.take())).toEqual({ u: '2' });
  });
});
