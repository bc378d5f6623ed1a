import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Log, Wallet, ZeroAddress, type LogParams } from "ethers";
import { ethers } from "hardhat";

import { MarketClient, toOffer } from "../../../sdk/src/market";
import {
  UsageClient,
  channelKey,
  packUsageTerms,
  readUsageTerms,
  signVoucher,
  usageDomain,
  voucherSigner,
} from "../../../sdk/src/rights";
import { bookOf } from "../../support/bookOf";
import { caught } from "../../support/caught";
import { lyingProvider } from "../../support/lyingProvider";
import { marketFixture } from "../../helpers/market";

const NODE = ethers.getAddress(`0x${"0".repeat(35)}a0de1`);
const TERMS = { units: 1_000n, grace: 3_600n, providerBps: 7_000n, provider: NODE, seats: 1n };
const [PRICE, DAY] = [5_000n, 86_400];

describe("UsageClient", () => {
  async function worldFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions } = protocol;
    const book = await bookOf(contracts);
    const [seller, buyer] = [actors.creator, actors.buyer].map((one) => new UsageClient(book, one));
    const rights = await seller!.index();
    const terms = actions.terms({
      ...{ rights, rightsTerms: packUsageTerms(TERMS), price: PRICE, transferable: false, referrerBps: 500n },
    });
    await actions.list(terms);
    const offer = toOffer(terms);
    const session = new Wallet(`0x${"12".repeat(32)}`);
    const market = new MarketClient(book, actors.buyer);
    const buy = async () =>
      (await market.purchase(offer, { key: channelKey(session.address), quantity: 2n, referrer: actors.other.address }))
        .licenseId;
    const licenseId = await buy();
    const channel = await buyer!.channelOf(licenseId);
    const { chainId } = await ethers.provider.getNetwork();
    const domain = usageDomain(book.contracts.UsageChannel, chainId);
    const validUntil = (await time.latest()) + 10 * DAY;
    const sign = (units: bigint, slot = 0, key = session, id = licenseId) =>
      signVoucher(key, domain, { licenseId: id, slot, units, validUntil });
    return {
      ...protocol,
      book,
      seller: seller!,
      buyer: buyer!,
      market,
      offer,
      session,
      channel,
      licenseId,
      sign,
      domain,
      buy,
    };
  }

  it("reads a channel from its opening, with every rate, and all channels of a node or a payee", async () => {
    const { buyer, seller, actors, channel, licenseId, session, buy } = await loadFixture(worldFixture);
    expect(channel).to.deep.equal({
      ...{ licenseId, payToken: channel.payToken, unitPrice: 5n, units: 2_000n, providerBps: 7_000n, feeBps: 250n },
      ...{
        referrerBps: 500n,
        grace: 3_600n,
        payer: actors.buyer.address,
        payee: actors.creator.address,
        provider: NODE,
      },
      ...{ treasury: actors.treasury.address, referrer: actors.other.address, key: session.address },
    });
    const second = await buyer.channelOf(await buy());
    expect(await seller.channelsOf({ provider: NODE })).to.deep.equal([channel, second]);
    expect(await seller.channelsOf({ payee: actors.creator.address })).to.deep.equal([channel, second]);
    expect(await seller.channelsOf({ payee: actors.buyer.address })).to.deep.equal([]);
    expect(await seller.channelsOf({ provider: NODE }, (await ethers.provider.getBlockNumber()) + 1)).to.deep.equal([]);
    expect((await caught(() => buyer.channelOf(licenseId + 5n), "CHANNEL_MISSING")).args).to.deep.equal({
      licenseId: licenseId + 5n,
    });
  });

  it("does not believe a node that shows another channel than was opened", async () => {
    const { book, actors, licenseId } = await loadFixture(worldFixture);
    const lying = lyingProvider(ethers.provider, {
      getLogs: async (ask, ...filter) =>
        ((await ask(...filter)) as Log[]).map((log) => {
          const data = log.data.replace(actors.creator.address.slice(2).toLowerCase(), "11".repeat(20));
          return new Log({ ...log.toJSON(), data } as LogParams, ethers.provider);
        }),
    });
    await caught(() => new UsageClient(book, lying).channelOf(licenseId), "NODE_INCONSISTENT");
  });

  it("tops up, redeems alone and in batches, settles and finishes, and says how the channel stands", async () => {
    const { buyer, seller, market, offer, channel, licenseId, session, sign, domain, ids, actors } =
      await loadFixture(worldFixture);
    expect(await buyer.state(channel)).to.deep.equal({
      ...{ phase: "open", bought: 2_000n, redeemed: 0n, left: 2_000n, first: 0n, settled: 0n, closesAt: 0n },
    });
    await market.purchase(offer, { renews: licenseId, quantity: 3n });
    expect(await buyer.unitsLeft(channel)).to.equal(5_000n);
    const voucher = await sign(100n);
    expect(voucherSigner(domain, licenseId, voucher)).to.equal(session.address);
    expect(await seller.refusalOf(channel, voucher)).to.equal("none");
    expect((await seller.redeem(channel, voucher)).units).to.equal(100n);
    expect(await seller.refusalOf(channel, voucher)).to.equal("notAboveLast");
    expect((await caught(() => seller.redeem(channel, voucher), "UsageChannel_BadVoucher")).message).to.contain(
      "notAboveLast",
    );

    const machine = new Wallet(`0x${"13".repeat(32)}`);
    await buyer.setKey(licenseId, { slot: 7, signer: machine.address, cap: 50n });
    const claims = [await sign(50n, 7, machine), await sign(51n, 7, machine), await sign(140n), await sign(139n)];
    const { results } = await seller.redeemBatch(claims.map((one) => ({ channel, voucher: one })));
    expect(results).to.deep.equal([
      { licenseId, slot: 7, units: 50n, refusal: "none" },
      { licenseId, slot: 7, units: 51n, refusal: "keyRefused" },
      { licenseId, slot: 0, units: 140n, refusal: "none" },
      { licenseId, slot: 0, units: 139n, refusal: "notAboveLast" },
    ]);
    expect((await seller.settleShares(channel)).units).to.equal(190n);
    const { until } = await buyer.revokeKey(channel, 7);
    expect(await buyer.keys(channel)).to.deep.equal([
      { slot: 0, signer: session.address, cap: 5_000n, redeemed: 140n, until: 0n },
      { slot: 7, signer: machine.address, cap: 50n, redeemed: 50n, until },
    ]);
    expect(await buyer.keyAt(channel, 1)).to.include({ signer: ZeroAddress, cap: 0n });
    expect(await buyer.seatsOf(offer, licenseId)).to.deep.equal({ seats: 1n, used: 0n, minStay: 0n });

    const { closesAt } = await buyer.closeChannel(channel);
    expect(await buyer.state(channel)).to.include({ phase: "closing", closesAt, settled: 190n, redeemed: 190n });
    await caught(() => seller.finishChannel(channel), "UsageChannel_TooEarly");
    await time.increaseTo(closesAt + 1n);
    expect((await buyer.state(channel)).phase).to.equal("closed");
    const { returned } = await seller.finishChannel(channel);
    expect(returned).to.equal(4_810n * 5n);
    expect(await buyer.state(channel)).to.include({ phase: "finished", left: 4_810n });
    expect(await market.earned(ids.payToken, actors.buyer.address)).to.equal(returned);
    // it is still told from its opening
    expect(await buyer.channelOf(licenseId)).to.deep.equal(channel);
  });

  it("reads the keys of a channel with few questions to the node at once, in the order in which they were set", async () => {
    const { book, buyer, channel, licenseId } = await loadFixture(worldFixture);
    const slots = Array.from({ length: 45 }, (_, at) => 45 - at);
    for (const slot of slots) await buyer.setKey(licenseId, { slot, signer: NODE, cap: 1n });
    let [now, most] = [0, 0];
    const counted = lyingProvider(ethers.provider, {
      call: async (ask, ...call) => {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        return ask(...call).finally(() => now--);
      },
    });
    const keys = await new UsageClient(book, counted).keys(channel);
    expect(keys.map(({ slot }) => slot)).to.deep.equal([0, ...slots]);
    // one slot of the first batch asks two
    expect(most).to.be.greaterThan(1).and.at.most(21);
  });

  it("packs and reads the terms of an offer, and refuses what does not fit", () => {
    expect(readUsageTerms(packUsageTerms(TERMS))).to.deep.equal(TERMS);
    expect(packUsageTerms({ ...TERMS, seats: 65_535n, units: 2n ** 32n - 1n })).to.equal(
      `0xffff${NODE.slice(2).toLowerCase()}1b5800000e10ffffffff`,
    );
    for (const wrong of [{ units: 2n ** 32n }, { grace: -1n }, { providerBps: 65_536n }, { seats: 65_536n }]) {
      expect(() => packUsageTerms({ ...TERMS, ...wrong }))
        .to.throw()
        .with.property("code", "ARGUMENT_INVALID");
    }
  });
});
