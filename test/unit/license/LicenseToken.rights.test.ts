import { loadFixture, setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  draftOf,
  ESCROWED,
  GUARD,
  GUARDED,
  idOf,
  MODULE,
  PLAIN,
  rightsFixture,
  tokenFixture,
  TRANSFERABLE,
  UPDATES,
} from "./fixture";

describe("LicenseToken, rights modules", () => {
  describe("setRights", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a rights module that the vote did not name
    it("refuses anyone but the admin", async () => {
      const { licenses, plain, actors } = await loadFixture(rightsFixture);
      for (const account of Object.values(actors)) {
        await expect(licenses.connect(account).setRights(plain, false, false))
          .to.be.revertedWithCustomError(licenses, "AccessManagedUnauthorized")
          .withArgs(account.address);
      }
      expect(await licenses.rightsAt(PLAIN)).to.deep.equal([await plain.getAddress(), true, false]);
    });

    it("refuses an account without code, also a module whose code is gone", async () => {
      const { licenses, plain, admin, actors } = await loadFixture(rightsFixture);
      await setCode(await plain.getAddress(), "0x");
      for (const account of [actors.stranger.address, ethers.ZeroAddress, await plain.getAddress()]) {
        await expect(licenses.connect(admin).setRights(account, true, false))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_NotAContract")
          .withArgs(account);
      }
    });

    it("numbers modules from 1 in the order of their first calls, apart from those that issue", async () => {
      const { licenses, module, admin } = await loadFixture(tokenFixture);
      const kinds = [
        [true, false],
        [false, true],
        [true, true],
        [false, false],
      ] as const;
      for (const [i, [open, guarded]] of kinds.entries()) {
        const index = BigInt(i) + 1n;
        const rights = await (await ethers.deployContract("TestRights")).getAddress();
        expect(await licenses.rightsAt(index)).to.deep.equal([ethers.ZeroAddress, false, false]);
        await expect(licenses.connect(admin).setRights(rights, open, guarded))
          .to.emit(licenses, "RightsSet")
          .withArgs(rights, index, open, guarded);
        expect(await licenses.rightsAt(index)).to.deep.equal([rights, open, guarded]);
        expect(await licenses.moduleInfo(rights)).to.deep.equal([0n, false]);
      }
      // a contract may be both; each role has its own index
      await expect(licenses.connect(admin).setRights(module, true, false))
        .to.emit(licenses, "RightsSet")
        .withArgs(await module.getAddress(), 5n, true, false);
      expect(await licenses.moduleInfo(module)).to.deep.equal([MODULE, true]);
      expect(await licenses.rightsAt(0n)).to.deep.equal([ethers.ZeroAddress, false, false]);
    });

    it("keeps a module's index and the module of an index when it is closed and opened again", async () => {
      const { licenses, plain, guard, admin } = await loadFixture(rightsFixture);
      for (const open of [false, true, true, false]) {
        for (const [rights, index, guarded] of [
          [await plain.getAddress(), PLAIN, false],
          [await guard.getAddress(), GUARD, true],
        ] as const) {
          await expect(licenses.connect(admin).setRights(rights, open, guarded))
            .to.emit(licenses, "RightsSet")
            .withArgs(rights, index, open, guarded);
          expect(await licenses.rightsAt(index)).to.deep.equal([rights, open, guarded]);
        }
      }
      expect(await licenses.rightsAt(3n)).to.deep.equal([ethers.ZeroAddress, false, false]);
    });

    it("refuses to change whether a module is guarded, and says how it was registered", async () => {
      const { licenses, plain, guard, admin } = await loadFixture(rightsFixture);
      for (const [rights, index, guarded] of [
        [await plain.getAddress(), PLAIN, false],
        [await guard.getAddress(), GUARD, true],
      ] as const) {
        for (const open of [true, false]) {
          await expect(licenses.connect(admin).setRights(rights, open, !guarded))
            .to.be.revertedWithCustomError(licenses, "LicenseToken_GuardIsFixed")
            .withArgs(rights, guarded);
        }
        expect(await licenses.rightsAt(index)).to.deep.equal([rights, true, guarded]);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): a rights module closed under the licences that name it
    it("stops new licences of a closed module, and touches none that was issued", async () => {
      const { licenses, module, plain, guard, admin, actions, actors, ids } = await loadFixture(rightsFixture);
      const { buyer, other, stranger } = actors;
      for (const [rights, index, guarded] of [
        [plain, PLAIN, false],
        [guard, GUARD, true],
      ] as const) {
        const address = await rights.getAddress();
        const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: index });
        await licenses.connect(admin).setRights(rights, false, guarded);

        await expect(actions.mint(buyer.address, TRANSFERABLE, { rights: index }))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
          .withArgs(index);
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(true);
        await rights.setRefuses(true);
        expect(await licenses.isAuthorized(licenseId, buyer)).to.equal(false);
        await rights.setRefuses(false);
        const transfer = licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
        if (guarded) {
          await expect(transfer).to.emit(guard, "Asked").withArgs(licenseId, buyer.address, other.address);
        } else {
          await expect(transfer).not.to.emit(plain, "Asked");
        }
        const info = await licenses.licenseInfo(licenseId);
        expect([info.module, info.rights]).to.deep.equal([await module.getAddress(), address]);
        const draft = draftOf({ flags: TRANSFERABLE, rights: index, versionId: ids.versionId, serial: 9n });
        expect((await licenses.resolve(module, draft)).rights).to.equal(address);
        await actions.burn(licenseId);

        await licenses.connect(admin).setRights(rights, true, guarded);
        await actions.mint(buyer.address, TRANSFERABLE, { rights: index });
      }
      expect(await licenses.balanceOf(buyer)).to.equal(2n);
      expect(await licenses.balanceOf(other)).to.equal(0n);
    });
  });

  describe("mint", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a licence in the name of another module
    it("refuses each bit of a draft that the token fills in, and takes every other", async () => {
      const { licenses, module, actors, ids } = await loadFixture(rightsFixture);
      const clean = draftOf({ versionId: ids.versionId, serial: 1n });
      const [to, issuer] = [actors.buyer.address, await ethers.getImpersonatedSigner(await module.getAddress())];
      for (let bit = 0n; bit < 256n; bit++) {
        const draft = clean ^ (1n << bit);
        const reserved = bit === 131n || (bit >= 136n && bit < 168n);
        // bits of an index under which no rights module is open
        const closed = bit >= 170n && bit < 200n;
        const call = licenses.connect(issuer).mint.staticCall(to, draft);
        if (reserved || closed) {
          await expect(call, `bit ${bit}`)
            .to.be.revertedWithCustomError(licenses, `LicenseToken_${reserved ? "ReservedBits" : "RightsClosed"}`)
            .withArgs(reserved ? draft : 1n << (bit - 168n));
        } else {
          const guarded = bit === 169n ? GUARDED << 128n : 0n;
          expect(await call, `bit ${bit}`).to.equal(draft | (MODULE << 136n) | guarded);
        }
        const resolved = licenses.resolve(module, draft);
        if (reserved) {
          await expect(resolved, `bit ${bit}`)
            .to.be.revertedWithCustomError(licenses, "LicenseToken_ReservedBits")
            .withArgs(draft);
        } else if (closed) {
          await expect(resolved, `bit ${bit}`)
            .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
            .withArgs(1n << (bit - 168n));
        } else {
          expect((await resolved).licenseId, `bit ${bit}`).to.equal(await call);
        }
      }
    });

    it("refuses a module that may not issue before it looks at the draft", async () => {
      const { licenses, actors } = await loadFixture(rightsFixture);
      await expect(licenses.connect(actors.stranger).mint(actors.buyer.address, 2n ** 256n - 1n))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_NotMinter")
        .withArgs(actors.stranger.address);
    });

    it("refuses a rights module that is not registered or not open", async () => {
      const { licenses, plain, admin, actions, actors } = await loadFixture(rightsFixture);
      await licenses.connect(admin).setRights(plain, false, false);
      for (const rights of [PLAIN, 3n, 2n ** 32n - 1n]) {
        await expect(actions.mint(actors.buyer.address, 0n, { rights }))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
          .withArgs(rights);
      }
      expect(await licenses.balanceOf(actors.buyer)).to.equal(0n);
    });

    it("marks a licence as guarded when its rights module is, and no other; and resolve foretells the id", async () => {
      const { licenses, module, plain, guard, actions, actors, ids } = await loadFixture(rightsFixture);
      const modules = [ethers.ZeroAddress, await plain.getAddress(), await guard.getAddress()];
      let serial = 0n;
      for (const rights of [0n, PLAIN, GUARD]) {
        for (const flags of [0n, TRANSFERABLE | ESCROWED | UPDATES, 0xf0n]) {
          const parts = { note: 777n, rights, flags, versionId: ids.versionId, serial: ++serial };
          const expected = idOf(MODULE, { ...parts, flags: flags | (rights === GUARD ? GUARDED : 0n) });
          expect(await licenses.resolve(module, draftOf(parts))).to.deep.equal([expected, modules[Number(rights)]]);
          expect(await actions.mintDraft(actors.buyer.address, draftOf(parts))).to.equal(expected);
          const info = await licenses.licenseInfo(expected);
          expect(info).to.deep.equal([
            ids.versionId,
            (flags & TRANSFERABLE) !== 0n,
            (flags & ESCROWED) !== 0n,
            (flags & UPDATES) !== 0n,
            await module.getAddress(),
            modules[Number(rights)],
            777n,
          ]);
        }
      }
    });
  });

  describe("resolve", () => {
    it("gives a stranger the index 0, names no module without rights, and refuses an index that no module has", async () => {
      const { licenses, market, plain, ids, actors } = await loadFixture(rightsFixture);
      const parts = { rights: PLAIN, versionId: ids.versionId, serial: 5n };
      const address = await plain.getAddress();
      expect(await licenses.resolve(actors.stranger, draftOf(parts))).to.deep.equal([draftOf(parts), address]);
      expect(await licenses.resolve(market, draftOf(parts))).to.deep.equal([idOf(1n, parts), address]);
      const without = { ...parts, rights: 0n };
      expect(await licenses.resolve(market, draftOf(without))).to.deep.equal([idOf(1n, without), ethers.ZeroAddress]);
      for (const rights of [3n, 2n ** 32n - 1n]) {
        await expect(licenses.resolve(market, draftOf({ ...parts, rights })))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
          .withArgs(rights);
      }
    });

    it("resolves for a module that was stopped as before", async () => {
      const { licenses, module, admin, ids } = await loadFixture(rightsFixture);
      await licenses.connect(admin).setModule(module, false);
      const parts = { rights: GUARD, versionId: ids.versionId, serial: 5n };
      const { licenseId } = await licenses.resolve(module, draftOf(parts));
      expect(licenseId).to.equal(idOf(MODULE, { ...parts, flags: GUARDED }));
    });
  });

  describe("rightsInfo", () => {
    it("tells a module's index, whether it is open and whether it is guarded, and nothing of a stranger", async () => {
      const { licenses, plain, guard, admin, actors } = await loadFixture(rightsFixture);
      expect(await licenses.rightsInfo(plain)).to.deep.equal([PLAIN, true, false]);
      expect(await licenses.rightsInfo(guard)).to.deep.equal([GUARD, true, true]);
      await licenses.connect(admin).setRights(plain, false, false);
      expect(await licenses.rightsInfo(plain)).to.deep.equal([PLAIN, false, false]);
      expect(await licenses.rightsInfo(actors.stranger)).to.deep.equal([0n, false, false]);
    });
  });

  describe("openRights", () => {
    it("names an open module, and refuses one that is closed or unknown", async () => {
      const { licenses, plain, guard, admin } = await loadFixture(rightsFixture);
      expect(await licenses.openRights(PLAIN)).to.equal(await plain.getAddress());
      expect(await licenses.openRights(GUARD)).to.equal(await guard.getAddress());
      await licenses.connect(admin).setRights(plain, false, false);
      for (const index of [0n, PLAIN, 3n, 2n ** 32n - 1n]) {
        await expect(licenses.openRights(index))
          .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
          .withArgs(index);
      }
      await licenses.connect(admin).setRights(plain, true, false);
      expect(await licenses.openRights(PLAIN)).to.equal(await plain.getAddress());
    });
  });

  describe("stateOf", () => {
    it("says nobody, locked and not usable for a licence that does not exist", async () => {
      const { licenses, actions, actors, ids } = await loadFixture(rightsFixture);
      const burned = await actions.mint(actors.buyer.address, 0n);
      await actions.burn(burned);
      const unknown = idOf(MODULE, { flags: ESCROWED, versionId: ids.versionId, serial: 99n });
      for (const licenseId of [0n, burned, unknown, 2n ** 256n - 1n]) {
        expect(await licenses.stateOf(licenseId)).to.deep.equal([ethers.ZeroAddress, true, false]);
      }
    });

    it("asks no module about a licence that was settled at once", async () => {
      const { licenses, module, plain, actions, actors } = await loadFixture(rightsFixture);
      await module.setFailure(true, false);
      await plain.setRefuses(true);
      const licenseId = await actions.mint(actors.buyer.address, 0n, { rights: PLAIN });
      expect(await licenses.stateOf(licenseId)).to.deep.equal([actors.buyer.address, false, true]);
    });

    it("repeats what the issuing module says of a licence of the escrow, and asks it about that licence", async () => {
      const { licenses, module, actions, actors } = await loadFixture(rightsFixture);
      const licenseId = await actions.mint(actors.buyer.address, ESCROWED);
      const question = module.interface.encodeFunctionData("licenseState", [licenseId]);
      await module.setQuestion(ethers.keccak256(question));
      for (const [locked, usable] of [
        [true, false],
        [false, true],
        [true, true],
        [false, false],
      ] as const) {
        await module.setState(locked, usable);
        expect(await licenses.stateOf(licenseId)).to.deep.equal([actors.buyer.address, locked, usable]);
      }
    });

    it("fails when the issuing module fails, with its reason", async () => {
      const { licenses, module, actions, actors } = await loadFixture(rightsFixture);
      const licenseId = await actions.mint(actors.buyer.address, ESCROWED);
      await module.setFailure(true, false);
      await expect(licenses.stateOf(licenseId)).to.be.revertedWithCustomError(module, "TestModule_Refused");
    });
  });
});
