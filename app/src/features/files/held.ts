/** A file of the page that can be read and written at any place: what a worker opens of the origin's private file system. */
export interface Room {
  getSize(): number;
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** A block's identifier, as far as it is looked at. */
interface BlockId {
  readonly code: number;
}

/** The code of a block that is nothing but bytes of the file. */
const RAW = 0x55;
/** Bytes of a block, as the package's stores cut files; what was cut in another way is fetched again. */
const BLOCK = 1_048_576;

/** A sealed file as it comes in: it is kept as far as it was read, and goes on from there when it is asked for again. */
export class HeldFile {
  readonly #room: Room;
  readonly #length: number;
  #at = 0;

  /** @param length Bytes that the whole is long. */
  constructor(room: Room, length: number) {
    this.#room = room;
    this.#length = length;
    if (room.getSize() > length) room.truncate(length);
  }

  /** Bytes that are here. */
  get held(): number {
    return this.#room.getSize();
  }

  /** Where the next block is looked for before it is fetched. The store compares what it gets with the block's hash. */
  readonly near = {
    get: async ({ code }: BlockId): Promise<Uint8Array | undefined> => {
      const length = Math.min(BLOCK, this.#length - this.#at);
      return code === RAW && length > 0 && this.held >= this.#at + length ? this.#read(this.#at, length) : undefined;
    },
  };

  /** Hands a source on from its beginning, and keeps what is not here yet. */
  async *keep(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#at = 0;
    for await (const piece of source) {
      if (!this.#holds(piece)) this.#write(piece);
      this.#at += piece.length;
      yield piece;
    }
    this.#room.flush();
  }

  /** What is here, piece by piece. */
  *bytes(): Generator<Uint8Array> {
    for (let at = 0; at < this.held; at += BLOCK) yield this.#read(at, Math.min(BLOCK, this.held - at));
  }

  #holds(piece: Uint8Array): boolean {
    if (this.held < this.#at + piece.length) return false;
    const own = this.#read(this.#at, piece.length);
    return own.every((byte, index) => byte === piece[index]);
  }

  #write(piece: Uint8Array): void {
    writeWhole(this.#room, piece, this.#at);
  }

  #read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const read = this.#room.read(bytes, { at });
    return read === length ? bytes : bytes.slice(0, read);
  }
}

/** Writes all of it, or throws: a disk that is full takes less than it is given. */
export function writeWhole(room: Room, bytes: Uint8Array, at: number): void {
  const written = room.write(bytes, { at });
  if (written < bytes.length) {
    // what is half there must not be taken for what was asked
    room.truncate(at);
    throw new DOMException("The file could not be written whole.", "QuotaExceededError");
  }
}
