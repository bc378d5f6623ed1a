import type { JsonRpcProvider } from "ethers";
import { join } from "node:path";

import { FileKeyring, nodePlatform } from "../../sdk/src/node";
import type { Actor, JobContext } from "./parts";

/** New in every run, on a chain that ends with it: nothing that this opens is worth anything. */
const PASSWORD = "a password for a chain that forgets";
/** Guessing is made cheap here so that the run is short; the default is for keys that are worth something. */
const SCRYPT_COST = 2 ** 14;
/** What a seller waits for by default before a key is given. */
const CONFIRMATIONS = 64;

/** The encrypted keys of one account of this run. */
export function keyringAt(path: string): FileKeyring {
  return new FileKeyring(path, PASSWORD, nodePlatform(), SCRYPT_COST);
}

/** The keys of an account of this run, in the folder of the run. */
export const keyringOf = ({ root }: Pick<JobContext, "root">, actor: Actor): FileKeyring =>
  keyringAt(join(root, ".isonomy", "keys", `${actor}.json`));

/** Mines enough blocks to make a sale final; a seller waits for that. */
export async function mineUntilFinal(provider: JsonRpcProvider): Promise<void> {
  await provider.send("hardhat_mine", [`0x${CONFIRMATIONS.toString(16)}`]);
}
