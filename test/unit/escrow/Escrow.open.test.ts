import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, keccak256, AbiCoder, dataSlice } from "ethers";
import { ethers } from "hardhat";
import { asSent, BOND, DAY, escrowFixture, HOUR, PRICE, Status, type Deal } from "../../helpers/escrow";
import { expectLimits } from "../../helpers/limits";
import { calledBy } from "../../support/untyped";

const MAX_UINT128 = 2n ** 128n - 1n;

describe("Escrow", () => {
  it("publishes its limits", async () => {
    const { contracts } = await loadFixture(escrowFixture);
    await expectLimits(contracts.escrow, {
      MIN_DELIVERY_WINDOW: HOUR,
      MAX_DELIVERY_WINDOW: 7n * DAY,
      MIN_COMPLAINT_WINDOW: 2n * DAY,
      MAX_COMPLAINT_WINDOW: 30n * DAY,
      RULING_WINDOW: 90n * DAY,
      MAX_PROTOCOL_FEE_BPS: 500n,
      MAX_REFERRER_BPS: 5_000n,
    });
  });

  describe("open", () => {
    context("when the deal is not one that may be opened", () => {
      it("refuses a caller other than the opener that the deal names", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const terms = await actions.deal();

        await expect(contracts.escrow.connect(actors.stranger).open(terms, { value: PRICE }))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotOpener")
          .withArgs(terms.opener, actors.stranger.address);
      });

      // claim(attacks#escrow-dispute-and-arbiters): Funding twice
      it("refuses to fund the same deal twice, open or closed", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const terms = await actions.open(await actions.deal());
        const again = () =>
          expect(actions.sendOpen(terms))
            .to.be.revertedWithCustomError(contracts.escrow, "Escrow_DealExists")
            .withArgs(terms.opener, terms.id);
        await again();
        await contracts.escrow.connect(actors.creator).decline(terms);
        await again();
      });

      for (const party of ["payer", "recipient", "seller", "payee", "treasury"] as const) {
        // claim(attacks#escrow-dispute-and-arbiters): Zero parties
        it(`refuses the zero address as ${party}`, async () => {
          const { contracts, actions } = await loadFixture(escrowFixture);
          await expect(actions.sendOpen(await actions.deal({ [party]: ZeroAddress }))).to.be.revertedWithCustomError(
            contracts.escrow,
            "Escrow_ZeroParty",
          );
        });
      }

      it("refuses a referrer's share without a referrer", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        await expect(actions.sendOpen(await actions.deal({ referrer: ZeroAddress, referrerBps: 1n })))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_ShareWithoutReferrer")
          .withArgs(1n);
      });

      // claim(attacks#escrow-dispute-and-arbiters): Dirty upper bits in the deal
      it("refuses a word with dirty upper bits in every field that is shorter than a word", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const data = escrow.interface.encodeFunctionData("open", [asSent(await actions.deal())]);
        const fields = escrow.interface.getFunction("open").inputs[0].components!;
        for (const [index, { type, name }] of fields.entries()) {
          if (type === "uint256" || type === "bytes32") continue;
          const width = type === "address" ? 160n : BigInt(type.slice(4));
          const at = 4 + 32 * index;
          for (const bit of [width, 255n]) {
            const word = ethers.toBeHex(BigInt(dataSlice(data, at, at + 32)) | (1n << bit), 32);
            const dirty = ethers.concat([dataSlice(data, 0, at), word, dataSlice(data, at + 32)]);
            await expect(calledBy(actors.stranger, opener).execute(escrow, dirty, { value: PRICE }), name).to.be
              .reverted;
          }
        }
      });

      it("refuses a version that has no key", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        const terms = await actions.deal({ keyX: ZeroHash, versionId: (9n << 16n) | 1n });
        await expect(actions.sendOpen(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongKey")
          .withArgs(terms.versionId, ZeroHash);
      });

      // claim(attacks#escrow-dispute-and-arbiters): A key off the curve, or not below n
      it("refuses a key from the opener: it is read from the registry", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        const terms = await actions.deal({ keyX: ethers.id("another key") });
        await expect(actions.sendOpen(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongKey")
          .withArgs(terms.versionId, terms.keyX);
      });

      it("refuses an empty pad and an empty buyer's key", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        for (const differs of [{ pad: ZeroAddress }, { buyerKey: ZeroHash }]) {
          await expect(actions.sendOpen(await actions.deal(differs))).to.be.revertedWithCustomError(
            contracts.escrow,
            "Escrow_EmptyPad",
          );
        }
      });

      // claim(attacks#escrow-dispute-and-arbiters): A fee larger than the amount
      it("refuses shares above their bounds, one by one", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        for (const [protocolFeeBps, referrerBps] of [
          [501n, 0n],
          [0n, 5_001n],
          [65_535n, 65_535n],
        ]) {
          await expect(actions.sendOpen(await actions.deal({ protocolFeeBps, referrerBps })))
            .to.be.revertedWithCustomError(contracts.escrow, "Escrow_SharesTooHigh")
            .withArgs(protocolFeeBps, referrerBps);
        }
      });

      it("refuses an arbitrator without a bond and a bond without an arbitrator", async () => {
        const { contracts, actions, values } = await loadFixture(escrowFixture);
        const { arbitrator } = values.addresses;
        await expect(actions.sendOpen(await actions.deal({ arbitrator })))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_BondWithoutArbitrator")
          .withArgs(arbitrator, 0n);
        await expect(actions.sendOpen(await actions.deal({ bond: 1n })))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_BondWithoutArbitrator")
          .withArgs(ZeroAddress, 1n);
      });

      it("refuses a deal that says it was delivered already", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        await expect(actions.sendOpen(await actions.deal({ complainBy: 1n })))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_ComplainBySet")
          .withArgs(1n);
      });
    });

    context("when a window is at its bounds", () => {
      for (const [seconds, fits] of [
        [-1n, false],
        [0n, false],
        [HOUR - 1n, false],
        [HOUR, true],
        [7n * DAY, true],
        [7n * DAY + 1n, false],
      ] as const) {
        it(`${fits ? "takes" : "refuses"} a delivery window of ${seconds} seconds`, async () => {
          const { contracts, actions } = await loadFixture(escrowFixture);
          const now = BigInt(await time.latest()) + 100n;
          const terms = await actions.deal({ deliverBy: now + seconds });
          await actions.at(now);
          if (fits) {
            await actions.sendOpen(terms);
            expect(await actions.statusOf(terms)).to.equal(Status.Open);
          } else {
            await expect(actions.sendOpen(terms))
              .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WindowOutOfBounds")
              .withArgs(seconds < 0n ? 0n : seconds, HOUR, 7n * DAY);
          }
        });
      }

      // claim(attacks#escrow-dispute-and-arbiters): Maximum deadline
      it("refuses the largest deadline that fits its type", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        await expect(actions.sendOpen(await actions.deal({ deliverBy: 2n ** 40n - 1n }))).to.be.revertedWithCustomError(
          contracts.escrow,
          "Escrow_WindowOutOfBounds",
        );
      });

      for (const [complaintWindow, fits] of [
        [2n * DAY - 1n, false],
        [2n * DAY, true],
        [30n * DAY, true],
        [30n * DAY + 1n, false],
        [2n ** 32n - 1n, false],
      ] as const) {
        it(`${fits ? "takes" : "refuses"} a complaint window of ${complaintWindow} seconds`, async () => {
          const { contracts, actions } = await loadFixture(escrowFixture);
          const terms = await actions.deal({ complaintWindow });
          if (fits) {
            await actions.sendOpen(terms);
            expect(await actions.statusOf(terms)).to.equal(Status.Open);
          } else {
            await expect(actions.sendOpen(terms))
              .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WindowOutOfBounds")
              .withArgs(complaintWindow, 2n * DAY, 30n * DAY);
          }
        });
      }
    });

    context("when the money is not the price", () => {
      it("refuses too little and too much coin", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        for (const value of [0n, PRICE - 1n, PRICE + 1n]) {
          await expect(actions.sendOpen(await actions.deal(), value))
            .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongValue")
            .withArgs(value, PRICE);
        }
      });

      it("refuses coin with a deal in tokens and with a price of zero", async () => {
        const { contracts, actions, values } = await loadFixture(escrowFixture);
        for (const differs of [{ payToken: values.addresses.token }, { price: 0n }]) {
          await expect(actions.sendOpen(await actions.deal(differs), 1n))
            .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongValue")
            .withArgs(1n, 0n);
        }
      });

      // claim(attacks#escrow-dispute-and-arbiters): Short-funded by a fee token
      // claim(attacks#escrow-dispute-and-arbiters): Fee-taking pay tokens
      it("refuses a deal that a fee-taking token left short", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, ledger, opener } = contracts;
        const token = await ethers.deployContract("test/contracts/attackers/escrow/BlacklistToken.sol:BlacklistToken");
        await token.mint(actors.payer, PRICE);
        await token.setFee(100n);
        await calledBy(actors.payer, token).transfer(ledger, PRICE);
        const terms = await actions.deal({ payToken: await token.getAddress() });

        await expect(opener.execute(escrow, escrow.interface.encodeFunctionData("open", [asSent(terms)])))
          .to.be.revertedWithCustomError(ledger, "RevenueLedger_Unbacked")
          .withArgs(token, PRICE, PRICE - PRICE / 100n);
      });

      it("refuses a token that is no contract", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const terms = await actions.deal({ payToken: actors.stranger.address });
        await expect(opener.execute(escrow, escrow.interface.encodeFunctionData("open", [asSent(terms)]))).to.be
          .reverted;
      });
    });

    context("when all is right", () => {
      it("emits the whole deal, keeps 31 bytes of its hash and holds the coin in the ledger", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        const { escrow } = contracts;
        const terms = await actions.deal();
        const sent = await actions.expectMoves(() => actions.sendOpen(terms), {
          escrow: PRICE,
          "coin of ledger": PRICE,
        });

        await expect(sent).to.emit(escrow, "DealOpened").withArgs(terms.id, terms.seller, Object.values(terms));
        const fragment = escrow.interface.getFunction("open").inputs[0];
        const hash = keccak256(AbiCoder.defaultAbiCoder().encode([fragment], [terms]));
        expect(await escrow.commitmentOf(terms.opener, terms.id)).to.equal(dataSlice(hash, 0, 31));
        expect(await actions.statusOf(terms)).to.equal(Status.Open);
      });

      it("holds tokens in the ledger and no coin", async () => {
        const { actions, values } = await loadFixture(escrowFixture);
        const { token } = values.addresses;
        const terms = await actions.deal({ payToken: token });
        await actions.expectMoves(() => actions.sendOpen(terms), { escrow: PRICE }, token);
      });

      it("opens a deal that costs nothing without touching the ledger", async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        const terms = await actions.deal({ price: 0n });
        const sent = await actions.expectMoves(() => actions.sendOpen(terms), {});
        await expect(sent).not.to.emit(contracts.ledger, "Credited");
      });

      it("opens and pays out a deal at the highest price in tokens", async () => {
        const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
        const { token } = values.addresses;
        const terms = await actions.openAndDeliver(await actions.deal({ payToken: token, price: MAX_UINT128 }));
        const treasury = (MAX_UINT128 * 250n) / 10_000n;
        const referrer = (MAX_UINT128 * 1_000n) / 10_000n;
        await actions.expectMoves(
          () => contracts.escrow.connect(actors.recipient).accept(terms),
          { escrow: -MAX_UINT128, payee: MAX_UINT128 - treasury - referrer, treasury, referrer },
          token,
        );
      });

      it("opens and refunds a deal at a very high price in coin", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const price = 2n ** 100n;
        await setBalance(actors.deployer.address, 2n ** 101n);
        const terms = await actions.open(await actions.deal({ price }));
        await actions.expectMoves(() => contracts.escrow.connect(actors.creator).decline(terms), {
          escrow: -price,
          payer: price,
        });
      });

      it("reserves the bond that the seller posted", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const terms = await actions.withBond();
        await escrow.postBond(opener, actors.creator, terms.termsHash, { value: BOND + 1n });
        const sent = await actions.expectMoves(() => actions.sendOpen(terms), {
          escrow: PRICE,
          "coin of ledger": PRICE,
          "bond free": -BOND,
          "bond reserved": BOND,
        });
        await expect(sent)
          .to.emit(escrow, "BondChanged")
          .withArgs(terms.opener, terms.seller, terms.termsHash, 1n, BOND);
      });

      // claim(attacks#escrow-dispute-and-arbiters): The bond of an expensive offer used up by purchases of a cheap or a
      //   free one, with pads that nobody can open: each offer has a bond of its own, and a free one has none
      it("refuses a bond where nothing is paid, however much of it there is", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const terms = await actions.withBond({ price: 0n });
        await escrow.postBond(opener, actors.creator, terms.termsHash, { value: 2n * BOND });
        await expect(actions.sendOpen(terms))
          .to.be.revertedWithCustomError(escrow, "Escrow_FreeDealWithBond")
          .withArgs(terms.id, BOND);
      });

      it("refuses a deal that the seller's free bond does not cover", async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow, opener } = contracts;
        const terms = await actions.withBond();
        await escrow.postBond(opener, actors.creator, terms.termsHash, { value: BOND - 1n });
        await expect(actions.sendOpen(terms))
          .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
          .withArgs(terms.opener, terms.seller, terms.termsHash, BOND - 1n, BOND);
      });
    });
  });

  describe("receive", () => {
    it("takes no coin that nothing calls for", async () => {
      const { contracts, actors } = await loadFixture(escrowFixture);
      await expect(actors.stranger.sendTransaction({ to: contracts.escrow, value: 1n }))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_UnexpectedCoin")
        .withArgs(actors.stranger.address);
    });
  });

  describe("commitments", () => {
    // claim(attacks#escrow-dispute-and-arbiters): Changing any term of an open deal
    it("refuses a deal in which any one field was changed, by every call", async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actors, actions } = fixture;
      const { escrow } = contracts;
      const terms = await actions.open(await actions.deal());
      const other = actors.other.address;
      for (const field of Object.keys(terms) as (keyof Deal)[]) {
        const value = terms[field];
        const changed =
          typeof value === "bigint" ? value + 1n : value.length === 42 ? other : ethers.id(`changed ${field}`);
        const altered = { ...terms, [field]: changed } as Deal;
        for (const call of ["deliver", "decline", "refundUndelivered", "refundDefective", "resolveStale"] as const) {
          const send =
            call === "deliver" ? escrow.deliver.staticCall(altered, 1n) : escrow.getFunction(call).staticCall(altered);
          await expect(send, `${call} with another ${field}`)
            .to.be.revertedWithCustomError(escrow, "Escrow_UnknownDeal")
            .withArgs(altered.opener, altered.id);
        }
      }
    });

    it("refuses the deal as it was before delivery", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await actions.deliver(terms);
      await expect(contracts.escrow.connect(actors.recipient).accept(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_UnknownDeal")
        .withArgs(terms.opener, terms.id);
    });

    it("refuses a deal that was never opened, even when its hash would be empty", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.deal();
      await expect(contracts.escrow.refundDefective(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_UnknownDeal")
        .withArgs(terms.opener, terms.id);
      expect(await actions.statusOf(terms)).to.equal(Status.None);
      expect(await contracts.escrow.commitmentOf(terms.opener, terms.id)).to.equal(`0x${"00".repeat(31)}`);
    });
  });
});
