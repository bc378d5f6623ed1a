import { loadFixture, setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { sealFile, xOf } from "../../helpers/files";
import { CARD, protocolFixture } from "../../helpers/fixture";
import { firstVersion } from "../../helpers/market";
import { expectLimits } from "../../helpers/limits";

const FILE = sealFile(77n, Buffer.from("a file of one chunk"));
const BROKEN = sealFile(78n, Buffer.from("a file that is not what it says"), false);
const ZERO = ethers.ZeroHash;

describe("ModelRegistry", () => {
  async function registryFixture() {
    const protocol = await loadFixture(protocolFixture);
    const registry = protocol.contracts.ModelRegistry;
    const { creator } = protocol.actors;
    await registry.connect(creator).createModel(CARD, 500n);
    return { ...protocol, registry };
  }

  /** Where a struct of a mapping begins, found by its known first word. */
  async function modelSlot(registry: string, modelId: bigint, holds: string): Promise<string> {
    for (let slot = 0n; slot < 32n; slot++) {
      const key = ethers.solidityPackedKeccak256(["uint256", "uint256"], [modelId, slot]);
      if ((await ethers.provider.getStorage(registry, key)).endsWith(holds.slice(2).toLowerCase())) {
        const word = await ethers.provider.getStorage(registry, key);
        // the owner of the title is stored alone; the model has its royalty and version count in front
        if (BigInt(word) >> 160n !== 0n) return key;
      }
    }
    throw new Error("the model was not found in storage");
  }

  it("publishes its limits", async () => {
    const { registry } = await loadFixture(registryFixture);
    await expectLimits(registry, {
      MAX_URI_BYTES: 256n,
      MAX_ROYALTY_BPS: 1_000n,
      PAYEE_WINDOW: 604_800n,
    });
  });

  describe("createModel", () => {
    context("when the version is bad", () => {
      for (const [title, differs] of [
        ["no metadata hash", { metadataHash: ZERO }],
        ["no uri", { uri: "" }],
      ] as const) {
        it(`refuses a card with ${title}`, async () => {
          const { registry, actors } = await loadFixture(registryFixture);
          await expect(
            registry.connect(actors.creator).createModel({ ...CARD, ...differs }, 0n),
          ).to.be.revertedWithCustomError(registry, "ModelRegistry_EmptyCard");
          expect(await registry.modelCount()).to.equal(1n);
        });
      }

      it("refuses a uri of 257 bytes and takes one of 256", async () => {
        const { registry, actors } = await loadFixture(registryFixture);
        await expect(registry.connect(actors.creator).createModel({ ...CARD, uri: "u".repeat(257) }, 0n))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UriTooLong")
          .withArgs(257n, 256n);
        await registry.connect(actors.creator).createModel({ ...CARD, uri: "u".repeat(256) }, 0n);
        expect(await registry.tokenURI(2n)).to.equal("u".repeat(256));
        expect(await registry.MAX_URI_BYTES()).to.equal(256n);
      });

      // x = 5 is the smallest x with no point on secp256k1
      const offCurve = ethers.toBeHex(5n, 32);
      for (const [title, differs] of [
        ["a root alone", { root: FILE.data.root }],
        ["a content root alone", { contentRoot: FILE.data.contentRoot }],
        ["a key alone", { keyX: FILE.data.keyX }],
        ["a size alone", { size: 1n }],
        ["no root", { ...FILE.data, root: ZERO }],
        ["no content root", { ...FILE.data, contentRoot: ZERO }],
        ["no key", { ...FILE.data, keyX: ZERO }],
        ["no size", { ...FILE.data, size: 0n }],
        ["a key off the curve", { ...FILE.data, keyX: offCurve }],
        ["a key above the group's order", { ...FILE.data, keyX: ethers.toBeHex(ethers.N, 32) }],
      ] as const) {
        it(`refuses file fields with ${title}`, async () => {
          const { registry, actors } = await loadFixture(registryFixture);
          const data = { ...CARD, ...differs };
          await expect(registry.connect(actors.creator).createModel(data, 0n))
            .to.be.revertedWithCustomError(registry, "ModelRegistry_BadFile")
            .withArgs(data.root, data.contentRoot, data.keyX, data.size);
        });
      }
    });

    it("refuses a file of 2^48 bytes and takes one of a byte less", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const creator = registry.connect(actors.creator);
      for (const size of [2n ** 48n, 2n ** 48n + 1n, 2n ** 64n - 1n]) {
        for (const call of [
          () => creator.createModel({ ...FILE.data, size }, 0n),
          () => creator.publishVersion(1n, { ...FILE.data, size }),
        ]) {
          await expect(call()).to.be.revertedWithCustomError(registry, "ModelRegistry_FileTooLarge").withArgs(size);
        }
      }
      const largest = { ...FILE.data, size: 2n ** 48n - 1n };
      await creator.createModel(largest, 0n);
      await creator.publishVersion(1n, largest);
      for (const versionId of [firstVersion(2n), firstVersion(1n) + 1n]) {
        expect((await registry.saleInfo(versionId)).size).to.equal(largest.size);
        expect((await registry.versionData(versionId)).data).to.deep.equal(Object.values(largest));
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): royalty above 100 %
    it("refuses a royalty above 10 % and takes exactly 10 %", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      for (const royalty of [1_001n, 10_001n, 65_535n]) {
        await expect(registry.connect(actors.creator).createModel(CARD, royalty))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_RoyaltyTooHigh")
          .withArgs(royalty, 1_000n);
      }
      await registry.connect(actors.creator).createModel(CARD, 1_000n);
      expect((await registry.modelInfo(2n)).royaltyBps).to.equal(1_000n);
      expect(await registry.MAX_ROYALTY_BPS()).to.equal(1_000n);
    });

    it("gives the caller the title and announces model and version", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const versionId = firstVersion(2n);
      const call = registry.connect(actors.stranger).createModel(FILE.data, 250n);
      const data = FILE.data;
      await expect(call)
        .to.emit(registry, "Transfer")
        .withArgs(ethers.ZeroAddress, actors.stranger.address, 2n)
        .and.to.emit(registry, "ModelCreated")
        .withArgs(2n, actors.stranger.address, 250n)
        .and.to.emit(registry, "VersionPublished")
        .withArgs(2n, versionId, [data.metadataHash, data.root, data.contentRoot, data.keyX, data.size, data.uri]);

      expect(await registry.ownerOf(2n)).to.equal(actors.stranger.address);
      expect(await registry.modelCount()).to.equal(2n);
      const at = BigInt(await time.latest());
      expect(await registry.modelInfo(2n)).to.deep.equal([actors.stranger.address, 250n, 1n, at, false]);
      const { address } = actors.stranger;
      expect(await registry.saleInfo(versionId)).to.deep.equal([address, 0n, data.size, address]);
      expect(await registry.keyOf(versionId)).to.equal(data.keyX);
    });

    it("returns the id of the first version", async () => {
      const { registry } = await loadFixture(registryFixture);
      expect(await registry.createModel.staticCall(CARD, 0n)).to.equal(firstVersion(2n));
    });

    it("creates a model for a contract without a receiver hook", async () => {
      const { registry } = await loadFixture(registryFixture);
      const actor = await ethers.deployContract("MarketActor");
      const data = registry.interface.encodeFunctionData("createModel", [CARD, 0n]);
      await actor.act(registry, 0n, data);
      expect(await registry.ownerOf(2n)).to.equal(await actor.getAddress());
    });
  });

  describe("publishVersion", () => {
    it("refuses anyone but the title's holder", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      await expect(registry.connect(actors.stranger).publishVersion(1n, CARD))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_NotTitleHolder")
        .withArgs(1n, actors.stranger.address, actors.creator.address);
    });

    it("refuses a creator who gave the title away", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const { creator, other } = actors;
      await registry.connect(creator).transferFrom(creator.address, other.address, 1n);
      await expect(registry.connect(creator).publishVersion(1n, CARD))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_NotTitleHolder")
        .withArgs(1n, creator.address, other.address);
      await registry.connect(other).publishVersion(1n, CARD);
    });

    it("refuses somebody whom the holder only approved", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      await registry.connect(actors.creator).setApprovalForAll(actors.other.address, true);
      await expect(registry.connect(actors.other).publishVersion(1n, CARD))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_NotTitleHolder")
        .withArgs(1n, actors.other.address, actors.creator.address);
    });

    it("refuses an unknown model", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      await expect(registry.connect(actors.creator).publishVersion(9n, CARD))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_NotTitleHolder")
        .withArgs(9n, actors.creator.address, ethers.ZeroAddress);
    });

    it("refuses a bad version", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const publish = (differs: object) => registry.connect(actors.creator).publishVersion(1n, { ...CARD, ...differs });
      await expect(publish({ uri: "" })).to.be.revertedWithCustomError(registry, "ModelRegistry_EmptyCard");
      await expect(publish({ uri: "u".repeat(300) }))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_UriTooLong")
        .withArgs(300n, 256n);
      await expect(publish({ size: 5n }))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_BadFile")
        .withArgs(ZERO, ZERO, ZERO, 5n);
      expect((await registry.modelInfo(1n)).versionCount).to.equal(1n);
    });

    it("takes version 65,535 and refuses the next", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const address = await registry.getAddress();
      const slot = await modelSlot(address, 1n, actors.creator.address);
      const { createdAt } = await registry.modelInfo(1n);
      const packed = (createdAt << 192n) | (65_534n << 176n) | (500n << 160n) | BigInt(actors.creator.address);
      await setStorageAt(address, slot, ethers.toBeHex(packed, 32));
      expect(await registry.modelInfo(1n)).to.deep.equal([actors.creator.address, 500n, 65_534n, createdAt, false]);

      await registry.connect(actors.creator).publishVersion(1n, CARD);
      expect((await registry.modelInfo(1n)).versionCount).to.equal(65_535n);
      await expect(registry.connect(actors.creator).publishVersion(1n, CARD))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_TooManyVersions")
        .withArgs(1n);
    });

    it("keeps what proves a file of a single byte", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const { data } = sealFile(0xb17en, Buffer.from("x"));
      expect(data.size).to.equal(1n);
      await registry.connect(actors.creator).publishVersion(1n, data);
      const [kept] = await registry.versionData(firstVersion(1n) + 1n);
      expect(kept).to.deep.equal(Object.values(data));
    });

    it("publishes the next version, says so, and leaves the first as it was", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const versionId = firstVersion(1n) + 1n;
      const data = FILE.data;
      await expect(registry.connect(actors.creator).publishVersion(1n, data))
        .to.emit(registry, "VersionPublished")
        .withArgs(1n, versionId, [data.metadataHash, data.root, data.contentRoot, data.keyX, data.size, data.uri])
        .and.to.emit(registry, "MetadataUpdate")
        .withArgs(1n);

      const [second, payee] = await registry.versionData(versionId);
      expect(second).to.deep.equal(Object.values(data));
      expect(payee).to.equal(actors.creator.address);
      const [first] = await registry.versionData(firstVersion(1n));
      expect(first).to.deep.equal(Object.values(CARD));
      expect(await registry.tokenURI(1n)).to.equal(data.uri);
    });
  });

  describe("proveDefective", () => {
    async function filesFixture() {
      const protocol = await loadFixture(registryFixture);
      const { registry, actors } = protocol;
      await registry.connect(actors.creator).createModel(FILE.data, 0n);
      await registry.connect(actors.creator).createModel(BROKEN.data, 0n);
      return { ...protocol, right: firstVersion(2n), broken: firstVersion(3n) };
    }

    it("refuses a version that does not exist or has no file", async () => {
      const { registry } = await loadFixture(filesFixture);
      for (const versionId of [firstVersion(1n), firstVersion(9n)]) {
        await expect(registry.proveDefective(versionId, BROKEN.evidence))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UnknownVersion")
          .withArgs(versionId);
      }
    });

    it("refuses a chunk that is what was promised", async () => {
      const { registry, right } = await loadFixture(filesFixture);
      await expect(registry.proveDefective(right, FILE.evidence))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_ChunkIsRight")
        .withArgs(right, 0n);
      expect(await registry.defectiveAt(right)).to.equal(0n);
    });

    it("refuses evidence about something else", async () => {
      const { registry, broken } = await loadFixture(filesFixture);
      const library = await ethers.getContractAt("ContentComplaint", await registry.getAddress());
      const prove = (differs: object) => registry.proveDefective(broken, { ...BROKEN.evidence, ...differs });
      await expect(prove({ index: 1n }))
        .to.be.revertedWithCustomError(library, "ContentComplaint_IndexOutOfRange")
        .withArgs(1n, 1n);
      await expect(prove({ encryptedChunk: "0x00" }))
        .to.be.revertedWithCustomError(library, "ContentComplaint_WrongChunkLength")
        .withArgs(0n, 1n, BROKEN.data.size);
      await expect(prove({ key: FILE.key }))
        .to.be.revertedWithCustomError(library, "ContentComplaint_WrongKey")
        .withArgs(BROKEN.data.keyX);
      await expect(prove({ contentHash: ethers.id("other") }))
        .to.be.revertedWithCustomError(library, "ContentComplaint_NotInTree")
        .withArgs(0n, BROKEN.data.root);
    });

    it("marks the version for good, no matter who proves it, and only once", async () => {
      const { registry, broken, actors } = await loadFixture(filesFixture);
      await expect(registry.connect(actors.stranger).proveDefective(broken, BROKEN.evidence))
        .to.emit(registry, "VersionDefective")
        .withArgs(broken, actors.stranger.address, BROKEN.key, 0n)
        .and.to.emit(registry, "MetadataUpdate")
        .withArgs(3n);
      const at = BigInt(await time.latest());
      expect(await registry.defectiveAt(broken)).to.equal(at);
      expect(await registry.saleInfo(broken)).to.deep.equal([
        ...[actors.creator.address, at, BROKEN.data.size],
        actors.creator.address,
      ]);

      await expect(registry.proveDefective(broken, BROKEN.evidence))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_AlreadyDefective")
        .withArgs(broken, at);
    });
  });

  describe("views", () => {
    it("know nothing of a version that was never published", async () => {
      const { registry } = await loadFixture(registryFixture);
      for (const versionId of [0n, firstVersion(1n) + 1n, firstVersion(2n), 2n ** 64n - 1n]) {
        await expect(registry.saleInfo(versionId))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UnknownVersion")
          .withArgs(versionId);
        await expect(registry.versionData(versionId))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UnknownVersion")
          .withArgs(versionId);
        await expect(registry.payeeOf(versionId))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UnknownVersion")
          .withArgs(versionId);
        expect(await registry.keyOf(versionId)).to.equal(ZERO);
        expect(await registry.defectiveAt(versionId)).to.equal(0n);
      }
      for (const modelId of [0n, 2n, 9n, 2n ** 48n - 1n]) {
        await expect(registry.payeeOfModel(modelId))
          .to.be.revertedWithCustomError(registry, "ModelRegistry_UnknownVersion")
          .withArgs(firstVersion(modelId));
      }
      expect(await registry.modelInfo(9n)).to.deep.equal([ethers.ZeroAddress, 0n, 0n, 0n, false]);
      await expect(registry.tokenURI(9n))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(9n);
      // an id whose low 48 bits are those of a model is still another id
      const alias = (1n << 48n) | 1n;
      await expect(registry.tokenURI(alias))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(alias);
      await expect(registry.royaltyInfo(alias, 1n))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(alias);
    });

    it("pay the resale royalty of a title to its creator, rounded down, after the title was sold too", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      const { creator, other } = actors;
      await registry.connect(creator).transferFrom(creator.address, other.address, 1n);
      expect(await registry.royaltyInfo(1n, 10_019n)).to.deep.equal([creator.address, 500n]);
      expect(await registry.royaltyInfo(1n, 0n)).to.deep.equal([creator.address, 0n]);
    });

    it("announce what the contract speaks", async () => {
      const { registry } = await loadFixture(registryFixture);
      // ERC-165, ERC-721, its metadata, ERC-2981, ERC-4906
      for (const id of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x2a55205a", "0x49064906"]) {
        expect(await registry.supportsInterface(id), id).to.equal(true);
      }
      expect(await registry.supportsInterface("0xffffffff")).to.equal(false);
      expect(await registry.name()).to.equal("Isonomy Model Titles");
      expect(await registry.symbol()).to.equal("ISOM");
    });

    it("give different models different keys", () => {
      expect(xOf(FILE.key)).to.equal(FILE.data.keyX);
      expect(FILE.data.keyX).to.not.equal(BROKEN.data.keyX);
    });
  });

  describe("setContractURI", () => {
    it("refuses anyone but the admin", async () => {
      const { registry, actors } = await loadFixture(registryFixture);
      for (const account of [actors.deployer, actors.guardian, actors.stranger]) {
        await expect(registry.connect(account).setContractURI("ipfs://other"))
          .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
          .withArgs(account.address);
      }
    });

    it("replaces the collection's metadata", async () => {
      const { registry, actions, parameters } = await loadFixture(registryFixture);
      expect(await registry.contractURI()).to.equal(parameters.registry.metadata);
      await expect(registry.connect(await actions.asAdmin()).setContractURI("ipfs://other")).to.emit(
        registry,
        "ContractURIUpdated",
      );
      expect(await registry.contractURI()).to.equal("ipfs://other");
    });
  });
});
