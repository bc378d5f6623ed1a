import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { DealClient, type Deal, type DeliveryPolicy, type Keyring } from "../../sdk/src/deals";
import { portablePlatform, recoverKey, type StoredKey } from "../../sdk/src/fairexchange";
import { MarketClient } from "../../sdk/src/market";
import { sealFile } from "../helpers/files";
import { CARD } from "../helpers/fixture";
import { marketFixture } from "../helpers/market";
import { caught } from "../support/caught";

/** The flag of a licence that brings updates. */
const WITH_UPDATES = 4n;
const AT_ONCE: DeliveryPolicy = { confirmations: 0, margin: 0n };

/** Keeps secrets for as long as a test runs. */
class MemoryKeyring implements Keyring {
  readonly #keys: StoredKey[] = [];

  async add(key: StoredKey): Promise<void> {
    this.#keys.push(key);
  }

  async find(x: bigint): Promise<StoredKey> {
    const key = this.#keys.find((one) => one.x === x);
    if (key === undefined) throw new Error(`No key is kept for ${x}.`);
    return key;
  }
}

/**
 * What was lost: the file of a seller whose client answered for every update of a model that it held the title of. A
 * thief published a version under a copied key, gave the seller the title, and asked for the update, which is free: the
 * scalar delivered for it opened the file that was for sale.
 */
describe("Finding: the key of a model is given away with another's title", () => {
  async function theftFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions, files, ids } = protocol;
    const { Market, ModelRegistry, UpdateDesk, Escrow } = contracts;
    const { creator, stranger: thief } = actors;
    const addresses = {
      ModelRegistry: await ModelRegistry.getAddress(),
      LicenseToken: await contracts.LicenseToken.getAddress(),
      RevenueLedger: await contracts.RevenueLedger.getAddress(),
      Market: await Market.getAddress(),
      Escrow: await Escrow.getAddress(),
      UpdateDesk: await UpdateDesk.getAddress(),
    };
    const client = (account: typeof creator, keyring: Keyring) =>
      new DealClient({ contracts: addresses }, account, { platform: portablePlatform, keyring });
    /** The seller's client after a vote replaced the market. */
    const after = (formerMarkets: readonly string[]) => {
      const deployment = { contracts: { ...addresses, Market: thief.address }, formerMarkets };
      return new DealClient(deployment, creator, { platform: portablePlatform, keyring: sellersKeys });
    };
    const [sellersKeys, thiefsKeys] = [new MemoryKeyring(), new MemoryKeyring()];
    const seller = client(creator, sellersKeys);
    const keep = ({ key, data }: typeof files.file) =>
      sellersKeys.add({ kind: "version", secret: key, x: BigInt(data.keyX as string), note: "a version" });
    await keep(files.file);

    /** Holds a licence with updates for a model, as the thief. */
    async function licensed(holder: typeof creator, versionId: bigint): Promise<bigint> {
      const offer = actions.terms({ versionId, creator: holder.address, includesUpdates: true, price: 1n });
      await Market.connect(holder).createOffer(offer);
      const order = await actions.orderFor(offer, { recipient: thief.address });
      const licenseId = await Market.connect(thief).purchase.staticCall(offer, order);
      await Market.connect(thief).purchase(offer, order);
      return licenseId;
    }

    /** Asks for an update, as the thief. */
    async function updateOf(licenseId: bigint, versionId: bigint): Promise<Deal> {
      const { buyerKey, pad } = await client(thief, thiefsKeys).newPad(versionId);
      await UpdateDesk.connect(thief).requestUpdate(licenseId, versionId, buyerKey, pad);
      const [deal] = (await seller.toDeliver(creator.address)).filter((open) => open.versionId === versionId);
      return deal;
    }

    return {
      ...protocol,
      creator,
      thief,
      seller,
      after,
      keep,
      licensed,
      updateOf,
      thiefsKeys,
      escrow: addresses.Escrow,
      ids,
      client,
    };
  }

  // claim(attacks#proofs-of-the-fair-exchange): the seller's key copied into a version of the thief's, whose title is
  //   then given to the seller, and requested as a free update: the client delivers updates only for versions that its
  //   account published
  it("refuses an update of a version that somebody else published under the seller's key", async () => {
    const { contracts, actions, creator, thief, seller, files, ids, licensed, updateOf } =
      await loadFixture(theftFixture);
    const bait = await actions.publish(thief, CARD);
    const licenseId = await licensed(thief, bait);
    const { keyX } = await contracts.ModelRegistry.versionData(ids.fileVersionId).then(([data]) => data);
    await contracts.ModelRegistry.connect(thief).publishVersion(bait >> 16n, { ...files.file.data, keyX });
    await contracts.ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, bait >> 16n);

    const deal = await updateOf(licenseId, bait + 1n);
    expect(deal.seller).to.equal(creator.address);
    expect(BigInt(deal.keyX)).to.equal(BigInt(keyX));
    await caught(() => seller.deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    expect((await seller.deal(deal.opener, deal.id)).status).to.equal("open");
    expect(await seller.escrow.queryFilter(seller.escrow.filters.KeyDelivered())).to.deep.equal([]);
  });

  it("still answers for what the seller published, before a title was given and after", async () => {
    const { contracts, creator, thief, seller, ids, keep, licensed, updateOf, thiefsKeys, escrow } =
      await loadFixture(theftFixture);
    const { ModelRegistry } = contracts;
    const licenseId = await licensed(creator, ids.versionId);
    const [second, third] = [sealFile(0x5ecn, Buffer.from("second")), sealFile(0x7415dn, Buffer.from("third"))];
    await ModelRegistry.connect(creator).publishVersion(ids.versionId >> 16n, second.data);
    await ModelRegistry.connect(creator).transferFrom(creator.address, thief.address, ids.versionId >> 16n);
    await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, ids.versionId >> 16n);
    await ModelRegistry.connect(creator).publishVersion(ids.versionId >> 16n, third.data);

    for (const [file, versionId] of [
      [second, ids.versionId + 1n],
      [third, ids.versionId + 2n],
    ] as const) {
      await keep(file);
      const deal = await updateOf(licenseId, versionId);
      await seller.deliver(deal, AT_ONCE);
      const [{ args }] = await seller.escrow.queryFilter(seller.escrow.filters.KeyDelivered(deal.opener, deal.id));
      const { secret } = await thiefsKeys.find(BigInt(deal.buyerKey));
      const { chainId } = await thief.provider.getNetwork();
      const context = { chainId, escrow, versionId, payer: thief.address };
      expect(recoverKey(args.c, secret, BigInt(deal.keyX), context)).to.equal(file.key);
    }
  });

  // claim(attacks#proofs-of-the-fair-exchange): a title held for a while to sell licences that include updates, then
  //   given back: the client delivers updates only to licences that its account sold, or that existed when it published
  it("refuses an update for a licence that somebody else sold while the title was theirs, and gave back", async () => {
    const { contracts, creator, thief, seller, ids, keep, licensed, updateOf } = await loadFixture(theftFixture);
    const { ModelRegistry } = contracts;
    const modelId = ids.versionId >> 16n;
    const second = sealFile(0x5ecn, Buffer.from("second"));
    await keep(second);
    await ModelRegistry.connect(creator).publishVersion(modelId, second.data);
    // a title that is lent, or sold and bought back; nobody is asked whether to take one
    await ModelRegistry.connect(creator).transferFrom(creator.address, thief.address, modelId);
    const licenseId = await licensed(thief, ids.versionId);
    await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, modelId);

    const deal = await updateOf(licenseId, ids.versionId + 1n);
    expect(deal.seller).to.equal(creator.address);
    await caught(() => seller.deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    expect(await seller.escrow.queryFilter(seller.escrow.filters.KeyDelivered())).to.deep.equal([]);
  });

  // claim(attacks#proofs-of-the-fair-exchange): an update requested before its sale is refunded or disputed: the client
  //   delivers updates only to usable licences
  it("refuses an update for a licence whose sale was refunded after it was asked for", async () => {
    const { contracts, actions, creator, thief, seller, ids, keep, updateOf, client, thiefsKeys } =
      await loadFixture(theftFixture);
    const { Market, ModelRegistry } = contracts;
    const offer = actions.fileTerms({ includesUpdates: true });
    await actions.list(offer);
    const key = await client(thief, thiefsKeys).newPad(ids.fileVersionId);
    const order = await actions.orderFor(offer, { recipient: thief.address, ...key });
    const licenseId = await Market.connect(thief).purchase.staticCall(offer, order);
    await Market.connect(thief).purchase(offer, order);
    const sale = { opener: await Market.getAddress(), id: licenseId };
    await seller.deliver(sale, AT_ONCE);
    const second = sealFile(0x5ecn, Buffer.from("second"));
    await keep(second);
    await ModelRegistry.connect(creator).publishVersion(ids.fileVersionId >> 16n, second.data);
    const update = await updateOf(licenseId, ids.fileVersionId + 1n);

    await seller.refundBySeller((await seller.deal(sale.opener, sale.id)).deal);
    await caught(() => seller.deliver(update, AT_ONCE), "DEAL_NOT_OURS");
    expect((await seller.deal(update.opener, update.id)).status).to.equal("open");
  });

  it("refuses an update for a licence that a captured DAO had issued by a module of its own", async () => {
    const { contracts, actions, creator, thief, seller, ids, keep, updateOf } = await loadFixture(theftFixture);
    const { LicenseToken, ModelRegistry } = contracts;
    const module = await ethers.deployContract("TestModule");
    await module.setState(false, true);
    await LicenseToken.connect(await actions.asAdmin()).setModule(module, true);
    const second = sealFile(0x5ecn, Buffer.from("second"));
    const draft = (WITH_UPDATES << 128n) | (ids.versionId << 64n) | 1n;
    await module.act(LicenseToken, 0n, LicenseToken.interface.encodeFunctionData("mint", [thief.address, draft]));
    const [issued] = (await LicenseToken.queryFilter(LicenseToken.filters.Transfer(undefined, thief.address))).slice(
      -1,
    );
    await keep(second);
    await ModelRegistry.connect(creator).publishVersion(ids.versionId >> 16n, second.data);

    const deal = await updateOf(issued.args.tokenId, ids.versionId + 1n);
    const { message } = await caught(() => seller.deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    expect(message).to.include(`was issued by ${await module.getAddress()}`);
    expect(await seller.escrow.queryFilter(seller.escrow.filters.KeyDelivered())).to.deep.equal([]);
  });

  it("still answers for licences of a market that another one replaced, once it is named", async () => {
    const { contracts, creator, seller, ids, keep, licensed, updateOf, after } = await loadFixture(theftFixture);
    const { ModelRegistry } = contracts;
    const licenseId = await licensed(creator, ids.versionId);
    const second = sealFile(0x5ecn, Buffer.from("second"));
    await keep(second);
    await ModelRegistry.connect(creator).publishVersion(ids.versionId >> 16n, second.data);
    const deal = await updateOf(licenseId, ids.versionId + 1n);

    await caught(() => after([]).deliver(deal, AT_ONCE), "DEAL_NOT_OURS");
    await after([await contracts.Market.getAddress()]).deliver(deal, AT_ONCE);
    expect((await seller.deal(deal.opener, deal.id)).status).to.equal("delivered");
  });

  describe("by a sale", () => {
    /** A version of the thief's under the key of the seller's file, whose title the seller holds now. */
    async function lureFixture() {
      const theft = await loadFixture(theftFixture);
      const { contracts, actions, creator, thief, files, ids } = theft;
      const { ModelRegistry, Market } = contracts;
      const bait = await actions.publish(thief, CARD);
      const { keyX } = await ModelRegistry.versionData(ids.fileVersionId).then(([data]) => data);
      await ModelRegistry.connect(thief).publishVersion(bait >> 16n, { ...files.file.data, keyX });
      await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, bait >> 16n);

      /** Lists an offer of a file past the client, and buys it as the thief. */
      async function sold(versionId: bigint, holder = creator): Promise<{ opener: string; id: bigint }> {
        const offer = actions.fileTerms({ versionId, creator: holder.address, price: 1n });
        await Market.connect(holder).createOffer(offer);
        const key = await theft.client(thief, theft.thiefsKeys).newPad(versionId);
        const order = await actions.orderFor(offer, { recipient: thief.address, ...key });
        const id = await Market.connect(thief).purchase.staticCall(offer, order);
        await Market.connect(thief).purchase(offer, order);
        return { opener: await Market.getAddress(), id };
      }
      return { ...theft, lure: bait + 1n, sold };
    }

    const market = async ({ contracts }: { contracts: Record<string, { getAddress(): Promise<string> }> }) => ({
      ModelRegistry: await contracts.ModelRegistry.getAddress(),
      LicenseToken: await contracts.LicenseToken.getAddress(),
      RevenueLedger: await contracts.RevenueLedger.getAddress(),
      Market: await contracts.Market.getAddress(),
    });

    // claim(attacks#proofs-of-the-fair-exchange): the key lured out by a cheap sale of a version that copies the key of
    //   a more expensive one: the client delivers only versions that its account published, or whose key no other
    //   version has
    it("delivers nothing for a version that somebody else published under the seller's key", async () => {
      const { seller, lure, sold } = await loadFixture(lureFixture);
      const sale = await sold(lure);
      const { message } = await caught(() => seller.deliver(sale, AT_ONCE), "DEAL_NOT_OURS");
      expect(message).to.include(`did not publish version ${lure}`);
      expect((await seller.deal(sale.opener, sale.id)).status).to.equal("open");
      expect(await seller.escrow.queryFilter(seller.escrow.filters.KeyDelivered())).to.deep.equal([]);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a version offered although another version has the same key
    it("offers no version whose key another one has, and still the seller's own that was copied", async () => {
      const fixture = await loadFixture(lureFixture);
      const { contracts, creator, lure, ids } = fixture;
      const client = new MarketClient({ contracts: await market(fixture as never) }, creator);
      const terms = { price: 1n, supply: 1n, deliveryWindow: 86_400n, complaintWindow: 172_800n };
      const { args } = await caught(() => client.createOffer({ ...terms, versionId: lure }), "KEY_SHARED");
      await caught(() => client.signOffer({ ...terms, versionId: lure }), "KEY_SHARED");
      expect(args).to.include({ versionId: lure, other: ids.fileVersionId });
      await caught(() => client.requireOwnKey(lure, creator.address), "KEY_SHARED");
      expect(await contracts.Market.queryFilter(contracts.Market.filters.OfferListed(undefined, lure))).to.deep.equal(
        [],
      );
      // anyone can copy a key: it must not keep its owner from selling
      const { offer } = await client.createOffer({ ...terms, versionId: ids.fileVersionId });
      expect(offer.versionId).to.equal(ids.fileVersionId);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a stranger who copies a key to stop its seller from selling
    it("still delivers the seller's own version, however often it was copied", async () => {
      const { seller, sold, ids } = await loadFixture(lureFixture);
      const sale = await sold(ids.fileVersionId);
      await seller.deliver(sale, AT_ONCE);
      expect((await seller.deal(sale.opener, sale.id)).status).to.equal("delivered");
    });

    it("still delivers a version that came with its title, as long as its key is its own", async () => {
      const { contracts, thief, seller, keep, sold, creator, actions } = await loadFixture(lureFixture);
      const { ModelRegistry } = contracts;
      const bought = await actions.publish(thief, CARD);
      const file = sealFile(0xb0097n, Buffer.from("a model that was bought with its key"));
      await ModelRegistry.connect(thief).publishVersion(bought >> 16n, file.data);
      await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, bought >> 16n);
      await keep(file);
      const sale = await sold(bought + 1n);
      await seller.deliver(sale, AT_ONCE);
      expect((await seller.deal(sale.opener, sale.id)).status).to.equal("delivered");
    });

    it("still offers and delivers a version that came with its title after a stranger copied its key", async () => {
      const fixture = await loadFixture(lureFixture);
      const { contracts, thief, seller, keep, sold, creator, actions } = fixture;
      const { ModelRegistry } = contracts;
      const bought = await actions.publish(thief, CARD);
      const file = sealFile(0xb0097n, Buffer.from("a model that was bought with its key"));
      await ModelRegistry.connect(thief).publishVersion(bought >> 16n, file.data);
      await ModelRegistry.connect(thief).transferFrom(thief.address, creator.address, bought >> 16n);
      await keep(file);
      const copied = await actions.publish(thief, CARD);
      await ModelRegistry.connect(thief).publishVersion(copied >> 16n, file.data);
      const client = new MarketClient({ contracts: await market(fixture as never) }, creator);
      await client.requireOwnKey(bought + 1n, creator.address);
      const sale = await sold(bought + 1n);
      await seller.deliver(sale, AT_ONCE);
      expect((await seller.deal(sale.opener, sale.id)).status).to.equal("delivered");
    });

    it("offers no second version of the seller's own under one key", async () => {
      const fixture = await loadFixture(lureFixture);
      const { contracts, creator, files, ids } = fixture;
      const [data] = await contracts.ModelRegistry.versionData(ids.fileVersionId);
      await contracts.ModelRegistry.connect(creator).publishVersion(ids.versionId >> 16n, {
        ...files.file.data,
        keyX: data.keyX,
      });
      const client = new MarketClient({ contracts: await market(fixture as never) }, creator);
      const terms = { price: 1n, supply: 1n, deliveryWindow: 86_400n, complaintWindow: 172_800n };
      for (const versionId of [ids.versionId + 1n, ids.fileVersionId]) {
        await caught(() => client.createOffer({ ...terms, versionId }), "KEY_SHARED");
      }
    });
  });
});
