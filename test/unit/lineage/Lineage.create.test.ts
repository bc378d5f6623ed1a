import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { ParentStruct } from "../../../typechain-types/contracts/lineage/Lineage";
import { CHILD, lineageFixture, parentsOf, PARENTS, SECOND_CHILD, YEAR } from "./fixture";

const UNKNOWN = 11n;
const all = (bps: bigint): ParentStruct[] =>
  Array.from({ length: Number(PARENTS) }, (_, i) => ({ modelId: BigInt(i) + 1n, bps }));

describe("Lineage, its creation", () => {
  /** All eight have agreed to every share. */
  async function openFixture() {
    const fixture = await loadFixture(lineageFixture);
    await fixture.actions.open(...all(1n).map(({ modelId }) => BigInt(modelId)));
    const { lineage, actors } = fixture;

    /** Creates the lineage of a child with no signature along. */
    const create = (parents: ParentStruct[], child = CHILD, by = actors.creator) =>
      lineage.connect(by).create(
        child,
        parents,
        parents.map(() => "0x"),
      );
    return { ...fixture, create };
  }

  it("tells its bounds, its registry, and what its accounts are copies of", async () => {
    const { lineage, registry, ledger } = await loadFixture(lineageFixture);
    expect(await lineage.MAX_PARENTS()).to.equal(8n);
    expect(await lineage.MAX_BPS()).to.equal(5_000n);
    expect(await lineage.MAX_CONSENT()).to.equal(YEAR);
    expect(await lineage.REGISTRY()).to.equal(await registry.getAddress());
    const original = await ethers.getContractAt("Splitter", await lineage.SPLITTER());
    expect(await original.REGISTRY()).to.equal(await registry.getAddress());
    expect(await original.LEDGER()).to.equal(await ledger.getAddress());
  });

  it("is not deployed where there is no ledger", async () => {
    const { registry, actors } = await loadFixture(lineageFixture);
    const factory = await ethers.getContractFactory("Lineage");
    await expect(factory.deploy(registry, actors.stranger)).to.be.reverted;
    await expect(factory.deploy(registry, registry)).to.be.reverted;
  });

  it("creates the account, tells it, and knows the child, its parents and its account", async () => {
    const { lineage, create } = await loadFixture(openFixture);
    const parents = parentsOf([2n, 1n], [5n, 4_998n], [8n, 1n]);
    const account = await lineage.predictAccount(CHILD, parents);
    expect(await ethers.provider.getCode(account)).to.equal("0x");
    expect(await lineage.accountOf(CHILD)).to.equal(ethers.ZeroAddress);
    expect(await lineage.modelOf(account)).to.equal(0n);
    expect(await lineage.parentsOf(CHILD)).to.deep.equal([]);

    const call = await create(parents);
    const written = parents.map(({ modelId, bps }) => [modelId, bps]);
    await expect(call).to.emit(lineage, "LineageCreated").withArgs(CHILD, account, written);
    expect(await lineage.accountOf(CHILD)).to.equal(account);
    expect(await lineage.modelOf(account)).to.equal(CHILD);
    expect(await lineage.parentsOf(CHILD)).to.deep.equal(written);
    expect(await lineage.predictAccount(CHILD, parents)).to.equal(account);
    const splitter = await ethers.getContractAt("Splitter", account);
    expect(await splitter.lineage()).to.deep.equal([CHILD, written]);
    // and of no other
    expect(await lineage.accountOf(SECOND_CHILD)).to.equal(ethers.ZeroAddress);
    expect(await lineage.parentsOf(SECOND_CHILD)).to.deep.equal([]);
    expect(await lineage.modelOf(await lineage.SPLITTER())).to.equal(0n);
  });

  it("returns the account, another for another child and for other shares", async () => {
    const { lineage, actors, create } = await loadFixture(openFixture);
    const parents = parentsOf([1n, 100n]);
    const account = await lineage.predictAccount(CHILD, parents);
    expect(await lineage.connect(actors.creator).create.staticCall(CHILD, parents, ["0x"])).to.equal(account);
    await create(parents);
    await create(parents, SECOND_CHILD);
    const second = await lineage.accountOf(SECOND_CHILD);
    expect(second).to.equal(await lineage.predictAccount(SECOND_CHILD, parents));
    const others = [parentsOf([1n, 101n]), parentsOf([2n, 100n]), parentsOf([1n, 100n], [2n, 100n])];
    const addresses = await Promise.all(others.map((other) => lineage.predictAccount(CHILD, other)));
    expect(new Set([account, second, ...addresses]).size).to.equal(5);
  });

  it("takes eight parents, and a sum of exactly 5,000", async () => {
    const { lineage, create } = await loadFixture(openFixture);
    await create(all(625n));
    expect(await lineage.parentsOf(CHILD)).to.deep.equal(all(625n).map(({ modelId, bps }) => [modelId, bps]));
    await create(parentsOf([8n, 5_000n]), SECOND_CHILD);
    expect(await lineage.parentsOf(SECOND_CHILD)).to.deep.equal([[8n, 5_000n]]);
  });

  it("cuts no bit of the highest ids and shares where it predicts an account", async () => {
    const { lineage } = await loadFixture(lineageFixture);
    const [child, parent] = [2n ** 48n - 1n, 2n ** 48n - 2n];
    // the model need not exist for its account to be known
    const account = await lineage.predictAccount(child, parentsOf([1n, 1n], [parent, 4_999n]));
    expect(account).not.to.equal(await lineage.predictAccount(child, parentsOf([1n, 1n], [parent - 1n, 4_999n])));
    expect(account).not.to.equal(await lineage.predictAccount(child, parentsOf([1n, 1n], [parent, 4_998n])));
  });

  it("is for the holder of the child's title alone, its approved and its creator without it refused", async () => {
    const { lineage, registry, actors, create } = await loadFixture(openFixture);
    const { creator, buyer, stranger } = actors;
    await registry.connect(creator).setApprovalForAll(stranger, true);
    const parents = parentsOf([1n, 100n]);
    await expect(create(parents, CHILD, stranger))
      .to.be.revertedWithCustomError(lineage, "Lineage_NotTitleHolder")
      .withArgs(CHILD, stranger.address, creator.address);
    await registry.connect(creator).transferFrom(creator, buyer, CHILD);
    await expect(create(parents))
      .to.be.revertedWithCustomError(lineage, "Lineage_NotTitleHolder")
      .withArgs(CHILD, creator.address, buyer.address);
    await create(parents, CHILD, buyer);
    expect(await lineage.accountOf(CHILD)).not.to.equal(ethers.ZeroAddress);
  });

  it("is for a child that exists", async () => {
    const { registry, create } = await loadFixture(openFixture);
    for (const child of [0n, UNKNOWN, 2n ** 48n - 1n]) {
      await expect(create(parentsOf([1n, 100n]), child))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(child);
    }
  });

  it("happens once, by the next holder and with other parents no more than by the first", async () => {
    const { lineage, registry, actors, create } = await loadFixture(openFixture);
    await create(parentsOf([1n, 100n]));
    const account = await lineage.accountOf(CHILD);
    for (const again of [parentsOf([1n, 100n]), parentsOf([2n, 5_000n]), []]) {
      await expect(create(again)).to.be.revertedWithCustomError(lineage, "Lineage_Exists").withArgs(CHILD);
    }
    await registry.connect(actors.creator).transferFrom(actors.creator, actors.buyer, CHILD);
    await expect(create(parentsOf([2n, 1n]), CHILD, actors.buyer))
      .to.be.revertedWithCustomError(lineage, "Lineage_Exists")
      .withArgs(CHILD);
    expect(await lineage.accountOf(CHILD)).to.equal(account);
    expect(await lineage.parentsOf(CHILD)).to.deep.equal([[1n, 100n]]);
  });

  const nine = [...all(1n), { modelId: CHILD, bps: 1n }];
  const bad: [title: string, field: string, parents: ParentStruct[], child?: bigint][] = [
    ["no parents", "count", []],
    // claim(attacks#licences-listings-offers-and-signatures): more parents than a settlement could pay
    ["nine parents", "count", nine, SECOND_CHILD],
    ["parents in descending order", "order", parentsOf([2n, 1n], [1n, 1n])],
    // claim(attacks#licences-listings-offers-and-signatures): one parent named twice to pass the bound of one share
    ["one parent twice", "order", parentsOf([1n, 1n], [2n, 1n], [2n, 1n])],
    ["a parent that is no model", "order", parentsOf([0n, 1n])],
    // claim(attacks#licences-listings-offers-and-signatures): a lineage that contains itself
    ["the child as its own parent", "modelId", parentsOf([1n, 1n], [CHILD, 1n])],
    ["a parent younger than the child, of which a cycle could be made", "modelId", parentsOf([SECOND_CHILD, 1n])],
    ["a parent that does not exist yet", "modelId", parentsOf([UNKNOWN, 1n])],
    ["a share of nothing", "bps", parentsOf([1n, 1n], [2n, 0n])],
    ["a share above 5,000", "bps", parentsOf([1n, 5_001n])],
    ["a share that fits no other bound", "bps", parentsOf([1n, 65_535n])],
    // claim(attacks#licences-listings-offers-and-signatures): parents promised more than their bound together
    ["a sum of 5,001", "sum", parentsOf([1n, 2_500n], [2n, 2_501n])],
    ["a sum of 40,000", "sum", all(5_000n)],
  ];
  for (const [title, field, parents, child = CHILD] of bad) {
    it(`refuses ${title}, and predicts no account for it`, async () => {
      const { lineage, create } = await loadFixture(openFixture);
      for (const call of [() => create(parents, child), () => lineage.predictAccount(child, parents)]) {
        await expect(call()).to.be.revertedWithCustomError(lineage, "Lineage_BadParents").withArgs(field);
      }
      expect(await lineage.accountOf(child)).to.equal(ethers.ZeroAddress);
    });
  }

  it("refuses more or fewer consents than parents", async () => {
    const { lineage, actors } = await loadFixture(openFixture);
    const parents = parentsOf([1n, 1n], [2n, 1n]);
    for (const consents of [[], ["0x"], ["0x", "0x", "0x"]]) {
      await expect(lineage.connect(actors.creator).create(CHILD, parents, consents))
        .to.be.revertedWithCustomError(lineage, "Lineage_BadParents")
        .withArgs("consents");
    }
  });

  describe("isInForce", () => {
    it("is said when the account is the fixed payee, and not before", async () => {
      const { lineage, registry, actors, create } = await loadFixture(openFixture);
      expect(await lineage.isInForce(CHILD)).to.equal(false);
      expect(await lineage.isInForce(UNKNOWN)).to.equal(false);
      await create(parentsOf([1n, 100n]));
      expect(await lineage.isInForce(CHILD)).to.equal(false);
      await registry.connect(actors.creator).fixPayee(CHILD, await lineage.accountOf(CHILD));
      expect(await lineage.isInForce(CHILD)).to.equal(true);
      expect(await lineage.isInForce(SECOND_CHILD)).to.equal(false);
      // the title's next holder changes nothing
      await registry.connect(actors.creator).transferFrom(actors.creator, actors.buyer, CHILD);
      expect(await lineage.isInForce(CHILD)).to.equal(true);
    });

    it("is said when the payee was fixed before the account existed, from its creation on", async () => {
      const { lineage, registry, actors, create } = await loadFixture(openFixture);
      const parents = parentsOf([1n, 100n]);
      await registry.connect(actors.creator).fixPayee(CHILD, await lineage.predictAccount(CHILD, parents));
      expect(await lineage.isInForce(CHILD)).to.equal(false);
      await create(parents);
      expect(await lineage.isInForce(CHILD)).to.equal(true);
    });

    it("is not said when another payee was fixed, nor when the account holds the title and nothing was fixed", async () => {
      const { lineage, registry, actors, create } = await loadFixture(openFixture);
      await create(parentsOf([1n, 100n]));
      await create(parentsOf([1n, 100n]), SECOND_CHILD);
      await registry.connect(actors.creator).fixPayee(CHILD, await lineage.accountOf(SECOND_CHILD));
      expect(await lineage.isInForce(CHILD)).to.equal(false);
      const account = await lineage.accountOf(SECOND_CHILD);
      await registry.connect(actors.creator).transferFrom(actors.creator, account, SECOND_CHILD);
      expect(await registry.payeeOfModel(SECOND_CHILD)).to.equal(account);
      expect(await lineage.isInForce(SECOND_CHILD)).to.equal(false);
    });

    it("can no longer come when the week is over", async () => {
      const { lineage, registry, actors, create } = await loadFixture(openFixture);
      await create(parentsOf([1n, 100n]));
      await time.increase(7n * 86_400n);
      await expect(registry.connect(actors.creator).fixPayee(CHILD, await lineage.accountOf(CHILD)))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_PayeeWindowOver")
        .withArgs(CHILD);
      expect(await lineage.isInForce(CHILD)).to.equal(false);
    });
  });
});
