import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { firstVersion } from "../../helpers/market";
import { behavesLikeERC721, behavesLikeSoulbound, type Erc721Subject } from "../../support/properties/erc721";
import { draftOf, ESCROWED, TRANSFERABLE, UPDATES } from "./fixture";

/** The token with a module that a test steers. */
async function deployed() {
  const [admin, creator, ...others] = await ethers.getSigners();
  const authority = await ethers.deployContract("TestAuthority", [admin]);
  const registry = await ethers.deployContract("ModelRegistry", [authority, "ipfs://titles"]);
  const licenses = await ethers.deployContract("LicenseToken", [authority, registry, "ipfs://licences"]);
  const module = await ethers.deployContract("TestModule");
  await licenses.connect(admin).setModule(module, true);
  await registry.connect(creator).createModel(CARD, 500n);
  // not asked about transfers, and asked about them
  for (const guarded of [false, true]) {
    await licenses.connect(admin).setRights(await ethers.deployContract("TestRights"), true, guarded);
  }
  return { authority, licenses, module, people: others.slice(0, 5) };
}

/** Licences of the kinds that `flagsOf` gives, with and without a rights module, issued and burned by their module. */
async function licences(flagsOf: (variety: bigint) => bigint, locked: boolean): Promise<Erc721Subject> {
  const { authority, licenses, module, people } = await loadFixture(deployed);
  await module.setState(locked, !locked);
  const act = (data: string) => module.act(licenses, 0n, data);
  let serial = 0n;
  return {
    token: await ethers.getContractAt("IERC721", licenses),
    people,
    deaf: await authority.getAddress(),
    mint: async (to, variety) => {
      const flags = flagsOf(variety);
      const parts = { flags, rights: (variety >> 3n) % 3n, versionId: firstVersion(1n), serial: ++serial };
      const data = licenses.interface.encodeFunctionData("mint", [to.address, draftOf(parts)]);
      const id = BigInt(await module.act.staticCall(licenses, 0n, data));
      await act(data);
      return id;
    },
    burn: (id) => act(licenses.interface.encodeFunctionData("burn", [id])),
  };
}

/** Sold as transferable, with or without updates, and with the deal closed if there was one. */
const transferable = () => licences((variety) => TRANSFERABLE | (variety & (ESCROWED | UPDATES)), false);
/** Sold as personal, of every kind. */
const personal = () => licences((variety) => variety & (ESCROWED | UPDATES), false);
/** Sold as transferable, with the deal still open. */
const open = () => licences((variety) => TRANSFERABLE | ESCROWED | (variety & UPDATES), true);

describe("LicenseToken", () => {
  describe("a transferable licence", () => behavesLikeERC721(transferable, { burnable: true }));
  describe("a personal licence", () => behavesLikeSoulbound(personal));
  describe("a licence whose deal is open", () => behavesLikeSoulbound(open));
});
