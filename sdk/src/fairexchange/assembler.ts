// Just enough of WebAssembly's binary format to write down one module with one function. It imports nothing at run time.

/** Machine code: the operations of a function, or what they are made of. */
export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;
const PAGE_BYTES = 65_536;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** Signed LEB128. */
function sleb(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x3f || value < -0x40; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value & 0x7f];
}

const sized = (body: Code): number[] => [...leb(body.length), ...body];
const text = (name: string): number[] => sized([...name].map((letter) => letter.charCodeAt(0)));
const section = (id: number, ...body: Code[]): number[] => [id, ...sized(body.flat())];
const simd = (code: number, ...immediate: Code[]): Code => [0xfd, ...leb(code), ...immediate.flat()];

export const sequence = (...parts: Code[]): Code => parts.flat();

export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number): Code => [0x21, ...leb(local)];
export const tee = (local: number): Code => [0x22, ...leb(local)];
export const i32 = (value: number): Code => [0x41, ...sleb(value)];
export const add: Code = [0x6a];
const subtract: Code = [0x6b];
export const multiply: Code = [0x6c];
export const shiftLeft: Code = [0x74];
export const copy: Code = [0xfc, 0x0a, 0x00, 0x00];

/** Adds a constant to a local. */
export const advance = (local: number, by: number): Code => sequence(get(local), i32(by), add, set(local));

/** Moves a local on and leaves its distance from the end: the last of what `repeat` repeats. */
export const step = (local: number, by: number, end: number): Code =>
  sequence(get(local), i32(by), add, tee(local), i32(end), subtract);

/** Repeats `body` while it leaves something other than 0. */
export const repeat = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0x00, 0x0b];

/** Four lanes of 32 bits at once. */
export const lanes = {
  // nothing is assumed about alignment
  load: (offset: number): Code => simd(0x00, [0], leb(offset)),
  loadSplat: (offset: number): Code => simd(0x09, [0], leb(offset)),
  store: (offset: number): Code => simd(0x0b, [0], leb(offset)),
  shuffle: (bytes: Code): Code => simd(0x0d, bytes),
  and: simd(0x4e),
  or: simd(0x50),
  xor: simd(0x51),
  shiftLeft: simd(0xab),
  shiftRight: simd(0xad),
  add: simd(0xae),
};

interface Layout {
  /** Numbers that the function takes, then its other numbers, then the vectors. */
  readonly parameters: number;
  readonly numbers: number;
  readonly vectors: number;
  /** Bytes of memory. */
  readonly bytes: number;
}

/** A module of one function, exported as `run`, and one memory, exported as `memory`. */
export function moduleOf({ parameters, numbers, vectors, bytes }: Layout, body: Code): Uint8Array {
  const locals = [2, ...leb(numbers), I32, ...leb(vectors), V128];
  const pages = leb(Math.ceil(bytes / PAGE_BYTES));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60], sized(Array<number>(parameters).fill(I32)), [0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x01], pages, pages),
    ...section(7, [2], text("run"), [0x00, 0], text("memory"), [0x02, 0]),
    ...section(10, [1], sized([...locals, ...body, 0x0b])),
  ]);
}
