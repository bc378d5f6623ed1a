import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";
import { behavesLikeERC20, type Erc20Subject } from "../../support/properties/erc20";
import { DAY, SUPPLY, delegated } from "./fixture";

/** The token with its holders voting for themselves, so that every transfer moves units too. Only the DAO mints. */
async function governanceToken(): Promise<Erc20Subject> {
  const { contracts, actors } = await loadFixture(delegated);
  const [vesting] = await contracts.token.queryFilter(contracts.token.filters.GenesisVested);
  return {
    token: await ethers.getContractAt("IERC20", contracts.token),
    holders: [actors.whale, actors.voter, actors.other],
    strangers: [actors.stranger, actors.poor],
    elsewhere: [vesting.args.wallet],
    mint: {
      most: SUPPLY / 50n,
      run: async (to, amount) => {
        await time.increase(365n * DAY);
        return contracts.token.connect(actors.dao).mint(to, amount);
      },
    },
  };
}

describe("GovernanceToken", () => {
  behavesLikeERC20(governanceToken, ["mint"]);
});
