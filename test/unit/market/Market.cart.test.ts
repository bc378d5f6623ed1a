import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { CartItemStruct, OfferStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { signOffer } from "../../helpers/signing";

const REFERRER_BPS = 1_000n;

describe("Market: purchaseCart", () => {
  /** Two creators, two tokens and native coin, all listed with a referrer's share. */
  async function cartFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions } = protocol;
    const market = contracts.Market;
    const second = await ethers.deployContract("MissingReturnToken");
    await second.mint(actors.buyer, 100n * PRICE);
    await second.connect(actors.buyer).approve(market, ethers.MaxUint256);
    await actions.allow(second);
    const secondToken = await second.getAddress();
    const strangersVersion = await actions.publish(actors.stranger);

    const one = actions.terms({ referrerBps: REFERRER_BPS, supply: 2n });
    const two = actions.terms({ versionId: strangersVersion, creator: actors.stranger.address, price: 777n });
    const three = actions.terms({ payToken: secondToken, price: 555n });
    const native = actions.terms({ payToken: NATIVE, price: 1_001n });
    for (const offer of [one, three, native]) await actions.list(offer);
    await market.connect(actors.stranger).createOffer(two);

    async function item(offer: OfferStruct, differs: object = {}): Promise<CartItemStruct> {
      return { offer, order: await actions.orderFor(offer, differs), signature: "0x" };
    }
    return {
      ...protocol,
      market,
      second,
      offers: { one, two, three, native },
      actions: { ...protocol.actions, item },
    };
  }

  // claim(attacks#licences-listings-offers-and-signatures): batch quantity 0
  it("refuses an empty cart and one of 33 lines, and takes 32", async () => {
    const { market, licenses, actors, actions } = await loadFixture(cartFixture).then((f) => ({
      ...f,
      licenses: f.contracts.LicenseToken,
    }));
    const offer = actions.terms({ salt: 4n });
    await actions.list(offer);
    const line = await actions.item(offer);
    for (const items of [0, 33]) {
      await expect(market.connect(actors.buyer).purchaseCart(Array(items).fill(line)))
        .to.be.revertedWithCustomError(market, "Market_BadCart")
        .withArgs(items);
    }
    await market.connect(actors.buyer).purchaseCart(Array(32).fill(line));
    expect(await licenses.balanceOf(actors.buyer)).to.equal(32n);
    expect(await market.MAX_CART_ITEMS()).to.equal(32n);
  });

  it("buys from several creators with one transfer a token, and credits each to the unit", async () => {
    const { market, token, second, contracts, actors, actions, offers } = await loadFixture(cartFixture);
    const { buyer, creator, stranger, treasury, referrer, recipient } = actors;
    const ledger = contracts.RevenueLedger;
    const items = [
      await actions.item(offers.one, { referrer: referrer.address }),
      await actions.item(offers.two, { referrer: referrer.address, recipient: recipient.address }),
      await actions.item(offers.three),
    ];
    const one = sharesOf(PRICE, 250n, REFERRER_BPS);
    const two = sharesOf(777n, 250n, 0n);
    const licenseIds = await market.connect(buyer).purchaseCart.staticCall(items);
    const before = [await token.balanceOf(buyer), await second.balanceOf(buyer)];

    await expectCredits(
      ledger,
      token,
      async () => {
        const call = await market.connect(buyer).purchaseCart(items);
        const receipt = await call.wait();
        const transfers = receipt!.logs.filter(
          ({ address, topics }) =>
            address === ids(token) && topics[0] === token.interface.getEvent("Transfer").topicHash,
        );
        expect(transfers.length).to.equal(1);
      },
      [
        [creator, one.toCreator],
        [stranger, two.toCreator],
        [treasury, one.toTreasury + two.toTreasury],
        [referrer, one.toReferrer],
      ],
    );
    const three = sharesOf(555n, 250n, 0n);
    expect(await ledger.balanceOf(second, creator)).to.equal(three.toCreator);
    expect(await ledger.balanceOf(second, treasury)).to.equal(three.toTreasury);
    expect(before[0] - (await token.balanceOf(buyer))).to.equal(PRICE + 777n);
    expect(before[1] - (await second.balanceOf(buyer))).to.equal(555n);

    const licenses = contracts.LicenseToken;
    const owners = await Promise.all(licenseIds.map((id) => licenses.ownerOf(id)));
    expect(owners).to.deep.equal([buyer.address, recipient.address, buyer.address]);
    const versions = await Promise.all(licenseIds.map(async (id) => (await licenses.licenseInfo(id)).versionId));
    expect(versions).to.deep.equal([offers.one.versionId, offers.two.versionId, offers.three.versionId]);

    function ids(contract: { target: unknown }): string {
      return String(contract.target);
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): the same id twice in a batch
  it("counts the same offer once for each line, up to its supply", async () => {
    const { market, actors, actions, offers } = await loadFixture(cartFixture);
    const line = await actions.item(offers.one);
    await expect(market.connect(actors.buyer).purchaseCart([line, line, line]))
      .to.be.revertedWithCustomError(market, "Market_SoldOut")
      .withArgs(line.order.termsHash, 2n);
    const call = () => market.connect(actors.buyer).purchaseCart([line, line]);
    const [first, second] = await market.connect(actors.buyer).purchaseCart.staticCall([line, line]);
    expect(second).to.equal(first + 1n);
    await call();
    expect((await market.offerState(line.order.termsHash)).sold).to.equal(2n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): the same id twice in a batch
  it("counts the same offer across runs of other tokens too", async () => {
    const { market, actors, actions, offers } = await loadFixture(cartFixture);
    const line = await actions.item(offers.one);
    const between = await actions.item(offers.three);
    await expect(market.connect(actors.buyer).purchaseCart([line, line, between, line]))
      .to.be.revertedWithCustomError(market, "Market_SoldOut")
      .withArgs(line.order.termsHash, 2n);
  });

  it("takes listed and signed offers together, and files with their pads", async () => {
    const { market, contracts, token, actors, actions, offers } = await loadFixture(cartFixture);
    const signed = actions.terms({ salt: 8n, price: 9n });
    const file = actions.fileTerms({ price: 100n });
    await actions.list(file);
    const items: CartItemStruct[] = [
      await actions.item(offers.one),
      { ...(await actions.item(signed)), signature: await signOffer(market, actors.creator, signed) },
      { offer: file, order: (await actions.paddedOrder(file)).order, signature: "0x" },
    ];
    const one = sharesOf(PRICE, 250n, 0n);
    const nine = sharesOf(9n, 250n, 0n);
    await expectCredits(contracts.RevenueLedger, token, () => market.connect(actors.buyer).purchaseCart(items), [
      [actors.creator, one.toCreator + nine.toCreator],
      [actors.treasury, one.toTreasury + nine.toTreasury],
      [contracts.Escrow, 100n],
    ]);
    await expect(market.connect(actors.buyer).purchaseCart([{ ...items[1], signature: "0x" }]))
      .to.be.revertedWithCustomError(market, "Market_NotListed")
      .withArgs(items[1].order.termsHash);
  });

  it("buys several files in native coin, each price in the escrow once", async () => {
    const { market, contracts, actors, actions } = await loadFixture(cartFixture);
    const file = actions.fileTerms({ price: 100n, payToken: NATIVE });
    await actions.list(file);
    const { order } = await actions.paddedOrder(file);
    const line = { offer: file, order, signature: "0x" };
    await expectCredits(
      contracts.RevenueLedger,
      NATIVE,
      async () => {
        const call = market.connect(actors.buyer).purchaseCart([line, line, line], { value: 300n });
        await expect(call).to.changeEtherBalances(
          [actors.buyer, contracts.RevenueLedger, contracts.Escrow, market],
          [-300n, 300n, 0n, 0n],
        );
      },
      [
        [contracts.Escrow, 300n],
        [actors.creator, 0n],
      ],
    );
  });

  context("when one line is bad", () => {
    // claim(attacks#licences-listings-offers-and-signatures): one bad item in a cart
    it("buys nothing at all", async () => {
      const { market, token, second, contracts, actors, actions, offers } = await loadFixture(cartFixture);
      const good = await actions.item(offers.one);
      const noHook = await ethers.deployContract("MarketActor");
      const bad = await actions.item(offers.three, { recipient: await noHook.getAddress() });
      const before = [await token.balanceOf(actors.buyer), await second.balanceOf(actors.buyer)];
      await expect(market.connect(actors.buyer).purchaseCart([good, bad], { value: 50n }))
        .to.be.revertedWithCustomError(contracts.LicenseToken, "ERC721InvalidReceiver")
        .withArgs(await noHook.getAddress());
      expect([await token.balanceOf(actors.buyer), await second.balanceOf(actors.buyer)]).to.deep.equal(before);
      expect(await contracts.LicenseToken.balanceOf(actors.buyer)).to.equal(0n);
      expect((await market.offerState(good.order.termsHash)).sold).to.equal(0n);
    });

    it("names the terms that changed", async () => {
      const { market, actors, actions, offers } = await loadFixture(cartFixture);
      const line = await actions.item(offers.one);
      const dearer = { ...offers.one, price: 2n * PRICE };
      await expect(market.connect(actors.buyer).purchaseCart([line, { ...line, offer: dearer }]))
        .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
        .withArgs(line.order.termsHash, await market.hashOffer(dearer));
    });

    it("refuses a pad where nothing is delivered", async () => {
      const { market, actors, actions, offers } = await loadFixture(cartFixture);
      const line = await actions.item(offers.one, { pad: actors.buyer.address });
      await expect(market.connect(actors.buyer).purchaseCart([line])).to.be.revertedWithCustomError(
        market,
        "Market_PadNotNeeded",
      );
    });
  });

  describe("native coin", () => {
    // claim(attacks#licences-listings-offers-and-signatures): underpay
    // claim(attacks#licences-listings-offers-and-signatures): the value of one payment spent on two items
    it("is never spent twice: each line in native coin needs its own price", async () => {
      const { market, actors, actions, offers } = await loadFixture(cartFixture);
      const line = await actions.item(offers.native);
      const token = await actions.item(offers.one);
      await expect(market.connect(actors.buyer).purchaseCart([line, line], { value: 2_001n }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(2_001n, 2_002n);
      // apart, the second run sees only what the first left
      await expect(market.connect(actors.buyer).purchaseCart([line, token, line], { value: 2_001n }))
        .to.be.revertedWithCustomError(market, "Market_WrongValue")
        .withArgs(1_000n, 1_001n);
      await expect(
        market.connect(actors.buyer).purchaseCart([line, token, line], { value: 2_002n }),
      ).to.changeEtherBalance(actors.buyer, -2_002n);
    });

    it("comes back to the payer as far as it is not needed", async () => {
      const { market, contracts, actors, actions, offers } = await loadFixture(cartFixture);
      const items = [await actions.item(offers.native), await actions.item(offers.one)];
      const call = market.connect(actors.buyer).purchaseCart(items, { value: 5_000n });
      await expect(call).to.changeEtherBalances([actors.buyer, contracts.RevenueLedger, market], [-1_001n, 1_001n, 0n]);
      const unneeded = market.connect(actors.buyer).purchaseCart([await actions.item(offers.one)], { value: 7n });
      await expect(unneeded).to.changeEtherBalances([actors.buyer, market], [0n, 0n]);
      expect(await contracts.RevenueLedger.balanceOf(NATIVE, actors.buyer)).to.equal(0n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): overpay with a payer that refuses the refund
    it("is credited to a payer who refuses the rest", async () => {
      const { market, contracts, actors, actions, offers } = await loadFixture(cartFixture);
      const payer = await ethers.deployContract("MarketActor");
      const line = await actions.item(offers.native, { recipient: actors.buyer.address });
      const data = market.interface.encodeFunctionData("purchaseCart", [[line]]);
      const { toCreator, toTreasury } = sharesOf(1_001n, 250n, 0n);
      await expectCredits(contracts.RevenueLedger, NATIVE, () => payer.act(market, 1_301n, data, { value: 1_301n }), [
        [payer, 300n],
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
      ]);
      const withdrawTo = contracts.RevenueLedger.interface.encodeFunctionData("withdrawTo", [
        NATIVE,
        actors.other.address,
        300n,
      ]);
      await expect(payer.act(contracts.RevenueLedger, 0n, withdrawTo)).to.changeEtherBalance(actors.other, 300n);
    });

    // claim(attacks#licences-listings-offers-and-signatures): re-entry when change is returned
    it("cannot be used by the payer to come back in when the rest is returned", async () => {
      const { market, contracts, actions, offers } = await loadFixture(cartFixture);
      const payer = await ethers.deployContract("HookedReceiver");
      const recipient = await payer.getAddress();
      const line = await actions.item(offers.native, { recipient });
      const data = market.interface.encodeFunctionData("purchaseCart", [[line]]);
      // the licence's hook comes first: spend it on nothing, and set the attack from inside
      const attack = payer.interface.encodeFunctionData("setHook", [await market.getAddress(), 299n, data]);
      await payer.setHook(payer, 0n, attack);
      await payer.act(market, 1_301n, data, { value: 1_301n });
      expect(await payer.succeeded()).to.equal(false);
      expect((await payer.returned()).slice(0, 10)).to.equal(ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
      expect(await contracts.LicenseToken.balanceOf(payer)).to.equal(1n);
      // the call failed, but the coin was accepted
      expect(await ethers.provider.getBalance(payer)).to.equal(300n);
      expect(await contracts.RevenueLedger.balanceOf(NATIVE, payer)).to.equal(0n);
    });
  });

  // claim(attacks#licences-listings-offers-and-signatures): re-entry through the ERC-721 receiver hook
  it("lets a receiver's hook between two runs change nothing for the second", async () => {
    const { market, contracts, actors, actions, offers } = await loadFixture(cartFixture);
    const thief = await ethers.deployContract("HookedReceiver");
    const recipient = await thief.getAddress();
    const items = [await actions.item(offers.one, { recipient }), await actions.item(offers.three)];
    const inner = market.interface.encodeFunctionData("purchaseCart", [[await actions.item(offers.native)]]);
    await thief.setHook(market, 0n, inner);
    await market.connect(actors.buyer).purchaseCart(items);
    expect(await thief.succeeded()).to.equal(false);
    expect((await thief.returned()).slice(0, 10)).to.equal(ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
    expect(await contracts.LicenseToken.balanceOf(actors.buyer)).to.equal(1n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): claiming, from the hook of one item of a cart, the price of
  //   another
  it("lets a receiver's hook claim nothing of what waits for the deals of the other lines", async () => {
    const { market, contracts, token, actors, actions, ids } = await loadFixture(cartFixture);
    const ledger = contracts.RevenueLedger;
    const file = actions.fileTerms({ price: 100n });
    await actions.list(file);
    const thief = await ethers.deployContract("HookedReceiver");
    const recipient = await thief.getAddress();
    const items = [
      { offer: file, order: (await actions.paddedOrder(file, { recipient })).order, signature: "0x" },
      { offer: file, order: (await actions.paddedOrder(file)).order, signature: "0x" },
    ];
    // while the first hook runs, the prices of both lines lie in the ledger without a credit
    const steal = [{ account: recipient, amount: 100n }];
    await thief.setHook(ledger, 0n, ledger.interface.encodeFunctionData("credit", [ids.payToken, steal]));
    const before = await token.balanceOf(actors.buyer);
    await expect(market.connect(actors.buyer).purchaseCart(items))
      .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
      .withArgs(ids.payToken, 300n, 200n);
    expect(await token.balanceOf(actors.buyer)).to.equal(before);
    expect(await ledger.balanceOf(token, recipient)).to.equal(0n);
  });

  it("buys what is free without a transfer", async () => {
    const { market, contracts, actors, actions } = await loadFixture(cartFixture);
    const free = actions.terms({ price: 0n });
    await actions.list(free);
    const call = market.connect(actors.buyer).purchaseCart([await actions.item(free), await actions.item(free)]);
    await expect(call).to.not.emit(contracts.RevenueLedger, "Credited");
    expect(await contracts.LicenseToken.balanceOf(actors.buyer)).to.equal(2n);
  });

  it("refuses while purchases are paused", async () => {
    const { market, actors, actions, offers } = await loadFixture(cartFixture);
    await market.connect(actors.guardian).pausePurchases(DAY);
    const { pausedUntil } = await market.config();
    await expect(market.connect(actors.buyer).purchaseCart([await actions.item(offers.one)]))
      .to.be.revertedWithCustomError(market, "Market_Paused")
      .withArgs(pausedUntil);
  });
});
