import { expect } from "chai";
import { Wallet } from "ethers";
import { ethers } from "hardhat";

import { JournalSigner, type JournalEntry } from "../../sdk/src/seller";

/**
 * What was lost: a sale whose delivery was mined and failed, for want of gas on a rollup whose price for data rose, or
 * because a deep reorg had put another purchase in its place. The agent took that transaction for the delivery for ever,
 * never signed another, and each look at the chain ended there, before the deliveries that came after it.
 */
describe("Finding: a delivery that failed once is never made", () => {
  const LABEL = "a deal";

  async function journal() {
    const wallet = new Wallet(Wallet.createRandom().privateKey, ethers.provider);
    await ethers.provider.send("hardhat_setBalance", [wallet.address, "0xde0b6b3a7640000"]);
    const target = await ethers.deployContract("TestOpener");
    let entries: JournalEntry[] = [];
    const kept = {
      entries: () => entries,
      put: async (entry: JournalEntry) => void (entries = [...entries.filter((e) => e.label !== entry.label), entry]),
      forget: async (label: string) => void (entries = entries.filter((entry) => entry.label !== label)),
    };
    const settings = { patience: 60_000, pollIntervalMs: 10, raiseAfter: 60_000 };
    const signer = new JournalSigner(wallet, ethers.provider, kept, settings).labelled(LABEL);
    const request = { to: await target.getAddress(), data: target.interface.encodeFunctionData("setOnRefund", [1]) };
    return { wallet, target, signer, request };
  }

  /** Sends as to a node that mines later: its answer says nothing about success. */
  async function sendAndMine(signer: JournalSigner, request: { to: string; data: string; gasLimit?: bigint }) {
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const sent = signer.sendTransaction(request);
      for (let waited = 0; waited < 3_000; waited++) {
        const pending = await ethers.provider.send("eth_getBlockByNumber", ["pending", false]);
        if ((pending as { transactions: string[] }).transactions.length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await ethers.provider.send("evm_mine", []);
      return await ethers.provider.getTransactionReceipt((await sent).hash);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
  }

  // claim(attacks#proofs-of-the-fair-exchange): a delivery that is mined but fails, taken for a success: it is signed
  //   again
  it("signs another transaction for what was mined and failed", async () => {
    const { wallet, target, signer, request } = await journal();
    const failed = await sendAndMine(signer, { ...request, gasLimit: 22_000n });
    expect(failed!.status).to.equal(0);

    const receipt = await sendAndMine(signer, request);
    expect(receipt!.status).to.equal(1);
    expect(receipt!.hash).to.not.equal(failed!.hash);
    expect(await target.onRefund()).to.equal(1n);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(2);
  });

  // claim(attacks#proofs-of-the-fair-exchange): a delivery that is mined but fails, taken for a success: it is signed
  //   again
  it("still never signs a second one for what succeeded", async () => {
    const { wallet, signer, request } = await journal();
    const first = await sendAndMine(signer, request);
    const again = await signer.sendTransaction(request);
    expect(again.hash).to.equal(first!.hash);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(1);
  });
});
