import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";

import type { PartialDeployment } from "../../sdk/src/addresses";
import { DealClient, type DealContract, type Keyring } from "../../sdk/src/deals";
import { portablePlatform, type StoredKey } from "../../sdk/src/fairexchange";
import { MarketClient, toOffer } from "../../sdk/src/market";
import { packSeatTerms } from "../../sdk/src/rights";
import { PRICE } from "../helpers/market";
import { rightsFixture, SEATS } from "../unit/rights/fixture";

class MemoryKeyring implements Keyring {
  readonly keys: StoredKey[] = [];
  async add(key: StoredKey): Promise<void> {
    this.keys.push(key);
  }
  async find(x: bigint): Promise<StoredKey> {
    const key = this.keys.find((one) => one.x === x);
    if (key === undefined) throw new Error(`No key is kept for ${x}.`);
    return key;
  }
}

describe("Finding: a file that is sold twice over, and that nobody delivered", () => {
  // claim(attacks#command-line-package-and-sellers-agent): a sale of several seats at once that an honest seller's agent
  //   takes for somebody else's, so that the miss is counted against it
  it("is delivered: its price is that of the offer, times the quantity", async () => {
    const { contracts, actors, actions, files } = await loadFixture(rightsFixture);
    const places = await Promise.all(
      (["ModelRegistry", "LicenseToken", "RevenueLedger", "Market", "Escrow", "UpdateDesk"] as const).map(
        async (name) => [name, await contracts[name].getAddress()],
      ),
    );
    const deployment = { contracts: Object.fromEntries(places) } as PartialDeployment<DealContract>;
    const [sellers, buyers] = [new MemoryKeyring(), new MemoryKeyring()];
    const { key: secret, data } = files.file;
    await sellers.add({ kind: "version", secret, x: BigInt(data.keyX as string), note: "a version" } as StoredKey);
    const as = (who: HardhatEthersSigner, keyring: Keyring) =>
      new DealClient(deployment, who, { platform: portablePlatform, keyring });
    const struct = actions.fileTerms({ rights: SEATS, rightsTerms: packSeatTerms({ seats: 5n, minStay: 0n }) });
    await actions.list(struct);
    const offer = toOffer(struct as never);
    const key = await as(actors.buyer, buyers).newPad(offer.versionId);
    const market = new MarketClient(deployment, actors.buyer);
    const { price, licenseId } = await market.purchase(offer, { quantity: 2n, key });
    expect(price).to.equal(2n * PRICE);
    const seller = as(actors.creator, sellers);
    const [deal] = await seller.toDeliver(actors.creator.address);
    expect([deal!.id, deal!.price]).to.deep.equal([licenseId, 2n * PRICE]);
    await seller.deliver(deal!, { confirmations: 0, margin: 0n });
    expect(await seller.statusOf(deal!)).to.equal("delivered");
  });
});
