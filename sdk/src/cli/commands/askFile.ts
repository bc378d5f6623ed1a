import type { Provider, Signer } from "ethers";

import { sameAddress } from "../../addresses/address";
import { chainError } from "../../errors/chainErrors";
import { ASK_TYPES, ResaleClient, type SignedAsk } from "../../resale";
import { cliError } from "../errors";
import type { Session } from "../session";
import { signedIn } from "./signedFile";

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
  const { chainId, place, message, signature } = await signedIn(path, "<file>", ASK_FILE);
  const actual = await session.chainId();
  if (chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
  const here = await session.contract("Resale");
  if (!sameAddress(place, here)) throw cliError("ASK_OF_ANOTHER", { path, actual: place, resale: here });
  return { ...message, signature } as unknown as SignedAsk;
}
