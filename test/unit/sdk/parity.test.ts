import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getAddress, toBeHex, type BaseContract } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";

import {
  commitmentOf,
  hashOffer,
  licenseId,
  licenseIdParts,
  offerDigest,
  paths,
  quoteExactIn,
  quoteExactOut,
  packHop,
  sharesOf,
  versionId,
  versionIdParts,
  type Deal,
  type Offer,
} from "../../../sdk/src";
import { ExchangeClient } from "../../../sdk/src/exchange";
import { protocolFixture } from "../../helpers/fixture";
import { times } from "../../support/extent";
import { deployExchange, keyOf, add, fund } from "../exchange/fixture";

/** Set SDK_SEED to run again what a failed run printed. */
const SEED = Number(process.env.SDK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const INPUTS = times(1_000);
/** Inputs that share one call. */
const BATCH = 50;

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const address = uint(160).map((value) => getAddress(toBeHex(value, 20)));
const word = uint(256).map((value) => toBeHex(value, 32));
const batchOf = <T>(input: fc.Arbitrary<T>) => fc.array(input, { minLength: BATCH, maxLength: BATCH });

const anyOffer: fc.Arbitrary<Offer> = fc.record({
  versionId: uint(64),
  creator: address,
  payToken: address,
  price: uint(128),
  supply: uint(32),
  expiresAt: uint(40),
  buyer: address,
  referrerBps: uint(16),
  maxProtocolFeeBps: uint(16),
  transferable: fc.boolean(),
  includesUpdates: fc.boolean(),
  deliveryWindow: uint(32),
  complaintWindow: uint(32),
  arbitrator: address,
  bond: uint(96),
  epoch: uint(64),
  salt: uint(64),
  rights: uint(32),
  rightsTerms: word,
  policy: word,
});

const anyDeal: fc.Arbitrary<Deal> = fc.record({
  opener: address,
  id: uint(256),
  versionId: uint(64),
  keyX: word,
  termsHash: word,
  payer: address,
  recipient: address,
  seller: address,
  payee: address,
  referrer: address,
  treasury: address,
  payToken: address,
  price: uint(128),
  protocolFeeBps: uint(16),
  referrerBps: uint(16),
  deliverBy: uint(40),
  complaintWindow: uint(32),
  arbitrator: address,
  bond: uint(96),
  buyerKey: word,
  pad: address,
  complainBy: uint(40),
});

async function parityFixture() {
  const { contracts } = await protocolFixture();
  const harness = await ethers.deployContract("SdkHarness");
  const ids = await ethers.deployContract("OfferTermsHarness");
  const { chainId } = await ethers.provider.getNetwork();
  return { ...contracts, harness, ids, chainId };
}

/** Answers of one view to many inputs; undefined where it refuses. */
async function answers(
  harness: BaseContract,
  target: BaseContract,
  name: string,
  inputs: readonly unknown[][],
): Promise<unknown[]> {
  const calls = inputs.map((input) => target.interface.encodeFunctionData(name, input));
  const results = (await harness.getFunction("each").staticCall(target, calls)) as string[];
  return results.map((result) => {
    if (result === "0x") return undefined;
    const values = target.interface.decodeFunctionResult(name, result).toArray() as unknown[];
    return values.length === 1 ? values[0] : values;
  });
}

describe(`what the SDK computes equals the contracts', on ${INPUTS} random inputs (seed ${SEED})`, function () {
  this.timeout(120_000);

  /** Holds one function of the SDK against one view, over all inputs. */
  async function hold<T>(input: fc.Arbitrary<T>, check: (batch: T[]) => Promise<void>): Promise<void> {
    let held = 0;
    const counted = async (batch: T[]): Promise<void> => {
      await check(batch);
      held += batch.length;
    };
    await fc.assert(fc.asyncProperty(batchOf(input), counted), { seed: SEED, numRuns: INPUTS / BATCH });
    expect(held).to.equal(INPUTS);
  }

  // claim(attacks#command-line-package-and-sellers-agent): a hash, an id or a quote that the package computes
  //   differently from the contracts
  it("hash of an offer", async () => {
    const { Market, harness } = await loadFixture(parityFixture);
    await hold(anyOffer, async (offers) => {
      const hashes = await answers(
        harness,
        Market,
        "hashOffer",
        offers.map((offer) => [offer]),
      );
      expect(offers.map(hashOffer)).to.deep.equal(hashes);
    });
  });

  // claim(invariants#command-line-package-and-sellers-agent): the package computes the same as the contracts | anyone
  //   who profits from a difference
  it("digest of a signed offer (EIP-712)", async () => {
    const { Market, harness, chainId } = await loadFixture(parityFixture);
    const market = await Market.getAddress();
    await hold(anyOffer, async (offers) => {
      const digests = await answers(
        harness,
        Market,
        "offerDigest",
        offers.map((offer) => [offer]),
      );
      expect(offers.map((offer) => offerDigest(market, chainId, offer))).to.deep.equal(digests);
    });
  });

  // claim(attacks#command-line-package-and-sellers-agent): a hash, an id or a quote that the package computes
  //   differently from the contracts
  it("commitment of a deal", async () => {
    const { Escrow, harness } = await loadFixture(parityFixture);
    await hold(anyDeal, async (deals) => {
      const commitments = await answers(
        harness,
        harness,
        "commitment",
        deals.map((deal) => [deal]),
      );
      expect(deals.map((deal) => commitmentOf(Escrow, deal))).to.deep.equal(commitments);
    });
  });

  it("ids of versions, both ways", async () => {
    const { ids, harness } = await loadFixture(parityFixture);
    await hold(fc.record({ modelId: uint(48), number: uint(16) }), async (parts) => {
      const known = await answers(
        harness,
        ids,
        "versionParts",
        parts.map(({ modelId, number }) => [modelId, number]),
      );
      const computed = parts.map((each) => {
        const id = versionId(each);
        const { modelId, number } = versionIdParts(id);
        return [id, modelId, number];
      });
      expect(computed).to.deep.equal(known);
    });
  });

  // claim(invariants#command-line-package-and-sellers-agent): the package computes the same as the contracts
  it("ids of licences, both ways", async () => {
    const { ids, harness } = await loadFixture(parityFixture);
    const anyParts = fc.record({
      module: uint(32),
      transferable: fc.boolean(),
      escrowed: fc.boolean(),
      includesUpdates: fc.boolean(),
      versionId: uint(64),
      serial: uint(64),
      rights: uint(32),
      guarded: fc.boolean(),
      note: uint(56),
    });
    await hold(anyParts, async (parts) => {
      const flagsOf = (each: (typeof parts)[number]): number =>
        Number(each.transferable) + 2 * Number(each.escrowed) + 4 * Number(each.includesUpdates);
      const drafts = (await answers(
        harness,
        ids,
        "licenseDraft",
        parts.map((each) => [each.note, each.rights, flagsOf(each), each.versionId, each.serial]),
      )) as bigint[];
      const known = (await answers(
        harness,
        ids,
        "licenseId",
        parts.map((each, at) => [drafts[at], each.module, each.guarded]),
      )) as bigint[];
      expect(parts.map(licenseId)).to.deep.equal(known);
      expect(known.map(licenseIdParts)).to.deep.equal(parts);

      const apart = (await answers(
        harness,
        ids,
        "licenseParts",
        known.map((id) => [id]),
      )) as [bigint, bigint, bigint, bigint, boolean[]][];
      const computed = known.map(licenseIdParts);
      expect(
        apart.map(([note, rights, module, versionId, [transferable, escrowed, includesUpdates, guarded]]) => ({
          ...{ note, rights, module, versionId, transferable, escrowed, includesUpdates, guarded },
        })),
      ).to.deep.equal(computed.map(({ serial: _, ...rest }) => rest));
    });
  });

  // claim(invariants#command-line-package-and-sellers-agent): the package computes the same as the contracts
  it("shares of a payment", async () => {
    const { harness } = await loadFixture(parityFixture);
    const bps = (max: number) => fc.integer({ min: 0, max }).map(BigInt);
    await hold(fc.tuple(uint(128), bps(1_000), bps(5_000)), async (payments) => {
      const known = await answers(harness, harness, "shares", payments);
      const computed = payments.map((payment) => {
        const { toPayee, toTreasury, toReferrer } = sharesOf(...payment);
        return [toPayee, toTreasury, toReferrer];
      });
      expect(computed).to.deep.equal(known);
    });
  });

  // claim(attacks#command-line-package-and-sellers-agent): a hash, an id or a quote that the package computes
  //   differently from the contracts
  it("quotes of the exchange, exact input and exact output, over one pool and over several", async () => {
    const { exchange, tokens, actors } = await loadFixture(exchangeFixture);
    const harness = await ethers.deployContract("SdkHarness");
    const client = new ExchangeClient({ contracts: { Exchange: await exchange.getAddress() } }, actors.bob);
    const pools = await client.pools();
    const names: string[] = await Promise.all([...tokens.map((token) => token.getAddress()), ethers.ZeroAddress]);
    const routes = names.flatMap((from) => names.flatMap((to) => paths(pools, from, to)));
    expect(new Set(routes.map((legs) => legs.length))).to.deep.equal(new Set([1, 2, 3]));

    let answered = 0;
    // as many amounts of one digit as of thirty
    const amount = fc.integer({ min: 1, max: 112 }).chain((bits) => uint(bits));
    const trade = fc.record({ legs: fc.constantFrom(...routes), amount });
    await hold(trade, async (trades) => {
      const inputs = trades.map(({ legs, amount: of }) => [
        legs[0]!.tokenIn,
        legs.map(({ pool, tokenOut }) => packHop(tokenOut, pool.feeBps)),
        of,
      ]);
      const paid = await answers(harness, exchange, "quoteExactIn", inputs);
      expect(trades.map(({ legs, amount: of }) => quoteExactIn(legs, of))).to.deep.equal(paid);
      const asked = await answers(harness, exchange, "quoteExactOut", inputs);
      expect(trades.map(({ legs, amount: of }) => quoteExactOut(legs, of))).to.deep.equal(asked);
      answered += [...paid, ...asked].filter((quote) => quote !== undefined).length;
    });
    // both answers and refusals have to be among what was compared
    expect(answered).to.be.within(INPUTS / 4, 1.95 * INPUTS);
  });
});

/** Pools of every fee between three tokens and the native coin, some deep, some shallow, some lopsided. */
async function exchangeFixture() {
  const base = await deployExchange();
  const { exchange, tokens, actors } = base;
  const [t0, t1, t2] = (await Promise.all(tokens.map((token) => token.getAddress()))) as [string, string, string];
  const reserves: [string, string, bigint, bigint, bigint][] = [
    [t0, t1, 5n, 12_345n, 67_891n],
    [t0, t2, 30n, 10n ** 30n, 7n],
    [t1, t2, 100n, 3n ** 60n, 2n ** 80n + 1n],
    [ethers.ZeroAddress, t2, 100n, 10n ** 18n, 10n ** 6n],
  ];
  for (const token of tokens) await fund(exchange, token, actors.alice, 10n ** 33n);
  for (const [a, b, feeBps, amount0, amount1] of reserves) {
    await add(exchange, actors.alice, keyOf(a, b, feeBps), amount0, amount1);
  }
  return base;
}
