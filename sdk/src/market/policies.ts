import type { ContractTransactionReceipt } from "ethers";

import type { IOfferPolicies } from "../../../typechain-types";
import { IOfferPolicies__factory } from "../../../typechain-types/factories/contracts/market/IOfferPolicies.sol/IOfferPolicies__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { argumentError } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import {
  CLEARANCE_TYPES,
  clearanceDigest,
  policiesDomain,
  policyParts,
  type Clearance,
  type SignedClearance,
} from "./clearance";
import { signatureFor } from "./signature";

/** The contracts that clearances go through. */
export type PolicyContract = "OfferPolicies" | "LicenseToken";

const LINKS = {
  OfferPolicies: { LICENSES: "LicenseToken" },
  LicenseToken: {},
} as const satisfies Links<PolicyContract>;

/** A clearance as its issuer decides on it; the nonce is the time where none is named. */
export type ClearanceTerms = Omit<Clearance, "nonce"> & { readonly nonce?: bigint };

/**
 * Clears accounts for offers with a policy. The issuer signs, off chain; anybody presents what was signed, before the purchase.
 * @example
 * ```ts
 * const issuer = new PolicyClient(deploymentOn(chainId), issuerSigner);
 * const policy = policyId({ issuer: await issuerSigner.getAddress(), number: 1n });
 * const clearance = await issuer.sign({ policy, termsHash, recipient: account, validUntil });
 * await new PolicyClient(deploymentOn(chainId), signer).present(clearance);
 * ```
 */
export class PolicyClient extends Client<PolicyContract> {
  /** The contract that keeps clearances, for calls of your own. */
  readonly policies: IOfferPolicies;

  constructor(deployment: PartialDeployment<PolicyContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.policies = this.contract(IOfferPolicies__factory, "OfferPolicies");
  }

  /**
   * Signs a clearance of one account for one offer, as the policy's issuer. Nothing is sent.
   * @param terms `validUntil` is in Unix time, at most a year from when it is presented. `nonce` is the time in seconds when left out: a
   * later clearance of the account takes the place of an earlier one.
   * @throws `ARGUMENT_INVALID` where the policy names another issuer than the signer, `ADDRESS_INVALID`, `USER_REJECTED`.
   * @example
   * ```ts
   * const clearance = await issuer.sign({ policy, termsHash: hashOffer(offer), recipient: account, validUntil });
   * ```
   */
  async sign(terms: ClearanceTerms): Promise<SignedClearance> {
    const chainId = await this.chain.require();
    const signer = await this.chain.account();
    const { issuer } = policyParts(terms.policy);
    if (issuer !== signer) {
      throw argumentError("ARGUMENT_INVALID", {
        detail: `the policy's issuer is ${issuer}, and the signer ${signer}.`,
      });
    }
    const recipient = canonicalAddress(terms.recipient, "recipient");
    const { nonce: last } = await this.clearanceOf(terms.policy, terms.termsHash, recipient);
    const now = BigInt(await this.chain.now());
    const nonce = terms.nonce ?? (now > last ? now : last + 1n);
    const clearance = { ...terms, recipient, nonce };
    const domain = policiesDomain(this.deployment.contracts.OfferPolicies, chainId);
    const signature = await decodingErrors(() =>
      this.chain.signer.signTypedData(domain, CLEARANCE_TYPES, { ...clearance }),
    );
    return { ...clearance, signature };
  }

  /**
   * Presents a clearance, so that its account may receive licences of the offer. Anyone may, for the account.
   * @throws `OfferPolicies_BadSignature`, `OfferPolicies_OldNonce`, `OfferPolicies_BadValidity`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await policies.present(clearance);
   * const { licenseId } = await market.purchase(offer);
   * ```
   */
  present(named: SignedClearance): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const { policy, termsHash, nonce, validUntil } = named;
      const recipient = canonicalAddress(named.recipient, "recipient");
      const digest = clearanceDigest(this.deployment.contracts.OfferPolicies, await this.chain.require(), named);
      const signature = signatureFor(policyParts(policy).issuer, digest, named.signature);
      const receipt = await send(this.policies, () =>
        this.policies.present.populateTransaction(policy, termsHash, recipient, nonce, validUntil, signature),
      );
      eventIn(this.policies, receipt, "Cleared", { policy, termsHash, recipient });
      return receipt;
    });
  }

  /**
   * Takes clearances of an account for an offer back, as the policy's issuer: the one that was presented, and all that were signed with
   * a nonce up to the one named. Licences that were sold stay sold, and are not renewed.
   * @param nonce The time in seconds when left out, so that every clearance signed until now with a nonce of its own is void.
   * @throws `OfferPolicies_NotIssuer`, `OfferPolicies_OldNonce`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await issuer.revoke(policy, hashOffer(offer), account);
   * ```
   */
  revoke(policy: string, termsHash: string, named: string, nonce?: bigint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const recipient = canonicalAddress(named, "recipient");
      await this.chain.require();
      const { nonce: last } = await this.clearanceOf(policy, termsHash, recipient);
      const now = BigInt(await this.chain.now());
      const upTo = nonce ?? (now > last ? now : last);
      const receipt = await send(this.policies, () =>
        this.policies.revoke.populateTransaction(policy, termsHash, recipient, upTo),
      );
      eventIn(this.policies, receipt, "ClearanceRevoked", { policy, termsHash, recipient });
      return receipt;
    });
  }

  /**
   * The last clearance of an account for an offer.
   * @returns `validUntil` in Unix time; 0 where there is none, or it was taken back.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const { validUntil } = await policies.clearanceOf(offer.policy, hashOffer(offer), account);
   * const isCleared = validUntil >= BigInt(Math.floor(Date.now() / 1000));
   * ```
   */
  async clearanceOf(
    policy: string,
    termsHash: string,
    recipient: string,
  ): Promise<{ nonce: bigint; validUntil: bigint }> {
    const account = canonicalAddress(recipient, "recipient");
    const { nonce, validUntil } = await decodingErrors(() => this.policies.clearanceOf(policy, termsHash, account));
    return { nonce, validUntil };
  }
}
