import { expect } from "chai";
import { JsonRpcProvider, Transaction, Wallet, type TransactionResponse } from "ethers";

import { JournalSigner, type Journal, type JournalEntry } from "../../../sdk/src/seller";
import { startAnvil, type Anvil } from "../../support/anvil";
import { caught } from "../../support/caught";
import { localWallet } from "../../support/cli";
import { startRpcProxy, type RpcProxy } from "../../support/rpcProxy";

const CHAIN_ID = 31_337;
const TO = "0x00000000000000000000000000000000000000aa";

describe("JournalSigner", function () {
  this.timeout(240_000);
  let anvil: Anvil;
  let proxy: RpcProxy;
  let provider: JsonRpcProvider;
  let wallet: Wallet;
  let kept: JournalEntry[];
  let broadcast: Transaction[];

  const journal: Journal = {
    entries: () => kept,
    put: async (entry) => void (kept = [...kept.filter(({ label }) => label !== entry.label), entry]),
    forget: async (label) => void (kept = kept.filter((entry) => entry.label !== label)),
  };

  beforeEach(async () => {
    anvil = await startAnvil({ chainId: CHAIN_ID });
    proxy = await startRpcProxy(anvil.url);
    provider = new JsonRpcProvider(proxy.url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
    wallet = new Wallet(localWallet(0).privateKey);
    kept = [];
    broadcast = [];
    proxy.rule(({ method, params }) => {
      if (method === "eth_sendRawTransaction") broadcast.push(Transaction.from(String(params[0])));
      return undefined;
    });
    await anvil.send("evm_setAutomine", [false]);
  });
  afterEach(async () => {
    provider.destroy();
    await proxy.close();
    await anvil.stop();
  });

  const signer = (patience = 300, raiseAfter = 60_000) =>
    new JournalSigner(wallet, provider, journal, { patience, pollIntervalMs: 50, raiseAfter });
  const pay = (label: string, from = signer()): Promise<TransactionResponse> =>
    from.labelled(label).sendTransaction({ to: TO, value: 1n });
  const mined = () => provider.getBalance(TO);

  // claim(attacks#command-line-package-and-sellers-agent): an answer that is lost, so that the same thing is sent twice
  // claim(invariants#command-line-package-and-sellers-agent): of the transactions that are signed for one purpose at
  //   most one is mined | nobody; the seller pays twice
  it("keeps a transaction before it is sent, and sends the same one again", async () => {
    proxy.cut();
    // what is asked before the signing is lost too, so nothing was kept
    await pay("a").catch(() => undefined);
    expect(kept).to.have.length(0);
    proxy.repair();
    const lose = proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? { kind: "reset" } : undefined));
    await pay("a").catch(() => undefined);
    lose();
    expect(kept).to.have.length(1);
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    await anvil.send("evm_mine");
    const response = await pay("a");
    expect(response.hash).to.equal(kept[0]!.hashes[0]);
    expect(new Set(broadcast.map(({ hash }) => hash)).size).to.equal(1);
    expect(await mined()).to.equal(1n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a transaction that is stuck, or whose nonce another one took
  it("raises the fee of one that waits too long, under the same number", async () => {
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    await caught(() => pay("a", signer(300, 0)), "DELIVERY_UNCONFIRMED");
    const [first, second] = [broadcast[0]!, broadcast.at(-1)!];
    expect(second.nonce).to.equal(first.nonce);
    expect(second.maxFeePerGas! * 10n >= first.maxFeePerGas! * 11n).to.equal(true);
    expect(kept[0]!.hashes).to.deep.equal([first.hash, second.hash]);
    await anvil.send("evm_mine");
    await anvil.send("evm_mine");
    expect((await pay("a")).hash).to.equal(second.hash);
    expect(await mined()).to.equal(1n);
  });

  // claim(invariants#command-line-package-and-sellers-agent): of the transactions that are signed for one purpose at
  //   most one is mined
  it("gives each of several at once a number of its own", async () => {
    const one = signer();
    await Promise.all(["a", "b", "c"].map((label) => caught(() => pay(label, one), "DELIVERY_UNCONFIRMED")));
    expect(kept.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    await anvil.send("evm_mine");
    expect(await mined()).to.equal(3n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a transaction that is stuck, or whose nonce another one took
  it("signs anew when another transaction took the number", async () => {
    const forget = proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? { kind: "forget" } : undefined));
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    forget();
    const other = await wallet.connect(provider).sendTransaction({ to: wallet.address, nonce: 0 });
    await anvil.send("evm_mine");
    expect((await provider.getTransactionReceipt(other.hash))?.status).to.equal(1);
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    expect(kept[0]!.nonce).to.equal(1);
    await anvil.send("evm_mine");
    expect(await mined()).to.equal(1n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a transaction that is stuck, or whose nonce another one took
  it("fills a number that was given up, so that the next one is not stuck, and sends nothing twice", async () => {
    const forget = proxy.rule(({ method }) => (method === "eth_sendRawTransaction" ? { kind: "forget" } : undefined));
    await caught(() => pay("a"), "DELIVERY_UNCONFIRMED");
    forget();
    await caught(() => pay("b"), "DELIVERY_UNCONFIRMED");
    await journal.forget("a");
    await anvil.send("evm_mine");
    expect(await mined()).to.equal(0n);
    await caught(() => pay("b"), "DELIVERY_UNCONFIRMED");
    await anvil.send("evm_mine");
    expect((await pay("b")).nonce).to.equal(1);
    expect(await mined()).to.equal(1n);
    expect(await provider.getTransactionCount(wallet.address)).to.equal(2);
  });
});
