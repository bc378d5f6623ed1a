import hre, { ethers } from "hardhat";
import { deployProtocol, type Protocol } from "../../deploy/local";
import { readParameters } from "../../deploy/protocol";
import type { TestToken } from "../../typechain-types";
import type { VersionDataStruct } from "../../typechain-types/contracts/registry/ModelRegistry";

/** A card without a file: what a service or open weights publish. */
export const CARD: VersionDataStruct = {
  metadataHash: ethers.id("card"),
  root: ethers.ZeroHash,
  contentRoot: ethers.ZeroHash,
  keyX: ethers.ZeroHash,
  size: 0n,
  uri: "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
};

/** The protocol as `deploy/` leaves it, a stable token on the list of pay tokens, and people with money. */
export async function protocolFixture() {
  const signers = await ethers.getSigners();
  // by the parameters of the network: the guardian, and two of those who hold tokens from the start
  const [deployer, holder, guardianMember, secondHolder] = signers;
  const [creator, buyer, referrer, stranger, recipient, other] = signers.slice(7);
  const token: TestToken = await ethers.deployContract("TestToken", ["Test Dollar", "TUSD", 6]);
  const parameters = readParameters("hardhat");
  const payTokens = [{ token: await token.getAddress(), risks: 3 }];
  parameters.market.payTokens = payTokens;
  parameters.resale.payTokens = payTokens;
  const contracts: Protocol = await deployProtocol(hre, parameters);

  const { Market } = contracts;
  for (const account of [buyer, stranger, other]) {
    await token.mint(account.address, 1_000_000_000_000n);
    await token.connect(account).approve(Market, ethers.MaxUint256);
  }

  /** What the timelock does once a proposal has waited: calls as the admin. */
  async function asAdmin() {
    const address = await contracts.Timelock.getAddress();
    await ethers.provider.send("hardhat_setBalance", [address, "0x56bc75e2d63100000"]);
    return ethers.getImpersonatedSigner(address);
  }

  // The treasury is a contract; its signer is for reading balances beside those of people.
  const treasury = await ethers.getImpersonatedSigner(await contracts.Treasury.getAddress());
  // The guardian pauses through its desk; tests of what is paused call as the desk does.
  const desk = await contracts.GuardianDesk.getAddress();
  await ethers.provider.send("hardhat_setBalance", [desk, "0x56bc75e2d63100000"]);
  const guardian = await ethers.getImpersonatedSigner(desk);

  return {
    contracts,
    token,
    actors: {
      deployer,
      holder,
      secondHolder,
      guardian,
      guardianMember,
      treasury,
      creator,
      buyer,
      referrer,
      stranger,
      recipient,
      other,
    },
    actions: { asAdmin },
    parameters,
  };
}
