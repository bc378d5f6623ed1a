import { argumentError } from "../base/checked";
import { readAnswer, Watch } from "../rpc/bounded";
import { endpointOf } from "../rpc/endpoint";
import type { BlockId, Blocks } from "./blocks";
import { storeError } from "./errors";
import { safeHeaders, type StoreHeaders } from "./headers";
import { isIntact, MAX_BLOCK_BYTES } from "./intact";
import { UnixFsStore, type BlobStore, type ReadOptions } from "./store";

/** A gateway: its address, or that with the headers that it alone is sent. */
export type Gateway = string | { readonly url: string; readonly headers?: StoreHeaders };

/** How long gateways are waited for. */
export interface GatewaySettings {
  /** Milliseconds in which something has to move; a block may take ten times as long. 30,000 when left out. */
  readonly timeoutMs?: number;
  /** Where a block is looked for before a gateway is asked, such as what an interrupted download left. It is trusted no more than they are. */
  readonly near?: Pick<Blocks, "get">;
}

interface Place {
  readonly url: URL;
  readonly shown: string;
  readonly headers: StoreHeaders;
}

/** What one gateway made of one request; a failure that may pass is tried once more. */
type Outcome = Uint8Array | "missing" | { readonly detail: string; readonly passing: boolean };

const TIMEOUT_MS = 30_000;
/** A block that comes byte by byte is abandoned after this many times the timeout. */
const TOTAL = 10;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Before all gateways are asked once more, where one of them was busy. */
const PAUSE_MS = 1_000;
const BLOCK = "application/vnd.ipld.raw";

/**
 * Reads from IPFS gateways over HTTP, and trusts none of them: it asks for single blocks and checks each against its hash, so that a
 * gateway can refuse and delay, but not deceive. The gateways are tried in turn, beginning with the one that answered last.
 * A header goes to its own gateway alone, and not along with a redirect to another server.
 * @example
 * ```ts
 * const own = { url: "https://gateway.example", headers: { authorization: `Bearer ${password}` } };
 * const store = new GatewayStore(["https://trustless-gateway.link", own]);
 * const card = await market.card(versionId, store);
 * ```
 */
export class GatewayStore implements BlobStore {
  readonly #verified: UnixFsStore;

  /** @param gateways At least one: `https://HOST`, with `/ipfs` behind it or not. */
  constructor(gateways: Gateway | readonly Gateway[], settings: GatewaySettings = {}) {
    const { timeoutMs = TIMEOUT_MS, near } = settings ?? {};
    const list = (Array.isArray(gateways) ? gateways : [gateways]) as readonly Gateway[];
    if (list.length === 0) throw argumentError("ARGUMENT_INVALID", { detail: "there is no gateway in the list." });
    this.#verified = new UnixFsStore(new GatewayBlocks(list.map(placeOf), timeoutMs, near));
  }

  /**
   * Refuses: a gateway only reads.
   * @throws `STORE_READ_ONLY`.
   * @example
   * ```ts
   * const store = new FallbackStore(folderStore("models"), gateway); // puts into the folder
   * ```
   */
  async put(): Promise<never> {
    throw storeError("STORE_READ_ONLY");
  }

  /**
   * The content, checked block by block.
   * @throws `GATEWAY_FAILED` with what each gateway said where none has a block, `BLOB_CORRUPTED`, `BLOB_TOO_LARGE`.
   * @example
   * ```ts
   * for await (const piece of gateway.get(cid, { limit: 1_000_000 })) console.log(piece.length);
   * ```
   */
  get(cid: string, options?: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#verified.get(cid, options);
  }

  /**
   * Whether a gateway hands out the first block.
   * @example
   * ```ts
   * const isThere = await gateway.has(cid);
   * ```
   */
  has(cid: string): Promise<boolean> {
    return this.#verified.has(cid);
  }
}

class GatewayBlocks implements Blocks {
  readonly #places: readonly Place[];
  readonly #timeoutMs: number;
  readonly #near: Pick<Blocks, "get"> | undefined;
  /** The one that answered last. */
  #first = 0;

  constructor(places: readonly Place[], timeoutMs: number, near: Pick<Blocks, "get"> | undefined) {
    this.#places = places;
    this.#timeoutMs = timeoutMs;
    this.#near = near;
  }

  async put(): Promise<never> {
    throw storeError("STORE_READ_ONLY");
  }

  async get(cid: BlockId): Promise<Uint8Array | undefined> {
    const held = await this.#near?.get(cid);
    if (held !== undefined && isIntact(cid, held)) return held;
    let details: string[] = [];
    for (let round = 0; round < 2; round++) {
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      details = [];
      let passing = false;
      const begin = this.#first;
      for (let turn = 0; turn < this.#places.length; turn++) {
        const at = (begin + turn) % this.#places.length;
        const place = this.#places[at]!;
        const outcome = await this.#ask(place, cid);
        if (outcome instanceof Uint8Array) {
          this.#first = at;
          return outcome;
        }
        if (outcome === "missing") continue;
        details.push(`${place.shown}: ${outcome.detail}`);
        passing ||= outcome.passing;
      }
      if (!passing) break;
    }
    // that all of them say they do not have it is an answer; that some failed is none
    if (details.length === 0) return undefined;
    throw storeError("GATEWAY_FAILED", { block: cid.toString(), detail: details.join("; ") });
  }

  async has(cid: BlockId): Promise<boolean> {
    return (await this.get(cid)) !== undefined;
  }

  async #ask(place: Place, cid: BlockId): Promise<Outcome> {
    const watch = new Watch(this.#timeoutMs, TOTAL * this.#timeoutMs);
    try {
      const response = await followed(blockUrl(place, cid), place.headers, watch.signal);
      watch.touch();
      if (!response.ok) {
        await response.body?.cancel().catch(() => undefined);
        const { status } = response;
        if (status === 404 || status === 410) return "missing";
        return { detail: `status ${status}`, passing: status === 429 || status >= 500 };
      }
      const bytes = await readAnswer(response, MAX_BLOCK_BYTES, watch.touch);
      return isIntact(cid, bytes) ? bytes : { detail: "what it sent does not match the hash", passing: false };
    } catch (error) {
      if (error instanceof Refused) return { detail: error.message, passing: false };
      const { message, cause } = error as Error;
      return { detail: watch.reason ?? (cause instanceof Error ? cause.message : message), passing: true };
    } finally {
      watch.stop();
    }
  }
}

function placeOf(gateway: Gateway): Place {
  const { url: address, headers = {} } = typeof gateway === "string" ? { url: gateway } : (gateway ?? {});
  const { url, headers: own, shown } = endpointOf(String(address));
  return { url: new URL(url), shown, headers: { ...own, ...safeHeaders(headers) } };
}

/** Where a block is; what a hosted gateway wants behind the `?` of its address goes along. */
function blockUrl({ url }: Place, cid: BlockId): URL {
  const block = new URL(url);
  block.pathname = `${url.pathname.replace(/\/+$/, "").replace(/\/ipfs$/, "")}/ipfs/${cid.toString()}`;
  block.searchParams.set("format", "raw");
  block.hash = "";
  return block;
}

/** A redirect that is not followed. */
class Refused extends Error {}

async function followed(start: URL, given: StoreHeaders, signal: AbortSignal): Promise<Response> {
  let [url, headers] = [start, given];
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const request = { headers: { accept: BLOCK, ...headers }, signal, credentials: "omit" } as const;
    const response = await fetch(url, { ...request, redirect: "manual" });
    if (response.type === "opaqueredirect") {
      // a page is not told where it leads; the browser counts them, and would take the header along
      if (Object.keys(headers).length > 0) throw new Refused("it redirects, and a header must not follow");
      return fetch(url, { ...request, redirect: "follow" });
    }
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel().catch(() => undefined);
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol) || (url.protocol === "https:" && next.protocol === "http:"))
      throw new Refused("it redirects to an address that is not encrypted");
    if (isPrivate(next.hostname) && !isPrivate(start.hostname))
      throw new Refused("it redirects into a private network");
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
  throw new Refused(`it redirects more than ${MAX_REDIRECTS} times`);
}

/** Addresses that are somebody's own: a gateway out on the network must not make a server ask its neighbours. */
function isPrivate(host: string): boolean {
  return /^(localhost|.*\.localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.|\[(::|f[cd]|fe[89ab]))/i.test(
    host,
  );
}
