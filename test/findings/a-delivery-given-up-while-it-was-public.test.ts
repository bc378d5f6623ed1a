import { loadFixture, setBalance, setNextBlockBaseFeePerGas, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { parseEther, parseUnits, ZeroAddress, type TransactionRequest } from "ethers";
import { ethers } from "hardhat";

import { JournalSigner, type JournalEntry } from "../../sdk/src/seller";
import { agentFixture, agentHere, poolOf } from "../support/agentHere";
import { caught } from "../support/caught";

const MARGIN = 600n;
/** Nothing is mined by itself here, so that nothing is waited for. */
const QUICK = { patience: 600, pollIntervalMs: 10, raiseAfter: 60_000 };
const gwei = (amount: number): bigint => parseUnits(String(amount), "gwei");

/**
 * What was lost: a key, for nothing. The agent sent a delivery eleven minutes before its deadline, the fee rose, and a
 * minute later there was less time left than its margin: it neither sent it again nor raised it. The buyer read the scalar
 * in the pool, opened the file, and took the refund. And a cheap delivery with a lower number, given up in the same way,
 * held back every more valuable one.
 */
describe("Finding: a delivery is given up while everybody can read it", () => {
  beforeEach(() => ethers.provider.send("evm_setAutomine", [true]));
  afterEach(() => ethers.provider.send("evm_setAutomine", [true]));

  /** Makes a block in which nothing of the seller's has room. */
  async function blockAt(seconds: bigint, baseFee: bigint): Promise<void> {
    await setNextBlockBaseFeePerGas(baseFee);
    await time.setNextBlockTimestamp(seconds);
    await ethers.provider.send("evm_mine", []);
    await setNextBlockBaseFeePerGas(baseFee);
  }

  /** A sale that was broadcast a minute before the margin, at a fee that is too low by now. */
  async function publicFixture() {
    const fixture = await agentFixture();
    const deal = await fixture.buy();
    const deliverBy = deal.deliverBy as bigint;
    await time.increaseTo(deliverBy - MARGIN - 60n);
    return { ...fixture, deal, deliverBy };
  }

  /** What waits in the pool once the agent has sent it: a busy machine may take longer than one look waits. */
  async function sentBy(account: string, look: () => Promise<void>) {
    for (let looks = 0; looks < 50; looks++) {
      await look();
      const [sent] = await poolOf(account);
      if (sent !== undefined) return sent;
    }
    throw new Error("The agent sent nothing.");
  }

  // claim(attacks#command-line-package-and-sellers-agent): a delivery that is public and given up, so that the buyer
  //   reads the key in the pool and takes the refund
  it("sends it again and raises it inside the margin, until it is mined", async () => {
    const fixture = await loadFixture(publicFixture);
    const { wallet, deal, deliverBy, contracts } = fixture;
    const { look, events, close } = await agentHere(fixture, { transactions: QUICK });
    try {
      await ethers.provider.send("evm_setAutomine", [false]);
      const first = await sentBy(wallet.address, look);
      expect(first.to).to.equal(fixture.escrow.toLowerCase());
      await blockAt(deliverBy - MARGIN + 60n, 10n * first.fee);
      await look();
      const [second, ...more] = await poolOf(wallet.address);
      expect(more).to.deep.equal([]);
      expect(second).to.include({ nonce: first.nonce, input: first.input, to: first.to });
      expect(second!.fee).to.be.at.least(10n * first.fee);

      // the pool forgot it, and there is less than a minute
      await ethers.provider.send("hardhat_dropTransaction", [second!.hash]);
      await blockAt(deliverBy - 30n, 10n * first.fee);
      await look();
      expect((await poolOf(wallet.address)).map(({ nonce }) => nonce)).to.deep.equal([first.nonce]);
      await ethers.provider.send("evm_mine", []);
      await look();
      expect(await contracts.Escrow.statusOf(deal.opener, deal.id)).to.equal(2n);
      expect(events()).to.include("delivered").and.not.include("refused");
    } finally {
      await close();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a delivery that is too late and keeps its nonce
  it("uses the number up for nothing once it is too late, so that nothing is stuck behind it", async () => {
    const fixture = await loadFixture(publicFixture);
    const { wallet, deliverBy, buy, contracts } = fixture;
    const { look, events, journal, close } = await agentHere(fixture, { transactions: QUICK });
    try {
      await ethers.provider.send("evm_setAutomine", [false]);
      await look();
      const [first] = await poolOf(wallet.address);
      await blockAt(deliverBy + 1n, 10n * first.fee);
      await look();
      const [nothing, ...more] = await poolOf(wallet.address);
      expect(more).to.deep.equal([]);
      expect(nothing).to.include({ nonce: first.nonce, to: wallet.address.toLowerCase(), input: "0x" });
      await ethers.provider.send("evm_mine", []);
      expect(events()).to.include("missed");
      await ethers.provider.send("evm_setAutomine", [true]);
      // listing the offer takes a number too
      const next = await buy({ salt: 1n });
      await look();
      expect(await contracts.Escrow.statusOf(next.opener, next.id)).to.equal(2n);
      expect((await journal()).map(({ nonce }) => nonce)).to.deep.equal([first.nonce + 2]);
    } finally {
      await close();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a cheap delivery with a lower nonce that holds back a
  //   valuable one
  it("raises a cheap one with a lower number as far as the dear one behind it is worth", async () => {
    const fixture = await loadFixture(agentFixture);
    const { wallet, buy, actors } = fixture;
    await setBalance(actors.buyer.address, parseEther("100000"));
    await setBalance(wallet.address, parseEther("100000"));
    const cheap = await buy();
    const dear = await buy({
      salt: 1n,
      payToken: ZeroAddress,
      price: parseEther("5000"),
      deliveryWindow: 2n * 86_400n,
    });
    const { look, close } = await agentHere(fixture, { transactions: QUICK, parallel: 1 });
    try {
      await ethers.provider.send("evm_setAutomine", [false]);
      await look();
      const before = await poolOf(wallet.address);
      expect(before.length).to.equal(2);
      // more than is paid for a delivery whose worth is not known
      await blockAt(BigInt((await time.latest()) + 60), gwei(3_000));
      await look();
      const after = await poolOf(wallet.address);
      expect(after.map(({ nonce }) => nonce)).to.deep.equal(before.map(({ nonce }) => nonce));
      for (const { fee } of after) expect(fee).to.be.at.least(gwei(3_000));
      await ethers.provider.send("evm_mine", []);
      for (const { opener, id } of [cheap, dear]) {
        expect(await fixture.contracts.Escrow.statusOf(opener, id)).to.equal(2n);
      }
    } finally {
      await close();
    }
  });

  it("pays no more for gas than the operator allows, nor than a sale is worth, and says that it waits", async () => {
    for (const [transactions, ceiling] of [
      [{ ...QUICK, maxFeePerGas: gwei(40) }, gwei(40)],
      [QUICK, gwei(1_000)],
    ] as const) {
      const fixture = await loadFixture(publicFixture);
      await setBalance(fixture.wallet.address, parseEther("100000"));
      const { look, said, close } = await agentHere(fixture, { transactions });
      try {
        await ethers.provider.send("evm_setAutomine", [false]);
        await look();
        for (let i = 1n; i < 20n; i++) {
          await blockAt(BigInt((await time.latest()) + 10), 2n * ceiling);
          await look();
        }
        const [waiting] = await poolOf(fixture.wallet.address);
        expect(waiting!.fee).to.be.at.most(ceiling);
        expect(waiting!.fee * 10n).to.be.at.least(ceiling * 9n);
        expect(said.filter(({ event }) => event === "fee")).to.have.length(1);
        expect(said.find(({ event }) => event === "fee")).to.include({ level: "alert", deal: fixture.deal.id });
      } finally {
        await close();
        await ethers.provider.send("evm_setAutomine", [true]);
      }
    }
  });

  it("refuses to begin at a fee above the ceiling, whatever the node names", async () => {
    const fixture = await loadFixture(publicFixture);
    const transactions = { ...QUICK, maxFeePerGas: gwei(5) };
    const { look, events, journal, close } = await agentHere(fixture, { transactions });
    try {
      await blockAt(BigInt((await time.latest()) + 1), gwei(6));
      await look();
      expect(events()).to.include("FEE_CEILING");
      expect(await journal()).to.deep.equal([]);
      expect(await poolOf(fixture.wallet.address)).to.deep.equal([]);
    } finally {
      await close();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a keyring or a node so slow that the first broadcast comes
  //   inside the margin
  it("asks the clock again right before a key is sent for the first time", async () => {
    const fixture = await loadFixture(publicFixture);
    const { sellersKeys, deal, deliverBy, dealsOf, actors, wallet, contracts } = fixture;
    // opening the keyring takes a minute too long
    sellersKeys.onFind = async () => {
      if ((await time.latest()) < deliverBy - MARGIN + 1n) await time.increaseTo(deliverBy - MARGIN + 1n);
    };
    const policy = { confirmations: 0, margin: MARGIN };
    await caught(() => dealsOf(actors.creator, sellersKeys).deliver(deal, policy), "DEADLINE_TOO_CLOSE");
    expect(await contracts.Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);

    // and so does keeping the signed transaction
    let entries: JournalEntry[] = [];
    const kept = {
      entries: () => entries,
      put: async (entry: JournalEntry) => {
        entries = [...entries.filter((e) => e.label !== entry.label), entry];
        await time.increase(120);
      },
      forget: async (label: string) => void (entries = entries.filter((entry) => entry.label !== label)),
    };
    const signer = new JournalSigner(wallet, ethers.provider, kept, QUICK);
    const until = BigInt(await time.latest()) + MARGIN + 60n;
    const request: TransactionRequest = { to: wallet.address, value: 1n };
    const count = await ethers.provider.getTransactionCount(wallet.address);
    const send = () => signer.labelled("a deal", { until, margin: MARGIN }).sendTransaction(request);
    await caught(send, "DEADLINE_TOO_CLOSE");
    expect(entries).to.deep.equal([]);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(count);
  });
});
