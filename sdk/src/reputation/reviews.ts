import { toBeHex, ZeroHash, type ContractTransactionReceipt, type Log } from "ethers";

import type { IReviews } from "../../../typechain-types";
import { IReviews__factory } from "../../../typechain-types/factories/contracts/reputation/IReviews__factory";
import { canonicalAddress, isZeroAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { argumentError } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import { nodeError } from "../errors/nodeErrors";
import { canonicalOffer, type Offer } from "../market/offer";
import { logsBetween, newestBlock, parsedLog } from "../reading/logs";
import { inconsistent } from "../rpc/inconsistent";
import type { ReviewTotal } from "./weight";

/** The contracts that a `ReviewClient` needs the addresses of. */
export type ReviewContract = "Reviews" | "LicenseToken" | "Market" | "Escrow";

const LINKS = {
  Reviews: { LICENSES: "LicenseToken", MARKET: "Market", ESCROW: "Escrow" },
} as const satisfies Partial<Links<ReviewContract>>;

/** The review of a licence. */
export interface Review {
  readonly licenseId: bigint;
  /** Who held the licence when it was first written: alone edits and erases it. */
  readonly author: string;
  /** 1 to 5; 0 when it was erased. */
  readonly stars: bigint;
  /** The fee that the licence paid, in the common unit. */
  readonly weight: bigint;
}

/** A review as its newest event has it. */
export interface WrittenReview extends Review {
  /** `contentHash(salt, text)`; zero without a text. */
  readonly contentHash: string;
  readonly blockNumber: number;
}

/** A model's reviews that are not erased, and what they come to. */
export interface ModelReviews {
  readonly total: ReviewTotal;
  /** The heaviest first; of those that weigh the same the newest. */
  readonly reviews: readonly WrittenReview[];
}

/**
 * Reviews of models, which weigh the fees that their licences paid.
 * @example
 * ```ts
 * const reviews = new ReviewClient(deploymentOn(chainId), signer);
 * const { weight } = await reviews.review(offer, licenseId, 4n, contentHash(salt, reviewText));
 * ```
 */
export class ReviewClient extends Client<ReviewContract> {
  /** The contract of reviews, for calls of your own. */
  readonly reviews: IReviews;

  constructor(deployment: PartialDeployment<ReviewContract>, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.reviews = this.contract(IReviews__factory, "Reviews");
  }

  /**
   * Writes the review of a licence that the signer holds, under the offer that it was sold under. A licence has one, ever.
   * @param stars 1 to 5.
   * @param content `contentHash(salt, text)`; without it the review has no text.
   * @returns What the review weighs, for good.
   * @throws `Reviews_NotHolder`, `Reviews_Exists`, `Reviews_NotItsOffer`, `Reviews_DealNotClosed`, `Reviews_BadStars`,
   * `ERC721NonexistentToken`.
   * @example
   * ```ts
   * const { weight } = await reviews.review(offer, licenseId, 5n);
   * ```
   */
  review(
    named: Offer,
    licenseId: bigint,
    stars: bigint,
    content: string = ZeroHash,
  ): Sent<{ weight: bigint; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const author = await this.chain.account();
      const receipt = await send(this.reviews, () =>
        this.reviews.review.populateTransaction(offer, licenseId, stars, content),
      );
      const { args } = eventIn(this.reviews, receipt, "Reviewed", { licenseId, author, stars, contentHash: content });
      return { weight: args.weight as bigint, receipt };
    });
  }

  /**
   * Changes a review of the signer, or writes it again after it was erased. The weight stays.
   * @param stars 1 to 5.
   * @param content `contentHash(salt, text)`; without it the review has no text from now on.
   * @throws `Reviews_NotAuthor`, `Reviews_BadStars`.
   * @example
   * ```ts
   * await reviews.edit(licenseId, 2n, contentHash(salt, "The update broke it."));
   * ```
   */
  edit(licenseId: bigint, stars: bigint, content: string = ZeroHash): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const author = await this.chain.account();
      const receipt = await send(this.reviews, () => this.reviews.edit.populateTransaction(licenseId, stars, content));
      eventIn(this.reviews, receipt, "Reviewed", { licenseId, author, stars, contentHash: content });
      return receipt;
    });
  }

  /**
   * Erases a review of the signer: it counts no longer. Nobody else can review the licence afterwards.
   * @throws `Reviews_NotAuthor`, `Reviews_AlreadyErased`.
   * @example
   * ```ts
   * await reviews.erase(licenseId);
   * ```
   */
  erase(licenseId: bigint): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const author = await this.chain.account();
      const receipt = await send(this.reviews, () => this.reviews.erase.populateTransaction(licenseId));
      eventIn(this.reviews, receipt, "Erased", { licenseId, author });
      return receipt;
    });
  }

  /**
   * The review of a licence; undefined when it never had one.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const review = await reviews.of(licenseId);
   * if (review !== undefined && review.stars > 0n) console.log(`${review.stars} of 5`);
   * ```
   */
  async of(licenseId: bigint): Promise<Review | undefined> {
    const { author, stars, weight } = await decodingErrors(() => this.reviews.reviewOf(licenseId));
    return isZeroAddress(author) ? undefined : { licenseId, author: canonicalAddress(author, "author"), stars, weight };
  }

  /**
   * What a review of a licence would weigh if it were written now.
   * @throws `Reviews_NotItsOffer`, `Reviews_DealNotClosed`.
   * @example
   * ```ts
   * const weight = await reviews.weightOf(offer, licenseId);
   * ```
   */
  async weightOf(named: Offer, licenseId: bigint): Promise<bigint> {
    const offer = canonicalOffer(named);
    return decodingErrors(() => this.reviews.weightOf(offer, licenseId));
  }

  /**
   * The sum of the weights of a model's reviews, and of weight times stars: `meanStars` divides them.
   * @throws What a node fails with.
   * @example
   * ```ts
   * const mean = meanStars(await reviews.totalOf(modelId));
   * ```
   */
  async totalOf(modelId: bigint): Promise<ReviewTotal> {
    const { weight, weightedStars } = await decodingErrors(() => this.reviews.totalOf(modelId));
    return { weight, weightedStars };
  }

  /**
   * What 1e18 of a token's smallest units weigh; 0: nothing.
   * @param token Zero is the native coin.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const wei = feeOfWeight(25_000_000n, await reviews.unitWeight(ZeroAddress));
   * ```
   */
  async unitWeight(token: string): Promise<bigint> {
    return decodingErrors(() => this.reviews.unitWeight(canonicalAddress(token, "token")));
  }

  /**
   * The reviews of a model that are not erased, from the contract's events, and what they come to. The events have to add up to the
   * contract's own total in the same block.
   * @throws `ARGUMENT_INVALID` for what is no model's id, `NODE_INCONSISTENT`, and what a node fails with.
   * @example
   * ```ts
   * const { total, reviews: all } = await reviews.ofModel(modelId);
   * for (const { stars, weight, author } of all) console.log(`${stars} of 5, weight ${weight}, by ${author}`);
   * ```
   */
  async ofModel(modelId: bigint): Promise<ModelReviews> {
    if (typeof modelId !== "bigint" || modelId <= 0n || modelId >> 48n !== 0n) {
      throw argumentError("ARGUMENT_INVALID", { detail: `${String(modelId)} is not the id of a model.` });
    }
    await this.chain.require();
    const { interface: abi } = this.reviews;
    const query = {
      address: this.deployment.contracts.Reviews,
      topics: [[abi.getEvent("Reviewed").topicHash, abi.getEvent("Erased").topicHash], toBeHex(modelId, 32)],
    };
    const { number } = await newestBlock(this.chain);
    const [logs, total] = await Promise.all([
      logsBetween(this.chain, query, this.deployment.block ?? 0, number),
      decodingErrors(() => this.reviews.totalOf(modelId, { blockTag: number })),
    ]);
    const written = new Map<bigint, WrittenReview>();
    for (const log of logs) this.#apply(written, modelId, log);
    const reviews = [...written.values()].sort((a, b) =>
      a.weight === b.weight ? b.blockNumber - a.blockNumber : a.weight < b.weight ? 1 : -1,
    );
    const sum = (of: (review: Review) => bigint): bigint => reviews.reduce((all, one) => all + of(one), 0n);
    const { weight, weightedStars } = total;
    if (sum((one) => one.weight) !== weight || sum((one) => one.weight * one.stars) !== weightedStars) {
      throw nodeError("NODE_INCONSISTENT", { detail: `its reviews of model ${modelId} do not add up to their total.` });
    }
    return { total: { weight, weightedStars }, reviews };
  }

  #apply(written: Map<bigint, WrittenReview>, modelId: bigint, log: Log): void {
    const { name, args } = parsedLog(log, this.reviews.interface);
    if (args.modelId !== modelId) throw inconsistent(log, `is not of model ${modelId}`);
    const licenseId = args.licenseId as bigint;
    if (name === "Erased") {
      written.delete(licenseId);
      return;
    }
    written.set(licenseId, {
      licenseId,
      author: canonicalAddress(args.author as string, "author"),
      stars: args.stars as bigint,
      weight: args.weight as bigint,
      contentHash: args.contentHash as string,
      blockNumber: log.blockNumber,
    });
  }
}
