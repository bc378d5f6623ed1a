import { type Contract, type Wallet, ZeroAddress, encodeBytes32String, id } from "ethers";
import { METRIC_TYPES, metricsDomain } from "../../sdk/src/reputation/metric";
import { compare, type Context } from "../lib/context";
import { PEER } from "../lib/peers";
import { type Listing, type Market, buildOrder, card, deployMarket, list, newBuyer } from "../lib/protocol";
import type { Entry } from "../lib/types";
import { eas } from "../peers/eas";

const DAY = 86_400n;

/** Reviews that weigh fees, and metrics beside attestations with the same fields. */
export async function run(context: Context): Promise<Entry[]> {
  const easGas = await context.peer(PEER.easAttest, eas);
  const deployed = await deployMarket(context.chain);

  context.say("reviewing");
  const first = await list(deployed, deployed.creator, card("first"));
  const [opening] = await reviewed(deployed, first, 1);
  const model = await list(deployed, deployed.creator, card("reviewed"));
  const [, , third] = await reviewed(deployed, model, 3);
  const { chain, reviews } = deployed;
  const edited = await chain.gas(third!.author, reviews, "edit", [third!.licenseId, 2n, id("changed")]);
  const erased = await chain.gas(third!.author, reviews, "erase", [third!.licenseId]);

  context.say("measuring");
  const { submitted, own, newer, revoked } = await metrics(deployed, BigInt(model.offer.versionId));

  return [
    ...compare("reviews.review", third!.gas),
    ...compare("reviews.reviewFirst", opening!.gas),
    ...compare("reviews.edit", edited),
    ...compare("reviews.erase", erased),
    ...compare("metrics.submit", submitted, { [PEER.easDelegated]: easGas.attestByDelegation }),
    ...compare("metrics.submitOwn", own, { [PEER.easAttest]: easGas.attest }),
    ...compare("metrics.submitNewer", newer),
    ...compare("metrics.revoke", revoked, { [PEER.easRevoke]: easGas.revoke }),
  ];
}

interface Reviewed {
  readonly licenseId: bigint;
  readonly author: Wallet;
  readonly gas: number;
}

/** Reviews of one model, each by a buyer of its own. */
async function reviewed(deployed: Market, { offer, termsHash }: Listing, count: number): Promise<Reviewed[]> {
  const { chain, market, reviews } = deployed;
  const found: Reviewed[] = [];
  for (let i = 0; i < count; i++) {
    const author = await newBuyer(deployed);
    const order = buildOrder(termsHash, author.address, ZeroAddress);
    const sent = await (market.connect(author) as Contract).getFunction("purchase")(offer, order, chain.overrides());
    const licenseId = (await chain.event(sent, market, "LicenseSold")).licenseId as bigint;
    const content = id(`review ${i}`);
    const gas = await chain.gas(author, reviews, "review", [offer, licenseId, 4n, content]);
    const { weight } = await reviews.reviewOf(licenseId);
    if (weight === 0n) throw new Error("The review weighs nothing, and its total was not written.");
    found.push({ licenseId, author, gas });
  }
  return found;
}

/** Metrics of one evaluator: each of a kind of its own, except the one that takes another's place. */
async function metrics(deployed: Market, versionId: bigint) {
  const { chain, metrics, owner } = deployed;
  const [evaluator] = await chain.actors(1, "isonomy.evaluator");
  const now = BigInt((await chain.ethers.provider.getBlock("latest"))!.timestamp);
  const domain = metricsDomain(await metrics.getAddress(), 31_337n);
  const metricOf = (name: string, value: bigint, measuredAt = now - DAY) => ({
    ...{ evaluator: evaluator!.address, versionId, dataSet: id("data"), metric: encodeBytes32String(name), value },
    ...{ decimals: 4n, method: id("method"), measuredAt, validUntil: now + 300n * DAY },
  });
  const submit = async (metric: ReturnType<typeof metricOf>): Promise<number> => {
    const signature = await evaluator!.signTypedData(domain, METRIC_TYPES, metric);
    return chain.gas(owner, metrics, "submit", [metric, signature]);
  };
  let submitted = 0;
  for (const name of ["accuracy", "recall", "loss"]) submitted = await submit(metricOf(name, 9_351n));
  const newer = await submit(metricOf("loss", 9_352n, now));
  const own = await chain.gas(evaluator!, metrics, "submit", [metricOf("precision", 9_351n), "0x"]);
  const revoked = await chain.gas(evaluator!, metrics, "revoke", [metricOf("precision", 9_351n)]);
  return { submitted, own, newer, revoked };
}
