import { expect } from "chai";
import { JsonRpcProvider, Transaction, Wallet, ZeroAddress, parseEther, parseUnits } from "ethers";
import { ethers } from "hardhat";

import { JournalSigner, type JournalEntry } from "../../sdk/src/seller";
import { startAnvil } from "../support/anvil";
import { caught } from "../support/caught";
import { localWallet } from "../support/cli";

/**
 * What was lost: a seller's balance, and every later sale. While a chain made no blocks, the agent raised the fee of a
 * waiting delivery again and again: after two hours it would have paid two hundred times the price, after a day more than
 * it had, and then that delivery, and all with higher numbers, could never be sent.
 */
describe("Finding: a fee is raised without end while the chain stands still", () => {
  const COIN = 10n ** 18n;
  let entries: JournalEntry[];
  let wallet: Wallet;

  beforeEach(async () => {
    entries = [];
    wallet = new Wallet(Wallet.createRandom().privateKey, ethers.provider);
    await ethers.provider.send("hardhat_setBalance", [wallet.address, `0x${COIN.toString(16)}`]);
    await ethers.provider.send("evm_setAutomine", [false]);
  });
  afterEach(() => ethers.provider.send("evm_setAutomine", [true]));

  const kept = {
    entries: () => entries,
    put: async (entry: JournalEntry) => void (entries = [...entries.filter((e) => e.label !== entry.label), entry]),
    forget: async (label: string) => void (entries = entries.filter((entry) => entry.label !== label)),
  };
  /** Tries once, as the agent does at each look; the fee of what waits is raised at each. */
  const attempt = () => {
    const signer = new JournalSigner(wallet, ethers.provider, kept, { patience: 1, pollIntervalMs: 1, raiseAfter: 0 });
    return caught(() => signer.labelled("a deal").sendTransaction({ to: wallet.address, value: 1n }));
  };

  // claim(attacks#proofs-of-the-fair-exchange): a chain without blocks, so that the fee of a delivery is raised beyond
  //   what the seller has: the increase stops at a few times the market's price
  it("stops where the fee is no longer what keeps the delivery waiting, and sends it in the end", async () => {
    await attempt();
    const [first] = entries;
    const codes = new Set<string>();
    for (let look = 0; look < 60; look++) codes.add((await attempt()).code);
    expect([...codes]).to.deep.equal(["DELIVERY_UNCONFIRMED"]);
    const [last] = entries;
    expect(last!.nonce).to.equal(first!.nonce);
    // it was raised, so that a price that had risen would have been met
    expect(last!.maxFeePerGas).to.be.greaterThan(first!.maxFeePerGas);
    expect(last!.maxFeePerGas).to.be.at.most(5n * first!.maxFeePerGas);
    expect(last!.maxPriorityFeePerGas).to.be.at.most(6n * first!.maxPriorityFeePerGas);

    await ethers.provider.send("evm_mine", []);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(1);
    expect(await ethers.provider.getBalance(wallet.address)).to.be.greaterThan((COIN * 99n) / 100n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a chain without a base fee whose node reports the whole gas
  //   price as the tip
  it("bounds the whole price as it bounds a tip, on a chain without a base fee", async () => {
    const legacy = await startAnvil({ chainId: 31_337, hardfork: "berlin" });
    const provider = new JsonRpcProvider(legacy.url, 31_337, { cacheTimeout: -1, staticNetwork: true });
    try {
      await legacy.send("evm_setAutomine", [false]);
      const limits = { maxFee: parseEther("1"), maxTip: parseUnits("3", "gwei") };
      const signer = new JournalSigner(new Wallet(localWallet(0).privateKey), provider, kept, {
        ...{ patience: 1, pollIntervalMs: 1, raiseAfter: 0 },
        limits,
      }).labelled("a deal");
      const send = () => signer.sendTransaction({ to: ZeroAddress, value: 1n });
      for (let i = 0; i < 8; i++) await caught(send, "DELIVERY_UNCONFIRMED");
      expect(entries[0]!.hashes.length).to.be.above(1);
      const { type, gasPrice } = Transaction.from(entries[0]!.raw);
      expect(type).to.equal(0);
      expect(gasPrice).to.be.at.most(limits.maxTip);
    } finally {
      provider.destroy();
      await legacy.stop();
    }
  });
});
