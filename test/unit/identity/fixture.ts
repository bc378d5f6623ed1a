import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { TypedDataDomain } from "ethers";
import { ethers } from "hardhat";
import { DAY, DOMAIN, government } from "../governance/fixture";

export const NULLIFIER = ethers.id("one person");
export const CLAIM = ethers.id("salted");
const TYPES = {
  Attestation: [
    { name: "account", type: "address" },
    { name: "issuerId", type: "uint32" },
    { name: "nullifier", type: "bytes32" },
    { name: "claimHash", type: "bytes32" },
    { name: "validUntil", type: "uint48" },
    { name: "deadline", type: "uint48" },
    { name: "nonce", type: "uint256" },
  ],
};
interface Values {
  account: string;
  issuerId: bigint;
  nullifier: string;
  claimHash: string;
  validUntil: bigint;
  deadline: bigint;
  nonce: bigint;
}

/** Two signing issuers of one domain, one adapter of another. */
export async function issuers() {
  const base = await government();
  const { registry } = base.contracts;
  const { dao, issuerA, issuerB } = base.actors;
  await registry.connect(dao).appointIssuer(issuerA, DOMAIN, false);
  await registry.connect(dao).appointIssuer(issuerB, DOMAIN, false);
  const adapter = await ethers.deployContract("OpenAdapter");
  await registry.connect(dao).appointIssuer(adapter, ethers.id("elsewhere"), true);

  async function attest(account: HardhatEthersSigner, changes: Partial<Values> = {}): Promise<Values> {
    const now = BigInt(await time.latest());
    return {
      account: account.address,
      issuerId: 1n,
      nullifier: NULLIFIER,
      claimHash: CLAIM,
      validUntil: now + 365n * DAY,
      deadline: now + DAY,
      nonce: await registry.nonces(account),
      ...changes,
    };
  }
  async function sign(signer: HardhatEthersSigner, attestation: Values, domain: TypedDataDomain = {}) {
    const { chainId } = await ethers.provider.getNetwork();
    const verifyingContract = await registry.getAddress();
    const separator = { name: "Isonomy CitizenRegistry", version: "1", chainId, verifyingContract, ...domain };
    return signer.signTypedData(separator, TYPES, attestation);
  }
  /** Attests, signs and presents. */
  async function issue(account: HardhatEthersSigner, changes: Partial<Values> = {}, signer = issuerA) {
    const attestation = await attest(account, changes);
    return registry.connect(account).issue(attestation, await sign(signer, attestation));
  }
  return { ...base, adapter, attest, sign, issue };
}

export const proofOf = (nullifier: string, until: bigint) =>
  ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [nullifier, until]);
