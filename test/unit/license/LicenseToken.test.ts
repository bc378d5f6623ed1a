import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { CARD } from "../../helpers/fixture";
import { firstVersion } from "../../helpers/market";
import { draftOf, ESCROWED, idOf, licenseFixture, TRANSFERABLE, UPDATES } from "./fixture";

describe("LicenseToken", () => {
  describe("setModule", () => {
    it("refuses anyone but the admin", async () => {
      const { licenses, module, actors } = await loadFixture(licenseFixture);
      for (const account of [actors.deployer, actors.guardian, actors.holder, actors.stranger]) {
        await expect(licenses.connect(account).setModule(module, true))
          .to.be.revertedWithCustomError(licenses, "AccessManagedUnauthorized")
          .withArgs(account.address);
      }
    });

    it("refuses an account without code", async () => {
      const { licenses, actions, actors } = await loadFixture(licenseFixture);
      const admin = await actions.asAdmin();
      for (const account of [actors.stranger.address, ethers.ZeroAddress]) {
        await expect(licenses.connect(admin).setModule(account, true))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_NotAContract")
          .withArgs(account);
      }
    });

    it("numbers modules from 1, the market first, and keeps the number when one is stopped and started", async () => {
      const { licenses, module, contracts, actions } = await loadFixture(licenseFixture);
      const admin = await actions.asAdmin();
      expect(await licenses.moduleInfo(contracts.Market)).to.deep.equal([1n, true]);
      expect(await licenses.moduleInfo(module)).to.deep.equal([2n, true]);
      for (const minting of [false, true]) {
        await expect(licenses.connect(admin).setModule(module, minting))
          .to.emit(licenses, "ModuleSet")
          .withArgs(await module.getAddress(), 2n, minting);
        expect(await licenses.moduleInfo(module)).to.deep.equal([2n, minting]);
      }
      const third = await ethers.deployContract("TestModule");
      await expect(licenses.connect(admin).setModule(third, false))
        .to.emit(licenses, "ModuleSet")
        .withArgs(await third.getAddress(), 3n, false);
      expect(await licenses.moduleInfo(admin)).to.deep.equal([0n, false]);
    });
  });

  describe("mint", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence minted or burned by somebody else
    it("refuses a caller that is not a module, the admin too", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      for (const account of [actors.stranger, actors.deployer, await actions.asAdmin()]) {
        await expect(
          licenses.connect(account).mint(actors.buyer.address, draftOf({ versionId: ids.versionId, serial: 1n })),
        )
          .to.be.revertedWithCustomError(licenses, "LicenseToken_NotMinter")
          .withArgs(account.address);
      }
    });

    it("refuses a module that was stopped, which can still burn what it issued", async () => {
      const { licenses, module, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, 0n);
      await licenses.connect(await actions.asAdmin()).setModule(module, false);
      await expect(actions.mint(actors.buyer.address, 0n))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_NotMinter")
        .withArgs(await module.getAddress());
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      await actions.burn(licenseId);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a receiver without the hook
    it("refuses the zero address, a contract without the hook, and hooks that say no", async () => {
      const { licenses, actions } = await loadFixture(licenseFixture);
      const noHook = await ethers.deployContract("MarketActor");
      const wrong = await ethers.deployContract("HookedReceiver");
      await wrong.setReply("0xdeadbeef", false);
      for (const account of [ethers.ZeroAddress, await noHook.getAddress(), await wrong.getAddress()]) {
        await expect(actions.mint(account, 0n))
          .to.be.revertedWithCustomError(licenses, "ERC721InvalidReceiver")
          .withArgs(account);
      }
      await wrong.setReply("0x150b7a02", true);
      await expect(actions.mint(await wrong.getAddress(), 0n)).to.be.revertedWithCustomError(
        wrong,
        "HookedReceiver_No",
      );
    });

    it("keeps note, flags, version and serial as the module wrote them, and adds the module's index", async () => {
      const { licenses, module, actions, actors, ids } = await loadFixture(licenseFixture);
      for (const [serial, flags, note] of [
        [1n, 0n, 0n],
        [2n, TRANSFERABLE, 1n],
        [3n, ESCROWED, 250n],
        [4n, UPDATES, 2n ** 55n],
        [5n, TRANSFERABLE | ESCROWED | UPDATES, 2n ** 56n - 1n],
        // flags without a meaning yet are the module's
        [2n ** 64n - 1n, 0xf0n, 0n],
      ]) {
        const parts = { note, flags, versionId: ids.versionId, serial };
        const licenseId = await actions.mintDraft(actors.buyer.address, draftOf(parts));
        expect(licenseId).to.equal(idOf(2n, parts));
        expect(await licenses.licenseInfo(licenseId)).to.deep.equal([
          ids.versionId,
          (flags & TRANSFERABLE) !== 0n,
          (flags & ESCROWED) !== 0n,
          (flags & UPDATES) !== 0n,
          await module.getAddress(),
          ethers.ZeroAddress,
          note,
        ]);
        expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
      }
      expect(await licenses.moduleInfo(module)).to.deep.equal([2n, true]);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(6n);
    });

    it("calls the receiver's hook once, with the module as operator", async () => {
      const { licenses, module, actions, ids } = await loadFixture(licenseFixture);
      const receiver = await ethers.deployContract("HookedReceiver");
      const address = await receiver.getAddress();
      const parts = { versionId: ids.versionId, serial: 1n };
      const data = licenses.interface.encodeFunctionData("mint", [address, draftOf(parts)]);
      await expect(module.act(licenses, 0n, data))
        .to.emit(licenses, "Transfer")
        .withArgs(ethers.ZeroAddress, address, idOf(2n, parts));
      expect(await receiver.calls()).to.equal(1n);
      const told = [await module.getAddress(), ethers.ZeroAddress, idOf(2n, parts), "0x"];
      expect(await receiver.told()).to.equal(receiver.interface.encodeFunctionData("onERC721Received", told));
      await actions.mint(address, 0n, { serial: 2n });
      expect(await receiver.calls()).to.equal(2n);
    });

    it("refuses a serial that a licence of the module has", async () => {
      const { licenses, actions, actors } = await loadFixture(licenseFixture);
      for (const [flags, error] of [
        [TRANSFERABLE, "ERC721InvalidSender"],
        [0n, "LicenseToken_Soulbound"],
      ] as const) {
        const licenseId = await actions.mint(actors.buyer.address, flags, { serial: 7n });
        await expect(actions.mint(actors.stranger.address, flags, { serial: 7n }))
          .to.be.revertedWithCustomError(licenses, error)
          .withArgs(flags === 0n ? licenseId : ethers.ZeroAddress);
        expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
      }
    });
  });

  describe("burn", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence minted or burned by somebody else
    it("refuses everyone but the module that issued the licence", async () => {
      const { licenses, contracts, module, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, TRANSFERABLE);
      const market = await ethers.getImpersonatedSigner(await contracts.Market.getAddress());
      await ethers.provider.send("hardhat_setBalance", [market.address, "0xde0b6b3a7640000"]);
      for (const account of [actors.buyer, actors.creator, market, await actions.asAdmin()]) {
        await expect(licenses.connect(account).burn(licenseId))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_NotIssuer")
          .withArgs(licenseId, account.address, await module.getAddress());
      }
    });

    it("refuses a licence that does not exist, and one that is burned already", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      const unknown = idOf(2n, { versionId: ids.versionId, serial: 99n });
      await expect(actions.burn(unknown))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(unknown);
      const licenseId = await actions.mint(actors.buyer.address, 0n);
      await actions.burn(licenseId);
      await expect(actions.burn(licenseId))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(licenseId);
      // bits above the module's index are another licence's
      const alias = licenseId | (1n << 200n);
      await expect(actions.burn(alias))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(alias);
    });

    it("names no issuer for an id without a module", async () => {
      const { licenses, actors } = await loadFixture(licenseFixture);
      await expect(licenses.connect(actors.stranger).burn(1n))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_NotIssuer")
        .withArgs(1n, actors.stranger.address, ethers.ZeroAddress);
    });

    it("burns a soulbound or locked licence", async () => {
      const { licenses, module, actions, actors } = await loadFixture(licenseFixture);
      await module.setState(true, false);
      const licenseId = await actions.mint(actors.buyer.address, ESCROWED);
      await expect(actions.burn(licenseId))
        .to.emit(licenses, "Transfer")
        .withArgs(actors.buyer.address, ethers.ZeroAddress, licenseId);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(0n);
    });
  });

  describe("transfers", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence moved while its deal is open, or against its
    //   terms
    it("keep a soulbound licence with its holder, no matter who tries and to whom", async () => {
      const { licenses, actions, actors } = await loadFixture(licenseFixture);
      const { buyer, other } = actors;
      const licenseId = await actions.mint(buyer.address, 0n);
      await licenses.connect(buyer).approve(other.address, licenseId);
      for (const [caller, to] of [
        [buyer, other],
        [other, other],
        [buyer, buyer],
      ]) {
        await expect(licenses.connect(caller).transferFrom(buyer.address, to.address, licenseId))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
          .withArgs(licenseId);
      }
      await expect(
        licenses.connect(buyer)["safeTransferFrom(address,address,uint256)"](buyer.address, other.address, licenseId),
      )
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
        .withArgs(licenseId);
      expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a licence moved while its deal is open, or against its
    //   terms
    it("wait until the deal is closed, and the right to use moves with the licence", async () => {
      const { licenses, module, actions, actors } = await loadFixture(licenseFixture);
      const { buyer, other } = actors;
      await module.setState(true, true);
      const licenseId = await actions.mint(buyer.address, TRANSFERABLE | ESCROWED);
      await expect(licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Locked")
        .withArgs(licenseId);
      await module.setState(false, true);
      await expect(licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId))
        .to.emit(licenses, "Transfer")
        .withArgs(buyer.address, other.address, licenseId);
      expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
      expect(await licenses.isAuthorized(licenseId, other)).to.equal(true);
    });

    it("ask no module about a licence that was settled at once", async () => {
      const { licenses, module, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, TRANSFERABLE);
      await module.setState(true, false);
      await licenses.connect(actors.buyer).transferFrom(actors.buyer.address, actors.other.address, licenseId);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.other.address);
    });

    it("refuse a stranger", async () => {
      const { licenses, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, TRANSFERABLE);
      const { buyer, stranger } = actors;
      await expect(licenses.connect(stranger).transferFrom(buyer.address, stranger.address, licenseId))
        .to.be.revertedWithCustomError(licenses, "ERC721InsufficientApproval")
        .withArgs(stranger.address, licenseId);
    });
  });

  describe("isAuthorized", () => {
    it("is false for the zero address, another person and a licence that does not exist", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, 0n);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, actors.other)).to.equal(false);
      for (const id of [
        0n,
        licenseId + 1n,
        idOf(9n, { flags: ESCROWED, versionId: ids.versionId, serial: 1n }),
        2n ** 256n - 1n,
      ]) {
        expect(await licenses.isAuthorized(id, ethers.ZeroAddress)).to.equal(false);
        expect(await licenses.isAuthorized(id, actors.buyer)).to.equal(false);
      }
    });

    it("is what the module says for a licence of the escrow", async () => {
      const { licenses, module, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, ESCROWED);
      for (const usable of [false, true]) {
        await module.setState(!usable, usable);
        expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(usable);
        expect(await licenses.isAuthorized(licenseId, actors.other)).to.equal(false);
      }
    });
  });

  describe("covers", () => {
    it("only the version it was sold for, without updates", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, 0n);
      expect(await licenses.covers(licenseId, ids.versionId)).to.equal(true);
      expect(await licenses.covers(licenseId, ids.versionId + 1n)).to.equal(false);
      expect(await licenses.covers(licenseId, ids.fileVersionId)).to.equal(false);
    });

    it("later versions of the same model too, with updates", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, UPDATES, { versionId: ids.versionId + 1n });
      expect(await licenses.covers(licenseId, ids.versionId)).to.equal(false);
      expect(await licenses.covers(licenseId, ids.versionId + 1n)).to.equal(true);
      expect(await licenses.covers(licenseId, ids.versionId + 2n)).to.equal(true);
      expect(await licenses.covers(licenseId, firstVersion(2n) + 5n)).to.equal(false);
    });

    it("nothing once it is burned", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, UPDATES);
      await actions.burn(licenseId);
      expect(await licenses.covers(licenseId, ids.versionId)).to.equal(false);
    });
  });

  describe("metadata", () => {
    it("shows the card of the version that was sold, not of a newer one", async () => {
      const { licenses, contracts, actions, actors } = await loadFixture(licenseFixture);
      const licenseId = await actions.mint(actors.buyer.address, UPDATES);
      await contracts.ModelRegistry.connect(actors.creator).publishVersion(1n, { ...CARD, uri: "ipfs://second" });
      expect(await licenses.tokenURI(licenseId)).to.equal(CARD.uri);
      await expect(licenses.tokenURI(1n))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(1n);
    });

    it("pays resale royalties to the holder of the model's title, rounded down", async () => {
      const { licenses, contracts, actions, actors } = await loadFixture(licenseFixture);
      const { creator, other } = actors;
      const licenseId = await actions.mint(actors.buyer.address, TRANSFERABLE);
      expect(await licenses.royaltyInfo(licenseId, 10_014n)).to.deep.equal([creator.address, 700n]);
      await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
      expect(await licenses.royaltyInfo(licenseId, 10_015n)).to.deep.equal([other.address, 701n]);
      await expect(licenses.royaltyInfo(1n, 1n))
        .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
        .withArgs(1n);
    });

    it("pays resale royalties to the model's payee where one was fixed, whoever holds the title", async () => {
      const { licenses, contracts, actions, actors } = await loadFixture(licenseFixture);
      const { creator, other, recipient, buyer } = actors;
      const before = await actions.mint(buyer.address, TRANSFERABLE);
      await contracts.ModelRegistry.connect(creator).fixPayee(1n, recipient.address);
      await contracts.ModelRegistry.connect(creator).publishVersion(1n, CARD);
      const later = await actions.mint(buyer.address, TRANSFERABLE, { versionId: firstVersion(1n) + 1n });
      for (const licenseId of [before, later]) {
        expect(await licenses.royaltyInfo(licenseId, 10_014n)).to.deep.equal([recipient.address, 700n]);
      }
      await contracts.ModelRegistry.connect(creator).transferFrom(creator.address, other.address, 1n);
      for (const licenseId of [before, later]) {
        expect(await licenses.royaltyInfo(licenseId, 10_015n)).to.deep.equal([recipient.address, 701n]);
      }
    });

    it("announces what the contract speaks", async () => {
      const { licenses, contracts, parameters } = await loadFixture(licenseFixture);
      for (const id of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x2a55205a"]) {
        expect(await licenses.supportsInterface(id), id).to.equal(true);
      }
      expect(await licenses.supportsInterface("0xffffffff")).to.equal(false);
      expect(await licenses.name()).to.equal("Isonomy Licences");
      expect(await licenses.symbol()).to.equal("ISOL");
      expect(await licenses.REGISTRY()).to.equal(await contracts.ModelRegistry.getAddress());
      expect(await licenses.contractURI()).to.equal(parameters.license.metadata);
    });

    it("lets only the admin replace the collection's metadata", async () => {
      const { licenses, actions, actors } = await loadFixture(licenseFixture);
      await expect(licenses.connect(actors.guardian).setContractURI("ipfs://other"))
        .to.be.revertedWithCustomError(licenses, "AccessManagedUnauthorized")
        .withArgs(actors.guardian.address);
      await expect(licenses.connect(await actions.asAdmin()).setContractURI("ipfs://other")).to.emit(
        licenses,
        "ContractURIUpdated",
      );
      expect(await licenses.contractURI()).to.equal("ipfs://other");
    });
  });
});
