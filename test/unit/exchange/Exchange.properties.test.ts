import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";
import { behavesLikeERC6909, type Erc6909Subject } from "../../support/properties/erc6909";
import { NEVER, UNIT, add, deployExchange, poolId } from "./fixture";

/** Shares of three pools: deposits mint them, withdrawals burn them, and the Exchange holds the first of each for good. */
async function shares(): Promise<Erc6909Subject> {
  const { exchange, keys, actors, tokens } = await loadFixture(deployExchange);
  const { admin, treasury, alice, bob, carol } = actors;
  const pools = [keys.key01, keys.key12, keys.keyN1];
  const ids = pools.map(poolId);
  const keyOf = (id: bigint) => pools[ids.indexOf(id)];
  for (const [index, id] of ids.entries()) {
    await exchange.connect(alice).transfer(bob, id, (await exchange.balanceOf(alice, id)) / BigInt(index + 2));
  }
  return {
    token: (await ethers.getContractAt("IERC6909TokenSupply", exchange)) as unknown as Erc6909Subject["token"],
    ids,
    holders: [alice, bob],
    strangers: [carol, admin],
    elsewhere: [await exchange.getAddress(), treasury.address, ...tokens.map((token) => token.target as string)],
    mint: async (to, id, part) => {
      const amount = UNIT + part * 10n ** 12n;
      const value = keyOf(id) === keys.keyN1 ? amount : 0n;
      const { shares: minted } = await exchange
        .connect(alice)
        .addLiquidity.staticCall(keyOf(id), amount, 10n * amount, 0n, to, NEVER, { value });
      await add(exchange, alice, keyOf(id), amount, 10n * amount, { recipient: to });
      return minted;
    },
    burn: (holder, id, amount) =>
      exchange.connect(holder).removeLiquidity(keyOf(id), amount, 0n, 0n, holder.address, NEVER),
  };
}

describe("Exchange", () => {
  behavesLikeERC6909(shares);
});
