import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  FallbackProvider,
  JsonRpcApiProvider,
  NonceManager,
  Wallet,
  ZeroAddress,
  id,
  parseEther,
  type AbstractProvider,
  type JsonRpcPayload,
  type JsonRpcResult,
  type Provider,
  type Signer,
} from "ethers";
import { network } from "hardhat";

import { MarketClient, toOffer } from "../../sdk/src/market";
import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";

/** A provider of ethers repeats an answer for a quarter of a second; these do for ten seconds, so that no slow machine hides it. */
const REPEATS = { staticNetwork: true, cacheTimeout: 10_000 };

function cachingProvider(Base: typeof JsonRpcApiProvider, repeats = REPEATS): JsonRpcApiProvider {
  class CachingProvider extends Base {
    override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
      return Promise.all(
        [payload].flat().map(async ({ id: one, method, params }): Promise<JsonRpcResult> => {
          return { id: one, result: await network.provider.send(method, params as unknown[]) };
        }),
      );
    }
  }
  const provider = new CachingProvider(31_337, repeats);
  provider._start();
  return provider;
}

/** Another copy of ethers: its classes have the same names and are others. */
function anotherEthers(): typeof import("ethers") {
  const kept = Object.entries(require.cache).filter(([path]) => /[\\/]node_modules[\\/]ethers[\\/]/.test(path));
  for (const [path] of kept) delete require.cache[path];
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("ethers") as typeof import("ethers");
  } finally {
    for (const [path, module] of kept) require.cache[path] = module;
  }
}
const other = anotherEthers();

const alone = (): AbstractProvider => cachingProvider(JsonRpcApiProvider);
const ofSeveral = (): AbstractProvider => new FallbackProvider([alone()], 31_337, REPEATS);
const ofAnother = (): AbstractProvider => cachingProvider(other.JsonRpcApiProvider);
const ofSeveralOfAnother = (): AbstractProvider => new other.FallbackProvider([ofAnother()], 31_337, REPEATS);

const wallet = (key: string, provider: Provider): Signer => new Wallet(key, provider);
const otherWallet = (key: string, provider: Provider): Signer => new other.Wallet(key, provider);

/** What each purchase is signed by. */
const kinds: readonly [string, () => AbstractProvider, (key: string, provider: Provider) => () => Signer][] = [
  ["a wallet", alone, (...of) => once(wallet(...of))],
  ["a wallet with several nodes", ofSeveral, (...of) => once(wallet(...of))],
  ["a wallet of another copy of ethers", ofAnother, (...of) => once(otherWallet(...of))],
  ["a wallet of another copy of ethers with several nodes", ofSeveralOfAnother, (...of) => once(otherWallet(...of))],
  ["a wallet that counts by itself", alone, (...of) => once(new NonceManager(wallet(...of)))],
  ["a wallet that counts by itself with several nodes", ofSeveral, (...of) => once(new NonceManager(wallet(...of)))],
  [
    "a wallet of another copy that counts by itself",
    ofAnother,
    (...of) => once(new other.NonceManager(otherWallet(...of))),
  ],
  [
    "a new wallet that counts by itself each time",
    alone,
    (...of) =>
      () =>
        new NonceManager(wallet(...of)),
  ],
  [
    "a new wallet that counts by itself each time with several nodes",
    ofSeveral,
    (...of) =>
      () =>
        new NonceManager(wallet(...of)),
  ],
];
function once(signer: Signer): () => Signer {
  return () => signer;
}

// Found by the first script that published and offered a model in one go: on a chain that mines at once its second transaction had
// the number of the first.
describe("a transaction refused for the one before", () => {
  for (const [who, providing, signing] of kinds) {
    it(`has a number of its own right after it, by ${who}`, async () => {
      const { contracts, actions } = await marketFixture();
      const book = await bookOf(contracts);
      const provider = providing();
      try {
        const key = id(`the buyer with ${who}`);
        const { address } = new Wallet(key);
        await setBalance(address, parseEther("10"));
        const signer = signing(key, provider);
        const offer = actions.terms({ payToken: ZeroAddress, price: 1n, supply: 5n });
        await actions.list(offer);
        const licences = new Set<bigint>();
        for (let count = 0; count < 3; count++) {
          licences.add((await new MarketClient(book, signer()).purchase(toOffer(offer))).licenseId);
        }
        expect(licences.size).to.equal(3);
        expect(await contracts.LicenseToken.balanceOf(address)).to.equal(3n);
      } finally {
        provider.destroy();
      }
    });
  }

  it("has a number of its own before the one before is mined, by a wallet with several nodes", async () => {
    const { contracts, actions } = await marketFixture();
    const book = await bookOf(contracts);
    // what is not mined yet is said for as long
    const repeats = { ...REPEATS, cacheTimeout: 1_000 };
    const provider = new FallbackProvider([cachingProvider(JsonRpcApiProvider, repeats)], 31_337, repeats);
    try {
      const key = id("the buyer who does not wait");
      await setBalance(new Wallet(key).address, parseEther("10"));
      const offer = actions.terms({ payToken: ZeroAddress, price: 1n, supply: 5n });
      await actions.list(offer);
      const market = new MarketClient(book, wallet(key, provider));
      await network.provider.send("evm_setAutomine", [false]);
      const first = market.purchase(toOffer(offer));
      const hash = await first.hash;
      const next = market.purchase(toOffer(offer));
      expect(await next.hash).to.not.equal(hash);
      await network.provider.send("evm_mine", []);
      expect((await first).licenseId).to.not.equal((await next).licenseId);
    } finally {
      await network.provider.send("evm_setAutomine", [true]);
      provider.destroy();
    }
  });
});
