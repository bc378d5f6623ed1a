import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { toBeHex } from "ethers";
import { ethers } from "hardhat";
import type { TypedSigner } from "../../helpers/signing";
import { tokenFixture } from "../license/fixture";

/** The fields of a clearance as EIP-712 has them, in order. */
export const CLEARANCE_TYPES = {
  Clearance: [
    { name: "policy", type: "bytes32" },
    { name: "termsHash", type: "bytes32" },
    { name: "recipient", type: "address" },
    { name: "nonce", type: "uint64" },
    { name: "validUntil", type: "uint40" },
  ],
};
export type Clearance = { policy: string; termsHash: string; recipient: string; nonce: bigint; validUntil: bigint };

/** The policy with a number of the issuer's choice. */
export const policyOf = (issuer: string, number: bigint) => toBeHex((number << 160n) | BigInt(issuer), 32);

/** A clearance as arguments. */
export const wordsOf = ({ policy, termsHash, recipient, nonce, validUntil }: Clearance) =>
  [policy, termsHash, recipient, nonce, validUntil] as const;

/** A policy of an issuer who signs, and the first clearance of the buyer. */
export async function policiesFixture() {
  const protocol = await loadFixture(tokenFixture);
  const { actors, licenses } = protocol;
  const policies = await ethers.deployContract("OfferPolicies", [licenses]);
  const issuer = actors.other;
  const clearance: Clearance = {
    policy: policyOf(issuer.address, 7n),
    termsHash: ethers.id("the terms of an offer"),
    recipient: actors.buyer.address,
    nonce: 1n,
    validUntil: BigInt(await time.latest()) + 1_000_000n,
  };

  const { name, version, chainId, verifyingContract } = await policies.eip712Domain();
  const domain = { name, version, chainId, verifyingContract };
  const sign = (fields: Clearance = clearance, signer: TypedSigner = issuer, differs: object = {}) =>
    signer.signTypedData({ ...domain, ...differs }, CLEARANCE_TYPES, fields);

  /** Presents a clearance as somebody whom it does not concern. */
  const present = (fields: Clearance, signature: string) =>
    policies.connect(actors.stranger).present(...wordsOf(fields), signature);
  const clear = async (differs: Partial<Clearance> = {}) => {
    const fields = { ...clearance, ...differs };
    return present(fields, await sign(fields));
  };

  /** Asks as a market does, in a transaction: by the clock of a block. */
  const admit = (differs: Partial<Clearance> & { payer?: string; renews?: bigint } = {}) => {
    const { policy, termsHash, recipient } = { ...clearance, ...differs };
    const { payer = actors.creator.address, renews = 0n } = differs;
    const call = [policy, termsHash, payer, recipient, renews] as const;
    return actors.stranger.sendTransaction({
      to: policies,
      data: policies.interface.encodeFunctionData("admit", [...call]),
    });
  };
  const kept = ({ policy, termsHash, recipient }: Clearance = clearance) =>
    policies.clearanceOf(policy, termsHash, recipient);
  return { ...protocol, policies, issuer, clearance, domain, sign, present, clear, admit, kept };
}
