import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, PRICE } from "../../helpers/market";
import { FEE_BPS, FILE_ROYALTY_BPS, resaleFixture, sharesOf } from "./fixture";

const REENTRANT = ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10);

describe("Resale: tokens and accounts that misbehave", () => {
  /** A fresh token of this kind on the resale's list, with the buyer's money and allowance, and an ask in it. */
  async function askIn(name: string) {
    const protocol = await loadFixture(resaleFixture);
    const { resale, admin, actors, actions } = protocol;
    const pay = await ethers.deployContract(name as "HookToken");
    await pay.mint(actors.buyer, 10n * PRICE);
    await pay.connect(actors.buyer).approve(resale, ethers.MaxUint256);
    await resale.connect(admin).setPayToken(pay, true, 0n);
    const payToken = await pay.getAddress();
    const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
    return {
      ...protocol,
      pay,
      payToken,
      ask: await actions.ask({ payToken }),
      /** The same sale with delivery, and what the buyer asks for in each. */
      ways: [
        [await actions.ask({ payToken }), {}],
        [await actions.fileAsk({ payToken, bit: 1n }), { buyerKey, pad }],
      ] as const,
    };
  }

  it("takes a token that returns nothing, at once and with delivery", async () => {
    const { pay, ledger, actions, ways } = await askIn("MissingReturnToken");
    const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
    const credits = [{ seller: toSeller, treasury: toTreasury, creator: toPayee }, { escrow: PRICE }];
    for (const [i, [ask, bid]] of ways.entries()) {
      await actions.expectMoves(() => actions.purchase(ask, bid), credits[i], pay);
    }
    expect(await pay.balanceOf(ledger)).to.equal(2n * PRICE);
  });

  it("refuses a token that says false and moves nothing", async () => {
    const { resale, pay, actions, ways } = await askIn("FalseReturnToken");
    await (await ethers.getContractAt("FalseReturnToken", await pay.getAddress())).setFailing(true);
    for (const [ask, bid] of ways) {
      await expect(actions.purchase(ask, bid))
        .to.be.revertedWithCustomError(resale, "SafeERC20FailedOperation")
        .withArgs(await pay.getAddress());
    }
  });

  // claim(attacks#licences-listings-offers-and-signatures): fee-taking tokens
  it("refuses a token that charges for transfers, even one unit, at once and with delivery", async () => {
    const kind = "test/contracts/tokens/FeeToken.sol:FeeToken";
    const { ledger, pay, payToken, actions, ways } = await askIn(kind);
    await (await ethers.getContractAt(kind as "FeeToken", payToken)).setFee(100n);
    for (const [ask, bid] of ways) {
      await expect(actions.purchase({ ...ask, price: 100n }, bid))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(payToken, 100n, 99n);
    }
    expect(await pay.balanceOf(ledger)).to.equal(0n);
  });

  for (const [when, name] of [
    [1n, "before"],
    [2n, "after"],
  ] as const) {
    // claim(attacks#licences-listings-offers-and-signatures): re-entry by a token before and after its transfer
    it(`stops a token that buys again ${name} it moves`, async () => {
      const { resale, licenses, seller, pay, actors, actions, values, ways } = await askIn(
        "test/contracts/tokens/HookToken.sol:HookToken",
      );
      for (const [i, [ask, bid]] of ways.entries()) {
        const other = await actions.ask({ licenseId: await actions.licenceOf(actions.terms()), bit: 9n, price: 0n });
        const inner = resale.interface.encodeFunctionData("buy", [other, actions.bid(), await actions.sign(other)]);
        await pay.setHook(when, resale, inner, false);
        await actions.purchase(ask, bid);
        expect(await pay.succeeded()).to.equal(false);
        expect(await pay.returned()).to.equal(REENTRANT);
        expect(await licenses.ownerOf(other.licenseId)).to.equal(seller.address);
        const held = [values.licenseId, values.fileLicenseId][i];
        expect(await licenses.ownerOf(held)).to.equal(i === 0 ? actors.buyer.address : await resale.getAddress());
      }
    });
  }

  // claim(attacks#licences-listings-offers-and-signatures): re-entry by a token before and after its transfer
  it("loses nothing to a token that credits the payment to a thief", async () => {
    const { ledger, licenses, seller, pay, payToken, actors, actions, values, ways } = await askIn(
      "test/contracts/tokens/HookToken.sol:HookToken",
    );
    const theft = [{ account: actors.stranger.address, amount: PRICE }];
    for (const [ask, bid] of ways) {
      await pay.setHook(2n, ledger, ledger.interface.encodeFunctionData("credit", [payToken, theft]), false);
      await expect(actions.purchase(ask, bid))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
        .withArgs(payToken, 2n * PRICE, PRICE);
    }
    expect(await ledger.balanceOf(pay, actors.stranger)).to.equal(0n);
    expect(await licenses.ownerOf(values.licenseId)).to.equal(seller.address);
    expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(seller.address);
  });

  it("lets a token do no harm that claims and cancels while it moves", async () => {
    const { resale, licenses, escrow, seller, pay, actors, actions, values, ways } = await askIn(
      "test/contracts/tokens/HookToken.sol:HookToken",
    );
    const [, [ask, bid]] = ways;
    const { deal: other } = await actions.openDeal({
      licenseId: await actions.licenceOf(actions.fileTerms()),
      bit: 7n,
    });
    const early = { ...other, id: await resale.dealIdOf(ask.seller, 0n, 1n) };
    await pay.setHook(2n, resale, resale.interface.encodeFunctionData("claim", [early]), false);
    const deal = await actions.dealOf(await actions.purchase(ask, bid));
    expect(await pay.succeeded()).to.equal(false);
    const refused = resale.interface.encodeErrorResult("Resale_NotClosed", [early.id]);
    expect(await pay.returned()).to.equal(refused);
    expect(await licenses.ownerOf(values.fileLicenseId)).to.equal(await resale.getAddress());

    // another deal is refunded in the middle of a sale: its licence returns, and the sale goes on
    await pay.setHook(2n, escrow, escrow.interface.encodeFunctionData("refundUndelivered", [other]), false);
    await ethers.provider.send("evm_setNextBlockTimestamp", [Number(BigInt(other.deliverBy) + 1n)]);
    const atOnce = await actions.ask({ payToken: await pay.getAddress(), bit: 8n });
    await actions.purchase(atOnce);
    expect(await pay.succeeded()).to.equal(true);
    expect(await resale.licenseOf(other.id)).to.equal(0n);
    expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
    expect(await resale.licenseOf(deal.id)).to.equal(values.fileLicenseId);
    expect(await licenses.balanceOf(seller)).to.equal(1n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): re-entry through the ERC-721 receiver hook
  it("stops a recipient whose hook buys again, and has paid the seller before", async () => {
    const { resale, licenses, actors, actions } = await loadFixture(resaleFixture);
    const receiver = await ethers.deployContract("HookedReceiver");
    const other = await actions.ask({ licenseId: await actions.licenceOf(actions.terms()), bit: 1n, price: 0n });
    const inner = resale.interface.encodeFunctionData("buy", [other, actions.bid(), await actions.sign(other)]);
    await receiver.setHook(resale, 0n, inner);
    const ask = await actions.ask({ payToken: NATIVE });
    const { toSeller, toTreasury, toPayee } = sharesOf(PRICE);
    await actions.expectMoves(
      async () => actions.purchase(ask, { recipient: await receiver.getAddress() }),
      { seller: toSeller, treasury: toTreasury, creator: toPayee },
      NATIVE,
    );
    expect(await receiver.calls()).to.equal(1n);
    expect(await receiver.succeeded()).to.equal(false);
    expect(await receiver.returned()).to.equal(REENTRANT);
    expect(await licenses.balanceOf(actors.buyer)).to.equal(0n);
    // the guard is down again afterwards
    await actions.purchase(other);
  });

  it("says what moved for a file at once too: nobody delivers, and nobody holds the price", async () => {
    const { resale, licenses, actors, actions, values } = await loadFixture(resaleFixture);
    const ask = await actions.ask({ licenseId: values.fileLicenseId });
    const { toSeller, toTreasury, toPayee } = sharesOf(PRICE, FEE_BPS, FILE_ROYALTY_BPS);
    await actions.expectMoves(() => actions.purchase(ask), {
      seller: toSeller,
      treasury: toTreasury,
      creator: toPayee,
    });
    expect(await licenses.isAuthorized(values.fileLicenseId, actors.buyer)).to.equal(true);
    expect(await resale.licenseOf(values.fileLicenseId)).to.equal(0n);
  });
});
