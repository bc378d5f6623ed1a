import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { padOf, xOf } from "../../helpers/files";
import { expectLimits } from "../../helpers/limits";
import { DAY } from "../../helpers/market";
import { signOffer, signPermit, signRequest } from "../../helpers/signing";
import { FEE_BPS, NODE } from "./fixture";
import {
  boughtMoves,
  GRACE,
  HOUR,
  KEY,
  MAX_UNITS,
  METER_PRICE,
  meterTerms,
  NOBODY,
  openChannel,
  openedFixture,
  packRates,
  RATES,
  Refusal,
  SHARE_BPS,
  UNIT_PRICE,
  UNITS,
  usageFixture,
} from "./usageFixture";

const MONTH = 30n * DAY;
const CHANNEL =
  "tuple(uint256 licenseId,address payToken,uint256 rates,address payer,address payee,address provider,address treasury,address referrer,address key)";

describe("UsageChannel: terms", () => {
  it("publishes its limits, and what it is bound to", async () => {
    const { usage, licenses, market, ledger } = await loadFixture(usageFixture);
    await expectLimits(usage, { MIN_GRACE: HOUR, MAX_GRACE: MONTH, MAX_UNITS, MAX_CLAIMS: 64n });
    expect(await usage.LICENSES()).to.equal(await licenses.getAddress());
    expect(await usage.MARKET()).to.equal(await market.getAddress());
    expect(await usage.LEDGER()).to.equal(await ledger.getAddress());
    expect((await licenses.rightsInfo(usage)).index).to.equal(3n);
  });

  it("cannot be created for an address that is no market, or for one that is no ledger", async () => {
    const { licenses, market, ledger, actors } = await loadFixture(usageFixture);
    const factory = await ethers.getContractFactory("UsageChannel");
    for (const nobody of [actors.stranger.address, await licenses.getAddress()]) {
      await expect(factory.deploy(licenses, nobody, ledger)).to.be.reverted;
      await expect(factory.deploy(licenses, market, nobody)).to.be.reverted;
    }
    await expect(factory.deploy(licenses, market, ledger)).not.to.be.reverted;
  });

  const WRONG: [field: string, rightsTerms: string, differs?: Partial<OfferStruct>][] = [
    ["units", meterTerms({ units: 0n })],
    ["price", meterTerms(), { price: METER_PRICE + 1n }],
    ["price", meterTerms(), { price: UNITS - 1n }],
    ["price", meterTerms({ units: 2n ** 32n - 1n })],
    ["grace", meterTerms({ grace: 0n })],
    ["grace", meterTerms({ grace: HOUR - 1n })],
    ["grace", meterTerms({ grace: MONTH + 1n })],
    ["grace", meterTerms({ grace: 2n ** 32n - 1n })],
    ["providerBps", meterTerms({ providerBps: 10_001n })],
    ["providerBps", meterTerms({ providerBps: 65_535n })],
    ["provider", meterTerms({ providerBps: 1n, provider: NOBODY })],
    ["transferable", meterTerms(), { transferable: true }],
    ["includesUpdates", meterTerms(), { includesUpdates: true }],
  ];
  const escrowed = (fileVersionId: bigint): (typeof WRONG)[number] => [
    "deliveryWindow",
    meterTerms(),
    { versionId: fileVersionId, deliveryWindow: DAY, complaintWindow: 3n * DAY },
  ];

  // claim(attacks#licences-listings-offers-and-signatures): units refunded after their licence was sold on
  it("are refused when the offer is listed, with the first field that is wrong", async () => {
    const { usage, market, actors, actions, ids } = await loadFixture(usageFixture);
    for (const [field, rightsTerms, differs] of [...WRONG, escrowed(ids.fileVersionId)]) {
      const offer = actions.meter({}, { rightsTerms, ...differs });
      for (const call of [() => market.connect(actors.creator).createOffer(offer), () => usage.check(offer)]) {
        await expect(call(), `${field} ${rightsTerms}`)
          .to.be.revertedWithCustomError(usage, "Rights_BadTerms")
          .withArgs(field);
      }
    }
  });

  it("are refused at the purchase where the offer was only signed, of one bundle and of several", async () => {
    const { usage, market, actors, actions, ids } = await loadFixture(usageFixture);
    const before = await actions.books();
    for (const [field, rightsTerms, differs] of [...WRONG, escrowed(ids.fileVersionId)]) {
      const offer = actions.meter({}, { rightsTerms, ...differs });
      const padded = field === "deliveryWindow" ? { buyerKey: xOf(0xb0b0n), pad: padOf(0x5ec2e7n) } : {};
      const signature = await signOffer(market, actors.creator, offer);
      for (const quantity of [1n, 3n]) {
        const order = await actions.ordered(offer, actors.buyer, { quantity, ...padded });
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature), `${field} ${rightsTerms}`)
          .to.be.revertedWithCustomError(usage, "Rights_BadTerms")
          .withArgs(field);
      }
    }
    expect(await actions.books()).to.deep.equal(before);
  });

  it("hold at their edges, listed and signed", async () => {
    const { usage, market, actors, actions } = await loadFixture(usageFixture);
    const edges = [
      { terms: { units: 1n, grace: HOUR, providerBps: 0n, provider: NOBODY, seats: 0n }, price: 1n },
      { terms: { units: 2n ** 32n - 1n, grace: MONTH, providerBps: 10_000n, seats: 65_535n }, price: 0n },
      { terms: { units: 2n ** 32n - 1n, providerBps: 1n, seats: 1n }, price: 2n ** 32n - 1n },
      { terms: { units: 7n, providerBps: 0n, provider: NODE }, price: 7n },
    ];
    for (const { terms, price } of edges) {
      const offer = actions.meter(terms, { price });
      const rates = {
        ...RATES,
        ...{ unitPrice: price / terms.units, units: terms.units, providerBps: terms.providerBps, referrerBps: 0n },
        grace: terms.grace ?? GRACE,
      };
      const provider = ethers.getAddress(terms.provider ?? NODE);
      await actions.list(offer);
      const listed = await actions.opened(await actions.purchase(offer));
      expect([listed.rates, listed.provider]).to.deep.equal([packRates(rates), provider]);
      expect(await usage.seatTerms(offer, listed.licenseId)).to.deep.equal([terms.seats ?? 0n, 0n]);

      const signed = actions.meter(terms, { price, salt: 1n });
      const order = await actions.ordered(signed, actors.buyer);
      const signature = await signOffer(market, actors.creator, signed);
      const sent = await market.connect(actors.buyer).purchaseSigned(signed, order, signature);
      expect((await actions.opened(sent)).rates).to.equal(packRates(rates));
    }
  });
});

describe("UsageChannel: purchase", () => {
  it("opens a channel, keeps the whole price, and stores a hash of what the event says", async () => {
    const { usage, licenses, actors, actions } = await loadFixture(usageFixture);
    const { buyer, creator, treasury, referrer } = actors;
    const offer = actions.meter();
    await actions.list(offer);
    const order = { pad: KEY.address, referrer: referrer.address };
    const sent = await actions.expectMoves(() => actions.purchase(offer, order), boughtMoves("buyer", METER_PRICE));
    const licenseId = await actions.soldIn(sent);
    const expected = {
      ...{ licenseId, payToken: offer.payToken, rates: packRates(RATES) },
      ...{ payer: buyer.address, payee: creator.address, provider: ethers.getAddress(NODE) },
      ...{ treasury: treasury.address, referrer: referrer.address, key: KEY.address },
    };
    await expect(sent)
      .to.emit(usage, "ChannelOpened")
      .withArgs(licenseId, creator.address, ethers.getAddress(NODE), Object.values(expected));
    expect(await actions.opened(sent)).to.deep.equal(expected);
    expect(await usage.commitmentOf(licenseId)).to.equal(
      ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode([CHANNEL], [expected])),
    );
    expect(await usage.stateOf(licenseId)).to.deep.equal([0n, 0n, 0n, 0n, 0n, false]);
    expect(await usage.unitsLeft(expected)).to.equal(UNITS);
    expect(await usage.measure(licenseId)).to.equal(1n);
    expect(await usage.mayUse(licenseId, buyer, buyer)).to.equal(true);
    expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(true);
    for (const user of [actors.stranger, creator, KEY]) {
      expect(await licenses.isAuthorized(licenseId, user)).to.equal(false);
    }
    expect(await usage.commitmentOf(licenseId + 1n)).to.equal(ethers.ZeroHash);
    expect(await usage.measure(licenseId + 1n)).to.equal(0n);
  });

  it("of several bundles at once opens one channel of all units", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, actions } = protocol;
    const offer = actions.meter();
    await actions.list(offer);
    const sent = await actions.expectMoves(
      () => actions.purchase(offer, { quantity: 12n, pad: KEY.address }),
      boughtMoves("buyer", 12n * METER_PRICE),
    );
    const channel = await actions.opened(sent);
    expect(channel.rates).to.equal(packRates({ ...RATES, units: 12n * UNITS, referrerBps: 0n }));
    expect(await usage.unitsLeft(channel)).to.equal(12n * UNITS);
    const rates = { ...RATES, referrerBps: 0n };
    const all = await actions.sign(KEY, channel.licenseId, { units: 12n * UNITS });
    await actions.expectRedeemed(channel, all, [0n, 12n * UNITS], { rates });
  });

  it("has at most MAX_UNITS units, to the unit", async () => {
    const { usage, actions } = await loadFixture(usageFixture);
    // 2^47 - 1 has the factors 2351, 4513 and 13264529
    const [units, quantity] = [13_264_529n, 2_351n * 4_513n];
    expect(units * quantity).to.equal(MAX_UNITS);
    const offer = actions.meter({ units }, { price: 0n });
    await actions.list(offer);
    const channel = await actions.opened(await actions.purchase(offer, { quantity }));
    expect(await usage.unitsLeft(channel)).to.equal(MAX_UNITS);

    const more = actions.meter({ units: 2n ** 30n }, { price: 0n });
    await actions.list(more);
    const next = channel.licenseId + (1n << 32n);
    await expect(actions.purchase(more, { quantity: 2n ** 17n }))
      .to.be.revertedWithCustomError(usage, "UsageChannel_TooManyUnits")
      .withArgs(next, MAX_UNITS + 1n);
    await expect(actions.purchase(more, { quantity: 2n ** 32n - 1n }))
      .to.be.revertedWithCustomError(usage, "UsageChannel_TooManyUnits")
      .withArgs(next, 2n ** 30n * (2n ** 32n - 1n));
    await actions.purchase(more, { quantity: 2n ** 17n - 1n });
  });

  it("may be a gift: the recipient uses it with their own key, and what is left is the payer's", async () => {
    const { usage, licenses, actors, actions } = await loadFixture(usageFixture);
    const { buyer, recipient } = actors;
    const offer = actions.meter();
    await actions.list(offer);
    const channel = await actions.opened(await actions.purchase(offer, { recipient: recipient.address }));
    expect([channel.payer, channel.key, channel.referrer]).to.deep.equal([buyer.address, recipient.address, NOBODY]);
    expect(await licenses.isAuthorized(channel.licenseId, recipient)).to.equal(true);
    expect(await licenses.isAuthorized(channel.licenseId, buyer)).to.equal(false);
    const rates = { ...RATES, referrerBps: 0n };
    const theirs = await actions.sign(recipient, channel.licenseId, { units: 10n });
    await actions.expectRedeemed(channel, theirs, [0n, 10n], { rates });
    await usage.connect(recipient).close(channel);
    await actions.at((await actions.now()) + GRACE + 1n);
    const [fee, returned] = [(10n * UNIT_PRICE * FEE_BPS) / 10_000n, (UNITS - 10n) * UNIT_PRICE];
    await actions.expectMoves(() => usage.finish(channel), { usage: -fee - returned, treasury: fee, buyer: returned });
  });

  it("keeps fee, referrer, payee and treasury of that day, whatever changes later", async () => {
    const { usage, market, licenses, admin, actors, actions, channel, licenseId, voucher } =
      await loadFixture(openedFixture);
    const { other, stranger } = actors;
    await actions.setFee(500n);
    await market.connect(admin).setTreasury(stranger);
    await actions.moveTitle(other);
    await licenses.connect(admin).setRights(usage, false, false);
    await actions.expectRedeemed(channel, await voucher(500n), [0n, 500n]);
    const worth = 500n * UNIT_PRICE;
    const [treasury, referrer] = [(worth * FEE_BPS) / 10_000n, (worth * SHARE_BPS) / 10_000n];
    await actions.expectMoves(() => usage.settleShares(channel), { usage: -treasury - referrer, treasury, referrer });
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
  });

  it("pays the account that the payee of the version was on that day", async () => {
    const protocol = await loadFixture(usageFixture);
    const { market, registry, actors, actions } = protocol;
    const { creator, recipient } = actors;
    await registry.connect(creator).fixPayee(1n, recipient.address);
    const offer = actions.meter();
    await market.connect(creator).createOffer(offer);
    const channel = await actions.opened(await actions.purchase(offer));
    expect(channel.payee).to.equal(recipient.address);
  });

  describe("in every way to pay", () => {
    it("by a permit, in native coin, in a cart, through the forwarder and with the creator's signature", async () => {
      const protocol = await loadFixture(usageFixture);
      const { market, contracts, token, actors, actions } = protocol;
      const { buyer, creator, stranger } = actors;
      const offer = actions.meter();
      const native = actions.meter({}, { payToken: NOBODY });
      const signed = actions.meter({}, { salt: 5n });
      await actions.list(offer);
      await actions.list(native);
      const order = await actions.ordered(offer, buyer, { pad: KEY.address });
      const payerOf = async (sent: Parameters<typeof actions.opened>[0]) => (await actions.opened(sent)).payer;
      const moves = boughtMoves("buyer", METER_PRICE);

      const data = market.interface.encodeFunctionData("purchase", [offer, order]);
      const request = await signRequest(contracts.Forwarder, buyer, await market.getAddress(), data);
      const forwarded = await actions.expectMoves(() => contracts.Forwarder.connect(stranger).execute(request), moves);
      expect(await payerOf(forwarded)).to.equal(buyer.address);

      const signature = await signOffer(market, creator, signed);
      const own = await actions.ordered(signed, buyer, { pad: KEY.address });
      await actions.expectMoves(() => market.connect(buyer).purchaseSigned(signed, own, signature), moves);

      const coin = await actions.expectMoves(
        () => actions.purchase(native, { pad: KEY.address }),
        { owed: METER_PRICE, usage: METER_PRICE },
        NOBODY,
      );
      await expect(coin).to.changeEtherBalance(buyer, -METER_PRICE);

      const items = [offer, offer].map((one) => ({ offer: one, order, signature: "0x" }));
      await actions.expectMoves(
        () => market.connect(buyer).purchaseCart(items),
        boughtMoves("buyer", 2n * METER_PRICE),
      );

      await token.connect(buyer).approve(market, 0n);
      const permit = await signPermit(token, buyer, await market.getAddress(), METER_PRICE);
      await actions.expectMoves(() => market.connect(buyer).purchaseWithPermit(offer, order, permit), moves);
    });
  });

  it("gives a licence that never changes hands", async () => {
    const { licenses, actors, licenseId } = await loadFixture(openedFixture);
    const { buyer, stranger } = actors;
    await expect(licenses.connect(buyer).transferFrom(buyer, stranger, licenseId))
      .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
      .withArgs(licenseId);
    expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
  });

  it("gives seats, which end with the channel and are taken at any time", async () => {
    const protocol = await loadFixture(usageFixture);
    const { usage, licenses, actors, actions } = protocol;
    const { buyer, stranger, other } = actors;
    const offer = actions.meter({ seats: 1n });
    const { channel, licenseId } = await openChannel(protocol, offer);
    await usage.connect(buyer).giveSeat(offer, licenseId, stranger);
    expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(true);
    await expect(usage.connect(buyer).giveSeat(offer, licenseId, other))
      .to.be.revertedWithCustomError(usage, "Seats_Full")
      .withArgs(licenseId, 1n);
    await usage.connect(buyer).takeSeat(offer, licenseId, stranger);
    expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
    await usage.connect(buyer).giveSeat(offer, licenseId, other);
    expect(await licenses.isAuthorized(licenseId, other)).to.equal(true);
    await usage.connect(buyer).close(channel);
    for (const user of [buyer, other]) expect(await licenses.isAuthorized(licenseId, user)).to.equal(false);
  });
});

describe("UsageChannel: grant", () => {
  async function saleFixture() {
    const protocol = await loadFixture(openedFixture);
    const { offer, licenseId, actors } = protocol;
    const sale = {
      ...{ licenseId, termsHash: await protocol.market.hashOffer(offer), terms: offer.rightsTerms },
      ...{ payer: actors.buyer.address, recipient: actors.buyer.address, payee: actors.creator.address },
      ...{ referrer: NOBODY, treasury: actors.treasury.address, payToken: offer.payToken, price: METER_PRICE },
      ...{ protocolFeeBps: FEE_BPS, referrerBps: 0n, key: NOBODY, quantity: 1n, renewal: true },
    };
    return { ...protocol, sale };
  }

  // claim(attacks#licences-listings-offers-and-signatures): rights granted by another than the market
  it("is the market's alone", async () => {
    const { usage, admin, actors, channel, sale } = await loadFixture(saleFixture);
    for (const caller of [actors.creator, actors.buyer, admin]) {
      for (const renewal of [true, false]) {
        await expect(usage.connect(caller).grant({ ...sale, renewal }))
          .to.be.revertedWithCustomError(usage, "Rights_NotMarket")
          .withArgs(caller.address);
      }
    }
    expect(await usage.unitsLeft(channel)).to.equal(UNITS);
  });

  // claim(attacks#licences-listings-offers-and-signatures): an issuer that a captured Authority adds
  it("is refused to a second issuer: it grants itself no units, and takes nobody's money out", async () => {
    const { usage, licenses, admin, actors, actions, channel, licenseId, sale, voucher } =
      await loadFixture(saleFixture);
    const issuer = await ethers.deployContract("TestModule");
    await issuer.setState(false, true);
    await licenses.connect(admin).setModule(issuer, true);
    const { index } = await licenses.moduleInfo(issuer);
    const bits = ((1n << 32n) - 1n) << 136n;
    const draft = licenseId & ~bits;
    const forged = draft | (index << 136n);
    const mint = licenses.interface.encodeFunctionData("mint", [actors.buyer.address, draft]);
    await issuer.act(String(licenses.target), 0n, mint);
    for (const [id, renewal] of [
      [forged, false],
      [licenseId, true],
    ] as const) {
      const data = usage.interface.encodeFunctionData("grant", [{ ...sale, licenseId: id, renewal }]);
      await expect(issuer.act(String(usage.target), 0n, data))
        .to.be.revertedWithCustomError(usage, "Rights_NotMarket")
        .withArgs(await issuer.getAddress());
    }
    expect(await licenses.isAuthorized(forged, actors.buyer)).to.equal(false);
    await actions.expectRefused({ ...channel, licenseId: forged }, await voucher(1n), Refusal.NotItsChannel);
    await expect(usage.connect(actors.buyer).setKey(forged, 1n, KEY.address, 1n))
      .to.be.revertedWithCustomError(usage, "UsageChannel_Unknown")
      .withArgs(forged);
  });
});
