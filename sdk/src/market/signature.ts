import { concat, dataSlice, recoverAddress, type Provider } from "ethers";

import { IERC1271__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/interfaces/IERC1271__factory";
import { canonicalAddress, sameAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { marketError } from "../domains/market/errors";
import { isContractsAnswer } from "../errors/classify";
import { decodingErrors } from "../errors/explain";
import { ecdsaSignature, plainHex } from "./ecdsa";

/** What ERC-1271 answers for a signature that is the account's own. */
const MAGIC = "0x1626ba7e";
/** The code of a delegated account is this and the address of whose code it runs (EIP-7702). */
const DELEGATED = "0xef0100";

/**
 * A signature as it is to be sent: in the form that contracts verify where the account's key made it, and untouched
 * where it did not, because the code of an account can ask for any bytes.
 */
export function signatureFor(account: string, digest: string, signature: string): string {
  const hex = plainHex(signature);
  const byKey = attempt(() => ecdsaSignature(hex));
  const signer = byKey === undefined ? undefined : attempt(() => recoverAddress(digest, byKey));
  return signer !== undefined && sameAddress(signer, account) ? byKey! : hex;
}

/** The forms in which a signature of an unknown account can be sent, the likely one first: a key's own, then as it is. */
export function signatureForms(signature: string): string[] {
  const hex = plainHex(signature);
  return [...new Set([attempt(() => ecdsaSignature(hex)) ?? hex, hex])];
}

/**
 * The address whose code an account runs by EIP-7702; undefined for an account that is not delegated.
 * @throws `ADDRESS_INVALID`, and what a node fails with.
 * @example
 * ```ts
 * const delegate = await delegateOf(provider, account);
 * ```
 */
export const delegateOf = /* @__PURE__ */ checked(
  async (provider: Provider, account: string): Promise<string | undefined> => {
    const code = await decodingErrors(() => provider.getCode(canonicalAddress(account, "account")));
    return code.length === 48 && code.toLowerCase().startsWith(DELEGATED)
      ? canonicalAddress(`0x${code.slice(8)}`)
      : undefined;
  },
);

/**
 * Whether the contracts take a signature for the account's own, now. Where the account has code, by EIP-7702 too, that
 * code decides (ERC-1271) and the account's key does not.
 * @throws `ADDRESS_INVALID`, `SIGNATURE_INVALID`, and what a node fails with.
 * @example
 * ```ts
 * const digest = offerDigest(deployment.contracts.Market, chainId, offer);
 * if (!(await acceptsSignature(provider, offer.creator, digest, signature))) console.log("This offer cannot be bought.");
 * ```
 */
export const acceptsSignature = /* @__PURE__ */ checked(
  async (provider: Provider, account: string, digest: string, signature: string): Promise<boolean> => {
    const signer = canonicalAddress(account, "account");
    const sent = signatureFor(signer, digest, signature);
    if ((await decodingErrors(() => provider.getCode(signer))) === "0x") {
      const recovered = (sent.length - 2) / 2 === 65 ? attempt(() => recoverAddress(digest, sent)) : undefined;
      return recovered !== undefined && sameAddress(recovered, signer);
    }
    const { interface: abi } = IERC1271__factory.connect(signer, provider);
    const data = abi.encodeFunctionData("isValidSignature", [digest, sent]);
    const answer = await decodingErrors(() => provider.call({ to: signer, data })).catch((error: unknown) => {
      // only the code itself can refuse a signature
      if (!isContractsAnswer(error)) throw error;
      return "0x";
    });
    return answer.length >= 66 && dataSlice(answer, 0, 32) === concat([MAGIC, new Uint8Array(28)]);
  },
);

/** Refuses to hand out a signature that counts for nothing, because the account's code does not take its key's word. */
export async function requireAccepted(
  provider: Provider | null,
  account: string,
  digest: string,
  signature: string,
): Promise<void> {
  const delegate = provider === null ? undefined : await delegateOf(provider, account);
  if (delegate === undefined || (await acceptsSignature(provider!, account, digest, signature))) return;
  throw marketError("SIGNATURE_DELEGATED", { account: canonicalAddress(account), delegate });
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
