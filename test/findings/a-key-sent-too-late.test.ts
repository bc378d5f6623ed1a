import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Network, type Provider } from "ethers";
import { ethers } from "hardhat";

import { DealClient, type Keyring } from "../../sdk/src/deals";
import { dealError } from "../../sdk/src/domains/escrow/errors";
import { portablePlatform } from "../../sdk/src/fairexchange";
import { DAY, HOUR, marketFixture } from "../helpers/market";
import { caught } from "../support/caught";

/** Any chain whose time is everybody's. */
const PUBLIC_CHAIN = 8_453n;

/**
 * What was lost: a key, for nothing. A seller's node that had stood still for a day showed a purchase as fresh; the
 * delivery went out after its window was over, failed, and was there for the buyer to read, who also got the money back.
 */
describe("Finding: a key is sent too late because the node's time stands still", () => {
  const emptyKeyring: Keyring = {
    add: () => Promise.reject(new Error("Nothing is kept here.")),
    // the last thing that is asked for before a delivery is signed
    find: (x) => Promise.reject(dealError("KEY_NOT_KEPT", { path: "here", x })),
  };

  async function saleFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions } = protocol;
    const offer = actions.fileTerms();
    await actions.list(offer);
    const { order } = await actions.paddedOrder(offer);
    const deal = await actions.dealOf(await contracts.Market.connect(actors.buyer).purchase(offer, order));
    const addresses = {
      ModelRegistry: await contracts.ModelRegistry.getAddress(),
      LicenseToken: await contracts.LicenseToken.getAddress(),
      RevenueLedger: await contracts.RevenueLedger.getAddress(),
      Market: await contracts.Market.getAddress(),
      Escrow: await contracts.Escrow.getAddress(),
      UpdateDesk: await contracts.UpdateDesk.getAddress(),
    };

    /** Tries to deliver, on a chain of this number, when the seller's clock shows this time. */
    async function deliverAt(seconds: bigint, chainId: bigint) {
      const provider = Object.create(ethers.provider, {
        getNetwork: { value: async () => Network.from(chainId) },
      }) as Provider;
      const seller = Object.create(actors.creator, { provider: { value: provider } }) as typeof actors.creator;
      const secrets = { platform: portablePlatform, keyring: emptyKeyring };
      const client = new DealClient({ contracts: addresses }, seller, secrets);
      const real = Date.now;
      Date.now = () => Number(seconds) * 1_000;
      try {
        const name = { opener: addresses.Market, id: deal.id as bigint };
        return await caught(() => client.deliver(name, { confirmations: 0, margin: HOUR }));
      } finally {
        Date.now = real;
      }
    }

    return { deal, deliverAt, shown: BigInt(await time.latest()) };
  }

  // claim(attacks#proofs-of-the-fair-exchange): a node that is stuck, so that a key is delivered after its window: the
  //   seller's own clock counts too
  it("sends nothing when the seller's own clock says that the window is over or about to be", async () => {
    const { deliverAt, shown } = await loadFixture(saleFixture);
    for (const elapsed of [2n * DAY, DAY + 1n, DAY - HOUR + 1n]) {
      expect((await deliverAt(shown + elapsed, PUBLIC_CHAIN)).code).to.equal("DEADLINE_TOO_CLOSE");
    }
  });

  it("goes on when there is time by both clocks, and on a development chain, which keeps its own time", async () => {
    const { deliverAt, shown } = await loadFixture(saleFixture);
    expect((await deliverAt(shown + DAY - HOUR, PUBLIC_CHAIN)).code).to.equal("KEY_NOT_KEPT");
    expect((await deliverAt(0n, PUBLIC_CHAIN)).code).to.equal("KEY_NOT_KEPT");
    expect((await deliverAt(shown + 400n * DAY, 31_337n)).code).to.equal("KEY_NOT_KEPT");
  });
});
