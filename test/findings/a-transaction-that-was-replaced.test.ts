import { expect } from "chai";
import { JsonRpcProvider, Wallet, type JsonRpcSigner, type TransactionRequest } from "ethers";

import { mined, type Submitted, type WaitPatience } from "../../sdk/src/chain";
import { startAnvil, type Anvil } from "../support/anvil";
import { caught } from "../support/caught";
import { localWallet } from "../support/cli";

const CHAIN_ID = 31_337;
const SHOP = "0x00000000000000000000000000000000000000aa";
const OTHER = "0x00000000000000000000000000000000000000bb";
/** As long as a person waits, in the tests' time. */
const PATIENCE: WaitPatience = { minedMs: 40_000, goneMs: 1_000, unseenMs: 2_500, silentMs: 20_000 };
const FEES = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };
const MORE = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };

/**
 * What was lost: a buyer's evening. The wallet sped the purchase up; the licence was there within a minute, and the client
 * waited ten for a hash that could never be mined.
 */
describe("Finding: a transaction that was replaced is waited for, or told as a time-out", function () {
  this.timeout(120_000);
  let anvil: Anvil;
  let provider: JsonRpcProvider;
  let wallet: Wallet;

  beforeEach(async () => {
    anvil = await startAnvil({ chainId: CHAIN_ID });
    provider = new JsonRpcProvider(anvil.url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
    provider.pollingInterval = 100;
    wallet = new Wallet(localWallet(0).privateKey, provider);
    await anvil.send("evm_setAutomine", [false]);
  });
  afterEach(async () => {
    provider.destroy();
    await anvil.stop();
  });

  const mine = () => anvil.send("evm_mine", []);
  const purchase: TransactionRequest = { to: SHOP, value: 7n, data: "0x", gasLimit: 30_000n };

  async function sent(): Promise<Submitted> {
    const { hash, from, nonce } = await wallet.sendTransaction({ ...purchase, ...FEES });
    return { hash, from, nonce, to: SHOP, data: "0x", value: 7n };
  }

  it("returns the receipt of the same transaction, sped up twice", async () => {
    const first = await sent();
    const waiting = mined(provider, first, PATIENCE);
    await wallet.sendTransaction({ ...purchase, ...MORE, nonce: first.nonce });
    const raised = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n };
    const last = await wallet.sendTransaction({ ...purchase, ...raised, nonce: first.nonce });
    await mine();
    const receipt = await waiting;
    expect(receipt.hash).to.equal(last.hash).and.not.equal(first.hash);
    expect(await provider.getBalance(SHOP)).to.equal(7n);
  });

  it("returns it also when the replacing one was mined before anybody looked, many blocks ago", async () => {
    const first = await sent();
    const last = await wallet.sendTransaction({ ...purchase, ...MORE, nonce: first.nonce });
    for (let block = 0; block < 40; block++) await mine();
    expect((await mined(provider, first, PATIENCE)).hash).to.equal(last.hash);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a transaction that was sped up, cancelled, replaced or
  //   dropped
  it("tells a cancelled one, with both hashes and nothing paid", async () => {
    const first = await sent();
    const waiting = caught(() => mined(provider, first, PATIENCE), "TRANSACTION_CANCELLED");
    const cancelling = { to: wallet.address, value: 0n, nonce: first.nonce, gasLimit: 21_000n };
    const last = await wallet.sendTransaction({ ...cancelling, ...MORE });
    await mine();
    expect((await waiting).args).to.deep.equal({ hash: first.hash, replacement: last.hash });
    expect(await provider.getBalance(SHOP)).to.equal(0n);
  });

  it("tells one that another took the place of", async () => {
    const first = await sent();
    const waiting = caught(() => mined(provider, first, PATIENCE), "TRANSACTION_REPLACED");
    const last = await wallet.sendTransaction({ to: OTHER, value: 1n, nonce: first.nonce, gasLimit: 21_000n, ...MORE });
    await mine();
    expect((await waiting).args).to.deep.equal({ hash: first.hash, replacement: last.hash });
  });

  it("tells one that the node dropped, soon", async () => {
    const first = await sent();
    const waiting = caught(() => mined(provider, first, PATIENCE), "TRANSACTION_DROPPED");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await anvil.send("anvil_dropTransaction", [first.hash]);
    const started = Date.now();
    expect((await waiting).args.hash).to.equal(first.hash);
    expect(Date.now() - started).to.be.lessThan(PATIENCE.minedMs / 2);
  });

  it("tells one that no node ever had, and waits longer for it", async () => {
    const first = { ...(await sent()), hash: `0x${"12".repeat(32)}`, nonce: 5 };
    const error = await caught(() => mined(provider, first, PATIENCE), "TRANSACTION_DROPPED");
    expect(error.args).to.include({ hash: first.hash });
    expect(Number(error.args.seconds)).to.be.at.least(2);
  });

  it("goes on waiting for one that is only slow, and tells its hash when the patience ends", async () => {
    const first = await sent();
    const error = await caught(
      () => mined(provider, first, { ...PATIENCE, minedMs: 3_000 }),
      "TRANSACTION_UNCONFIRMED",
    );
    expect(error.args.hash).to.equal(first.hash);
    const waiting = mined(provider, first, PATIENCE);
    await mine();
    expect((await waiting).hash).to.equal(first.hash);
  });

  it("tells the hash when the node is gone in the middle", async () => {
    const first = await sent();
    const waiting = caught(() => mined(provider, first, { ...PATIENCE, silentMs: 2_000 }), "TRANSACTION_UNCONFIRMED");
    await anvil.stop();
    expect((await waiting).args.hash).to.equal(first.hash);
  });

  it("tells a sped-up one that reverted as a failure, not as a success", async () => {
    // a contract that refuses every call
    await anvil.send("anvil_setCode", [SHOP, "0x60006000fd"]);
    const first = await sent();
    const waiting = caught(() => mined(provider, first, PATIENCE), "CONTRACT_REVERTED_SILENTLY");
    await wallet.sendTransaction({ ...purchase, ...MORE, nonce: first.nonce });
    await mine();
    await waiting;
  });

  context("when the wallet chooses the number and never shows the transaction", () => {
    it("follows the one that does the same, tells a cancellation, and is not misled by another", async () => {
      const signer: JsonRpcSigner = await provider.getSigner(1);
      const from = signer.address;
      const unseen: Submitted = { hash: `0x${"34".repeat(32)}`, from, likelyNonce: 0, to: SHOP, data: "0x", value: 7n };
      await signer.sendUncheckedTransaction({ ...purchase, ...MORE });
      await mine();
      expect((await mined(provider, unseen, PATIENCE)).from).to.equal(from);

      await signer.sendUncheckedTransaction({ to: from, value: 0n, gasLimit: 21_000n });
      await mine();
      await caught(() => mined(provider, { ...unseen, likelyNonce: 1 }, PATIENCE), "TRANSACTION_CANCELLED");

      await signer.sendUncheckedTransaction({ to: OTHER, value: 3n, gasLimit: 21_000n });
      await mine();
      // a private relay may still have it, under whatever number the wallet chose
      const unknown = { ...PATIENCE, minedMs: PATIENCE.unseenMs + 2_000 };
      await caught(() => mined(provider, { ...unseen, likelyNonce: 2 }, unknown), "TRANSACTION_UNCONFIRMED");
      await caught(() => mined(provider, { ...unseen, nonce: 9, carried: true }, unknown), "TRANSACTION_UNCONFIRMED");
    });
  });
});
