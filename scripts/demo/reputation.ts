import { hexlify, randomBytes, ZeroHash } from "ethers";

import {
  MetricClient,
  ReviewClient,
  contentHash,
  costToMove,
  feeOfWeight,
  meanStars,
  metricName,
} from "../../sdk/src/reputation";
import { DECIMALS, UNIT, type JobContext, type Parts } from "./parts";
import { amount, type Step } from "./ui";

const TARGET = 4.5;

/** What a buyer says of a model, and what it costs to outweigh; and what somebody measured. */
export function reputation(parts: Parts): Step<JobContext>[] {
  return [
    {
      title: "Review the model, with a weight that was paid in fees",
      run: async (_context, report) => {
        const { book } = parts.deployment;
        const reviews = new ReviewClient(book, parts.accounts.buyer);
        const { licenseId } = parts.bought;
        const content = contentHash(hexlify(randomBytes(32)), "Small, fast, and says what it cannot do.");
        const { weight, receipt } = await reviews.review(parts.listed.offer, licenseId, 4n, content);
        report.spent(receipt);
        const total = await reviews.totalOf(parts.version.modelId);
        if (weight === 0n || total.weight !== weight || meanStars(total) !== 4) {
          throw new Error("The review does not weigh what its licence paid. Report this as a fault.");
        }
        const unitWeight = await reviews.unitWeight(book.tokens.TestToken.address);
        const inFees = feeOfWeight(costToMove(total, TARGET), unitWeight);
        report.say(
          `4 of 5; to make it ${TARGET} costs ${amount(inFees ?? 0n, DECIMALS, UNIT)} in fees, and nothing back`,
        );
      },
    },
    {
      title: "Vouch for a measurement",
      run: async (_context, report) => {
        const metrics = new MetricClient(parts.deployment.book, parts.accounts.stranger);
        const { timestamp } = (await parts.provider.getBlock("latest"))!;
        const measuredAt = BigInt(timestamp);
        const signed = await metrics.sign({
          ...{ evaluator: parts.accounts.stranger.address, versionId: parts.version.versionId },
          ...{ dataSet: hexlify(randomBytes(32)), metric: metricName("accuracy"), method: ZeroHash },
          ...{ value: 8_730n, decimals: 4n, measuredAt, validUntil: measuredAt + 31_536_000n },
        });
        const { receipt } = await metrics.submit(signed);
        report.spent(receipt);
        if (!(await metrics.isInForce(signed))) {
          throw new Error("A metric that was submitted is not in force. Report this as a fault.");
        }
        report.say("an accuracy of 0.8730, signed by who measured it, for a year");
      },
    },
  ];
}
