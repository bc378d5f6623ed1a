import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import type { ClaimStruct } from "../../../typechain-types/contracts/rights/UsageChannel";
import { NODE } from "./fixture";
import {
  closedFixture,
  FOREIGN,
  KEY,
  machineFixture,
  NOBODY,
  openChannel,
  packRates,
  RATES,
  redeemedMoves,
  Refusal,
  UNITS,
  usageFixture,
  type UsageFixture,
} from "./usageFixture";

const MAX_CLAIMS = 64n;

/** The credits that the ledger made in a transaction, in their order. */
async function creditsIn({ ledger }: UsageFixture, sent: ContractTransactionResponse) {
  const receipt = await sent.wait();
  const parsed = receipt!.logs.map((log) =>
    log.address === String(ledger.target) ? ledger.interface.parseLog(log) : null,
  );
  const of = (name: string) => parsed.filter((log) => log?.name === name);
  return {
    credits: of("Credited").map((log) => [log!.args.token, log!.args.account, log!.args.amount]),
    moves: of("Moved").length,
  };
}

/** Fifty channels of one offer, as an owner of a node has them. */
async function manyFixture() {
  const protocol = await loadFixture(usageFixture);
  const offer = protocol.actions.meter();
  const channels = [];
  for (let i = 0; i < 50; i++) channels.push((await openChannel(protocol, offer)).channel);
  return { ...protocol, offer, channels };
}

describe("UsageChannel: redeemBatch", () => {
  it("redeems the vouchers of many channels, and credits payee and provider once", async () => {
    const protocol = await loadFixture(manyFixture);
    const { usage, actors, actions, channels, payToken } = protocol;
    const claims: ClaimStruct[] = [];
    for (const [i, channel] of channels.entries()) {
      claims.push({ channel, voucher: await actions.sign(KEY, BigInt(channel.licenseId), { units: BigInt(i + 1) }) });
    }
    const moves = channels.map((_, i) => redeemedMoves(0n, BigInt(i + 1)));
    const sum = (name: "creator" | "node" | "usage") => moves.reduce((total, one) => total + one[name], 0n);
    const expected = { creator: sum("creator"), node: sum("node"), usage: sum("usage") };
    const sent = await actions.expectMoves(() => usage.connect(actors.stranger).redeemBatch(claims), expected);
    for (const [i, channel] of channels.entries()) {
      await expect(sent)
        .to.emit(usage, "Redeemed")
        .withArgs(channel.licenseId, 0n, BigInt(i + 1));
      expect(await usage.stateOf(channel.licenseId)).to.deep.equal([0n, i + 1, i + 1, 0n, 0n, false].map(asRead));
    }
    expect(await creditsIn(protocol, sent)).to.deep.equal({
      credits: [
        [payToken, actors.creator.address, expected.creator],
        [payToken, NODE, expected.node],
      ],
      moves: 1,
    });
  });

  // claim(attacks#licences-listings-offers-and-signatures): a batch of vouchers spoilt by a bad one
  it("skips a bad one among 49 good ones, and pays these", async () => {
    const { usage, actions, channels } = await loadFixture(manyFixture);
    const claims: ClaimStruct[] = [];
    for (const [i, channel] of channels.entries()) {
      const key = i === 23 ? FOREIGN : KEY;
      claims.push({ channel, voucher: await actions.sign(key, BigInt(channel.licenseId), { units: 7n }) });
    }
    const { creator, node } = redeemedMoves(0n, 7n);
    const sent = await actions.expectMoves(() => usage.redeemBatch(claims), {
      creator: 49n * creator,
      node: 49n * node,
      usage: -49n * (creator + node),
    });
    const receipt = await sent.wait();
    const events = receipt!.logs.map((log) => usage.interface.parseLog(log)).filter((log) => log !== null);
    expect(events.filter(({ name }) => name === "Redeemed").length).to.equal(49);
    const skipped = events.filter(({ name }) => name === "Skipped").map(({ args }) => [...args]);
    expect(skipped).to.deep.equal([[channels[23].licenseId, 0n, 7n, Refusal.BadSignature]]);
    expect((await usage.stateOf(channels[23].licenseId)).redeemed).to.equal(0n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a voucher twice in one batch
  it("redeems a voucher once that is in it twice, and an older one after a newer not at all", async () => {
    const { usage, actions, channel, licenseId, voucher } = await loadFixture(machineFixture);
    const [old, newer] = [await voucher(10n), await voucher(25n)];
    const claims = [old, old, newer, old, newer].map((one) => ({ channel, voucher: one }));
    const sent = await actions.expectMoves(() => usage.redeemBatch(claims), redeemedMoves(0n, 25n));
    const events = (await sent.wait())!.logs.map((log) => usage.interface.parseLog(log)).filter((log) => log !== null);
    expect(events.map(({ name, args }) => [name, ...args])).to.deep.equal([
      ["Redeemed", licenseId, 0n, 10n],
      ["Skipped", licenseId, 0n, 10n, Refusal.NotAboveLast],
      ["Redeemed", licenseId, 0n, 25n],
      ["Skipped", licenseId, 0n, 10n, Refusal.NotAboveLast],
      ["Skipped", licenseId, 0n, 25n, Refusal.NotAboveLast],
    ]);
  });

  it("redeems several keys of one channel, and stops at what was bought", async () => {
    const { usage, actions, channel, licenseId, voucher, machineVoucher } = await loadFixture(machineFixture);
    const claims = [await voucher(UNITS - 10n), await machineVoucher(11n), await machineVoucher(12n)];
    const sent = await actions.expectMoves(
      () => usage.redeemBatch(claims.map((one) => ({ channel, voucher: one }))),
      redeemedMoves(0n, UNITS),
    );
    await expect(sent).to.emit(usage, "Redeemed").withArgs(licenseId, 1n, 10n);
    await expect(sent).to.emit(usage, "Skipped").withArgs(licenseId, 1n, 12n, Refusal.AboveBought);
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, UNITS, UNITS - 10n, 0n, 0n, true]);
  });

  it("pays each payee, provider and token its own, in any order of them", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, ledger, payToken, actors, actions } = protocol;
    const other = actors.other.address;
    const offers = {
      plain: actions.meter(),
      elsewhere: actions.meter({ provider: other }),
      native: actions.meter({}, { payToken: NOBODY }),
      alone: actions.meter({ providerBps: 0n, provider: NOBODY }),
    };
    const opened: Record<string, Awaited<ReturnType<typeof openChannel>>["channel"]> = {};
    for (const [name, offer] of Object.entries(offers)) opened[name] = (await openChannel(protocol, offer)).channel;
    // the same title has another payee for what is sold from now on
    await actions.moveTitle(actors.recipient);
    const moved = actions.meter({}, { creator: actors.recipient.address });
    await protocol.market.connect(actors.recipient).createOffer(moved);
    const order = { pad: KEY.address, referrer: actors.referrer.address };
    opened.moved = await actions.opened(await actions.purchase(moved, order));

    const sequence = ["plain", "elsewhere", "plain", "moved", "moved", "native", "native", "alone", "plain", "native"];
    const used: Record<string, bigint> = {};
    const claims: ClaimStruct[] = [];
    for (const [i, name] of sequence.entries()) {
      used[name] = (used[name] ?? 0n) + BigInt(i) + 1n;
      const channel = opened[name];
      claims.push({ channel, voucher: await actions.sign(KEY, BigInt(channel.licenseId), { units: used[name] }) });
    }
    const balances = (token: string) =>
      Promise.all(
        [actors.creator, actors.recipient, NODE, other, usage].map((account) => ledger.balanceOf(token, account)),
      );
    const [before, coins] = [await balances(payToken), await balances(NOBODY)];
    const sent = await usage.redeemBatch(claims);
    const of = (name: string) => redeemedMoves(0n, used[name]);
    const lone = redeemedMoves(0n, used.alone, { ...RATES, providerBps: 0n });
    const minus = (after: bigint[], start: bigint[]) => after.map((balance, i) => balance - start[i]);
    expect(minus(await balances(payToken), before)).to.deep.equal([
      of("plain").creator + of("elsewhere").creator + lone.creator,
      of("moved").creator,
      of("plain").node + of("moved").node,
      of("elsewhere").node,
      of("plain").usage + of("elsewhere").usage + of("moved").usage + lone.usage,
    ]);
    expect(minus(await balances(NOBODY), coins)).to.deep.equal([
      of("native").creator,
      0n,
      of("native").node,
      0n,
      of("native").usage,
    ]);
    // tokens change three times
    expect((await creditsIn(protocol, sent)).moves).to.equal(4);
  });

  it("takes a batch of which nothing can be redeemed, and credits nothing", async () => {
    const protocol = await loadFixture(closedFixture);
    const { usage, actions, channel, voucher, closesAt, licenseId } = protocol;
    const late = await voucher(1n);
    await actions.at(closesAt + 1n);
    const sent = await actions.expectMoves(
      () =>
        usage.redeemBatch([
          { channel, voucher: late },
          { channel: { ...channel, payToken: NODE }, voucher: late },
        ]),
      {},
    );
    await expect(sent).to.emit(usage, "Skipped").withArgs(licenseId, 0n, 1n, Refusal.AfterGrace);
    await expect(sent).to.emit(usage, "Skipped").withArgs(licenseId, 0n, 1n, Refusal.NotItsChannel);
    expect((await creditsIn(protocol, sent)).credits).to.deep.equal([]);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a batch that claims another channel's money
  it("pays nothing for a channel that is like another, but for its rates, payee or token", async () => {
    const { usage, actors, actions, channel, voucher } = await loadFixture(machineFixture);
    const good = await voucher(10n);
    const mine = { payee: actors.stranger.address, provider: actors.stranger.address };
    const claims = [mine, { payToken: NOBODY }, { rates: packRates({ ...RATES, unitPrice: 10n ** 9n }) }].map(
      (differs) => ({ channel: { ...channel, ...differs }, voucher: good }),
    );
    await actions.expectMoves(() => usage.redeemBatch([...claims, { channel, voucher: good }]), redeemedMoves(0n, 10n));
  });

  it("has one voucher at least, and at most 64", async () => {
    const { usage, actions, channel, licenseId, machineVoucher } = await loadFixture(machineFixture);
    expect(await usage.MAX_CLAIMS()).to.equal(MAX_CLAIMS);
    const claims: ClaimStruct[] = [];
    for (let units = 1n; units <= MAX_CLAIMS + 1n; units++) {
      claims.push({ channel, voucher: await machineVoucher(units) });
    }
    await expect(usage.redeemBatch([])).to.be.revertedWithCustomError(usage, "UsageChannel_BadBatch").withArgs(0n);
    await expect(usage.redeemBatch(claims))
      .to.be.revertedWithCustomError(usage, "UsageChannel_BadBatch")
      .withArgs(MAX_CLAIMS + 1n);
    await actions.expectMoves(() => usage.redeemBatch(claims.slice(1)), redeemedMoves(0n, MAX_CLAIMS + 1n));
    expect((await usage.keyOf(licenseId, 1n)).redeemed).to.equal(MAX_CLAIMS + 1n);
  });
});

/** A number as a view returns it. */
function asRead(value: number | bigint | boolean): bigint | boolean {
  return typeof value === "boolean" ? value : BigInt(value);
}
