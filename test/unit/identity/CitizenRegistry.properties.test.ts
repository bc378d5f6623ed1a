import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";
import { behavesLikeCredential, type CredentialSubject } from "../../support/properties/credential";
import { DAY, DOMAIN, government } from "../governance/fixture";

const FIELDS = [
  "address account",
  "uint32 issuerId",
  "bytes32 nullifier",
  "bytes32 claimHash",
  "uint48 validUntil",
  "uint48 deadline",
  "uint256 nonce",
];
const TYPES = {
  Attestation: FIELDS.map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] })),
};

/** The registry with one issuer that signs for anybody. */
async function credentials(): Promise<CredentialSubject> {
  const { contracts, actors } = await loadFixture(government);
  const { registry } = contracts;
  await registry.connect(actors.dao).appointIssuer(actors.issuerA, DOMAIN, false);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = {
    name: "Isonomy CitizenRegistry",
    version: "1",
    chainId,
    verifyingContract: await registry.getAddress(),
  };

  const subject: CredentialSubject<Parameters<typeof registry.issue>> = {
    contract: domain.verifyingContract,
    people: [actors.stranger, actors.poor, actors.voter],
    attest: async (account, nullifier) => {
      const now = BigInt(await time.latest());
      const attestation = {
        account,
        issuerId: 1n,
        nullifier,
        claimHash: ethers.ZeroHash,
        validUntil: now + 365n * DAY,
        deadline: now + DAY,
        nonce: await registry.nonces(account),
      };
      return [attestation, await actors.issuerA.signTypedData(domain, TYPES, attestation)];
    },
    present: (by, [attestation, signature]) => registry.connect(by).issue(attestation, signature),
    revoke: (by, account) => registry.connect(by).revoke(account),
    renounce: (by) => registry.connect(by).renounce(),
    stateOf: async (account) => [...(await registry.credentialOf(account)), await registry.nonces(account)],
    isLive: async (account) => (await registry.settle.staticCall(account)).endsAt > BigInt(await time.latest()),
  };
  return subject as CredentialSubject;
}

describe("CitizenRegistry", () => {
  behavesLikeCredential(credentials);
});
