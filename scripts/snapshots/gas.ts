import { loadFixture, reset, time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";

import { scalarFor } from "../../test/helpers/files";
import { CARD } from "../../test/helpers/fixture";
import { marketFixture, NATIVE } from "../../test/helpers/market";
import { FEE, NEVER, UNIT, add, deployExchange, hop, keyOf } from "../../test/unit/exchange/fixture";
import { DOMAIN, ISO, SUPPORT, delegated } from "../../test/unit/governance/fixture";
import type { Readings } from "./layout";

/** Where the clock starts. Times are part of calldata, and a byte that happens to be zero costs less. */
const START = Date.UTC(2027, 0, 2, 3, 4, 5) / 1_000;
const HOUR = 3_600;
const DAY = 24 * HOUR;

type Sent = Promise<ContractTransactionResponse>;

/** Reads the gas of transactions, each at a time that is the same in every run. */
class Meter {
  readonly readings: Readings = {};
  private now = START;

  /** Sends what is needed for a measurement, an hour after the last. */
  async tick(wait = HOUR): Promise<void> {
    this.now += wait;
    await time.setNextBlockTimestamp(this.now);
  }

  /** Sends at the next hour, and remembers the gas under a name like `Contract.function, when`. */
  async read(name: string, send: () => Sent, wait = HOUR): Promise<ContractTransactionResponse> {
    await this.tick(wait);
    const sent = await send();
    const [contract, what] = [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 1)];
    (this.readings[contract] ??= {})[what] = Number((await sent.wait())!.gasUsed);
    return sent;
  }
}

/** Gas of the main operations, each as a user meets it in steady state: balances and counters are not at zero. */
export async function gasReadings(): Promise<Readings> {
  const all: Readings = {};
  for (const part of [market, exchange, government]) {
    await reset();
    Object.assign(all, await part());
  }
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function market(): Promise<Readings> {
  const { contracts, actors, actions, files, ids } = await loadFixture(marketFixture);
  const { Market, ModelRegistry, Escrow, LicenseToken, RevenueLedger } = contracts;
  const { creator, buyer, referrer, recipient, stranger } = actors;
  const shop = Market.connect(buyer);
  const registry = ModelRegistry.connect(creator);
  const meter = new Meter();
  const shared = { referrerBps: 1_000n };

  await meter.read("ModelRegistry.createModel, without a file", () => registry.createModel(CARD, 500n));
  await meter.read("ModelRegistry.publishVersion, of a file", () => registry.publishVersion(2n, files.file.data));
  const offer = actions.terms(shared);
  await meter.read("Market.createOffer", () => Market.connect(creator).createOffer(offer));

  const order = await actions.orderFor(offer, { referrer: referrer.address });
  await meter.tick();
  await shop.purchase(offer, order);
  const licenseId = await shop.purchase.staticCall(offer, order);
  await meter.read("Market.purchase, at once, for a token", () => shop.purchase(offer, order));
  const inCoin = actions.terms({ ...shared, payToken: NATIVE });
  await meter.tick();
  await actions.list(inCoin);
  const orderInCoin = await actions.orderFor(inCoin, { referrer: referrer.address });
  await meter.tick();
  await shop.purchase(inCoin, orderInCoin, { value: inCoin.price });
  const pay = () => shop.purchase(inCoin, orderInCoin, { value: inCoin.price });
  await meter.read("Market.purchase, at once, for native coin", pay);
  const cart = Array.from({ length: 5 }, () => ({ offer, order, signature: "0x" }));
  await meter.read("Market.purchaseCart, five licences of one offer", () => shop.purchaseCart(cart));
  const give = () => LicenseToken.connect(buyer).transferFrom(buyer, recipient, licenseId);
  await meter.read("LicenseToken.transferFrom", give);
  const takeOut = () => RevenueLedger.connect(creator).withdraw(ids.payToken);
  await meter.read("RevenueLedger.withdraw", takeOut);

  const file = actions.fileTerms(shared);
  await meter.tick();
  await actions.list(file);
  const { order: padded, secret } = await actions.paddedOrder(file, { referrer: referrer.address });
  await meter.tick();
  await shop.purchase(file, padded);
  type Deal = Awaited<ReturnType<typeof actions.dealOf>>;
  const bought = await meter.read("Market.purchase, through the escrow", () => shop.purchase(file, padded));
  await meter.tick();
  const deals: Deal[] = [];
  for (const sale of [bought, await shop.purchase(file, padded)]) deals.push(await actions.dealOf(sale));
  const key = scalarFor(files.file.key, secret);
  const handOver = async (deal: Deal) => {
    const sent = await meter.read("Escrow.deliver", () => Escrow.deliver(deal, key));
    return { ...deal, complainBy: BigInt((await sent.getBlock())!.timestamp) + 3n * BigInt(DAY) };
  };
  const [first, second] = [await handOver(deals[0]), await handOver(deals[1])];
  await meter.read("Escrow.accept", () => Escrow.connect(buyer).accept(first));
  await meter.read("Escrow.settle, after the window", () => Escrow.connect(stranger).settle(second), 4 * DAY);

  await meter.tick();
  const broken = await actions.publish(creator, files.broken.data);
  const bad = actions.fileTerms({ ...shared, versionId: broken });
  await meter.tick();
  await actions.list(bad);
  const { order: hopeful, secret: badSecret } = await actions.paddedOrder(bad, { referrer: referrer.address });
  await meter.tick();
  const sale = await actions.dealOf(await shop.purchase(bad, hopeful));
  await meter.tick();
  const sent = await Escrow.deliver(sale, scalarFor(files.broken.key, badSecret));
  const delivered = { ...sale, complainBy: BigInt((await sent.getBlock())!.timestamp) + 3n * BigInt(DAY) };
  const prove = () => ModelRegistry.connect(buyer).proveDefective(broken, files.broken.evidence);
  await meter.read("ModelRegistry.proveDefective, a file of one chunk", prove);
  await meter.read("Escrow.refundDefective", () => Escrow.connect(buyer).refundDefective(delivered));
  return meter.readings;
}

async function exchange(): Promise<Readings> {
  const { exchange: pools, tokens, keys, actors } = await loadFixture(deployExchange);
  const { bob } = actors;
  const [t0, t1, t2] = tokens.map((token) => token.target as string) as [string, string, string];
  const trade = pools.connect(bob);
  const meter = new Meter();

  await meter.read("Exchange.createPool", () => trade.createPool(keyOf(t0, t2)));
  await meter.tick();
  await add(pools, bob, keys.key01, UNIT, 4n * UNIT);
  await meter.read("Exchange.addLiquidity", () => add(pools, bob, keys.key01, UNIT, 4n * UNIT));
  const one = () => trade.swapExactIn(t0, [hop(t1)], UNIT, 1n, bob.address, NEVER);
  const two = () => trade.swapExactIn(t0, [hop(t1), hop(t2)], UNIT, 1n, bob.address, NEVER);
  const out = () => trade.swapExactOut(t0, [hop(t1, FEE)], UNIT, 10n * UNIT, bob.address, NEVER);
  await meter.tick();
  await two();
  await meter.read("Exchange.swapExactIn, first of its period, one pool", one);
  await meter.read("Exchange.swapExactIn, in the same period, one pool", one, 1);
  await meter.tick(1);
  await two();
  await meter.read("Exchange.swapExactIn, in the same period, two pools", two, 1);
  await meter.read("Exchange.swapExactOut, in the same period, one pool", out, 1);
  const leave = () => trade.removeLiquidity(keys.key01, UNIT, 1n, 1n, bob.address, NEVER);
  await meter.read("Exchange.removeLiquidity", leave);
  return meter.readings;
}

async function government(): Promise<Readings> {
  const { contracts, actors, actions } = await loadFixture(delegated);
  const { token, registry, governor } = contracts;
  const { whale, voter, other, stranger } = actors;
  const meter = new Meter();

  await meter.tick();
  await token.connect(whale).transfer(voter, ISO);
  await meter.read("GovernanceToken.transfer, between voters", () => token.connect(whale).transfer(voter, ISO));
  await meter.tick();
  await token.connect(whale).transfer(stranger, ISO);
  await meter.read("GovernanceToken.delegate, for the first time", () => token.connect(stranger).delegate(stranger));

  await meter.tick();
  const issuerId = await actions.appointAdapter();
  const proof = ethers.AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint48"],
    [DOMAIN, BigInt(START) + 500n * BigInt(DAY)],
  );
  await meter.read("CitizenRegistry.claim", () => registry.connect(stranger).claim(issuerId, proof));

  const call = await actions.feeCall(100n);
  await meter.tick(5 * DAY);
  const first = await actions.propose(whale, [call], "First");
  const second = actions.draft(whale, [call], "Second");
  const propose = () =>
    governor.connect(whale).propose(second.targets, second.values, second.calldatas, second.description);
  await meter.read("IsonomyGovernor.propose", propose);
  await meter.tick(3 * DAY);
  await governor.connect(whale).castVote(first.id, SUPPORT.inFavour);
  const vote = () => governor.connect(voter).castVote(first.id, SUPPORT.inFavour);
  await meter.read("IsonomyGovernor.castVote", vote);
  await meter.tick();
  await governor.connect(other).castVote(first.id, SUPPORT.inFavour);
  const queue = () => governor.connect(stranger)["queue(uint256)"](first.id);
  await meter.read("IsonomyGovernor.queue", queue, 9 * DAY);
  const execute = () => governor.connect(stranger)["execute(uint256)"](first.id);
  await meter.read("IsonomyGovernor.execute", execute, 9 * DAY);
  return meter.readings;
}
