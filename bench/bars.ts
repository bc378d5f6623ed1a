import { PEER } from "./lib/peers";
import type { Bar } from "./lib/types";

/** An absolute limit in the measurement's unit, then multiples of peers. */
function bar(id: string, limit: number, ratios: Record<string, number> = {}): Bar[] {
  return [{ id, limit }, ...multiples(id, ratios)];
}

function multiples(id: string, ratios: Record<string, number>): Bar[] {
  return Object.entries(ratios).map(([peer, limit]) => ({ id, peer, limit }));
}

/** A busy chain costs what an empty one costs, but for the bytes of larger numbers in calldata. */
function same(id: string, as: string): Bar[] {
  return [{ id, as, limit: 1.0005 }];
}

export const BARS: readonly Bar[] = [
  ...bar("market.buyInstant", 165_000, { [PEER.unlockReferrer]: 0.47, [PEER.oceanOneStep]: 0.59 }),
  ...bar("market.publish", 350_000, { [PEER.unlock]: 0.35 }),
  ...bar("ledger.withdraw", 50_000),
  ...same("market.buyInstant@10000", "market.buyInstant"),

  ...bar("market.buyEscrow", 185_000, { [PEER.oceanTwoSteps]: 0.8 }),
  ...bar("escrow.deliver", 48_000),
  ...bar("escrow.settle", 75_000),
  ...bar("escrow.complainContent", 280_000),
  ...multiples("sdk.prepare", { [PEER.bareCiphers]: 1.8 }),
  ...bar("sdk.prepare.memory", 200),
  ...bar("sdk.size", 140),
  ...bar("sdk.size.own", 44),

  ...bar("cli.start", 400),

  ...bar("market.buyPermit", 205_000),
  ...bar("market.buySigned", 195_000),
  ...bar("market.buyCart5", 105_000, { [PEER.unlockNativeFive]: 0.53 }),
  ...bar("market.buyNative", 150_000, { [PEER.unlockNative]: 0.55 }),

  ...bar("exchange.swap1", 76_000, { [PEER.uniswapV2]: 0.775, [PEER.uniswapV4]: 0.64 }),
  ...bar("exchange.swap2", 91_500, { [PEER.uniswapV2]: 0.6 }),
  ...bar("exchange.swap3", 107_500, { [PEER.uniswapV2]: 0.52 }),
  ...bar("exchange.swapNative", 58_000),
  ...bar("exchange.createPool", 55_000, { [PEER.uniswapV2]: 0.022 }),
  ...bar("exchange.addAgain", 92_000, { [PEER.uniswapV2]: 0.77 }),
  ...bar("exchange.addNew", 112_000, { [PEER.uniswapV2]: 0.66 }),
  ...bar("exchange.remove", 85_000, { [PEER.uniswapV2]: 0.71 }),
  ...same("exchange.swap1@10000", "exchange.swap1"),
  ...bar("exchange.flashLoan", 50_000),

  ...multiples("gov.vote", { [PEER.governor]: 1.22, [PEER.twoBallots]: 0.61 }),
  ...multiples("gov.voteFirst", { [PEER.governor]: 1.55 }),
  ...multiples("token.transfer", { [PEER.erc20]: 1.15 }),
  ...multiples("token.transferDelegated", { [PEER.votes]: 1.1 }),
  ...multiples("token.transferCitizens", { [PEER.votes]: 1.46 }),
  ...multiples("token.delegate", { [PEER.votes]: 1.45 }),
  ...multiples("gov.propose", { [PEER.governorSame]: 1.3 }),
  ...multiples("gov.queue", { [PEER.governorSame]: 1.3 }),
  ...multiples("gov.execute", { [PEER.governorSame]: 1.3 }),
  ...same("gov.vote@10000", "gov.vote"),
];
