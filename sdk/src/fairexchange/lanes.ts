// SHA-256 of four messages at once, in the vector instructions of WebAssembly. The machine code is written down here,
// operation by operation, so that there is no binary to trust. This module is part of the program of the worker threads.
import {
  add,
  advance,
  copy,
  get,
  i32,
  lanes as v,
  moduleOf,
  multiply,
  repeat,
  sequence as seq,
  set,
  shiftLeft,
  step,
  tee,
  type Code,
} from "./assembler";

export const LANES = 4;
export const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** The constants of FIPS 180-4: fractional parts of the cube roots of the first 64 primes. */
// prettier-ignore
const ROUND_CONSTANTS = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
/** The first hash value: fractional parts of the square roots of the first 8 primes. */
// prettier-ignore
const FIRST_STATE = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

// Where things are in the memory: the constants, the message schedule and the hash value, each word of the last two as a
// vector of four.
const CONSTANTS = 0;
const FIRST = CONSTANTS + 4 * 64;
const SCHEDULE = FIRST + 4 * 8;
const STATE = SCHEDULE + 16 * 64;
/** From here on the memory is the caller's. */
export const FREE = STATE + 16 * 8;

// The parameters and locals of the function.
const [MESSAGES, BLOCKS, HEAD_AT, HEAD, HEAD_BYTES, BODY, BODY_BYTES, OUT, GROUPS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [STRIDE, LEFT, COUNT, AT, FROM] = [9, 10, 11, 12, 13];
const WORDS = [14, 15, 16, 17, 18, 19, 20, 21];
const [X, Y, T] = [22, 23, 24];
const ROWS = WORDS.slice(0, 4);
const SPARE = WORDS.slice(4);

const four = (each: (i: number) => Code): Code => seq(...[0, 1, 2, 3].map(each));
const eight = (each: (i: number) => Code): Code => seq(...[0, 1, 2, 3, 4, 5, 6, 7].map(each));

const right = (x: number, by: number): Code => seq(get(x), i32(by), v.shiftRight);
const rotated = (x: number, by: number): Code => seq(right(x, by), get(x), i32(32 - by), v.shiftLeft, v.or);
/** The functions of FIPS 180-4, section 4.1.2: three rotations, or two and a shift, put together. */
const sigma = (x: number, a: number, b: number, last: Code): Code =>
  seq(rotated(x, a), rotated(x, b), v.xor, last, v.xor);

const shuffle = (pick: (byte: number) => number): Code => v.shuffle(Array.from({ length: 16 }, (_, i) => pick(i)));
/** Bytes of a word are big-endian in the messages and little-endian in the machine. */
const swapped = (x: number): Code =>
  seq(
    get(x),
    get(x),
    shuffle((i) => (i & ~3) + 3 - (i & 3)),
  );
/** Words of two vectors in turn, from their lower or their upper halves. */
const zipped = (x: number, y: number, half: 0 | 1): Code =>
  seq(
    get(x),
    get(y),
    shuffle((i) => 8 * half + 4 * (i >> 3) + 16 * ((i >> 2) & 1) + (i & 3)),
  );

/** Turns four rows of four words into columns, by zipping each row with the one after the next, twice. */
function transpose(): Code {
  const [a, b, c, d] = ROWS;
  const [p, q, r, s] = SPARE;
  return seq(
    ...[zipped(a, c, 0), set(p), zipped(a, c, 1), set(q), zipped(b, d, 0), set(r), zipped(b, d, 1), set(s)],
    ...[zipped(p, r, 0), set(a), zipped(p, r, 1), set(b), zipped(q, s, 0), set(c), zipped(q, s, 1), set(d)],
  );
}

const ofLane = (base: number, stride: number, lane: number): Code =>
  seq(get(base), get(stride), i32(lane), multiply, add);

/** Puts head and body of four messages behind their beginnings. */
const gather = four((lane) =>
  seq(
    ...[ofLane(MESSAGES, STRIDE, lane), get(HEAD_AT), add, tee(AT)],
    ...[ofLane(HEAD, HEAD_BYTES, lane), get(HEAD_BYTES), copy],
    ...[get(AT), get(HEAD_BYTES), add, ofLane(BODY, BODY_BYTES, lane), get(BODY_BYTES), copy],
  ),
);

const start = seq(
  eight((i) => seq(i32(0), i32(0), v.loadSplat(FIRST + 4 * i), v.store(STATE + 16 * i))),
  ...[get(MESSAGES), set(FROM), get(BLOCKS), set(LEFT)],
);

/** Reads a block of each message; FROM walks through the first message, AT through the schedule. */
const load = seq(
  ...[i32(0), set(AT)],
  repeat(
    four((lane) => seq(ofLane(FROM, STRIDE, lane), v.load(0), set(ROWS[lane]), swapped(ROWS[lane]), set(ROWS[lane]))),
    transpose(),
    four((i) => seq(get(AT), get(ROWS[i]), v.store(SCHEDULE + 16 * i))),
    advance(FROM, 16),
    step(AT, 64, 16 * 16),
  ),
);

const expand = seq(
  ...[i32(0), set(AT)],
  repeat(
    four((i) => {
      const word = (back: number) => seq(get(AT), v.load(SCHEDULE + 16 * (16 + i - back)));
      return seq(
        ...[get(AT), word(16), word(7), v.add],
        ...[word(15), set(X), sigma(X, 7, 18, right(X, 3)), v.add],
        ...[word(2), set(X), sigma(X, 17, 19, right(X, 10)), v.add],
        v.store(SCHEDULE + 16 * (16 + i)),
      );
    }),
    step(AT, 64, 16 * 48),
  ),
);

/** Eight rounds, after which every word is in its own local again; COUNT walks through the constants. */
const rounds = seq(
  ...[i32(0), set(COUNT), i32(0), set(AT)],
  // `b xor c` of a round is the `a xor b` of the round before
  ...[get(WORDS[1]), get(WORDS[2]), v.xor, set(Y)],
  repeat(
    eight((i) => {
      const [a, b, , d, e, f, g, h] = WORDS.map((_, j) => WORDS[(j - i + 8) % 8]);
      const [now, before] = i % 2 === 0 ? [X, Y] : [Y, X];
      return seq(
        ...[get(h), get(COUNT), v.loadSplat(CONSTANTS + 4 * i), v.add, get(AT), v.load(SCHEDULE + 16 * i), v.add],
        // the choice of f or g by e, then of the majority of a, b and c
        ...[get(f), get(g), v.xor, get(e), v.and, get(g), v.xor, v.add],
        ...[sigma(e, 6, 11, rotated(e, 25)), v.add, tee(T), get(d), v.add, set(d)],
        ...[get(a), get(b), v.xor, tee(now), get(before), v.and, get(b), v.xor],
        ...[sigma(a, 2, 13, rotated(a, 22)), v.add, get(T), v.add, set(h)],
      );
    }),
    advance(AT, 16 * 8),
    step(COUNT, 4 * 8, 4 * 64),
  ),
);

const compress = seq(
  eight((i) => seq(i32(0), v.load(STATE + 16 * i), set(WORDS[i]))),
  rounds,
  eight((i) => seq(i32(0), i32(0), v.load(STATE + 16 * i), get(WORDS[i]), v.add, v.store(STATE + 16 * i))),
);

const digest = seq(
  ...[0, 1].map((half) =>
    seq(
      four((i) => seq(i32(0), v.load(STATE + 16 * (4 * half + i)), set(ROWS[i]))),
      transpose(),
      four((lane) => seq(get(OUT), swapped(ROWS[lane]), v.store(HASH_BYTES * lane + 16 * half))),
    ),
  ),
);

const nextGroup = seq(
  ...[get(HEAD), get(HEAD_BYTES), i32(LANES), multiply, add, set(HEAD)],
  ...[get(BODY), get(BODY_BYTES), i32(LANES), multiply, add, set(BODY)],
  advance(OUT, LANES * HASH_BYTES),
);

const program = seq(
  ...[get(BLOCKS), i32(6), shiftLeft, set(STRIDE)],
  repeat(gather, start, repeat(load, expand, compress, step(LEFT, -1, 0)), digest, nextGroup, step(GROUPS, -1, 0)),
);

/** Four messages of `blocks` blocks each are at `messages`, padded, except for the heads and bodies that are copied in. */
type Run = (
  messages: number,
  blocks: number,
  /** Where in its message a head begins; its body follows. */
  headAt: number,
  /** All heads, one after the other; the same for the bodies. */
  heads: number,
  headBytes: number,
  bodies: number,
  bodyBytes: number,
  /** Where the hashes go, four to a group. */
  out: number,
  groups: number,
) => void;

// what is needed of an interface that the language's own library does not describe
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { exports: unknown };
};

/** Throws where the platform has no vector instructions, or where a page's policy forbids to compile. */
export function fourLanes(bytes: number): { run: Run; memory: Uint8Array } {
  const module = new WebAssembly.Module(
    moduleOf({ parameters: 9, numbers: 5, vectors: 11, bytes: FREE + bytes }, program),
  );
  const { run, memory } = new WebAssembly.Instance(module).exports as { run: Run; memory: { buffer: ArrayBuffer } };
  const view = new DataView(memory.buffer);
  ROUND_CONSTANTS.forEach((word, i) => view.setUint32(CONSTANTS + 4 * i, word, true));
  FIRST_STATE.forEach((word, i) => view.setUint32(FIRST + 4 * i, word, true));
  return { run, memory: new Uint8Array(memory.buffer) };
}
