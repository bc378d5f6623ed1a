import type { IsonomyError } from "../base/error";
import { Pipe } from "../fairexchange/streams";
import { readAnswer, Watch } from "../rpc/bounded";
import { endpointOf } from "../rpc/endpoint";
import type { BlockId, Blocks } from "./blocks";
import { storeError, type storeErrors } from "./errors";
import { safeHeaders, type StoreHeaders } from "./headers";
import { MAX_BLOCK_BYTES } from "./intact";
import { UnixFsStore, type BlobStore, type ReadOptions } from "./store";

const BOUNDARY = "isonomy-blob-boundary-7f3c9a52e1d84b06";

/** The settings of the public profile `unixfs-v1-2025`, as the node's own arguments, so that its CIDs are ours. */
const ADD_SETTINGS =
  "cid-version=1&raw-leaves=true&hash=sha2-256&chunker=size-1048576&max-file-links=1024&trickle=false&pin=true" +
  "&progress=false&quieter=true";

/** How long a node is waited for. */
export interface IpfsSettings {
  /** Milliseconds in which something has to move, and in a tenth of which a block should be there. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
/** A block that comes byte by byte is abandoned after this many times the timeout. */
const TOTAL = 10;
/** What a node says beside blocks is short. */
const MAX_WORDS = 65_536;

type IpfsErrorCode = Extract<keyof typeof storeErrors, `IPFS_${string}`>;

/**
 * Content on an IPFS node, over the HTTP API that Kubo and its like offer.
 * @throws `ENDPOINT_INVALID`, `STORE_HEADER_INVALID`.
 * @example
 * ```ts
 * const store = new IpfsStore("http://127.0.0.1:5001");
 * const cid = await store.put(createReadStream("model.blob"));
 * ```
 */
export class IpfsStore implements BlobStore {
  readonly #api: URL;
  readonly #shown: string;
  readonly #headers: StoreHeaders;
  readonly #verified: UnixFsStore;
  readonly #timeoutMs: number;

  /**
   * @param api Where the node's API listens, `http://127.0.0.1:5001` by default: the host alone, with `/api/v0`, or behind a path of a
   * proxy. A name and a password before the host are sent as a header.
   * @param headers What a hosted node asks for, an authorization for example; their values are in no error and no log.
   */
  constructor(api = "http://127.0.0.1:5001", headers: StoreHeaders = {}, settings: IpfsSettings = {}) {
    const { timeoutMs = TIMEOUT_MS } = settings ?? {};
    const { url, headers: own, shown } = endpointOf(api);
    this.#api = apiOf(url);
    this.#headers = { ...own, ...safeHeaders(headers) };
    this.#shown = shown;
    this.#timeoutMs = timeoutMs;
    this.#verified = new UnixFsStore(this.#blocks());
  }

  /**
   * Streams the data to the node and pins it there. The identifier is computed here too: the node is not trusted.
   * @throws `IPFS_UNREACHABLE`, `IPFS_REFUSED`, `IPFS_OTHER_CID`.
   * @example
   * ```ts
   * const cid = await new IpfsStore().put(createReadStream("model.blob"));
   * ```
   */
  async put(data: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    const copy = new Pipe();
    const expected = new UnixFsStore(nowhere).put(copy);
    expected.catch((error: unknown) => copy.fail(error));
    let broken: { error: unknown } | undefined;
    const watched = multipart(data, copy, (error) => (broken = { error }));
    try {
      const added = await this.#post(`add?${ADD_SETTINGS}`, watched);
      const lines = added.trim().split("\n");
      const actual = parseHash(lines[lines.length - 1] ?? "");
      const cid = await expected;
      if (actual !== cid) throw this.#failure("IPFS_OTHER_CID", `it answered ${actual} for ${cid}`);
      return cid;
    } catch (error) {
      copy.fail(error);
      await expected.catch(() => undefined);
      // what stopped the source is the reason, not the broken connection that followed from it
      throw broken ? broken.error : error;
    }
  }

  /**
   * Reads block by block, each checked against its hash, so that no wrong byte is handed out.
   * @throws `IPFS_UNREACHABLE`, `IPFS_REFUSED`, `BLOB_CORRUPTED`, `BLOB_TOO_LARGE`.
   * @example
   * ```ts
   * for await (const piece of new IpfsStore().get(cid)) console.log(piece.length);
   * ```
   */
  get(cid: string, options?: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#verified.get(cid, options);
  }

  /**
   * Whether the node itself holds the content; it does not go looking for it.
   * @throws `IPFS_UNREACHABLE`, `IPFS_REFUSED`.
   * @example
   * ```ts
   * const isPinned = await new IpfsStore().has(cid);
   * ```
   */
  has(cid: string): Promise<boolean> {
    return this.#verified.has(cid);
  }

  #blocks(): Blocks {
    return {
      put: async () => {
        throw this.#failure("IPFS_REFUSED", "blocks are added as whole files only");
      },
      get: async (cid: BlockId) => {
        return this.#ask(`block/get?arg=${cid.toString()}`, MAX_BLOCK_BYTES);
      },
      has: async (cid: BlockId) =>
        (await this.#ask(`block/stat?arg=${cid.toString()}&offline=true`, MAX_WORDS)) !== undefined,
    };
  }

  /** A request whose content may be missing: the node says so with status 500 and a message. */
  async #ask(path: string, limit: number): Promise<Uint8Array | undefined> {
    const { ok, status, bytes } = await this.#send(path, limit);
    if (ok) return bytes;
    const text = textOf(bytes);
    if (/not ?found|could not find/i.test(text)) return undefined;
    throw this.#failure("IPFS_REFUSED", `status ${status}: ${text.slice(0, 200)}`);
  }

  async #post(path: string, body: AsyncIterable<Uint8Array>): Promise<string> {
    const { ok, status, bytes } = await this.#send(path, MAX_WORDS, body);
    if (!ok) throw this.#failure("IPFS_REFUSED", `status ${status}: ${textOf(bytes).slice(0, 200)}`);
    return textOf(bytes);
  }

  /** One call, and of its answer no more than the limit and one byte. */
  async #send(
    path: string,
    limit: number,
    body?: AsyncIterable<Uint8Array>,
  ): Promise<{ ok: boolean; status: number; bytes: Uint8Array }> {
    const headers: Record<string, string> = { ...this.#headers };
    if (body) headers["content-type"] = `multipart/form-data; boundary=${BOUNDARY}`;
    // a file that is sent may take as long as it moves
    const watch = new Watch(this.#timeoutMs, body === undefined ? TOTAL * this.#timeoutMs : undefined);
    const sent = body && streamOf(touching(body, watch.touch));
    // every call of this API is a POST; a streamed body needs `duplex`, which the library's types do not know yet
    // a redirect is not followed: no node needs one, and its target would be sent the headers and the file
    const init = { method: "POST", headers, body: sent, duplex: "half", signal: watch.signal, redirect: "manual" };
    try {
      const response = await fetch(this.#urlOf(path), init as RequestInit);
      watch.touch();
      const bytes = await readAnswer(response, response.ok ? limit : MAX_WORDS, watch.touch);
      return { ok: response.ok, status: response.status, bytes };
    } catch (error) {
      const detail =
        error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error);
      throw this.#failure("IPFS_UNREACHABLE", watch.reason ?? detail, error);
    } finally {
      watch.stop();
    }
  }

  /** A call of the API; what a hosted node wants behind the `?` of its address goes along with each. */
  #urlOf(path: string): URL {
    const url = new URL(path, this.#api);
    for (const [name, value] of this.#api.searchParams) url.searchParams.append(name, value);
    return url;
  }

  #failure(code: IpfsErrorCode, detail: string, cause?: unknown): IsonomyError {
    return storeError(code, { api: this.#shown, detail }, cause);
  }
}

/** Where the calls are, however the address was written: with or without `/api/v0`, with or without slashes at its end. */
function apiOf(url: string): URL {
  const api = new URL(url);
  api.pathname = `${api.pathname.replace(/\/+$/, "").replace(/\/api\/v0$/, "")}/api/v0/`;
  api.hash = "";
  return api;
}

const nowhere: Blocks = {
  put: async () => undefined,
  get: async () => undefined,
  has: async () => false,
};

/** One file as the body of a form, each piece handed to `copy` as well. */
async function* multipart(
  data: AsyncIterable<Uint8Array> | Uint8Array,
  copy: Pipe,
  onBroken: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="blob"\r\n` +
      "content-type: application/octet-stream\r\n\r\n",
  );
  try {
    for await (const piece of data instanceof Uint8Array ? [data] : data) {
      await copy.write(piece);
      yield piece;
    }
  } catch (error) {
    onBroken(error);
    throw error;
  }
  copy.end();
  yield encoder.encode(`\r\n--${BOUNDARY}--\r\n`);
}

async function* touching(source: AsyncIterable<Uint8Array>, touch: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    touch();
    yield piece;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function parseHash(line: string): string {
  try {
    return (JSON.parse(line) as { Hash: string }).Hash;
  } catch {
    return "nothing that can be read";
  }
}
