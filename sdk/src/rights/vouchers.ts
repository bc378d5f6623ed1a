import { recoverAddress, type Signer } from "ethers";

import { canonicalAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { decodingErrors } from "../errors/explain";
import { ecdsaParts, HALF_ORDER } from "../market/ecdsa";
import { hashTypedData, type Hex, type SigningDomain } from "../market/typedData";

/** What a voucher says: all that a key has used of a channel since it was opened. */
export interface VoucherTerms {
  /** Licence of the channel. */
  readonly licenseId: bigint;
  /** Slot of the key: 0 is the one named at the purchase, 1 to 65,535 are those that the holder set since. */
  readonly slot: number;
  /** Units that the key has used in all; less than 2^48. Only what is above the last redeemed voucher of the slot is paid. */
  readonly units: bigint;
  /** Last second in which it can be redeemed, in Unix time. */
  readonly validUntil: number;
}

/** A signed voucher, without its licence: units that a key has used, in all. */
export interface Voucher {
  /** Slot of the key: 0 is the one named at the purchase, 1 to 65,535 are those that the holder set since. */
  readonly slot: number;
  /** Units that the key has used in all. */
  readonly units: bigint;
  /** Last second in which it can be redeemed, in Unix time. */
  readonly validUntil: number;
  /** First half of the signature, 32 bytes in hexadecimal. */
  readonly r: string;
  /** Second half with the parity in its highest bit (ERC-2098), 32 bytes in hexadecimal. */
  readonly vs: string;
}

/** The EIP-712 type of a voucher. */
export const VOUCHER_TYPES = {
  Voucher: [
    { name: "licenseId", type: "uint256" },
    { name: "slot", type: "uint16" },
    { name: "units", type: "uint48" },
    { name: "validUntil", type: "uint40" },
  ],
};

/**
 * The EIP-712 domain of vouchers: one `UsageChannel` on one chain.
 * @throws `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const domain = usageDomain(deployment.contracts.UsageChannel, chainId);
 * ```
 */
export const usageDomain = (usage: string, chainId: bigint) => ({
  ...{ name: "Isonomy Usage", version: "1", chainId },
  verifyingContract: canonicalAddress(usage, "usage") as Hex,
});

/**
 * Signs a voucher with a key of the channel. The signer is a key and no contract: a node checks a voucher without asking the chain.
 * @throws `ARGUMENT_INVALID` for a value that does not fit its bits, `SIGNATURE_INVALID` where the signer is a contract, and what the
 * signer's wallet fails with.
 * @example
 * ```ts
 * const validUntil = Math.floor(Date.now() / 1_000) + 7 * 86_400;
 * const voucher = await signVoucher(session, domain, { licenseId, slot: 0, units: 1_250n, validUntil });
 * ```
 */
export const signVoucher = /* @__PURE__ */ checked(
  async (
    signer: Pick<Signer, "signTypedData">,
    domain: SigningDomain,
    { licenseId, slot, units, validUntil }: VoucherTerms,
  ): Promise<Voucher> => {
    const message = { licenseId, slot, units, validUntil };
    // refuses what does not fit before a wallet asks anybody
    voucherDigest(domain, licenseId, message);
    const signature = await decodingErrors(() => signer.signTypedData(domain, VOUCHER_TYPES, message));
    const { r, s, v } = ecdsaParts(signature);
    const parity = v === 28 ? 1n << 255n : 0n;
    return { slot, units, validUntil, r, vs: `0x${(BigInt(s) | parity).toString(16).padStart(64, "0")}` };
  },
);

/**
 * Whose key signed a voucher, in the form that the contract verifies; null where no key did. Whether the channel knows the key, the caller
 * compares.
 * @throws `ARGUMENT_INVALID` for a value that does not fit its bits.
 * @example
 * ```ts
 * const signer = voucherSigner(domain, licenseId, voucher);
 * if (signer === null || !sameAddress(signer, channel.key)) throw new Error("Not a voucher of this channel.");
 * ```
 */
export const voucherSigner = /* @__PURE__ */ checked(
  (domain: SigningDomain, licenseId: bigint, voucher: Voucher): string | null => {
    const digest = voucherDigest(domain, licenseId, voucher);
    const { r, vs } = voucher;
    if (![r, vs].every((half) => /^0x[0-9a-fA-F]{64}$/.test(half))) return null;
    const s = BigInt.asUintN(255, BigInt(vs));
    if (s === 0n || s > HALF_ORDER) return null;
    const [yParity, hex] = [BigInt(vs) >> 255n === 0n ? 0 : 1, s.toString(16).padStart(64, "0")] as const;
    try {
      return recoverAddress(digest, { r, s: `0x${hex}`, yParity });
    } catch {
      // there is no point of the curve at r
      return null;
    }
  },
);

/** What a key signs: the EIP-712 digest of a voucher. */
function voucherDigest(
  domain: SigningDomain,
  licenseId: bigint,
  { slot, units, validUntil }: Pick<Voucher, "slot" | "units" | "validUntil">,
): Hex {
  return hashTypedData(domain, "Voucher", VOUCHER_TYPES.Voucher, { licenseId, slot, units, validUntil });
}
