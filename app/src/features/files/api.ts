import type { Complaint } from "isonomy/fair";
import type { Deal } from "isonomy/reading";

import type { SoldFile } from "../../chain/source";

/** What of a sealed file is in this browser. */
export interface Held {
  /** Bytes of the sealed file. */
  readonly bytes: number;
  /** Bytes that the sealed file is long. */
  readonly of: number;
  /** What it was opened to, where it was. */
  readonly opened: File | undefined;
}

/** What the pad of a purchase is bound to. */
export interface PadFor {
  readonly chainId: number;
  readonly escrow: string;
  readonly versionId: bigint;
  readonly keyX: bigint;
  readonly payer: string;
}

/** What goes along with a purchase; its secret is kept. */
export interface Pad {
  readonly buyerKey: string;
  readonly pad: string;
}

/** The file, or the chunk that is not what the seller committed to. */
export type Opened = { readonly ok: true; readonly file: File } | { readonly ok: false; readonly wrongChunk: bigint };

/** A failure that the page has its own words for. */
export type FileProblem =
  | { readonly files: "noSpace"; readonly lacking: number }
  | { readonly files: "full" | "busy" | "noStorage" | "noStore" | "stopped" }
  | { readonly files: "unknown"; readonly detail: string };

/** Bytes that are done. */
export type Tell = (bytes: number) => void;

/** What the worker does. Failures are `Problem`s of the package, or `FileProblem`s. */
export interface FileKeeper {
  begin(stores: readonly string[], chainId: number, escrow: string): void;
  held(file: SoldFile): Promise<Held>;
  /** Fetches what is not here, and checks the whole: exact length, both roots, on its way and again as it is kept. Ends well only where it may be paid for. */
  fetch(file: SoldFile, tell: Tell): Promise<void>;
  /** Stops fetching; what is here stays. */
  stop(file: SoldFile): Promise<void>;
  /** Makes the key of one purchase; its secret is kept before this returns. */
  newPad(purchase: PadFor, note: string): Promise<Pad>;
  /** All keys of this browser as the text of a key file. */
  keyFile(password: string): Promise<string>;
  /** Takes the keys of a key file in, and says how many. */
  restore(text: string, password: string): Promise<number>;
  hasKey(buyerKey: string): Promise<boolean>;
  /** Opens the file with what was delivered. */
  open(file: SoldFile, deal: Deal, scalar: bigint, tell: Tell): Promise<Opened>;
  /** The proof that the file that was opened last is not what was committed to. Sending it publishes the version's key. */
  complaint(file: SoldFile): Promise<Complaint | undefined>;
  /** Removes the file from this browser, sealed and opened. */
  forget(file: SoldFile): Promise<void>;
}
