import type { HDNodeWallet, Signer, TypedDataDomain, TypedDataField, Wallet } from "ethers";
import { Signature } from "ethers";
import { ethers } from "hardhat";
import type { Forwarder, GovernanceToken, Market, TestToken } from "../../typechain-types";
import type { OfferStruct, PermitStruct } from "../../typechain-types/contracts/market/Market";

/** What can sign typed data. */
export type TypedSigner = Pick<Signer, "signTypedData" | "getAddress"> | Wallet | HDNodeWallet;

/** The fields of an offer as EIP-712 has them, in order. */
export const OFFER_TYPES: Record<string, TypedDataField[]> = {
  Offer: [
    { name: "versionId", type: "uint64" },
    { name: "creator", type: "address" },
    { name: "payToken", type: "address" },
    { name: "price", type: "uint128" },
    { name: "supply", type: "uint32" },
    { name: "expiresAt", type: "uint40" },
    { name: "buyer", type: "address" },
    { name: "referrerBps", type: "uint16" },
    { name: "maxProtocolFeeBps", type: "uint16" },
    { name: "transferable", type: "bool" },
    { name: "includesUpdates", type: "bool" },
    { name: "deliveryWindow", type: "uint32" },
    { name: "complaintWindow", type: "uint32" },
    { name: "arbitrator", type: "address" },
    { name: "bond", type: "uint96" },
    { name: "epoch", type: "uint64" },
    { name: "salt", type: "uint64" },
    { name: "rights", type: "uint32" },
    { name: "rightsTerms", type: "bytes32" },
    { name: "policy", type: "bytes32" },
  ],
};

const FORWARD_TYPES: Record<string, TypedDataField[]> = {
  ForwardRequest: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "gas", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
    { name: "data", type: "bytes" },
  ],
};

const PERMIT_TYPES: Record<string, TypedDataField[]> = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** The domain that a contract announces by ERC-5267. */
export async function domainOf(contract: Pick<Market, "eip712Domain">): Promise<TypedDataDomain> {
  const { name, version, chainId, verifyingContract } = await contract.eip712Domain();
  return { name, version, chainId, verifyingContract };
}

/** Signs an offer; `differs` replaces parts of the domain, as a signature for another place has them. */
export async function signOffer(
  market: Market,
  signer: TypedSigner,
  offer: OfferStruct,
  differs: TypedDataDomain = {},
): Promise<string> {
  return signer.signTypedData({ ...(await domainOf(market)), ...differs }, OFFER_TYPES, offer);
}

/** An ERC-2612 permit with the owner's next nonce. */
export async function signPermit(
  token: TestToken | GovernanceToken,
  owner: TypedSigner,
  spender: string,
  value: bigint,
  deadline: bigint = ethers.MaxUint256,
): Promise<PermitStruct> {
  const domain = await domainOf(token);
  const nonce = await token.nonces(owner.getAddress());
  const message = { owner: await owner.getAddress(), spender, value, nonce, deadline };
  const { v, r, s } = Signature.from(await owner.signTypedData(domain, PERMIT_TYPES, message));
  return { value, deadline, v, r, s };
}

/** A request for the forwarder, as it is handed to `execute`. */
export async function signRequest(
  forwarder: Forwarder,
  from: TypedSigner,
  to: string,
  data: string,
  { value = 0n, gas = 2_000_000n, deadline = 2n ** 48n - 1n } = {},
) {
  const address = await from.getAddress();
  const nonce = await forwarder.nonces(address);
  const message = { from: address, to, value, gas, nonce, deadline, data };
  const signature = await from.signTypedData(await domainOf(forwarder), FORWARD_TYPES, message);
  return { from: address, to, value, gas, deadline, data, signature };
}
