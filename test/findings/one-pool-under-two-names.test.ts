import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { packHop } from "../../sdk/src/exchange";
import { licenseId, licenseIdParts, versionId, versionIdParts } from "../../sdk/src/market";
import { caught } from "../support/caught";
import { NEVER, UNIT, deployExchange, hop, poolId, stateOf } from "../unit/exchange/fixture";

/**
 * What was lost: that a thing has one name. A deposit of one token found its pool through a hop, which has room for 96 bits
 * of a fee: `feeBps + n * 2^96`, and the tokens in the wrong order, named a pool whose id, state and events are another's.
 * The functions that pack ids dropped bits in the same way.
 */
describe("Finding: one pool under two names", () => {
  for (const [name, alias] of Object.entries({
    "a fee with bits above those of a hop": (key: { feeBps: bigint }) => ({ ...key, feeBps: key.feeBps + (1n << 96n) }),
    "the highest such fee": (key: { feeBps: bigint }) => ({
      ...key,
      feeBps: key.feeBps + (((1n << 160n) - 1n) << 96n),
    }),
    "its tokens turned": (key: { token0: string; token1: string }) => ({
      ...key,
      token0: key.token1,
      token1: key.token0,
    }),
  })) {
    // claim(attacks#exchange): a pool under another id: a fee with bits above a hop's, or the tokens in reverse order
    it(`no entry point knows a pool by ${name}`, async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const key = keys.key01;
      const other = { ...key, ...alias(key) };
      const bob = exchange.connect(actors.bob);
      const before = await stateOf(exchange, key);
      for (const token of [key.token0, key.token1]) {
        await expect(bob.addLiquiditySingle(other, token, UNIT, 0, actors.bob, NEVER))
          .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
          .withArgs(poolId(other));
      }
      await expect(bob.addLiquidity(other, UNIT, UNIT, 0, actors.bob, NEVER)).to.be.reverted;
      await expect(bob.createPool(other)).to.be.reverted;
      await expect(bob.removeLiquidity(other, 1n, 0, 0, actors.bob, NEVER)).to.be.reverted;
      await expect(exchange.consult(other, 600))
        .to.be.revertedWithCustomError(exchange, "Exchange_HistoryTooShort")
        .withArgs(poolId(other), 600, 0);
      expect((await stateOf(exchange, other)).totalShares).to.equal(0n);
      expect(await stateOf(exchange, key)).to.deep.equal(before);
    });
  }

  // claim(attacks#exchange): a pool under another id: a fee with bits above a hop's, or the tokens in reverse order
  it("a hop has no spare bits: every number of them is another pool or another token", async () => {
    const { exchange, keys, actors } = await loadFixture(deployExchange);
    const { token0, token1, feeBps } = keys.key01;
    for (let bit = 174n; bit < 256n; bit += 9n) {
      const wrong = hop(token1) | (1n << bit);
      const named = poolId({ token0, token1, feeBps: feeBps | (1n << (bit - 160n)) });
      await expect(exchange.connect(actors.bob).swapExactIn(token0, [wrong], UNIT, 0, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(named);
    }
  });

  const parts = {
    module: 1n,
    transferable: true,
    escrowed: false,
    includesUpdates: true,
    versionId: 65_537n,
    serial: 2n,
    ...{ rights: 3n, guarded: false, note: 250n },
  };
  const id = licenseId(parts);
  for (const [name, call] of Object.entries({
    "a version's id of a model of 49 bits": () => versionId({ modelId: 1n << 48n, number: 1n }),
    "a version's id of a number of 17 bits": () => versionId({ modelId: 1n, number: 1n << 16n }),
    "a version's id below 0": () => versionId({ modelId: -1n, number: 1n }),
    "the parts of a version's id of 65 bits": () => versionIdParts(65_537n | (1n << 64n)),
    "a licence's id of a module of 33 bits": () => licenseId({ ...parts, module: 1n << 32n }),
    "a licence's id of a version of 65 bits": () => licenseId({ ...parts, versionId: 1n << 64n }),
    "a licence's id of a serial of 65 bits": () => licenseId({ ...parts, serial: 1n << 64n }),
    "a licence's id of rights of 33 bits": () => licenseId({ ...parts, rights: 1n << 32n }),
    "a licence's id of a note of 57 bits": () => licenseId({ ...parts, note: 1n << 56n }),
    "the parts of a licence's id of 257 bits": () => licenseIdParts(id | (1n << 256n)),
    "the parts of a licence's id with an unknown flag": () => licenseIdParts(id | (16n << 128n)),
    "a hop of a fee of 97 bits": () => packHop(ZeroAddress, 30n + (1n << 96n)),
    "a hop of a fee below 0": () => packHop(ZeroAddress, -1n),
  })) {
    // claim(attacks#command-line-package-and-sellers-agent): an id whose upper bits are dropped, so that it names
    //   another version or licence
    it(`the SDK refuses ${name}`, async () => {
      await caught(call, "ARGUMENT_INVALID");
    });
  }

  it("what fits is packed and unpacked to the same", () => {
    expect(licenseIdParts(id)).to.deep.equal(parts);
    const most = { modelId: (1n << 48n) - 1n, number: (1n << 16n) - 1n };
    expect(versionIdParts(versionId(most))).to.deep.equal(most);
  });
});
