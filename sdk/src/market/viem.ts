// What a page needs that buys with viem or wagmi: plain values for viem's own functions, and no ethers.
import { isZeroAddress, canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { checked } from "../base/checked";
import { chainError } from "../errors/chainErrors";
import { ecdsaParts, plainHex } from "./ecdsa";
import { OFFER_TYPES, canonicalOffer, marketDomain, type Offer } from "./offer";
import {
  licensesSold,
  orderFor,
  priceOf,
  type Order,
  type OrderMark,
  type PurchaseOptions,
  type ReceiptLog,
} from "./order";
import { PERMIT_TYPES } from "./permitData";
import type { Hex, SigningDomain } from "./typedData";

export { explainError } from "../errors/explain";
export { ecdsaSignature } from "./ecdsa";
export { licenseId, licenseIdParts, versionId, versionIdParts, type LicenseIdParts, type VersionIdParts } from "./ids";
export {
  OFFER_TYPES,
  canonicalOffer,
  completeOffer,
  hashOffer,
  marketDomain,
  offerDigest,
  toOffer,
  type DecidedTerms,
  type Hex,
  type Offer,
  type OfferTerms,
} from "./offer";
export { orderFor, priceOf, type Order, type OrderMark, type PurchaseOptions, type ReceiptLog } from "./order";
export { sharesOf, type Shares } from "./shares";
export type { SigningDomain } from "./typedData";

type Place = Pick<PartialDeployment<"Market">, "contracts">;
type Names = "versionId" | "price" | "bond" | "epoch" | "salt";
type Small =
  "supply" | "expiresAt" | "referrerBps" | "maxProtocolFeeBps" | "deliveryWindow" | "complaintWindow" | "rights";
type Quantity = Pick<PurchaseOptions, "quantity">;
type Flags = "transferable" | "includesUpdates";

/** An offer with viem's types: what has at most 48 bits is a number. */
export type ViemOffer = Readonly<
  Record<Names, bigint> &
    Record<Small, number> &
    Record<Flags, boolean> &
    Record<Exclude<keyof Offer, Names | Small | Flags>, Hex>
>;

/** A call for viem's `simulateContract`, `writeContract` and `encodeFunctionData`, which add the ABI. */
export interface ViemCall<Name extends string, Args extends readonly unknown[]> {
  readonly address: Hex;
  readonly functionName: Name;
  readonly args: Args;
}

/** What a permit is signed with: the token's domain as viem reads it, the owner's next nonce, and the deadline in Unix time. */
export interface PermitTerms {
  readonly domain: Omit<SigningDomain, "chainId"> & { readonly chainId?: number | bigint; readonly salt?: Hex };
  readonly nonce: bigint;
  readonly deadline: bigint;
}

/** A permit as its owner signed it, with the time until which it counts, in Unix time. */
export interface SignedPermit {
  readonly deadline: bigint;
  /** What viem's `signTypedData` returned for `permitTypedData`. */
  readonly signature: string;
}

/** A permit as the market takes it. */
export interface ViemPermit {
  readonly value: bigint;
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** What viem's `signTypedData` takes. */
export interface ViemTypedData<Name extends string> {
  readonly domain: SigningDomain;
  readonly types: Readonly<Record<Name, readonly { readonly name: string; readonly type: string }[]>>;
  readonly primaryType: Name;
  readonly message: Record<string, unknown>;
}

const SMALL = OFFER_TYPES.Offer.filter(({ type }) => /^uint(8|16|32|40|48)$/.test(type)).map(({ name }) => name);

/**
 * An offer with viem's types, for calls of your own.
 * @throws `ADDRESS_INVALID` for an address that is none.
 * @example
 * ```ts
 * const address = deployment.contracts.Market as `0x${string}`;
 * await publicClient.readContract({ address, abi: iMarketAbi, functionName: "hashOffer", args: [viemOffer(offer)] });
 * ```
 */
export const viemOffer = /* @__PURE__ */ checked((offer: Offer): ViemOffer => {
  const canonical = canonicalOffer(offer);
  const small = SMALL.map((name) => [name, Number(canonical[name as Small])]);
  return { ...canonical, ...Object.fromEntries(small) } as ViemOffer;
});

/**
 * The purchase of one licence under a listed offer, as a call of the market. The offer's hash and the highest price are in it: the
 * contract refuses anything else. An offer in a token needs the allowance first: see `approvalCall`.
 * @param payer The account that will send it; it receives the licence unless `options.recipient` says otherwise.
 * @throws `ADDRESS_INVALID` for an address that is none, `ARGUMENT_INVALID` for another value that does not fit.
 * @example
 * ```ts
 * const call = purchaseCall(deployment, offer, account, { maxPrice: offer.price });
 * const { request } = await publicClient.simulateContract({ abi: iMarketAbi, account, ...call });
 * const hash = await walletClient.writeContract(request);
 * ```
 */
export const purchaseCall = /* @__PURE__ */ checked(
  (
    { contracts }: Place,
    offer: Offer,
    payer: string,
    options: Omit<PurchaseOptions, "signature"> = {},
  ): ViemCall<"purchase", readonly [ViemOffer, Order]> & { readonly value: bigint } => ({
    address: canonicalAddress(contracts.Market, "Market") as Hex,
    functionName: "purchase",
    args: [viemOffer(offer), orderFor(offer, payer, options)],
    value: valueOf(offer, options),
  }),
);

/**
 * The same for an offer that its creator signed and never listed.
 * @param signature What the creator signed of `offerTypedData`.
 * @throws `SIGNATURE_INVALID` for what is no bytes in hexadecimal, and what `purchaseCall` throws.
 * @example
 * ```ts
 * const call = purchaseSignedCall(deployment, offer, account, signature);
 * const hash = await walletClient.writeContract({ abi: iMarketAbi, account, chain, ...call });
 * ```
 */
export const purchaseSignedCall = /* @__PURE__ */ checked(
  (
    { contracts }: Place,
    offer: Offer,
    payer: string,
    signature: string,
    options: Omit<PurchaseOptions, "signature"> = {},
  ): ViemCall<"purchaseSigned", readonly [ViemOffer, Order, Hex]> & { readonly value: bigint } => ({
    address: canonicalAddress(contracts.Market, "Market") as Hex,
    functionName: "purchaseSigned",
    args: [viemOffer(offer), orderFor(offer, payer, options), plainHex(signature)],
    value: valueOf(offer, options),
  }),
);

/**
 * The purchase with a permit (ERC-2612) for the price and no more, in one transaction and without an allowance before it.
 * @param permit The signature of `permitTypedData`, and its deadline.
 * @throws `SIGNATURE_INVALID` for what no key can have signed, and what `purchaseCall` throws.
 * @example
 * ```ts
 * const typedData = permitTypedData(deployment, offer, account, permit);
 * const signature = await walletClient.signTypedData({ account, ...typedData });
 * const call = purchaseWithPermitCall(deployment, offer, account, { deadline: permit.deadline, signature });
 * const hash = await walletClient.writeContract({ abi: iMarketAbi, account, chain, ...call });
 * ```
 */
export const purchaseWithPermitCall = /* @__PURE__ */ checked(
  (
    { contracts }: Place,
    offer: Offer,
    payer: string,
    { deadline, signature }: SignedPermit,
    options: Omit<PurchaseOptions, "signature"> = {},
  ): ViemCall<"purchaseWithPermit", readonly [ViemOffer, Order, ViemPermit]> => ({
    address: canonicalAddress(contracts.Market, "Market") as Hex,
    functionName: "purchaseWithPermit",
    args: [
      viemOffer(offer),
      orderFor(offer, payer, options),
      { value: priceOf(offer, options), deadline, ...ecdsaParts(signature) },
    ],
  }),
);

/**
 * The allowance that an offer in a token needs before its purchase: the market may spend the price and no more.
 * @param options The `quantity`, where it is not 1.
 * @returns Undefined for an offer in native coin, which needs none.
 * @example
 * ```ts
 * const approval = approvalCall(deployment, offer);
 * if (approval) await walletClient.writeContract({ abi: ierc20Abi, account, chain, ...approval });
 * ```
 */
export const approvalCall = /* @__PURE__ */ checked(
  (
    { contracts }: Place,
    offer: Offer,
    options: Quantity = {},
  ): ViemCall<"approve", readonly [Hex, bigint]> | undefined => {
    if (isZeroAddress(offer.payToken)) return undefined;
    const market = canonicalAddress(contracts.Market, "Market") as Hex;
    return {
      address: canonicalAddress(offer.payToken, "payToken") as Hex,
      functionName: "approve",
      args: [market, priceOf(offer, options)],
    };
  },
);

/**
 * What a payer signs for `purchaseWithPermitCall`. A token that announces its domain by ERC-5267 is asked for it with viem's
 * `getEip712Domain`; sign no domain whose `verifyingContract` is not the token, or whose chain is another. viem tells a salt of zeros
 * of a token that has none, and it is left out here.
 * @param permit The token's domain, the owner's next nonce of the token, and the deadline in Unix time.
 * @param options The `quantity`, where it is not 1.
 * @throws `ARGUMENT_INVALID` where the domain is another contract's, or the offer is in native coin.
 * @example
 * ```ts
 * const address = viemOffer(offer).payToken;
 * const { domain } = await publicClient.getEip712Domain({ address });
 * const nonce = await publicClient.readContract({ address, abi: ierc20PermitAbi, functionName: "nonces", args: [account] });
 * const deadline = BigInt(Math.floor(Date.now() / 1000) + 1_200);
 * const typedData = permitTypedData(deployment, offer, account, { domain, nonce, deadline });
 * const signature = await walletClient.signTypedData({ account, ...typedData });
 * ```
 */
export const permitTypedData = /* @__PURE__ */ checked(
  (
    { contracts }: Place,
    offer: Offer,
    owner: string,
    { domain: announced, nonce, deadline }: PermitTerms,
    options: Quantity = {},
  ): ViemTypedData<"Permit"> => {
    const token = canonicalAddress(offer.payToken, "payToken");
    const { salt, chainId, ...named } = announced;
    const domain = {
      ...named,
      ...(chainId === undefined ? {} : { chainId: BigInt(chainId) }),
      ...(salt === undefined || /^0x0*$/.test(salt) ? {} : { salt }),
    };
    if (canonicalAddress(String(domain.verifyingContract), "verifyingContract") !== token || isZeroAddress(token)) {
      // a token that announces another's domain would be given a permit for the other
      throw chainError("ARGUMENT_INVALID", { detail: "the domain is not the one of the offer's token." });
    }
    const spender = canonicalAddress(contracts.Market, "Market");
    const message = {
      owner: canonicalAddress(owner, "owner"),
      spender,
      value: priceOf(offer, options),
      nonce,
      deadline,
    };
    return { domain, types: PERMIT_TYPES, primaryType: "Permit", message };
  },
);

/**
 * What a creator signs for an offer that is never listed. Anyone with the signature can buy under it; `MarketClient.signOffer`, with
 * ethers, checks the terms against the chain first.
 * @example
 * ```ts
 * const offer = completeOffer(account, { versionId, price: 5_000_000n, payToken, supply: 10n, deliveryWindow: 0n });
 * const signature = await walletClient.signTypedData({ account, ...offerTypedData(deployment, chainId, offer) });
 * ```
 */
export const offerTypedData = /* @__PURE__ */ checked(
  ({ contracts }: Place, chainId: number | bigint, offer: Offer): ViemTypedData<"Offer"> => ({
    domain: marketDomain(contracts.Market, BigInt(chainId)),
    types: OFFER_TYPES,
    primaryType: "Offer",
    message: { ...canonicalOffer(offer) },
  }),
);

/**
 * The licences that a receipt shows for these orders of one payer, in their order: what others bought in the same transaction, and
 * what another contract says, does not count.
 * @throws `EVENT_MISSING` where one of them is not there.
 * @example
 * ```ts
 * const call = purchaseCall(deployment, offer, account);
 * const hash = await walletClient.writeContract({ abi: iMarketAbi, account, chain, ...call });
 * const receipt = await publicClient.waitForTransactionReceipt({ hash });
 * const [licenseId] = licenseIdsIn(deployment, receipt, account, [call.args[1]]);
 * ```
 */
export const licenseIdsIn = /* @__PURE__ */ checked(
  (
    { contracts }: Pick<PartialDeployment<"Market" | "LicenseToken">, "contracts">,
    { logs, transactionHash }: { readonly logs: readonly ReceiptLog[]; readonly transactionHash: string },
    payer: string,
    orders: readonly OrderMark[],
  ): bigint[] => {
    const found = licensesSold(contracts, logs, payer, orders);
    if (found === undefined) {
      throw chainError("EVENT_MISSING", { event: "LicenseSold", address: contracts.Market, hash: transactionHash });
    }
    return found;
  },
);

function valueOf(offer: Offer, options: Quantity): bigint {
  return isZeroAddress(offer.payToken) ? priceOf(offer, options) : 0n;
}
