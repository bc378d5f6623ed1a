import { AbiCoder, type ContractTransactionReceipt } from "ethers";

import type { ILineage, IModelRegistry } from "../../../typechain-types";
import { ILineage__factory } from "../../../typechain-types/factories/contracts/lineage/ILineage__factory";
import { IModelRegistry__factory } from "../../../typechain-types/factories/contracts/registry/IModelRegistry__factory";
import { ISplitter__factory } from "../../../typechain-types/factories/contracts/lineage/ISplitter__factory";
import { canonicalAddress, isZeroAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, eventsIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { lineageError } from "../domains/lineage/errors";
import { decodingErrors } from "../errors/explain";
import { signatureFor } from "../market/signature";
import { CONSENT_TYPES, consentDigest, lineageDomain, type Consent, type SignedConsent } from "./consent";

/** The contracts that a `LineageClient` needs the addresses of. */
export type LineageContract = "Lineage" | "ModelRegistry";

const LINKS = { Lineage: { REGISTRY: "ModelRegistry" }, ModelRegistry: {} } as const satisfies Links<LineageContract>;

/** A model that another was made from. */
export interface ParentShare {
  readonly modelId: bigint;
  /** Share of the child's income, in basis points. */
  readonly bps: bigint;
}

/** The parents of a child, and the account that shares its income. */
export interface ModelLineage {
  readonly modelId: bigint;
  readonly account: string;
  readonly parents: readonly ParentShare[];
  /** Whether the child's income goes to the account: the creator has fixed it as the payee. */
  readonly inForce: boolean;
}

/**
 * The parents of models, and the accounts that share a child's income with them.
 * @example
 * ```ts
 * const lineage = new LineageClient(deploymentOn(chainId), signer);
 * const { account } = await lineage.create(modelId, [{ modelId: 1n, bps: 500n }]);
 * await market.fixPayee(modelId, account);
 * ```
 */
export class LineageClient extends Client<LineageContract> {
  /** The registry of lineages, for calls of your own. */
  readonly lineage: ILineage;
  readonly #registry: IModelRegistry;

  constructor(deployment: PartialDeployment<LineageContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.lineage = this.contract(ILineage__factory, "Lineage");
    this.#registry = this.contract(IModelRegistry__factory, "ModelRegistry");
  }

  /**
   * The parents of a model; undefined for one without a lineage.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const found = await lineage.of(modelId);
   * if (found?.inForce) console.log(`shares with ${found.parents.length} models`);
   * ```
   */
  async of(modelId: bigint): Promise<ModelLineage | undefined> {
    const [account, parents, inForce] = await decodingErrors(() =>
      Promise.all([this.lineage.accountOf(modelId), this.lineage.parentsOf(modelId), this.lineage.isInForce(modelId)]),
    );
    if (isZeroAddress(account)) return undefined;
    const shares = parents.map((one) => ({ modelId: one.modelId, bps: one.bps }));
    return { modelId, account: canonicalAddress(account, "account"), parents: shares, inForce };
  }

  /**
   * Signs that a child may name a model of the signer as a parent. Nothing is sent.
   * @throws `Lineage_NotTitleHolder` unless the signer holds the parent's title, `USER_REJECTED`.
   * @example
   * ```ts
   * const consent = await parents.signConsent({ parent: 1n, child: modelId, bps: 500n, validUntil });
   * ```
   */
  async signConsent(consent: Consent): Promise<SignedConsent> {
    const chainId = await this.chain.require();
    const domain = lineageDomain(this.deployment.contracts.Lineage, chainId);
    const signature = await decodingErrors(() =>
      this.chain.signer.signTypedData(domain, CONSENT_TYPES, { ...consent }),
    );
    return { ...consent, signature };
  }

  /**
   * Creates the lineage of a model of the signer, for good. It comes into force when the model's creator fixes the account as the payee, in
   * the model's first week: `MarketClient.fixPayee`.
   * @param consents Of the parents whose open terms do not cover their share, and whose titles the signer does not hold.
   * @throws `Lineage_BadParents`, `Lineage_NoConsent`, `Lineage_Exists`, `Lineage_NotTitleHolder`.
   * @example
   * ```ts
   * const { account } = await lineage.create(modelId, [{ modelId: 1n, bps: 500n }], [consent]);
   * ```
   */
  create(
    modelId: bigint,
    parents: readonly ParentShare[],
    consents: readonly SignedConsent[] = [],
  ): Sent<{ account: string; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const chainId = await this.chain.require();
      const { Lineage } = this.deployment.contracts;
      const encoded = await Promise.all(
        parents.map(async ({ modelId: parent }) => {
          const consent = consents.find((one) => one.parent === parent && one.child === modelId);
          if (consent === undefined) return "0x";
          const signature = signatureFor(
            await decodingErrors(() => this.#registry.ownerOf(parent)),
            consentDigest(Lineage, chainId, consent),
            consent.signature,
          );
          return AbiCoder.defaultAbiCoder().encode(["uint40", "bytes"], [consent.validUntil, signature]);
        }),
      );
      const shares = parents.map((one) => ({ ...one }));
      const receipt = await send(this.lineage, () => this.lineage.create.populateTransaction(modelId, shares, encoded));
      const { args } = eventIn(this.lineage, receipt, "LineageCreated", { modelId });
      return { account: canonicalAddress(args.account as string, "account"), receipt };
    });
  }

  /**
   * Lets everybody name a model of the signer as a parent for at least a share, until a time; a share of 0 ends that.
   * @throws `Lineage_NotTitleHolder`, `Lineage_BadOpenTerms`.
   * @example
   * ```ts
   * await lineage.setOpenTerms(modelId, { minBps: 300n, until: validUntil });
   * ```
   */
  setOpenTerms(
    modelId: bigint,
    { minBps, until }: { readonly minBps: bigint; readonly until: bigint },
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const receipt = await send(this.lineage, () =>
        this.lineage.setOpenTerms.populateTransaction(modelId, minBps, until),
      );
      eventIn(this.lineage, receipt, "OpenTermsSet", { modelId });
      return receipt;
    });
  }

  /**
   * On what terms everybody may name a model as a parent; a share of 0 is none.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const { minBps, until } = await lineage.openTerms(1n);
   * ```
   */
  async openTerms(modelId: bigint): Promise<{ minBps: bigint; until: bigint }> {
    const { minBps, until } = await decodingErrors(() => this.lineage.openTerms(modelId));
    return { minBps, until };
  }

  /**
   * Passes on what a child's account has in a token: to its parents their shares, to the holder of its title the rest. Anyone may.
   * @returns What was passed on, in the token's smallest unit; 0 when there was nothing.
   * @throws `LINEAGE_MISSING` for a model without a lineage, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * const { amount } = await lineage.settle(modelId, ZeroAddress);
   * ```
   */
  settle(modelId: bigint, named: string): Sent<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    return this.#passOn("settle", "Settled", modelId, named);
  }

  /**
   * Puts what came to a child's account by a plain transfer, such as a royalty, into its ledger balance, from where `settle` passes it on.
   * Anyone may.
   * @returns What was put there, in the token's smallest unit; 0 when there was nothing.
   * @throws `LINEAGE_MISSING` for a model without a lineage, `ADDRESS_INVALID`, and `RevenueLedger_Unbacked` for a token that charges for
   * transfers.
   * @example
   * ```ts
   * await lineage.gather(modelId, ZeroAddress);
   * await lineage.settle(modelId, ZeroAddress);
   * ```
   */
  gather(modelId: bigint, named: string): Sent<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    return this.#passOn("gather", "Gathered", modelId, named);
  }

  #passOn(
    method: "settle" | "gather",
    event: string,
    modelId: bigint,
    named: string,
  ): Sent<{ amount: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const token = canonicalAddress(named, "token");
      await this.chain.require();
      const found = await this.of(modelId);
      if (found === undefined) throw lineageError("LINEAGE_MISSING", { modelId });
      const account = ISplitter__factory.connect(found.account, this.runner);
      const receipt = await send(account, () => account[method].populateTransaction(token));
      // an account without anything to pass on leaves no event
      const [passed] = eventsIn(account, receipt, event, { token });
      return { amount: (passed?.args.amount as bigint | undefined) ?? 0n, receipt };
    });
  }
}
