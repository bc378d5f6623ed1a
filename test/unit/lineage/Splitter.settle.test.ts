import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { ParentStruct } from "../../../typechain-types/contracts/lineage/Lineage";
import { expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { CARD } from "../../helpers/fixture";
import { BPS, CHILD, lineageFixture, parentsOf, SECOND_CHILD } from "./fixture";

const LEFT = 2_500n;
const EIGHT: ParentStruct[] = Array.from({ length: 8 }, (_, i) => ({ modelId: BigInt(i) + 1n, bps: 625n }));

describe("Splitter, what an account passes on", () => {
  /** The child gives 7 % to model 2 and 3.33 % to model 5. */
  async function settleFixture() {
    const fixture = await loadFixture(lineageFixture);
    const account = await fixture.actions.createFor(CHILD, parentsOf([2n, 700n], [5n, 333n]));
    const { actors, actions } = fixture;
    const [second, fifth] = [actions.holderOf(2n), actions.holderOf(5n)];
    const settle = () => account.connect(actors.stranger).settle(fixture.token);
    return { ...fixture, account, second, fifth, settle };
  }

  it("pays each parent its share, rounded down, and the rest to the title's holder, when anyone calls", async () => {
    const { account, token, ledger, actors, actions, second, fifth, settle } = await loadFixture(settleFixture);
    await actions.credit(account, 1_000_003n);
    expect(await account.connect(actors.stranger).settle.staticCall(token)).to.equal(1_000_003n);
    const shares: [string, bigint][] = [
      [second.address, 70_000n],
      [fifth.address, 33_300n],
      [actors.creator.address, 896_703n],
    ];
    await expectCredits(
      ledger,
      token,
      async () => {
        const call = await settle();
        await expect(call).to.emit(account, "Settled").withArgs(token, 1_000_003n);
        await expect(call).to.emit(ledger, "Moved").withArgs(token, account, 1_000_003n);
        for (const [to, amount] of shares) {
          await expect(call).to.emit(ledger, "Credited").withArgs(token, to, amount);
        }
      },
      [[account, -1_000_003n], ...shares],
    );
    expect(await account.distributed(token)).to.equal(1_000_003n);
    expect(await account.distributed(NATIVE)).to.equal(0n);
  });

  it("rounds a parent's running total down, and not each part of it", async () => {
    const { account, token, ledger, actors, actions, second, fifth, settle } = await loadFixture(settleFixture);
    // 7 % and 3.33 % of 14, of 28, and so on
    let [total, toSecond, toFifth] = [0n, 0n, 0n];
    for (const amount of [14n, 1n, 13n, 2n, 1n, 99n, 10_000n]) {
      await actions.credit(account, amount);
      total += amount;
      const [nextSecond, nextFifth] = [(total * 700n) / BPS, (total * 333n) / BPS];
      await expectCredits(ledger, token, settle, [
        [account, -amount],
        [second, nextSecond - toSecond],
        [fifth, nextFifth - toFifth],
        [actors.creator, amount - (nextSecond - toSecond) - (nextFifth - toFifth)],
      ]);
      [toSecond, toFifth] = [nextSecond, nextFifth];
      expect(await account.distributed(token)).to.equal(total);
    }
  });

  it("leaves out who gets nothing yet", async () => {
    const { account, token, ledger, actors, actions, settle } = await loadFixture(settleFixture);
    await actions.credit(account, 14n);
    const receipt = await (await settle()).wait();
    const credited = await ledger.queryFilter(ledger.filters.Credited(), receipt!.blockNumber);
    expect(credited.map(({ args }) => args.account)).to.deep.equal([actors.creator.address]);
    expect(await ledger.balanceOf(token, actors.creator)).to.equal(14n);
  });

  it("does nothing and says nothing when there is nothing", async () => {
    const { account, token, actors, actions, settle } = await loadFixture(settleFixture);
    for (const of of [await token.getAddress(), NATIVE, actors.stranger.address]) {
      expect(await account.settle.staticCall(of)).to.equal(0n);
      const receipt = await (await account.settle(of)).wait();
      expect(receipt!.logs).to.deep.equal([]);
    }
    await actions.credit(account, 100n);
    await settle();
    expect((await (await settle()).wait())!.logs).to.deep.equal([]);
    expect(await account.distributed(token)).to.equal(100n);
  });

  it("counts each token by itself, and the native coin as one", async () => {
    const { account, token, ledger, actors, actions, second, fifth, settle } = await loadFixture(settleFixture);
    const coin = await ethers.deployContract("TestToken", ["Another Dollar", "AUSD", 18]);
    await actions.credit(account, 99n);
    await actions.credit(account, 1_000n, NATIVE);
    await actions.credit(account, 199n, await coin.getAddress());
    await settle();
    await expectCredits(
      ledger,
      NATIVE,
      async () => expect(account.settle(NATIVE)).to.emit(account, "Settled").withArgs(NATIVE, 1_000n),
      [
        [account, -1_000n],
        [second, 70n],
        [fifth, 33n],
        [actors.creator, 897n],
      ],
    );
    await account.settle(coin);
    for (const [of, amount] of [[token, 99n] as const, [NATIVE, 1_000n] as const, [coin, 199n] as const]) {
      expect(await account.distributed(of)).to.equal(amount);
      expect(await ledger.balanceOf(of, second)).to.equal((amount * 700n) / BPS);
    }
    await expect(ledger.connect(second).withdraw(NATIVE)).to.changeEtherBalance(second, 70n);
    await expect(ledger.connect(second).withdraw(token)).to.changeTokenBalance(token, second, 6n);
  });

  it("pays the holders and payees of now", async () => {
    const { account, token, ledger, registry, actors, actions, second, fifth, settle } =
      await loadFixture(settleFixture);
    const { creator, buyer, stranger } = actors;
    await actions.credit(account, 10_000n);
    await registry.connect(creator).transferFrom(creator, buyer, CHILD);
    await registry.connect(second).fixPayee(2n, stranger);
    await registry.connect(fifth).transferFrom(fifth, creator, 5n);
    await expectCredits(ledger, token, settle, [
      [account, -10_000n],
      [buyer, 8_967n],
      [stranger, 700n],
      [creator, 333n],
      [second, 0n],
      [fifth, 0n],
    ]);
  });

  // claim(attacks#licences-listings-offers-and-signatures): the income of a child credited before its account's code exists
  it("passes on what waited before its code existed", async () => {
    const { lineage, ledger, token, actors, actions } = await loadFixture(lineageFixture);
    const parents = parentsOf([1n, LEFT], [2n, LEFT]);
    const account = await lineage.predictAccount(CHILD, parents);
    await actions.credit(account, 1_000n);
    await actions.credit(account, 40n, NATIVE);
    const splitter = await actions.createFor(CHILD, parents);
    expect(await splitter.getAddress()).to.equal(account);
    await expectCredits(ledger, token, () => splitter.settle(token), [
      [account, -1_000n],
      [actions.holderOf(1n), 250n],
      [actions.holderOf(2n), 250n],
      [actors.creator, 500n],
    ]);
    expect(await splitter.settle.staticCall(NATIVE)).to.equal(40n);
  });

  it("climbs one level with each call, and each level gives of what reached it", async () => {
    const { ledger, lineage, registry, token, actors, actions } = await loadFixture(lineageFixture);
    const { creator, buyer } = actors;
    const upper = await actions.createFor(CHILD, parentsOf([1n, 1_000n]));
    await registry.connect(creator).fixPayee(CHILD, upper);
    await lineage.connect(creator).setOpenTerms(CHILD, 1n, 2n ** 40n - 1n);
    await registry.connect(creator).transferFrom(creator, buyer, SECOND_CHILD);
    await lineage.connect(buyer).create(SECOND_CHILD, parentsOf([CHILD, 2_000n]), ["0x"]);
    const lower = await ethers.getContractAt("Splitter", await lineage.accountOf(SECOND_CHILD));

    await actions.credit(lower, 10_000n);
    await expectCredits(ledger, token, () => lower.settle(token), [
      [lower, -10_000n],
      [buyer, 8_000n],
      [upper, 2_000n],
      [creator, 0n],
      [actions.holderOf(1n), 0n],
    ]);
    await expectCredits(ledger, token, () => upper.settle(token), [
      [upper, -2_000n],
      [creator, 1_800n],
      [actions.holderOf(1n), 200n],
      [buyer, 0n],
    ]);
    expect(await upper.distributed(token)).to.equal(2_000n);
  });

  it("waits with a few units when more parents are due one than there are, and stops nobody with it", async () => {
    const { ledger, token, actors, actions } = await loadFixture(lineageFixture);
    const account = await actions.createFor(CHILD, EIGHT);
    await actions.credit(account, 15n);
    await account.settle(token);
    expect(await ledger.balanceOf(token, actors.creator)).to.equal(15n);
    // the sixteenth unit makes a whole one of each parent's share
    for (let units = 1n; units < 8n; units++) {
      await actions.credit(account, 1n);
      expect(await account.settle.staticCall(token)).to.equal(0n);
      expect((await (await account.settle(token)).wait())!.logs).to.deep.equal([]);
      expect(await account.distributed(token)).to.equal(15n);
      expect(await ledger.balanceOf(token, account)).to.equal(units);
    }
    await actions.credit(account, 1n);
    await expectCredits(ledger, token, () => account.settle(token), [
      [account, -8n],
      [actors.creator, 0n],
      ...EIGHT.map(({ modelId }): [string, bigint] => [actions.holderOf(BigInt(modelId)).address, 1n]),
    ]);
    expect(await account.distributed(token)).to.equal(23n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): income settled a unit at a time, to round the parents down
  it("gives each parent as much in 1,000 settlements of one unit as in one of 1,000", async () => {
    const { ledger, token, actors, actions, lineage } = await loadFixture(lineageFixture);
    const shares: ParentStruct[] = [2n, 7n, 333n, 999n, 1_252n, 1_003n, 407n, 997n].map((bps, i) => ({
      modelId: BigInt(i) + 1n,
      bps,
    }));
    const slow = await actions.createFor(CHILD, shares);
    const quick = await actions.createFor(SECOND_CHILD, shares);
    expect((await lineage.parentsOf(CHILD)).reduce((sum, { bps }) => sum + bps, 0n)).to.equal(5_000n);
    await token.mint(ledger, 1_000n);
    const one = [{ account: await slow.getAddress(), amount: 1n }];
    const read = () =>
      Promise.all(shares.map(({ modelId }) => ledger.balanceOf(token, actions.holderOf(BigInt(modelId)))));
    for (let i = 0; i < 1_000; i++) {
      await ledger.credit(token, one);
      await slow.settle(token);
    }
    const bySlow = await read();
    expect(await slow.distributed(token)).to.equal(1_000n);
    const rest = await ledger.balanceOf(token, actors.creator);

    await actions.credit(quick, 1_000n);
    await quick.settle(token);
    const byQuick = (await read()).map((balance, i) => balance - bySlow[i]);
    expect(bySlow).to.deep.equal(shares.map(({ bps }) => (1_000n * BigInt(bps)) / BPS));
    expect(byQuick).to.deep.equal(bySlow);
    expect(await ledger.balanceOf(token, actors.creator)).to.equal(2n * rest);
  }).timeout(120_000);

  // claim(attacks#licences-listings-offers-and-signatures): a parent whom a token's issuer stops, to stop the others
  it("is stopped by no parent whom the token's issuer stopped, who keeps the share", async () => {
    const { account, ledger, actors, actions, second, fifth } = await loadFixture(settleFixture);
    const token = await ethers.deployContract("FreezingToken");
    await actions.credit(account, 10_000n, await token.getAddress());
    for (const one of [second.address, await account.getAddress()]) await token.freeze(one, true);
    await account.settle(token);
    await expect(ledger.connect(second).withdraw(token))
      .to.be.revertedWithCustomError(token, "FreezingToken_Frozen")
      .withArgs(second.address);
    await expect(ledger.connect(fifth).withdraw(token)).to.changeTokenBalance(token, fifth, 333n);
    await expect(ledger.connect(actors.creator).withdraw(token)).to.changeTokenBalance(token, actors.creator, 8_967n);
    await token.freeze(second.address, false);
    await expect(ledger.connect(second).withdraw(token)).to.changeTokenBalance(token, second, 700n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): income in a token that charges or says what is not so
  it("pays in a token whose balances vanish what can never be fetched, and nothing in another", async () => {
    const { account, token, ledger, actions, second } = await loadFixture(settleFixture);
    const lying = await ethers.deployContract("RebasingToken");
    await lying.mint(ledger, 10_000n);
    await ledger.credit(lying, [{ account, amount: 10_000n }]);
    await actions.credit(account, 10_000n);
    await lying.setPercent(1n);
    await account.settle(lying);
    await account.settle(token);
    expect(await ledger.balanceOf(lying, second)).to.equal(700n);
    expect(await ledger.balanceOf(token, second)).to.equal(700n);
    await expect(ledger.connect(second).withdraw(token)).to.changeTokenBalance(token, second, 700n);
    expect(await ledger.totalOwed(token)).to.equal(9_300n);
  });

  it("is of a ledger, without which no account is deployed", async () => {
    const { registry, actors } = await loadFixture(lineageFixture);
    const factory = await ethers.getContractFactory("Splitter");
    for (const none of [actors.stranger.address, await registry.getAddress()]) {
      await expect(factory.deploy(registry, none)).to.be.revertedWithoutReason();
    }
  });

  it("is nothing that the contract which accounts are copies of could do", async () => {
    const { lineage, token, ledger, actions } = await loadFixture(settleFixture);
    const original = await ethers.getContractAt("Splitter", await lineage.SPLITTER());
    await actions.credit(original, 100n);
    const stray = await ethers.deployContract("Splitter", [await lineage.REGISTRY(), ledger]);
    for (const one of [original, stray]) {
      for (const call of [() => one.settle(token), () => one.lineage()]) {
        await expect(call()).to.be.revertedWithCustomError(one, "Splitter_NoModel");
      }
    }
    expect(await ledger.balanceOf(token, original)).to.equal(100n);
  });

  it("is what a sale brought, among eight parents", async () => {
    const { contracts, token, actors, actions } = await loadFixture(marketFixture);
    const { ModelRegistry: registry, RevenueLedger: ledger, Market: market, Lineage: lineage } = contracts;
    const { creator, buyer, stranger, recipient } = actors;
    // beside the three of the fixture; all are one stranger's
    for (let i = 0; i < 7; i++) await actions.publish(stranger);
    const ids = Array.from({ length: 8 }, (_, i) => BigInt(i) + 3n);
    for (const id of ids) await lineage.connect(stranger).setOpenTerms(id, 1n, 2n ** 40n - 1n);
    await actions.publish(creator, CARD);
    const child = await registry.modelCount();
    const parents = ids.map((modelId, i) => ({ modelId, bps: 600n + BigInt(i) }));
    await lineage.connect(creator).create(
      child,
      parents,
      parents.map(() => "0x"),
    );
    const account = await ethers.getContractAt("Splitter", await lineage.accountOf(child));
    await registry.connect(creator).fixPayee(child, account);
    const offer = actions.terms({ versionId: (child << 16n) | 1n });
    const hash = await actions.list(offer);

    const { protocolFeeBps } = await market.config();
    const { toCreator, toTreasury } = sharesOf(PRICE, protocolFeeBps, 0n);
    const order = await actions.orderFor(offer);
    await expectCredits(ledger, token, () => market.connect(buyer).purchase(offer, order), [
      [account, toCreator],
      [creator, 0n],
      [actors.treasury, toTreasury],
    ]);
    expect((await market.offerState(hash)).sold).to.equal(1n);
    const toParents = parents.reduce((sum, { bps }) => sum + (toCreator * bps) / BPS, 0n);
    await expectCredits(ledger, token, () => account.connect(recipient).settle(token), [
      [account, -toCreator],
      [stranger, toParents],
      [creator, toCreator - toParents],
    ]);
    expect(await ledger.balanceOf(token, account)).to.equal(0n);
  }).timeout(120_000);
});
