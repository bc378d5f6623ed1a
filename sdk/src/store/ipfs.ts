import { fail, type ClientErrorCode } from "../errors/catalogue";
import type { IsonomyError } from "../errors/error";
import { Pipe } from "../fairexchange/streams";
import { endpointOf } from "../rpc/endpoint";
import type { BlockId, Blocks } from "./blocks";
import { UnixFsStore, type BlobStore } from "./store";

const BOUNDARY = "isonomy-blob-boundary-7f3c9a52e1d84b06";

/** The settings of the public profile `unixfs-v1-2025`, as the node's own arguments, so that its CIDs are ours. */
const ADD_SETTINGS =
  "cid-version=1&raw-leaves=true&hash=sha2-256&chunker=size-1048576&max-file-links=1024&trickle=false&pin=true" +
  "&progress=false&quieter=true";

type IpfsErrorCode = Extract<ClientErrorCode, `IPFS_${string}`>;

/** Content on an IPFS node, over the HTTP API that Kubo and its like offer. */
export class IpfsStore implements BlobStore {
  readonly #api: URL;
  readonly #shown: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #verified: UnixFsStore;

  /**
   * @param api Where the node's API listens, `http://127.0.0.1:5001` by default: the host alone, with `/api/v0`, or behind a path of a
   * proxy. A name and a password before the host are sent as a header.
   * @param headers What a hosted node asks for, an authorization for example.
   */
  constructor(api = "http://127.0.0.1:5001", headers: Readonly<Record<string, string>> = {}) {
    const { url, headers: own, shown } = endpointOf(api);
    this.#api = apiOf(url);
    this.#headers = { ...own, ...headers };
    this.#shown = shown;
    this.#verified = new UnixFsStore(this.#blocks());
  }

  /** Streams the data to the node and pins it there. The identifier is computed here too: the node is not trusted. */
  async put(data: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
    const copy = new Pipe();
    const expected = new UnixFsStore(nowhere).put(copy);
    expected.catch((error: unknown) => copy.fail(error));
    let broken: { error: unknown } | undefined;
    const watched = multipart(data, copy, (error) => (broken = { error }));
    try {
      const response = await this.#post(`add?${ADD_SETTINGS}`, watched);
      const lines = (await response.text()).trim().split("\n");
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

  /** Reads block by block, each checked against its hash, so that no wrong byte is handed out. */
  get(cid: string): AsyncIterable<Uint8Array> {
    return this.#verified.get(cid);
  }

  /** Whether the node itself holds the content; it does not go looking for it. */
  has(cid: string): Promise<boolean> {
    return this.#verified.has(cid);
  }

  #blocks(): Blocks {
    return {
      put: async () => {
        throw this.#failure("IPFS_REFUSED", "blocks are added as whole files only");
      },
      get: async (cid: BlockId) => {
        const response = await this.#ask(`block/get?arg=${cid.toString()}`);
        return response && new Uint8Array(await response.arrayBuffer());
      },
      has: async (cid: BlockId) => {
        const response = await this.#ask(`block/stat?arg=${cid.toString()}&offline=true`);
        await response?.arrayBuffer();
        return response !== undefined;
      },
    };
  }

  /** A request whose content may be missing: the node says so with status 500 and a message. */
  async #ask(path: string): Promise<Response | undefined> {
    const response = await this.#send(path);
    if (response.ok) return response;
    const text = await response.text();
    if (/not ?found|could not find/i.test(text)) return undefined;
    throw this.#failure("IPFS_REFUSED", `status ${response.status}: ${text.slice(0, 200)}`);
  }

  async #post(path: string, body: AsyncIterable<Uint8Array>): Promise<Response> {
    const response = await this.#send(path, body);
    if (!response.ok) {
      const text = await response.text();
      throw this.#failure("IPFS_REFUSED", `status ${response.status}: ${text.slice(0, 200)}`);
    }
    return response;
  }

  async #send(path: string, body?: AsyncIterable<Uint8Array>): Promise<Response> {
    const headers: Record<string, string> = { ...this.#headers };
    if (body) headers["content-type"] = `multipart/form-data; boundary=${BOUNDARY}`;
    // every call of this API is a POST; a streamed body needs `duplex`, which the library's types do not know yet
    const init = { method: "POST", headers, body: body && streamOf(body), duplex: "half" };
    try {
      return await fetch(new URL(path, this.#api), init as RequestInit);
    } catch (error) {
      const detail =
        error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : String(error);
      throw this.#failure("IPFS_UNREACHABLE", detail, error);
    }
  }

  #failure(code: IpfsErrorCode, detail: string, original?: unknown): IsonomyError {
    return fail(code, { api: this.#shown, detail }, original);
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
