import { expect } from "chai";
import { ZeroAddress, type JsonRpcSigner } from "ethers";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { metadataHash, type ModelCard } from "../../sdk/src/card";
import { decodingErrors } from "../../sdk/src/errors";
import { MarketClient, completeOffer, hashOffer, type OfferTerms } from "../../sdk/src/market";
import { signTerms } from "../../sdk/src/market/signTerms";
import { folderStore } from "../../sdk/src/node";
import type { UnixFsStore } from "../../sdk/src/store";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { caught } from "../support/caught";
import { separateNode, type SeparateNode } from "../support/separate-node";

const PRICE = 25_000_000n;

describe("MarketClient, against a separate node", () => {
  let chain: SeparateNode;
  let creator: JsonRpcSigner;
  let buyer: JsonRpcSigner;
  let referrer: JsonRpcSigner;
  let stranger: JsonRpcSigner;
  let treasury: string;
  let token: string;
  let store: UnixFsStore;
  let as: (account: JsonRpcSigner) => MarketClient;

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const signers = await Promise.all([7, 8, 9, 10].map((index) => chain.provider.getSigner(index)));
    [creator, buyer, referrer, stranger] = signers as [JsonRpcSigner, JsonRpcSigner, JsonRpcSigner, JsonRpcSigner];
    const { TestToken, Treasury } = chain.addresses;
    treasury = Treasury!;
    token = TestToken!;
    as = (account) => new MarketClient(chain.deployment, account);
    store = folderStore(join(chain.folder, "store"));
    const erc20 = TestToken__factory.connect(token, buyer);
    await (await erc20.mint(buyer.address, 1_000_000_000n)).wait();
  });

  after(() => chain.close());

  const held = (account: string): Promise<bigint> =>
    TestToken__factory.connect(token, chain.provider).balanceOf(account);

  /** Lists a model and offers it for the stable token, with what a test changes. */
  async function offered(differs: Partial<OfferTerms> = {}) {
    const { versionId } = await as(creator).listModel(winkCard, store);
    return as(creator).createOffer({ versionId, payToken: token, price: PRICE, supply: 10n, ...differs });
  }

  describe("listModel", () => {
    it("publishes the card's hash and address, and the title is the creator's", async () => {
      const published = await as(creator).listModel(winkCard, store, { royaltyBps: 500n });
      const [data] = await as(creator).registry.versionData(published.versionId);
      expect(data.metadataHash).to.equal(metadataHash(winkCard));
      expect(data.uri).to.equal(`ipfs://${published.cid}`);
      expect(published.versionId >> 16n).to.equal(published.modelId);
      expect(await as(creator).registry.ownerOf(published.modelId)).to.equal(creator.address);
      expect(await as(stranger).card(published.versionId, store)).to.deep.equal(winkCard);
    });

    it("sends nothing for a malformed card", async () => {
      const before = await as(creator).registry.modelCount();
      const malformed = { ...winkCard, limits: [] } as ModelCard;
      const error = await caught(() => as(creator).listModel(malformed, store), "CARD_INVALID");
      expect(error.message).to.include("/limits");
      expect(await as(creator).registry.modelCount()).to.equal(before);
    });

    it("needs an account that signs", async () => {
      const reader = new MarketClient(as(creator).deployment, chain.provider);
      await caught(() => reader.createOffer({ versionId: 1n, price: 1n, supply: 1n }), "SIGNER_MISSING");
    });
  });

  describe("publishVersion", () => {
    it("publishes the next version for the title's holder, and for nobody else", async () => {
      const { modelId, versionId } = await as(creator).listModel(winkCard, store);
      const next = await as(creator).publishVersion(modelId, { ...winkCard, version: "1.8.2" }, store);
      expect(next.versionId).to.equal(versionId + 1n);
      const error = await caught(
        () => as(stranger).publishVersion(modelId, winkCard, store),
        "ModelRegistry_NotTitleHolder",
      );
      expect(error.args).to.deep.equal({ modelId, caller: stranger.address, holder: creator.address });
    });
  });

  describe("createOffer", () => {
    it("computes the same hash as the contract", async () => {
      const { offer, termsHash } = await offered({ salt: 77n, referrerBps: 1_000n, transferable: false });
      expect(await as(stranger).market.hashOffer(offer)).to.equal(termsHash);
      expect(hashOffer(offer)).to.equal(termsHash);
    });

    it("refuses an offer of a model one does not own", async () => {
      const { versionId } = await as(creator).listModel(winkCard, store);
      const steal = () => as(stranger).createOffer({ versionId, price: 1n, supply: 1n });
      const error = await caught(steal, "Market_NotTitleHolder");
      expect(error.args).to.deep.equal({ versionId, caller: stranger.address, holder: creator.address });
    });

    it("refuses a token that is not listed", async () => {
      const error = await caught(() => offered({ payToken: chain.addresses.Market! }), "Market_TokenNotListed");
      expect(error.args).to.deep.equal({ token: chain.addresses.Market });
    });

    it("names the field that no offer can have", async () => {
      const error = await caught(() => offered({ supply: 0n }), "Market_BadTerms");
      expect(error.message).to.include('"supply"');
    });
  });

  describe("offersOf", () => {
    it("reads the offers back from events, with what was sold and revoked", async () => {
      const { versionId } = await as(creator).listModel(winkCard, store);
      const terms = { versionId, payToken: token, price: PRICE, supply: 2n };
      const first = await as(creator).createOffer(terms);
      const second = await as(creator).createOffer({ ...terms, price: 1n, salt: 1n });
      await as(buyer).purchase(first.offer);
      await as(creator).revokeOffer(second.offer);

      expect(await as(stranger).offersOf(versionId)).to.deep.equal([
        { termsHash: first.termsHash, offer: first.offer, sold: 1n, revoked: false },
        { termsHash: second.termsHash, offer: second.offer, sold: 0n, revoked: true },
      ]);
      expect(await as(stranger).offersOf(versionId + 1n)).to.deep.equal([]);
    });
  });

  describe("purchase", () => {
    it("moves the price to creator, protocol and referrer, and the licence to the buyer", async () => {
      const { offer } = await offered({ referrerBps: 1_000n });
      const accounts = [creator.address, treasury, referrer.address];
      const before = await Promise.all(accounts.map((account) => as(buyer).earned(token, account)));
      const pocket = await held(buyer.address);

      const bought = await as(buyer).purchase(offer, { referrer: referrer.address });

      const after = await Promise.all(accounts.map((account) => as(buyer).earned(token, account)));
      expect(after.map((value, index) => value - before[index]!)).to.deep.equal([21_875_000n, 625_000n, 2_500_000n]);
      expect(pocket - (await held(buyer.address))).to.equal(PRICE);
      expect(bought.price).to.equal(PRICE);
      expect(await as(buyer).licenses.ownerOf(bought.licenseId)).to.equal(buyer.address);
      expect(await as(stranger).isAuthorized(bought.licenseId, buyer.address)).to.equal(true);
      expect(await as(stranger).isAuthorized(bought.licenseId, stranger.address)).to.equal(false);
      expect(await as(stranger).covers(bought.licenseId, offer.versionId)).to.equal(true);
      expect(await as(stranger).covers(bought.licenseId, offer.versionId + 1n)).to.equal(false);
    });

    it("approves the price and no more, and nothing when the allowance is enough", async () => {
      const { offer } = await offered();
      const erc20 = TestToken__factory.connect(token, buyer);
      const first = await as(buyer).purchase(offer);
      expect(first.approval).not.to.equal(undefined);
      expect(await erc20.allowance(buyer.address, chain.addresses.Market!)).to.equal(0n);

      await (await erc20.approve(chain.addresses.Market!, PRICE)).wait();
      const second = await as(buyer).purchase(offer);
      expect(second.approval).to.equal(undefined);
      expect(second.licenseId).not.to.equal(first.licenseId);
    });

    it("replaces an allowance that is too small", async () => {
      const { offer } = await offered();
      const erc20 = TestToken__factory.connect(token, buyer);
      await (await erc20.approve(chain.addresses.Market!, 1n)).wait();
      expect((await as(buyer).purchase(offer)).price).to.equal(PRICE);
    });

    it("pays in native coin, as a gift", async () => {
      const price = 1_000_000_000_000_000n;
      const { offer } = await offered({ payToken: ZeroAddress, price });
      const before = await as(buyer).earned(ZeroAddress, creator.address);
      const { licenseId, approval } = await as(buyer).purchase(offer, { recipient: stranger.address });
      expect(approval).to.equal(undefined);
      expect((await as(buyer).earned(ZeroAddress, creator.address)) - before).to.equal((price * 9_750n) / 10_000n);
      expect(await as(buyer).isAuthorized(licenseId, stranger.address)).to.equal(true);
      expect(await as(buyer).isAuthorized(licenseId, buyer.address)).to.equal(false);
    });

    it("buys an offer that its creator signed and never listed, and refuses a stranger's signature", async () => {
      const { versionId } = await as(creator).listModel(winkCard, store);
      const offer = completeOffer(creator.address, {
        versionId,
        payToken: token,
        price: 5n,
        supply: 1n,
        deliveryWindow: 0n,
      });
      const { chainId } = await chain.provider.getNetwork();
      const sign = (signer: JsonRpcSigner) => signTerms(signer, chain.addresses.Market!, chainId, offer);
      const forged = await sign(stranger);
      await caught(() => as(buyer).purchase(offer, { signature: forged }), "Market_BadSignature");
      const { licenseId } = await as(buyer).purchase(offer, { signature: await sign(creator) });
      expect(await as(buyer).isAuthorized(licenseId, buyer.address)).to.equal(true);
    });

    context("when something is wrong, nothing is paid", () => {
      let pocket: bigint;
      beforeEach(async () => {
        pocket = await held(buyer.address);
      });
      afterEach(async () => {
        expect(await held(buyer.address)).to.equal(pocket);
      });

      it("refuses terms that differ from what was listed in one field", async () => {
        const { offer } = await offered();
        await caught(() => as(buyer).purchase({ ...offer, price: PRICE - 1n }), "Market_NotListed");
      });

      it("refuses a price above the buyer's bound", async () => {
        const { offer } = await offered();
        const error = await caught(() => as(buyer).purchase(offer, { maxPrice: PRICE - 1n }), "Market_PriceAboveBound");
        expect(error.args).to.deep.equal({ price: PRICE, maxPrice: PRICE - 1n });
      });

      it("refuses an offer that was revoked", async () => {
        const { offer, termsHash } = await offered();
        await as(creator).revokeOffer(offer);
        const error = await caught(() => as(buyer).purchase(offer), "Market_OfferRevoked");
        expect(error.args).to.deep.equal({ termsHash });
      });

      it("refuses a recipient without the receiver hook", async () => {
        const { offer } = await offered();
        const recipient = chain.addresses.RevenueLedger!;
        const error = await caught(() => as(buyer).purchase(offer, { recipient }), "ERC721InvalidReceiver");
        expect(error.args).to.deep.equal({ receiver: recipient });
      });

      it("refuses the zero address as recipient", async () => {
        const { offer } = await offered();
        await caught(() => as(buyer).purchase(offer, { recipient: ZeroAddress }), "ERC721InvalidReceiver");
      });

      it("refuses a wrong native value", async () => {
        const { offer, termsHash } = await offered({ payToken: ZeroAddress, price: 1_000n });
        const order = {
          termsHash,
          maxPrice: 1_000n,
          recipient: buyer.address,
          referrer: ZeroAddress,
          buyerKey: `0x${"00".repeat(32)}`,
          pad: ZeroAddress,
          renews: 0n,
          quantity: 1n,
        };
        const short = () => decodingErrors(() => as(buyer).market.purchase(offer, order, { value: 999n }));
        const error = await caught(short, "Market_WrongValue");
        expect(error.args).to.deep.equal({ sent: 999n, expected: 1_000n });
      });

      it("tells a buyer who does not hold the price, before an allowance is given", async () => {
        const { offer } = await offered();
        const count = await stranger.getNonce();
        const error = await caught(() => as(stranger).purchase(offer), "TOKEN_BALANCE_TOO_LOW");
        expect(error.args).to.include({ account: stranger.address, balance: 0n, needed: PRICE });
        expect(await stranger.getNonce()).to.equal(count);
      });
    });

    it("refuses the sale after the last", async () => {
      const { offer, termsHash } = await offered({ supply: 1n });
      await as(buyer).purchase(offer);
      const error = await caught(() => as(buyer).purchase(offer), "Market_SoldOut");
      expect(error.args).to.deep.equal({ termsHash, supply: 1n });
    });
  });

  describe("withdraw", () => {
    it("pays everything to the creator, to the smallest unit", async () => {
      const { offer } = await offered();
      await as(buyer).purchase(offer);
      const owed = await as(creator).earned(token, creator.address);
      const before = await held(creator.address);
      expect((await as(creator).withdraw(token)).amount).to.equal(owed);
      expect((await held(creator.address)) - before).to.equal(owed);
      expect(await as(creator).earned(token, creator.address)).to.equal(0n);
    });

    it("pays part of it to another address", async () => {
      const { offer } = await offered();
      await as(buyer).purchase(offer);
      const owed = await as(creator).earned(token, creator.address);
      const to = "0x000000000000000000000000000000000000bEEF";
      const { amount } = await as(creator).withdraw(token, { to, amount: 7n });
      expect(amount).to.equal(7n);
      expect(await held(to)).to.equal(7n);
      expect(await as(creator).earned(token, creator.address)).to.equal(owed - 7n);
    });

    it("tells an account that earned nothing", async () => {
      const error = await caught(() => as(stranger).withdraw(token), "RevenueLedger_NothingToWithdraw");
      expect(error.args).to.deep.equal({ token, account: stranger.address });
    });
  });

  context("when the addresses are of another network", () => {
    it("says that no such contract answers", async () => {
      const contracts = { ...chain.deployment.contracts, LicenseToken: "0x000000000000000000000000000000000000dEaD" };
      const elsewhere = { ...chain.deployment, contracts };
      await caught(() => new MarketClient(elsewhere, buyer).isAuthorized(1n, buyer.address), "NOT_A_CONTRACT");
    });
  });

  // The last test: the node is gone after it.
  context("when the node goes away in the middle", () => {
    it("says so for reading and for sending", async () => {
      const { offer } = await offered();
      await chain.node.stop();
      await caught(() => as(buyer).purchase(offer), "NETWORK_UNREACHABLE");
      await caught(() => as(buyer).isAuthorized(1n, buyer.address), "NETWORK_UNREACHABLE");
      await caught(() => as(creator).listModel(winkCard, store), "NETWORK_UNREACHABLE");
    });
  });
});
