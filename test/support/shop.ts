import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { localWallet, person } from "./cli";
import { separateNode, type SeparateNode } from "./separate-node";

export type Person = Awaited<ReturnType<typeof person>>;

/** A chain with a deployment, people who each have a command line on it, and the file of a model's card. */
export interface Shop {
  readonly chain: SeparateNode;
  readonly seller: Person;
  readonly buyer: Person;
  readonly other: Person;
  readonly card: string;
}

export async function openShop(): Promise<Shop> {
  const chain = await separateNode();
  const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
  const seller = await person(chain.folder, "seller", at, localWallet(7));
  const buyer = await person(chain.folder, "buyer", at, localWallet(8));
  const other = await person(chain.folder, "other", at, localWallet(9));
  const card = join(chain.folder, "card.json");
  await writeFile(card, JSON.stringify(winkCard));
  return { chain, seller, buyer, other, card };
}

/** Puts the chain back after each test. */
export function restoring(chainOf: () => SeparateNode): void {
  let snapshot: string;
  beforeEach(async () => {
    snapshot = (await chainOf().provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chainOf().provider.send("evm_revert", [snapshot]));
}
