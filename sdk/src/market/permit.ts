import { Contract, TypedDataEncoder, id, toBeHex, type Provider, type TypedDataDomain } from "ethers";

import { IERC5267__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/interfaces/IERC5267__factory";
import { isZeroAddress, sameAddress } from "../addresses/address";
import { marketError } from "../domains/market/errors";
import { chainError } from "../errors/chainErrors";
import { isContractsAnswer } from "../errors/classify";
import { decodingErrors } from "../errors/explain";

/** What tokens with permits answer; some know only a part of it. */
const TOKEN_ABI = [
  "function nonces(address) view returns (uint256)",
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function PERMIT_TYPEHASH() view returns (bytes32)",
];
const ERC_2612 = id("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
const DAI_STYLE = id("Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)");
/** The parts of a domain in the order of ERC-5267's bits. */
const PARTS = ["name", "version", "chainId", "verifyingContract", "salt"] as const;

/** The domain and the nonce of an owner's next permit for a token. Refuses a token whose permits the market cannot use. */
export async function permitOf(
  token: string,
  owner: string,
  provider: Provider,
  chainId: bigint,
): Promise<{ domain: TypedDataDomain; nonce: bigint }> {
  const refuse = (detail: string) => marketError("PERMIT_UNSUPPORTED", { token, detail });
  if (isZeroAddress(token)) throw refuse("it is the native coin.");
  if ((await decodingErrors(() => provider.getCode(token))) === "0x") throw chainError("NOT_A_CONTRACT");

  const contract = new Contract(token, TOKEN_ABI, provider);
  const read = <T>(name: string, ...args: unknown[]): Promise<T | undefined> =>
    orAbsent(() => contract.getFunction(name)(...args) as Promise<T>);
  const type = await read<string>("PERMIT_TYPEHASH");
  if (type === DAI_STYLE)
    throw refuse("its permits are of DAI's form, for all that the owner has (holder, expiry, allowed).");
  if (type !== undefined && type !== ERC_2612) throw refuse(`its permits have a form of their own, ${type}.`);
  const nonce = await read<bigint>("nonces", owner);
  if (nonce === undefined) throw refuse("it has no nonces, and so no permits.");

  const announced = await orAbsent(() => announcedDomain(token, provider, chainId));
  if (announced !== undefined) return { domain: announced, nonce };
  const separator = await read<string>("DOMAIN_SEPARATOR");
  if (separator === undefined) throw refuse("it announces no signing domain, by ERC-5267 or DOMAIN_SEPARATOR.");
  const [name = "", version] = [await read<string>("name"), await read<string>("version")];
  const domain = domainsOf(token, chainId, name, version).find((one) => TypedDataEncoder.hashDomain(one) === separator);
  if (domain === undefined) throw refuse("its signing domain is none that its name, version, chain and address make.");
  return { domain, nonce };
}

/** The domain that a contract announces by ERC-5267, if it is the contract's own on this chain. */
export async function announcedDomain(verifier: string, provider: Provider, chainId: bigint): Promise<TypedDataDomain> {
  const found = await decodingErrors(() => IERC5267__factory.connect(verifier, provider).eip712Domain());
  const fields = BigInt(found.fields);
  const parts = PARTS.filter((_, bit) => ((fields >> BigInt(bit)) & 1n) === 1n);
  const isOwn =
    sameAddress(found.verifyingContract, verifier) &&
    found.chainId === chainId &&
    parts.includes("verifyingContract") &&
    parts.includes("chainId");
  if (!isOwn) {
    // a contract that announces another's domain would be given a signature for the other
    const { verifyingContract } = found;
    throw marketError("SIGNING_DOMAIN_FOREIGN", { verifier, verifyingContract, chainId: found.chainId });
  }
  return Object.fromEntries(parts.map((part) => [part, found[part]]));
}

/** The domains in use by tokens from before ERC-5267: each binds the signature to this token on this chain. */
function domainsOf(verifyingContract: string, chainId: bigint, name: string, version?: string): TypedDataDomain[] {
  const versions = [...new Set([version, "1", "2"])].filter((one) => one !== undefined);
  return [
    ...versions.map((one) => ({ name, version: one, chainId, verifyingContract })),
    { name, chainId, verifyingContract },
    ...versions.map((one) => ({ name, version: one, verifyingContract, salt: toBeHex(chainId, 32) })),
  ];
}

/** Undefined where the contract has no such function. */
async function orAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await decodingErrors(call);
  } catch (error) {
    if (isContractsAnswer(error)) return undefined;
    throw error;
  }
}
