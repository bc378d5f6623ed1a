// Fetches, checks and opens files, and keeps the buyer's keys: apart from the page, which answers meanwhile. No secret leaves it but
// encrypted, and a complaint's, which is there to be published.
import { expose } from "comlink";
import {
  blobLength,
  buyerPad,
  openBlob,
  portablePlatform,
  recoverKey,
  requireBuyable,
  verifyBlob,
  type Complaint,
} from "isonomy/fair";
import { PageKeyring } from "isonomy";

import type { SoldFile } from "../../chain/source";
import type { FileKeeper, FileProblem } from "./api";
import { HeldFile, writeWhole } from "./held";
import { problemOf } from "./problem";
import { lacking } from "./space";
import { Storage } from "./storage";

const disk = new Storage();
const keyring = new PageKeyring();
/** Proofs that were found since the page was opened. */
const complaints = new Map<string, Complaint>();
/** Work that can be stopped. */
const stops = new Map<string, AbortController>();
/** Failures that no second try cures. */
const LOST = new Set(["BLOB_ROOT_MISMATCH", "BLOB_TRUNCATED", "BLOB_TOO_LONG", "BLOB_TOO_LARGE"]);
let place: { stores: readonly string[]; chainId: bigint; escrow: string };

// a CID is letters and digits, which any file system takes
const sealedName = ({ blob }: SoldFile): string => `${blob}.sealed`;
const openName = ({ blob }: SoldFile): string => `${blob}.open`;
/** Is there once the opened file is whole and checked. */
const doneName = ({ blob }: SoldFile): string => `${blob}.done`;
const hex = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

const keeper: FileKeeper = {
  begin: (stores, chainId, escrow) => {
    place = { stores, chainId: BigInt(chainId), escrow };
  },

  held: async (file) => {
    const [sealed, open, done] = await Promise.all(
      [sealedName, openName, doneName].map((name) => disk.file(name(file))),
    );
    const isWhole = done !== undefined && BigInt(open?.size ?? 0) === file.commitment.size;
    return {
      bytes: sealed?.size ?? 0,
      of: blobLength(file.commitment.size),
      opened: isWhole ? open : undefined,
    };
  },

  fetch: async (file, tell) => {
    requireBuyable(file.commitment);
    await requireRoom(file);
    if (place.stores.length === 0) throw { files: "noStore" } satisfies FileProblem;
    // a half of this worker, that opening a file and keeping a key do without
    const { GatewayStore } = await import("isonomy/store");
    const { commitment, blob } = file;
    const length = blobLength(commitment.size);
    const stop = new AbortController();
    stops.set(blob, stop);
    try {
      await disk.with(sealedName(file), async (room) => {
        const held = new HeldFile(room, length);
        const store = new GatewayStore(place.stores, { near: held.near });
        const source = held.keep(store.get(blob, { limit: length }));
        const { signal } = stop;
        const half = (bytes: number): number => Math.floor(bytes / 2);
        await verifyBlob(source, commitment, portablePlatform, { signal, onProgress: (done) => tell(half(done)) });
        // and once more as it lies on the disk: it is what a complaint will be made from
        const onProgress = (done: number): void => tell(half(Number(commitment.size) + done));
        await verifyBlob(held.bytes(), commitment, portablePlatform, { signal, onProgress });
      });
    } catch (error) {
      // every block of it is the one that its name says: this blob will never be what the version promises
      if (LOST.has((error as { code?: string }).code ?? "")) await disk.remove(sealedName(file));
      throw error;
    } finally {
      stops.delete(blob);
    }
  },
  stop: async ({ blob }) => stops.get(blob)?.abort(),

  newPad: async ({ chainId, escrow, versionId, keyX, payer }, note) => {
    await keyring.requireWritable();
    const purchase = { chainId: BigInt(chainId), escrow, versionId, payer };
    const { secret, buyerX, pad } = buyerPad(portablePlatform, keyX, purchase);
    await keyring.add({ kind: "purchase", secret, x: buyerX, note });
    return { buyerKey: hex(buyerX), pad };
  },

  keyFile: (password) => keyring.exportKeys(password),
  restore: (text, password) => keyring.importKeys(text, password),
  hasKey: (buyerKey) =>
    keyring.find(BigInt(buyerKey)).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code === "KEY_NOT_KEPT") return false;
        throw error;
      },
    ),

  open: async (file, deal, scalar, tell) => {
    const { secret } = await keyring.find(BigInt(deal.buyerKey));
    const { chainId, escrow } = place;
    const purchase = { chainId, escrow, versionId: deal.versionId, payer: deal.payer };
    const key = recoverKey(scalar, secret, BigInt(deal.keyX), purchase);
    const length = blobLength(file.commitment.size);
    await disk.remove(doneName(file));
    const opened = await disk.with(sealedName(file), (sealed) =>
      disk.with(openName(file), async (room) => {
        const held = new HeldFile(sealed, length);
        room.truncate(0);
        let at = 0;
        const sink = {
          write: (bytes: Uint8Array): void => {
            writeWhole(room, bytes, at);
            at += bytes.length;
          },
        };
        const options = { onProgress: tell };
        const result = await openBlob(() => held.bytes(), key, file.commitment, sink, portablePlatform, options);
        room.flush();
        return result;
      }),
    );
    if (!opened.ok) {
      complaints.set(file.blob, opened.complaint);
      await disk.remove(openName(file));
      return { ok: false, wrongChunk: opened.wrongChunk };
    }
    await disk.with(doneName(file), async () => undefined);
    return { ok: true, file: (await disk.file(openName(file)))! };
  },

  complaint: async (file) => complaints.get(file.blob),

  forget: async (file) => {
    for (const name of [doneName, openName, sealedName]) await disk.remove(name(file));
  },
};

/** Says before anything is fetched that it cannot be kept. */
async function requireRoom(file: SoldFile): Promise<void> {
  const { bytes, of, opened } = await keeper.held(file);
  const needed = { blob: of, file: opened === undefined ? Number(file.commitment.size) : 0, held: bytes };
  const lack = lacking(await navigator.storage.estimate(), needed);
  if (lack > 0) throw { files: "noSpace", lacking: lack } satisfies FileProblem;
}

/** One work at a time for a file: two would write over one another. */
const busy = new Map<string, Promise<unknown>>();
const ALONE = new Set<keyof FileKeeper>(["fetch", "open", "forget"]);

expose(
  new Proxy(keeper, {
    get: (target, name: keyof FileKeeper) => {
      const method = target[name] as ((...args: unknown[]) => unknown) | undefined;
      if (typeof method !== "function") return method;
      return async (...args: unknown[]): Promise<unknown> => {
        const work = async (): Promise<unknown> => method(...args);
        try {
          if (!ALONE.has(name)) return await work();
          const { blob } = args[0] as SoldFile;
          const mine = (busy.get(blob) ?? Promise.resolve()).then(work, work);
          busy.set(blob, mine);
          return await mine;
        } catch (error) {
          throw problemOf(error);
        }
      };
    },
  }),
);
