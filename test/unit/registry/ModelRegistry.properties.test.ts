import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { behavesLikeERC721, type Erc721Subject } from "../../support/properties/erc721";

/** Titles: everybody mints their own, nobody burns. */
async function titles(): Promise<Erc721Subject> {
  const [admin, ...others] = await ethers.getSigners();
  const authority = await ethers.deployContract("TestAuthority", [admin]);
  const registry = await ethers.deployContract("ModelRegistry", [authority, "ipfs://titles"]);
  return {
    token: await ethers.getContractAt("IERC721", registry),
    people: others.slice(0, 5),
    deaf: await authority.getAddress(),
    mint: async (to, variety) => {
      await registry.connect(to).createModel(CARD, variety % 1_001n);
      return registry.modelCount();
    },
  };
}

describe("ModelRegistry", () => {
  behavesLikeERC721(titles, { burnable: false });
});
