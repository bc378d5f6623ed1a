import { PEER } from "./lib/peers";
import type { Bar } from "./lib/types";

/** An absolute limit in the measurement's unit, then multiples of peers. */
function bar(id: string, limit: number, ratios: Record<string, number> = {}): Bar[] {
  return [{ id, limit }, ...multiples(id, ratios)];
}

function multiples(id: string, ratios: Record<string, number>): Bar[] {
  return Object.entries(ratios).map(([peer, limit]) => ({ id, peer, limit }));
}

/** A busy chain costs the same as an empty one, except for the bytes of larger numbers in calldata. */
function same(id: string, as: string): Bar[] {
  return [{ id, as, limit: 1.0005 }];
}

/** Limits of gas are two per cent above what was measured when they were set: a bar guards economy and does not freeze code. */
export const BARS: readonly Bar[] = [
  ...bar("market.buyInstant", 154_200, { [PEER.unlockReferrer]: 0.44, [PEER.oceanOneStep]: 0.553 }),
  ...bar("market.publish", 302_600, { [PEER.unlock]: 0.303 }),
  ...bar("ledger.withdraw", 46_600),
  ...same("market.buyInstant@10000", "market.buyInstant"),

  ...bar("market.buyEscrow", 178_000, { [PEER.oceanTwoSteps]: 0.818 }),
  ...bar("escrow.deliver", 41_600),
  ...bar("escrow.settle", 76_000),
  ...bar("escrow.complainContent", 217_800),
  ...multiples("sdk.prepare", { [PEER.bareCiphers]: 1.8 }),
  ...bar("sdk.prepare.memory", 200),
  ...bar("sdk.size", 129),
  // the ABIs of market, registry and licences name rights, policies and payees
  ...bar("sdk.size.own", 31),
  // the sentences of all errors: those of rights, policies, lineages, units, resales, reviews and metrics came last
  ...bar("sdk.size.errors", 29),
  ...bar("sdk.size.viem", 126),
  ...bar("sdk.size.viem.own", 60),

  ...bar("cli.start", 400),

  ...bar("market.buyPermit", 186_800),
  ...bar("market.buySigned", 166_400),
  ...bar("market.buyCart5", 79_700, { [PEER.unlockNativeFive]: 0.4 }),
  ...bar("market.buyNative", 141_300, { [PEER.unlockNative]: 0.512 }),

  ...bar("market.renew", 111_000, { [PEER.unlockExtend]: 0.87 }),
  ...bar("market.renewCart5", 46_700),
  // Seaport moves token and licence alone. A resale looks up the royalty, credits three accounts in the ledger and uses up a bit
  ...bar("market.resale", 155_000, { [PEER.seaportLicence]: 1.06 }),
  // the treasury that the market names now is read each time: two cold slots
  ...bar("subscriptions.release", 89_000),
  ...bar("subscriptions.cancel", 118_600),
  ...bar("license.isAuthorized@200", 16_600),
  ...same("license.isAuthorized@200", "license.isAuthorized@2"),
  ...bar("market.buyMetered", 178_000, { [PEER.mpeOpen]: 0.93 }),
  // a claim of the peer moves a balance inside one contract, for one recipient, without a fee or a licence
  ...bar("usage.redeem", 62_000, { [PEER.mpeClaim]: 1.25 }),
  ...bar("usage.redeemBatch50", 24_200, { [PEER.mpeMultiClaim]: 0.97 }),
  ...bar("usage.redeemBatch50First", 40_800, { [PEER.mpeMultiClaimFirst]: 0.97 }),
  ...bar("usage.topUp", 106_200),
  ...bar("usage.close", 34_600),
  ...bar("usage.finish", 66_500),
  ...bar("market.buyPolicy.added", 6_200),
  ...bar("market.buyDerivative8.added", 0),
  ...bar("lineage.settle8", 158_500),

  ...bar("reviews.review", 80_500),
  ...bar("reviews.reviewFirst", 98_100),
  ...bar("reviews.edit", 38_000),
  ...bar("reviews.erase", 36_300),
  ...bar("metrics.submit", 91_700, { [PEER.easDelegated]: 0.27 }),
  ...bar("metrics.submitOwn", 83_900, { [PEER.easAttest]: 0.259 }),
  ...bar("metrics.submitNewer", 74_200),
  ...bar("metrics.revoke", 34_500, { [PEER.easRevoke]: 0.423 }),

  ...bar("exchange.swap1", 77_000, { [PEER.uniswapV2]: 0.783, [PEER.uniswapV4]: 0.651 }),
  ...bar("exchange.swap2", 92_700, { [PEER.uniswapV2]: 0.604 }),
  ...bar("exchange.swap3", 108_100, { [PEER.uniswapV2]: 0.518 }),
  ...bar("exchange.swapNative", 56_300),
  ...bar("exchange.createPool", 50_900, { [PEER.uniswapV2]: 0.021 }),
  ...bar("exchange.addAgain", 91_900, { [PEER.uniswapV2]: 0.762 }),
  ...bar("exchange.addNew", 109_300, { [PEER.uniswapV2]: 0.636 }),
  ...bar("exchange.remove", 80_200, { [PEER.uniswapV2]: 0.666 }),
  ...same("exchange.swap1@10000", "exchange.swap1"),
  ...bar("exchange.flashLoan", 49_800),

  ...multiples("gov.vote", { [PEER.governor]: 1.239, [PEER.twoBallots]: 0.62 }),
  ...multiples("gov.voteFirst", { [PEER.governor]: 1.581 }),
  ...multiples("token.transfer", { [PEER.erc20]: 1.161 }),
  ...multiples("token.transferDelegated", { [PEER.votes]: 1.07 }),
  ...multiples("token.transferCitizens", { [PEER.votes]: 1.131 }),
  ...multiples("token.delegate", { [PEER.votes]: 1.433 }),
  ...multiples("gov.propose", { [PEER.governorSame]: 1.197 }),
  ...multiples("gov.queue", { [PEER.governorSame]: 1.183 }),
  ...multiples("gov.execute", { [PEER.governorSame]: 1.2 }),
  ...same("gov.vote@10000", "gov.vote"),
];
