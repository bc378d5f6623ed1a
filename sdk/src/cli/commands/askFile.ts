import type { Provider, Signer } from "ethers";

import { ASK_TYPES, ResaleClient, type SignedAsk } from "../../resale";
import { cliError } from "../errors";
import type { Session } from "../session";
import { signedHere } from "./signedFile";

/** An ask that a licence's holder signed, as `resale ask` writes it. */
export const ASK_FILE = {
  format: "isonomy.ask.v1",
  expected: "an ask",
  writer: "resale ask",
  contract: "Resale",
  place: "resale",
  body: "ask",
  fields: ASK_TYPES.Ask,
} as const;

export async function resaleClient(session: Session, runner?: Signer | Provider): Promise<ResaleClient> {
  return new ResaleClient(await session.deployment(), runner ?? (await session.signer()), session.waiting());
}

/** Reads an ask back: it has to be for this deployment on this chain. */
export async function askIn(session: Session, path: string): Promise<SignedAsk> {
  return signedHere(session, path, "<file>", ASK_FILE, (there) => cliError("ASK_OF_ANOTHER", there));
}
