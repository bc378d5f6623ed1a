import { expect } from "chai";
import { JsonRpcProvider, ZeroAddress, ZeroHash, type JsonRpcSigner, type TransactionRequest } from "ethers";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { winkCard } from "../../scripts/demo/card";
import { prepareWithWrongChunk } from "../../scripts/demo/cheat";
import { DealClient, type Deal, type DeliveryPolicy, type HeldBlob } from "../../sdk/src/deals";
import { portablePlatform, prepareInto, type FileCommitment, type Prepared } from "../../sdk/src/fairexchange";
import { MarketClient, completeOffer, hashOffer, type ListedOffer, type OfferTerms } from "../../sdk/src/market";
import { signTerms } from "../../sdk/src/market/signTerms";
import { FileKeyring, folderStore, prepareFile } from "../../sdk/src/node";
import type { UnixFsStore } from "../../sdk/src/store";
import { IEscrow__factory } from "../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { Panel__factory } from "../../typechain-types/factories/contracts/court/Panel__factory";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { sealFile } from "../helpers/files";
import { caught } from "../support/caught";
import { separateNode, type SeparateNode } from "../support/separate-node";

const PRICE = 25_000_000n;
const DAY = 86_400n;
/** The seller's part of the panel's fee, and more, so that something of it is left over. */
const BOND = 15_000_000_000_000_000n;
/** The panel's fee in the local deployment's parameters, and its members there, by their places among the accounts. */
const FEE = 10_000_000_000_000_000n;
const ARBITERS = [4, 5];
const FILE = Uint8Array.from({ length: 70 * 1024 + 5 }, (_, index) => (index * 31 + (index >> 8)) % 256);
const WRONG_CHUNK = 66;
const PASSWORD = "correct horse";
const COST = 2 ** 10;
const AT_ONCE: DeliveryPolicy = { confirmations: 0, margin: 0n };

interface Listed {
  versionId: bigint;
  offer: ListedOffer["offer"];
  source: HeldBlob;
  prepared: Prepared;
}

describe("DealClient, against a separate node", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: JsonRpcSigner;
  let buyer: JsonRpcSigner;
  let stranger: JsonRpcSigner;
  let token: string;
  let store: UnixFsStore;
  let own: UnixFsStore;
  let snapshot: string;
  let market: (account: JsonRpcSigner) => MarketClient;
  let deals: (account: JsonRpcSigner, keys?: string) => DealClient;
  let keyring: (name: string) => FileKeyring;
  let sale: Listed;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const signers = await Promise.all([7, 8, 10].map((index) => chain.provider.getSigner(index)));
    [seller, buyer, stranger] = signers as [JsonRpcSigner, JsonRpcSigner, JsonRpcSigner];
    const { TestToken } = chain.addresses;
    token = TestToken!;
    market = (account) => new MarketClient(chain.deployment, account);
    keyring = (name) => new FileKeyring(join(chain.folder, `${name}.keys`), PASSWORD, portablePlatform, COST);
    deals = (account, keys = account.address) =>
      new DealClient(chain.deployment, account, { platform: portablePlatform, keyring: keyring(keys) });
    store = folderStore(join(chain.folder, "store"));
    own = folderStore(join(chain.folder, "own"));
    await (await TestToken__factory.connect(token, buyer).mint(buyer.address, 1_000_000_000n)).wait();
    sale = await listed(await prepareInto([FILE], store, portablePlatform));
  });

  after(() => chain.close());

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const pocket = (): Promise<bigint> => TestToken__factory.connect(token, chain.provider).balanceOf(buyer.address);
  const owed = (account: JsonRpcSigner): Promise<bigint> => market(account).earned(token, account.address);
  const until = (second: bigint) =>
    chain.provider.send("evm_setNextBlockTimestamp", [`0x${(second + 1n).toString(16)}`]);
  const statusOf = async (deal: Deal) => (await deals(buyer).deal(deal.opener, deal.id)).status;

  async function listed(sealed: Prepared & { cid: string }, differs: Partial<OfferTerms> = {}): Promise<Listed> {
    const { cid, key, ...file } = sealed;
    await keyring(seller.address).add({ kind: "version", secret: key, x: file.keyX, note: "a version" });
    const card = { ...winkCard, file: { blob: cid, name: "model.bin" } };
    const { versionId } = await market(seller).listModel(card, store, { file });
    const terms = { versionId, payToken: token, price: PRICE, supply: 10n };
    const windows = { deliveryWindow: DAY, complaintWindow: 2n * DAY };
    const { offer } = await market(seller).createOffer({ ...terms, ...windows, ...differs });
    return { versionId, offer, source: { store, cid }, prepared: sealed };
  }

  async function bought({ versionId, offer, source }: Listed = sale): Promise<{ deal: Deal; held: HeldBlob }> {
    const held = await deals(buyer).hold(versionId, source, own);
    return { held, deal: (await deals(buyer).purchase(offer, held)).deal };
  }

  async function delivered(from: Listed = sale): Promise<{ deal: Deal; held: HeldBlob }> {
    const purchase = await bought(from);
    await deals(seller).deliver(purchase.deal, AT_ONCE);
    return purchase;
  }

  async function opened(deal: Deal, held: HeldBlob, keys?: string) {
    const parts: Uint8Array[] = [];
    const result = await deals(buyer, keys).open(deal, held, { write: (bytes) => void parts.push(bytes) });
    return { result, bytes: Buffer.concat(parts) };
  }

  it("sells a file: held, bought, delivered, opened, accepted, paid", async () => {
    const { deal, held } = await bought();
    expect(await statusOf(deal)).to.equal("open");
    await caught(() => opened(deal, held), "KEY_NOT_DELIVERED");
    const [waiting] = await deals(seller).toDeliver(seller.address);
    expect(waiting).to.deep.equal(deal);
    await caught(() => deals(seller).deliver(deal), "DEAL_NOT_FINAL");
    await chain.provider.send("hardhat_mine", ["0x40"]);
    await deals(seller).deliver(waiting!);
    expect(await deals(seller).toDeliver(seller.address)).to.deep.equal([]);
    await caught(() => deals(seller).deliver(deal), "DEAL_NOT_OPEN");

    const { result, bytes } = await opened(deal, held);
    expect(result.ok).to.equal(true);
    expect(bytes.equals(FILE)).to.equal(true);
    await deals(buyer).accept(deal);
    expect(await statusOf(deal)).to.equal("settled");
    expect(await owed(seller)).to.equal((PRICE * 9_750n) / 10_000n);
  });

  describe("each way a deal ends", () => {
    it("is declined by the seller", async () => {
      const { deal } = await bought();
      await caught(() => deals(stranger).decline(deal), "Escrow_NotParty");
      await deals(seller).decline(deal);
      expect(await statusOf(deal)).to.equal("refunded");
      expect(await owed(buyer)).to.equal(PRICE);
    });

    it("is refunded by anyone when nothing was delivered in time", async () => {
      const { deal } = await bought();
      await caught(() => deals(stranger).refundUndelivered(deal), "Escrow_TooEarly");
      await until(deal.deliverBy);
      await deals(stranger).refundUndelivered(deal);
      expect(await owed(buyer)).to.equal(PRICE);
    });

    it("is held against a seller who could have delivered, when the buyer shows it", async () => {
      const { deal } = await bought();
      await caught(() => deals(buyer).recordMissedDelivery(deal), "DEAL_NOT_MISSED");
      await until(deal.deliverBy);
      await deals(stranger).refundUndelivered(deal);
      const misses = async () => deals(buyer).escrow.missedDeliveries(deal.opener, seller.address);
      expect(await misses()).to.equal(0n);
      await caught(() => deals(stranger).recordMissedDelivery(deal), "KEY_FILE_LOST");
      await deals(buyer).recordMissedDelivery(deal);
      expect(await misses()).to.equal(1n);
      await caught(() => deals(buyer).recordMissedDelivery(deal), "Escrow_NoMissToRecord");
    });

    it("is not held against a seller for a pad that nobody can open, and the secret stays where it is", async () => {
      const held = await deals(buyer).hold(sale.versionId, sale.source, own);
      const { buyerKey } = await deals(buyer).newPad(sale.versionId);
      const { receipt, licenseId } = await market(buyer).purchase(sale.offer, {
        key: { buyerKey, pad: stranger.address },
      });
      expect([held.cid, receipt.status]).to.deep.equal([sale.source.cid, 1]);
      const { deal } = await deals(buyer).deal(chain.addresses.Market!, licenseId);
      await until(deal.deliverBy);
      await deals(stranger).refundUndelivered(deal);
      const sent = await buyer.getNonce();
      await caught(() => deals(buyer).recordMissedDelivery(deal), "DEAL_NOT_MISSED");
      expect(await buyer.getNonce()).to.equal(sent);
    });

    it("is settled by anyone after the complaint window", async () => {
      const { deal } = await delivered();
      await caught(() => deals(stranger).settle(deal), "Escrow_TooEarly");
      const { deal: now } = await deals(stranger).deal(deal.opener, deal.id);
      await until(now.complainBy);
      await deals(stranger).settle(deal);
      expect(await statusOf(deal)).to.equal("settled");
    });

    it("is refunded by the seller after the delivery", async () => {
      const { deal } = await delivered();
      await deals(seller).refundBySeller(deal);
      expect(await owed(buyer)).to.equal(PRICE);
    });

    it("is refunded for a wrong chunk that the buyer proves", async () => {
      const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
      const { deal, held } = await delivered(await listed({ ...prepared, cid: await store.put(blob) }));
      await caught(() => deals(stranger).refundDefective(deal), "Escrow_NotDefective");
      const { result } = await opened(deal, held);
      if (result.ok) throw new Error("The wrong chunk was not found.");
      expect(result.wrongChunk).to.equal(BigInt(WRONG_CHUNK));
      await deals(buyer).complain(deal.versionId, result.complaint);
      await deals(stranger).refundDefective(deal);
      expect(await statusOf(deal)).to.equal("refunded");
      expect(await owed(buyer)).to.equal(PRICE);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A ruling or a settlement sent between the proof and the refund, or a
    //   copy of the proof sent before it: proof and refund are one call
    it("is refunded in the transaction that proves the wrong chunk, also when somebody else's proof was faster", async () => {
      const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
      const wrong = await listed({ ...prepared, cid: await store.put(blob) });
      const [first, second] = [await delivered(wrong), await delivered(wrong)];
      const { result } = await opened(first.deal, first.held);
      if (result.ok) throw new Error("The wrong chunk was not found.");
      for (const [whom, { deal }] of [[stranger, first] as const, [buyer, second] as const]) {
        const { refunded, receipt } = await deals(whom).complainAndRefund(deal, result.complaint);
        expect([refunded, receipt.status]).to.deep.equal([true, 1]);
      }
      expect([await statusOf(first.deal), await statusOf(second.deal)]).to.deep.equal(["refunded", "refunded"]);
      expect(await owed(buyer)).to.equal(2n * PRICE);
      expect(await owed(seller)).to.equal(0n);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A complaint that a rollup takes for too little gas, after its node has
    //   read the key
    it("carries gas for what a rollup charges for the bytes of a complaint, of which the node that is asked learns nothing", async () => {
      const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
      const { deal, held } = await delivered(await listed({ ...prepared, cid: await store.put(blob) }));
      const { result } = await opened(deal, held);
      if (result.ok) throw new Error("The wrong chunk was not found.");
      const { complaint } = result;
      const asked: TransactionRequest[] = [];
      const ROLLUP = 3_000_000n;
      const provider = new JsonRpcProvider(chain.node.url, undefined, { staticNetwork: true });
      const estimate = provider.estimateGas.bind(provider);
      provider.estimateGas = async (request) => {
        asked.push(request);
        return ROLLUP + (await estimate(request));
      };
      try {
        const client = deals(await provider.getSigner(8));
        const limits: bigint[] = [];
        for (const send of [
          () => client.complain(deal.versionId, complaint),
          () => client.complainAndRefund(deal, complaint).then(({ receipt }) => receipt),
        ]) {
          const before = (await chain.provider.send("evm_snapshot", [])) as string;
          const { hash } = await send();
          limits.push((await chain.provider.getTransaction(hash))!.gasLimit);
          await chain.provider.send("evm_revert", [before]);
        }
        expect(limits.map((limit) => limit > ROLLUP + 600_000n)).to.deep.equal([true, true]);
        // as many bytes, none of them of the complaint, to somebody who has no code
        const secret = complaint.key.toString(16).padStart(64, "0");
        for (const { to, data } of asked) {
          expect(data!.length).to.be.greaterThan(2_000);
          expect(data).not.to.contain(secret);
          expect(await chain.provider.getCode(to!)).to.equal("0x");
        }
        expect(asked.length).to.equal(2);
      } finally {
        provider.destroy();
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A proof suppressed: the seller sees `proveAndRefund` coming and
    //   closes or delivers the deal first, so that the call fails and the proof with it. The proof stays on record;
    //   only the refund is not made
    it("leaves the proof when the seller gives the money back in front of it, and says that it did not refund", async () => {
      const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
      const wrong = await listed({ ...prepared, cid: await store.put(blob) });
      const [first, second] = [await delivered(wrong), await delivered(wrong)];
      const { result } = await opened(first.deal, first.held);
      if (result.ok) throw new Error("The wrong chunk was not found.");
      const { complainBy } = (await deals(seller).deal(first.deal.opener, first.deal.id)).deal;
      const escrow = deals(seller).escrow;
      const rpc = (method: string, ...params: unknown[]) => chain.provider.send(method, params);
      await rpc("evm_setAutomine", false);
      try {
        const complained = deals(buyer).complainAndRefund(first.deal, result.complaint);
        while (((await rpc("eth_pendingTransactions")) as unknown[]).length === 0) await sleep(20);
        // the seller sees it coming, and pays more to be first
        const { maxFeePerGas } = await chain.provider.getFeeData();
        const fee = 10n * maxFeePerGas!;
        const terms = { ...first.deal, complainBy };
        await escrow.refundBySeller(terms, { gasLimit: 600_000n, maxFeePerGas: fee, maxPriorityFeePerGas: fee });
        await rpc("evm_mine");
        const { refunded, receipt } = await complained;
        expect([refunded, receipt.status]).to.deep.equal([false, 1]);
      } finally {
        await rpc("evm_setAutomine", true);
      }
      expect(await statusOf(first.deal)).to.equal("refunded");
      expect(await owed(buyer)).to.equal(PRICE);
      await deals(stranger).refundDefective(second.deal);
      expect(await owed(buyer)).to.equal(2n * PRICE);
    });

    it("is not proven to be wrong for a refund that cannot come any more", async () => {
      const { blob, prepared } = await prepareWithWrongChunk(FILE, WRONG_CHUNK, portablePlatform);
      const wrong = await listed({ ...prepared, cid: await store.put(blob) });
      const [accepted, late] = [await delivered(wrong), await delivered(wrong)];
      const { result } = await opened(late.deal, late.held);
      if (result.ok) throw new Error("The wrong chunk was not found.");
      await deals(buyer).accept(accepted.deal);
      const refusedUnsent = async (deal: Deal) => {
        const sent = await buyer.getNonce();
        await caught(() => deals(buyer).complainAndRefund(deal, result.complaint), "DEAL_NOT_REFUNDABLE");
        expect(await buyer.getNonce()).to.equal(sent);
      };
      await refusedUnsent(accepted.deal);
      await until((await deals(buyer).deal(late.deal.opener, late.deal.id)).deal.complainBy);
      await chain.provider.send("hardhat_mine", ["0x1"]);
      await refusedUnsent(late.deal);
      // it can still be proven, for others
      await deals(buyer).complain(late.deal.versionId, result.complaint);
      await caught(() => deals(stranger).refundDefective(late.deal), "Escrow_NotDefective");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a false complaint, which would only publish the key
    it("is not ended by a false complaint, which is refused before it is sent", async () => {
      const { data, evidence } = sealFile(0xfa15en, FILE.subarray(0, 500));
      const { root, contentRoot, keyX, size } = data;
      const file = { root, contentRoot, keyX: BigInt(keyX as string), size } as FileCommitment;
      const { versionId } = await market(seller).listModel(winkCard, store, { file });
      const sent = await buyer.getNonce();
      await caught(() => deals(buyer).complain(versionId, evidence), "COMPLAINT_FALSE");
      expect(await buyer.getNonce()).to.equal(sent);
    });

    it("has no dispute, ruling or concession without an arbitrator", async () => {
      const { deal } = await delivered();
      await caught(() => deals(buyer).dispute(deal, 1n), "Escrow_NoArbitrator");
      await caught(() => deals(buyer).concede(deal, 0n), "Escrow_WrongStatus");
      await caught(() => deals(buyer).executeRuling(deal), "Escrow_WrongStatus");
      await caught(() => deals(buyer).resolveStale(deal), "Escrow_WrongStatus");
    });
  });

  describe("each way a dispute ends", () => {
    interface Disputed {
      deal: Deal;
      disputeId: bigint;
      ruleBy: bigint;
    }

    async function disputed(): Promise<Disputed> {
      const { Panel } = chain.addresses;
      const terms = { versionId: sale.versionId, payToken: token, price: PRICE, supply: 1n, salt: 1n };
      const windows = { deliveryWindow: DAY, complaintWindow: 2n * DAY };
      const { offer } = await market(seller).createOffer({ ...terms, ...windows, arbitrator: Panel!, bond: BOND });
      termsHash = hashOffer(offer);
      await caught(() => delivered({ ...sale, offer }), "Escrow_BondExhausted");
      await deals(stranger).postBond(termsHash, seller.address, BOND + 5n);
      await deals(seller).withdrawBond(termsHash, 5n);
      const { deal } = await delivered({ ...sale, offer });
      expect(await bond()).to.deep.equal([0n, BOND]);
      await deals(buyer).dispute(deal, FEE);
      expect(await statusOf(deal)).to.equal("disputed");
      const { disputeId, ruleBy } = await deals(buyer).escrow.disputeOf(deal.opener, deal.id);
      return { deal, disputeId, ruleBy };
    }

    let termsHash: string;
    const bond = async () => [
      ...(await deals(seller).escrow.bondOf(chain.addresses.Market!, seller.address, termsHash)),
    ];
    const coin = (account: JsonRpcSigner) => market(account).earned(ZeroAddress, account.address);
    const panel = (account: JsonRpcSigner) => Panel__factory.connect(chain.addresses.Panel!, account);

    async function ruled({ disputeId }: Disputed, ruling: bigint): Promise<void> {
      for (const index of ARBITERS) {
        await (await panel(await chain.provider.getSigner(index)).vote(disputeId, ruling)).wait();
      }
    }

    /** The seller's share, of which the protocol keeps 2.5 %, rounded in the seller's favour. */
    const paid = (price: bigint) => price - (price * 250n) / 10_000n;

    it("at the offer that stood when the other side's met it, half of the fee each", async () => {
      const { deal } = await disputed();
      await caught(() => deals(stranger).concede(deal, 1n), "Escrow_NotParty");
      await deals(buyer).concede(deal, 20_000_000n);
      await deals(seller).concede(deal, 5_000_001n);
      expect(await statusOf(deal)).to.equal("disputed");
      await deals(buyer).concede(deal, 4_000_000n);
      expect(await statusOf(deal)).to.equal("split");
      expect(await owed(buyer)).to.equal(5_000_001n);
      expect(await owed(seller)).to.equal(paid(PRICE - 5_000_001n));
      expect(await coin(buyer)).to.equal(FEE / 2n);
      expect(await bond()).to.deep.equal([BOND - FEE / 2n, 0n]);
    });

    it("and gives the fee back once the panel's time is over, when the sides agreed while it was still at work", async () => {
      const { deal } = await disputed();
      await caught(() => deals(stranger).reclaimFee(deal), "Escrow_NoFeeToReclaim");
      await deals(seller).concede(deal, PRICE);
      const half = FEE / 2n;
      const held = await deals(buyer).disputeOf(deal);
      expect([held.feeHeld, held.feeOfSeller]).to.deep.equal([true, half]);
      await caught(() => deals(stranger).reclaimFee(deal), "Escrow_FeeNotReturned");
      const panelDispute = await panel(buyer).disputes(held.disputeId);
      await until(panelDispute.voteBy + 1n);
      await deals(stranger).reclaimFee(deal);
      expect(await coin(buyer)).to.equal(FEE);
      expect(await bond()).to.deep.equal([BOND, 0n]);
      expect((await deals(buyer).disputeOf(deal)).feeHeld).to.equal(false);
      await caught(() => deals(stranger).reclaimFee(deal), "Escrow_NoFeeToReclaim");
    });

    it("with the buyer's last offer, and the buyer's half back, when the panel rules for the buyer", async () => {
      const dispute = await disputed();
      await deals(buyer).concede(dispute.deal, 20_000_000n);
      await caught(() => deals(stranger).executeRuling(dispute.deal), "Escrow_NotRuled");
      await ruled(dispute, 1n);
      await deals(stranger).executeRuling(dispute.deal);
      expect(await statusOf(dispute.deal)).to.equal("split");
      expect(await owed(buyer)).to.equal(20_000_000n);
      expect(await owed(seller)).to.equal(paid(5_000_000n));
      expect(await coin(buyer)).to.equal(FEE);
      expect(await bond()).to.deep.equal([BOND - FEE, 0n]);
    });

    it("with everything back when the buyer, who conceded nothing, is right", async () => {
      const dispute = await disputed();
      await ruled(dispute, 1n);
      await deals(stranger).executeRuling(dispute.deal);
      expect(await statusOf(dispute.deal)).to.equal("refunded");
      expect(await owed(buyer)).to.equal(PRICE);
      expect(await market(buyer).isAuthorized(dispute.deal.id, buyer.address)).to.equal(false);
    });

    it("with the seller's last offer, and the bond whole, when the panel rules for the seller", async () => {
      const dispute = await disputed();
      await deals(seller).concede(dispute.deal, 1_000_000n);
      await ruled(dispute, 2n);
      await deals(stranger).executeRuling(dispute.deal);
      expect(await statusOf(dispute.deal)).to.equal("split");
      expect(await owed(buyer)).to.equal(1_000_000n);
      expect(await owed(seller)).to.equal(paid(PRICE - 1_000_000n));
      expect(await coin(buyer)).to.equal(0n);
      expect(await bond()).to.deep.equal([BOND, 0n]);
      expect(await market(buyer).isAuthorized(dispute.deal.id, buyer.address)).to.equal(true);
    });

    for (const [name, silent] of [
      ["when the panel finds no decision", async (dispute: Disputed) => ruled(dispute, 0n)],
      ["when the panel never answers", async ({ ruleBy }: Disputed) => void (await until(ruleBy))],
    ] as const) {
      it(`at the midpoint of the last offers, both halves back, ${name}`, async () => {
        const dispute = await disputed();
        await deals(buyer).concede(dispute.deal, 20_000_001n);
        await deals(seller).concede(dispute.deal, 1_000_000n);
        await caught(() => deals(stranger).resolveStale(dispute.deal), "Escrow_TooEarly");
        await silent(dispute);
        await deals(stranger).resolveStale(dispute.deal);
        expect(await statusOf(dispute.deal)).to.equal("split");
        expect(await owed(buyer)).to.equal(10_500_000n);
        expect(await owed(seller)).to.equal(paid(PRICE - 10_500_000n));
        expect(await coin(buyer)).to.equal(FEE);
        expect(await bond()).to.deep.equal([BOND, 0n]);
      });
    }
  });

  it("delivers under an offer that was signed and never listed, when the seller brings it along", async () => {
    const { chainId } = await chain.provider.getNetwork();
    const terms = { versionId: sale.versionId, payToken: token, price: PRICE, supply: 2n, salt: 2n };
    const windows = { deliveryWindow: DAY, complaintWindow: 2n * DAY };
    const offer = completeOffer(seller.address, { ...terms, ...windows });
    const signature = await signTerms(seller, chain.addresses.Market!, chainId, offer);
    const held = await deals(buyer).hold(sale.versionId, sale.source, own);
    const { deal } = await deals(buyer).purchase(offer, held, { signature });
    expect(await deals(seller).toDeliver(seller.address)).to.deep.equal([deal]);

    await caught(() => deals(seller).deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    const others = [sale.offer, { ...offer, price: PRICE + 1n }, { ...offer, supply: 3n }];
    await caught(() => deals(seller).deliver(deal, AT_ONCE, others), "DEAL_NOT_OURS");
    await deals(seller).deliver(deal, AT_ONCE, [...others, offer]);
    expect((await opened(deal, held)).bytes.equals(FILE)).to.equal(true);
    await deals(buyer).accept(deal);
    expect(await owed(seller)).to.equal((PRICE * 9_750n) / 10_000n);
  });

  describe("what a seller refuses", () => {
    // claim(attacks#command-line-package-and-sellers-agent): a deal that a stranger opens in the seller's name, at no
    //   price
    it("a deal that a stranger opened in the seller's name, for nothing", async () => {
      const escrow = IEscrow__factory.connect(chain.addresses.Escrow!, stranger);
      const pad = await deals(stranger).newPad(sale.versionId);
      const { timestamp } = (await chain.provider.getBlock("latest"))!;
      const free = {
        opener: stranger.address,
        id: 1n,
        versionId: sale.versionId,
        keyX: ZeroHash,
        termsHash: ZeroHash,
        payer: stranger.address,
        recipient: stranger.address,
        seller: seller.address,
        payee: seller.address,
        referrer: ZeroAddress,
        treasury: stranger.address,
        payToken: ZeroAddress,
        price: 0n,
        protocolFeeBps: 0n,
        referrerBps: 0n,
        deliverBy: BigInt(timestamp) + DAY,
        complaintWindow: 2n * DAY,
        arbitrator: ZeroAddress,
        bond: 0n,
        ...pad,
        complainBy: 0n,
      };
      await (await escrow.open(free)).wait();
      expect(await deals(seller).toDeliver(seller.address)).to.deep.equal([]);
      await caught(() => deals(seller).deliver(free, AT_ONCE), "DEAL_NOT_OURS");
      // a deal whose fields claim the market is looked up there, and is not known
      const disguised = { ...free, opener: chain.addresses.Market! };
      await caught(() => deals(seller).deliver(disguised, AT_ONCE), "DEAL_UNKNOWN");
      expect(await escrow.statusOf(stranger.address, 1n)).to.equal(1n);
    });

    it("somebody else's sale", async () => {
      const { deal } = await bought();
      await caught(() => deals(stranger, seller.address).deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    });

    it("a delivery too close to the deadline", async () => {
      const { deal } = await bought();
      const policy = { confirmations: 0, margin: 2n * DAY };
      await caught(() => deals(seller).deliver(deal, policy), "DEADLINE_TOO_CLOSE");
    });

    it("a key of the buyer that was copied from another purchase, or that is off the curve", async () => {
      const { deal } = await bought();
      const copied = { buyerKey: deal.buyerKey, pad: stranger.address };
      const off = { buyerKey: `0x${"00".repeat(31)}05`, pad: stranger.address };
      for (const key of [copied, off]) {
        await market(buyer).purchase(sale.offer, { key });
        const open = await deals(seller).toDeliver(seller.address);
        await caught(() => deals(seller).deliver(open.at(-1)!, AT_ONCE), "DELIVERY_DECLINED");
        await deals(seller).decline(open.at(-1)!);
      }
    });

    it("a purchase that a reorg took away", async () => {
      const before = await chain.provider.send("evm_snapshot", []);
      const { deal } = await bought();
      await chain.provider.send("evm_revert", [before]);
      await caught(() => deals(seller).deliver(deal, AT_ONCE), "DEAL_UNKNOWN");
    });
  });

  it("refuses a wrong scalar, no matter who sends it", async () => {
    const { deal } = await bought();
    const escrow = deals(stranger).escrow;
    const wrong = escrow.deliver.staticCall(deal, 7n).catch((error: { data?: string }) => error.data ?? "");
    const { selector } = escrow.interface.getError("Escrow_WrongScalar")!;
    expect(await wrong).to.match(new RegExp(`^${selector}`));
  });

  it("says so when a key file is lost, and the deal still refunds", async () => {
    const { deal, held } = await delivered();
    await caught(() => opened(deal, held, "nowhere"), "KEY_FILE_LOST");
    const { deal: second } = await bought();
    await caught(() => deals(seller, "nowhere").deliver(second, AT_ONCE), "KEY_FILE_LOST");
    await deals(seller).decline(second);
  });

  describe("what a buyer refuses, with nothing paid", () => {
    let before: bigint;
    beforeEach(async () => {
      before = await pocket();
    });
    afterEach(async () => {
      expect(await pocket()).to.equal(before);
    });

    it("a blob that is missing", async () => {
      const cid = await folderStore(join(chain.folder, "elsewhere")).put(new Uint8Array([1, 2, 3]));
      await caught(() => deals(buyer).hold(sale.versionId, { store, cid }, own), "BLOB_MISSING");
      await caught(() => deals(buyer).purchase(sale.offer, { store: own, cid }), "BLOB_MISSING");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a sealed file that is missing, cut short or another, and
    //   paid for
    it("a blob that is cut short", async () => {
      const cid = await store.put(FILE.subarray(0, 2_000));
      await caught(() => deals(buyer).hold(sale.versionId, { store, cid }, own), "BLOB_TRUNCATED");
      await caught(() => deals(buyer).purchase(sale.offer, { store, cid }), "BLOB_TRUNCATED");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a sealed file that is missing, cut short or another, and
    //   paid for
    // claim(invariants#command-line-package-and-sellers-agent): what is paid for was verified to the last byte before
    //   the payment | a seller of wrong bytes
    it("a blob of the same length and other bytes", async () => {
      const other = await prepareInto([FILE], store, portablePlatform);
      await caught(() => deals(buyer).purchase(sale.offer, { store, cid: other.cid }), "BLOB_ROOT_MISMATCH");
    });
  });

  it("refuses to seal a file that changes while it is read", async () => {
    const path = join(chain.folder, "model.bin");
    await writeFile(path, FILE);
    let grown = false;
    const write = async () => {
      if (!grown) await appendFile(path, "more");
      grown = true;
    };
    await caught(() => prepareFile(path, { write }, portablePlatform), "FILE_CHANGED");
    await rm(path);
  });
});
