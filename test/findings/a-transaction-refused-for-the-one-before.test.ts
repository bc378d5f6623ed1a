import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  JsonRpcApiProvider,
  NonceManager,
  Wallet,
  ZeroAddress,
  id,
  parseEther,
  type JsonRpcPayload,
  type JsonRpcResult,
} from "ethers";
import { network } from "hardhat";

import { MarketClient, toOffer } from "../../sdk/src/market";
import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";

/** A provider of ethers repeats an answer for a quarter of a second; this one for ten, so that no slow machine hides it. */
class CachingProvider extends JsonRpcApiProvider {
  constructor() {
    super(31_337, { staticNetwork: true, cacheTimeout: 10_000 });
    this._start();
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return Promise.all(
      [payload].flat().map(async ({ id: one, method, params }): Promise<JsonRpcResult> => {
        return { id: one, result: await network.provider.send(method, params as unknown[]) };
      }),
    );
  }
}

// Found by the first script that published and offered a model in one go: on a chain that mines at once its second transaction had
// the number of the first.
describe("a transaction refused for the one before", () => {
  for (const [who, signing] of [
    ["a wallet", (wallet: Wallet) => wallet],
    ["a wallet that counts by itself", (wallet: Wallet) => new NonceManager(wallet)],
  ] as const) {
    it(`has a number of its own right after it, by ${who}`, async () => {
      const { contracts, actions } = await marketFixture();
      const book = await bookOf(contracts);
      const provider = new CachingProvider();
      try {
        const buyer = new Wallet(id(`the buyer with ${who}`), provider);
        await setBalance(buyer.address, parseEther("10"));
        const offer = actions.terms({ payToken: ZeroAddress, price: 1n, supply: 5n });
        await actions.list(offer);
        const market = new MarketClient(book, signing(buyer));
        for (let count = 0; count < 3; count++) await market.purchase(toOffer(offer));
        expect(await contracts.LicenseToken.balanceOf(buyer.address)).to.equal(3n);
      } finally {
        provider.destroy();
      }
    });
  }
});
