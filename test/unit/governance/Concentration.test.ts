import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { unitsOfSplitHolder, voteConcentration } from "../../../sdk/src/governance/concentration";
import { unitsCurve, unitsOf } from "../../../sdk/src/governance/units";
import { DAY, ISO, SUPPLY, phaseOne } from "./fixture";
import { calledBy } from "../../support/untyped";

const VOTERS = 2_000;
const SEEDS = 30;
const curve = unitsCurve((SUPPLY * 75n) / 10_000n);
const units = (balance: bigint, citizen: boolean) => unitsOf(balance, citizen, curve);

/** Reproducible numbers in [0, 1) (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Shares of the supply, in tokens' smallest unit, heaviest first. */
function holdings(weight: (rank: number) => number): bigint[] {
  const weights = Array.from({ length: VOTERS }, (_, rank) => weight(rank)).sort((a, b) => b - a);
  const total = weights.reduce((sum, one) => sum + one, 0);
  return weights.map((one) => (SUPPLY * BigInt(Math.round((one / total) * 1e15))) / 10n ** 15n);
}

/** The inverse of the normal distribution, to four digits: enough for a shape. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p < 0.5 ? p : 1 - p));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  return p < 0.5 ? -z : z;
}

const topTenOf = (tokens: bigint[]) => voteConcentration(tokens).topTen;

/** The parameter for which the ten heaviest hold what they hold in the fitted distribution. */
function fitted(weight: (parameter: number) => (rank: number) => number, lowest: number, highest: number): bigint[] {
  for (let step = 0; step < 60; step++) {
    const middle = (lowest + highest) / 2;
    if (topTenOf(holdings(weight(middle))) < 0.579) lowest = middle;
    else highest = middle;
  }
  return holdings(weight(lowest));
}

const PARETO = holdings((rank) => ((rank + 0.5) / VOTERS) ** (-1 / 0.896));

/** Votes by person when this part are citizens, drawn at random, and the top 20 are or are not among them. */
function votes(tokens: bigint[], seed: number, part: number, topTwenty: "citizens" | "none" | "bought"): bigint[] {
  const draw = random(seed);
  return tokens.map((amount, rank) => {
    const drawn = draw() < part;
    if (rank >= 20) return units(amount, drawn || part === 1);
    // Splitting over wallets of the same owner gains nothing, so the best a large holder does is one citizen, or many bought ones.
    if (topTwenty === "bought") return unitsOfSplitHolder(amount, 50, units);
    return units(amount, topTwenty === "citizens");
  });
}

interface Scenario {
  readonly name: string;
  readonly part: number;
  readonly top: "citizens" | "none" | "bought";
  readonly topTen: number;
  readonly nakamoto: number;
}
const SCENARIOS: readonly Scenario[] = [
  { name: "everybody a citizen", part: 1, top: "citizens", topTen: 0.18, nakamoto: 300 },
  { name: "30 % citizens, none of the top 20", part: 0.3, top: "none", topTen: 0.33, nakamoto: 75 },
  {
    name: "everybody a citizen, each of the top 20 with 50 bought identities",
    part: 1,
    top: "bought",
    topTen: 1,
    nakamoto: 20,
  },
];

/** The worst over all seeds. */
function worst(tokens: bigint[], scenario: Scenario) {
  const results = Array.from({ length: SEEDS }, (_, seed) =>
    voteConcentration(votes(tokens, 1_000 + seed, scenario.part, scenario.top)),
  );
  return {
    topTen: Math.max(...results.map((one) => one.topTen)),
    nakamoto: Math.min(...results.map((one) => one.nakamoto)),
    gini: Math.max(...results.map((one) => one.gini)),
  };
}

describe("concentration of votes", () => {
  it("is that of the published data where tokens alone count", () => {
    const { topTen, nakamoto, gini } = voteConcentration(PARETO);
    expect(topTen).to.be.closeTo(0.579, 0.002);
    expect(nakamoto).to.equal(5);
    expect(gini).to.be.closeTo(0.87, 0.01);
  });

  for (const scenario of SCENARIOS) {
    it(`meets its targets over ${SEEDS} seeds: ${scenario.name}`, () => {
      const { topTen, nakamoto, gini } = worst(PARETO, scenario);
      console.log(
        `        seeds 1000 to ${999 + SEEDS}, the worst: top 10 ${(100 * topTen).toFixed(1)} %,`,
        `Nakamoto ${nakamoto}, Gini ${gini.toFixed(2)}`,
      );
      expect(topTen).to.be.at.most(scenario.topTen);
      expect(nakamoto).to.be.at.least(scenario.nakamoto);
    });
  }

  it("reports how much bought identities weigh while only 30 % of the others are citizens: there is no target", () => {
    const { topTen, nakamoto } = worst(PARETO, { ...SCENARIOS[2], part: 0.3 });
    console.log(`        the worst: top 10 ${(100 * topTen).toFixed(1)} %, Nakamoto ${nakamoto}`);
    // Still better than tokens alone.
    expect(topTen).to.be.below(0.579);
    expect(nakamoto).to.be.above(5);
  });

  it("is reported for Zipf and lognormal holdings with the same top 10, met or not", () => {
    const shapes = {
      Zipf: fitted((exponent) => (rank) => (rank + 1) ** -exponent, 0.5, 3),
      lognormal: fitted((sigma) => (rank) => Math.exp(sigma * normalQuantile((rank + 0.5) / VOTERS)), 0.5, 6),
    };
    for (const [name, tokens] of Object.entries(shapes)) {
      expect(topTenOf(tokens)).to.be.closeTo(0.579, 0.002);
      for (const scenario of SCENARIOS) {
        const { topTen, nakamoto } = worst(tokens, scenario);
        const met = topTen <= scenario.topTen && nakamoto >= scenario.nakamoto;
        console.log(
          `        ${name}, ${scenario.name}: top 10 ${(100 * topTen).toFixed(1)} %, Nakamoto ${nakamoto}`,
          met ? "" : "(target missed)",
        );
      }
    }
  });

  it("gains nothing by splitting over wallets, and what it gains with bought identities is what the curve says", () => {
    for (const rank of [0, 5, 19]) {
      const whole = units(PARETO[rank], true);
      for (const wallets of [2n, 10n, 50n]) {
        const part = PARETO[rank] / wallets;
        expect(units(part, true) + (PARETO[rank] - part)).to.be.at.most(whole);
      }
      expect(unitsOfSplitHolder(PARETO[rank], 1, units)).to.equal(whole);
    }
  });

  it("is the same on the deployed token: 2,000 holdings, a hundred citizens, to the wei", async () => {
    const { contracts, actors, crowd } = await loadFixture(phaseOne);
    const { token } = contracts;
    const total = 300_000_000n;
    const amounts = PARETO.map((one) => (one * total * ISO) / SUPPLY);
    await token.connect(actors.whale).approve(crowd, 10n ** 30n);
    // Every twentieth holding belongs to one of the hundred citizens; the others to wallets that vote for themselves.
    const others = await ethers.deployContract("Crowd");
    await token.connect(actors.whale).approve(others, 10n ** 30n);
    const citizens = amounts.filter((_, rank) => rank % 20 === 19);
    const rest = amounts.filter((_, rank) => rank % 20 !== 19);
    await calledBy(actors.whale, crowd).give(0, citizens, token);
    await crowd.delegateToSelf(0, 50, token);
    await crowd.delegateToSelf(50, 100, token);
    await crowd.reweigh(0, 50, token);
    await crowd.reweigh(50, 100, token);
    for (let start = 0; start < rest.length; start += 50) {
      const slice = rest.slice(start, start + 50);
      await others.grow(slice.length);
      await calledBy(actors.whale, others).give(start, slice, token);
      await others.delegateToSelf(start, start + slice.length, token);
    }
    await time.increase(3n * DAY + 1n);
    const now = BigInt(await time.latest()) - 1n;
    const [people, wallets] = [await crowd.all(), await others.all()];
    const onChain: bigint[] = [];
    for (const account of [...people, ...wallets]) onChain.push((await token.votingStateAt(account, now)).votes);
    const expected = [...citizens.map((one) => units(one, true)), ...rest];
    expect(onChain).to.deep.equal(expected);
    const { topTen } = voteConcentration(onChain);
    expect(topTen).to.be.below(topTenOf(amounts));
  });
});
