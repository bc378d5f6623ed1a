import { loadFixture, setCode, setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { concat, toBeHex, zeroPadValue } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import { ESCROWED, GUARD, GUARDED, idOf, MODULE, PLAIN, rightsFixture, tokenFixture, TRANSFERABLE } from "./fixture";

const words = (...values: bigint[]) => concat(values.map((value) => toBeHex(value, 32)));
/** Gas that a call gets, and a 64th of it that is left after a module burned all that it got. */
const GAS = 10_000_000n;

describe("LicenseToken, who may use a licence", () => {
  /** A licence of each of the two modules that can say no, held by the buyer. */
  async function askedFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { licenses, module, actions, actors } = protocol;
    await module.setState(false, true);
    const ruled = await actions.mint(actors.buyer.address, 0n, { rights: PLAIN });
    const escrowed = await actions.mint(actors.buyer.address, ESCROWED);
    const both = await actions.mint(actors.buyer.address, ESCROWED, { rights: PLAIN });
    const asked = (licenseId: bigint, user: string) => licenses.isAuthorized(licenseId, user, { gasLimit: GAS });
    return { ...protocol, ids: { ...protocol.ids, ruled, escrowed, both }, asked };
  }

  describe("with a rights module", () => {
    it("is what the module says, also of somebody who is not the holder", async () => {
      const { plain, ids, actors, asked } = await loadFixture(askedFixture);
      const { buyer, stranger } = actors;
      for (const user of [buyer, stranger]) expect(await asked(ids.ruled, user.address)).to.equal(true);
      await plain.setAnswer(words(0n));
      for (const user of [buyer, stranger]) expect(await asked(ids.ruled, user.address)).to.equal(false);
    });

    it("asks about licence, holder and user, in this order", async () => {
      const { licenses, plain, actions, actors, asked } = await loadFixture(askedFixture);
      const { buyer, other, stranger } = actors;
      const licenseId = await actions.mint(buyer.address, TRANSFERABLE, { rights: PLAIN });
      const only = async (owner: string, user: string) =>
        plain.setQuestion(ethers.keccak256(plain.interface.encodeFunctionData("mayUse", [licenseId, owner, user])));
      await only(buyer.address, stranger.address);
      expect(await asked(licenseId, stranger.address)).to.equal(true);
      expect(await asked(licenseId, buyer.address)).to.equal(false);
      await licenses.connect(buyer).transferFrom(buyer.address, other.address, licenseId);
      expect(await asked(licenseId, stranger.address)).to.equal(false);
      await only(other.address, stranger.address);
      expect(await asked(licenseId, stranger.address)).to.equal(true);
    });

    it("asks the module that the licence names", async () => {
      const { plain, guard, actions, actors, asked } = await loadFixture(askedFixture);
      const licenseId = await actions.mint(actors.buyer.address, 0n, { rights: GUARD });
      await plain.setRefuses(true);
      expect(await asked(licenseId, actors.stranger.address)).to.equal(true);
      await guard.setRefuses(true);
      await plain.setRefuses(false);
      expect(await asked(licenseId, actors.buyer.address)).to.equal(false);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a rights module that fails, or answers anything but yes
    for (const [title, answer, padding] of [
      ["0", words(0n), 0n],
      ["2", words(2n), 0n],
      ["3, whose lowest bit is that of 1", words(3n), 0n],
      ["the highest number", words(2n ** 256n - 1n), 0n],
      ["1 in the highest bit", words(1n << 255n), 0n],
      ["nothing", "0x", 0n],
      ["one byte of 1", "0x01", 0n],
      ["31 bytes, a word of 1 without its first", zeroPadValue("0x01", 31), 0n],
      ["33 bytes, 1 and a byte", words(1n), 1n],
      ["33 bytes, 1 and a byte that is not zero", concat([words(1n), "0xff"]), 0n],
      ["64 bytes, 1 and 0", words(1n, 0n), 0n],
      ["64 bytes, 1 and 1", words(1n, 1n), 0n],
      ["100,000 bytes that begin with 1", words(1n), 99_968n],
    ] as const) {
      it(`takes no yes from a module that answers ${title}`, async () => {
        const { plain, ids, actors, asked } = await loadFixture(askedFixture);
        expect(await asked(ids.ruled, actors.buyer.address)).to.equal(true);
        await plain.setAnswer(answer);
        await plain.setPadding(padding);
        for (const licenseId of [ids.ruled, ids.both]) {
          expect(await asked(licenseId, actors.buyer.address)).to.equal(false);
          expect(await asked(licenseId, actors.stranger.address)).to.equal(false);
        }
      });
    }

    it("is no when the module reverts, burns all gas or has lost its code", async () => {
      const { licenses, plain, ids, actors, asked } = await loadFixture(askedFixture);
      await plain.setRefuses(true);
      expect(await asked(ids.ruled, actors.buyer.address)).to.equal(false);
      await plain.setRefuses(false);
      await plain.setBurns(true);
      expect(await asked(ids.ruled, actors.buyer.address)).to.equal(false);
      await plain.setBurns(false);
      expect(await asked(ids.ruled, actors.buyer.address)).to.equal(true);
      await setCode(await plain.getAddress(), "0x");
      expect(await asked(ids.ruled, actors.buyer.address)).to.equal(false);
      expect(await licenses.ownerOf(ids.ruled)).to.equal(actors.buyer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): an answer about a licence, got with too little gas
    it("is no or no answer with little gas, never yes, when a module burns what it gets or would say no", async () => {
      const { licenses, plain, ids, actors } = await loadFixture(askedFixture);
      const answers = async () => {
        const seen = new Set<string>();
        for (let gasLimit = 21_000n; gasLimit < 400_000n; gasLimit = (gasLimit * 107n) / 100n) {
          for (const licenseId of [ids.ruled, ids.both]) {
            const answer = await licenses
              .isAuthorized(licenseId, actors.buyer, { gasLimit })
              .then(String)
              .catch(() => "none");
            seen.add(answer);
          }
        }
        return [...seen];
      };
      expect(await answers()).to.include.members(["none", "true"]);
      await plain.setBurns(true);
      expect(await answers()).to.have.members(["none", "false"]);
      await plain.setBurns(false);
      await plain.setAnswer(words(0n));
      expect(await answers()).to.have.members(["none", "false"]);
    });

    it("is no for the zero address, whatever the module says", async () => {
      const { ids, asked } = await loadFixture(askedFixture);
      for (const id of [ids.ruled, ids.escrowed, ids.both]) expect(await asked(id, ethers.ZeroAddress)).to.equal(false);
    });

    it("is no for a licence that was burned or never issued, whatever the module says", async () => {
      const { actions, ids, actors, asked } = await loadFixture(askedFixture);
      for (const id of [ids.ruled, ids.both]) await actions.burn(id);
      const unknown = idOf(MODULE, { rights: PLAIN, versionId: ids.versionId, serial: 2n ** 64n - 1n });
      for (const id of [ids.ruled, ids.both, unknown]) {
        for (const user of [actors.buyer.address, ethers.ZeroAddress]) expect(await asked(id, user)).to.equal(false);
      }
    });

    it("is no for a licence whose index has no rights module, or no issuing module, which no path leads to", async () => {
      const { licenses, ids, actors, asked } = await loadFixture(askedFixture);
      const parts = { versionId: ids.versionId, serial: 77n };
      const orphans = [
        idOf(MODULE, { ...parts, rights: 3n }),
        idOf(MODULE, { ...parts, rights: 3n, flags: GUARDED }),
        idOf(MODULE + 1n, { ...parts, flags: ESCROWED }),
      ];
      for (const licenseId of orphans) {
        // ERC721 of OpenZeppelin 5 keeps the owners in slot 2
        const slot = ethers.solidityPackedKeccak256(["uint256", "uint256"], [licenseId, 2n]);
        await setStorageAt(await licenses.getAddress(), slot, zeroPadValue(actors.buyer.address, 32));
        expect(await licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
        expect(await asked(licenseId, actors.buyer.address)).to.equal(false);
      }
    });
  });

  describe("with the escrow", () => {
    it("asks the module that issued the licence about it", async () => {
      const { module, ids, actors, asked } = await loadFixture(askedFixture);
      await module.setQuestion(ethers.keccak256(module.interface.encodeFunctionData("licenseState", [ids.escrowed])));
      expect(await asked(ids.escrowed, actors.buyer.address)).to.equal(true);
      expect(await asked(ids.both, actors.buyer.address)).to.equal(false);
    });

    it("is what the second word says, locked or not", async () => {
      const { module, ids, actors, asked } = await loadFixture(askedFixture);
      for (const locked of [false, true]) {
        for (const usable of [false, true]) {
          await module.setState(locked, usable);
          expect(await asked(ids.escrowed, actors.buyer.address)).to.equal(usable);
          expect(await asked(ids.escrowed, actors.stranger.address)).to.equal(false);
        }
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): an issuing module that fails, or answers anything but yes
    for (const [title, answer, padding] of [
      ["0", words(0n, 0n), 0n],
      ["2", words(0n, 2n), 0n],
      ["3, whose lowest bit is that of 1", words(0n, 3n), 0n],
      ["the highest number", words(0n, 2n ** 256n - 1n), 0n],
      ["nothing", "0x", 0n],
      ["31 bytes", zeroPadValue("0x01", 31), 0n],
      ["one word of 1", words(1n), 0n],
      ["63 bytes", concat([words(0n), zeroPadValue("0x01", 31)]), 0n],
      ["65 bytes", words(0n, 1n), 1n],
      ["65 bytes, the last of them not zero", concat([words(0n, 1n), "0xff"]), 0n],
      ["96 bytes", words(0n, 1n, 1n), 0n],
      ["100,000 bytes that begin with a yes", words(0n, 1n), 99_936n],
    ] as const) {
      it(`takes no yes from a module that answers ${title}`, async () => {
        const { module, ids, actors, asked } = await loadFixture(askedFixture);
        for (const id of [ids.escrowed, ids.both]) expect(await asked(id, actors.buyer.address)).to.equal(true);
        await module.setAnswer(answer, padding);
        for (const id of [ids.escrowed, ids.both]) expect(await asked(id, actors.buyer.address)).to.equal(false);
      });
    }

    it("is no when the module reverts, burns all gas or has lost its code", async () => {
      const { module, ids, actors, asked } = await loadFixture(askedFixture);
      for (const [refuses, burns, yes] of [
        [true, false, false],
        [false, true, false],
        [false, false, true],
      ] as const) {
        await module.setFailure(refuses, burns);
        for (const id of [ids.escrowed, ids.both]) expect(await asked(id, actors.buyer.address)).to.equal(yes);
      }
      await setCode(await module.getAddress(), "0x");
      for (const id of [ids.escrowed, ids.both]) expect(await asked(id, actors.buyer.address)).to.equal(false);
    });
  });

  it("takes both modules' yes when both are asked, and does not ask the issuing module without the escrow", async () => {
    const { module, plain, ids, actors, asked } = await loadFixture(askedFixture);
    for (const allowed of [false, true]) {
      for (const usable of [false, true]) {
        await plain.setAnswer(words(allowed ? 1n : 0n));
        await module.setState(false, usable);
        for (const user of [actors.buyer.address, actors.stranger.address]) {
          expect(await asked(ids.both, user)).to.equal(allowed && usable);
          expect(await asked(ids.ruled, user)).to.equal(allowed);
        }
      }
    }
  });

  const SEED = Number(process.env.LICENSE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const RUNS = 60;

  it(`is yes for no answer but 1, for ${RUNS} random answers (seed ${SEED})`, async () => {
    const { module, plain, ids, actors, asked } = await loadFixture(askedFixture);
    const bytes = fc.uint8Array({ maxLength: 100 });
    const word = fc.constantFrom(0n, 1n, 2n, 257n, 1n << 255n);
    const answer = fc.oneof(
      fc.constantFrom(words(1n), words(0n, 1n), words(1n, 1n)),
      bytes.map((value) => ethers.hexlify(value)),
      fc.array(word, { maxLength: 3 }).map((values) => words(...values)),
    );
    await fc.assert(
      fc.asyncProperty(answer, answer, async (rights, state) => {
        await plain.setAnswer(rights);
        await module.setAnswer(state, 0n);
        const allowed = rights === words(1n);
        const usable = state.length === 2 + 128 && BigInt(`0x${state.slice(66)}`) === 1n;
        expect(await asked(ids.ruled, actors.buyer.address)).to.equal(allowed);
        expect(await asked(ids.escrowed, actors.buyer.address)).to.equal(usable);
        expect(await asked(ids.both, actors.buyer.address)).to.equal(allowed && usable);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("reads a licence's own module from its id, also when two modules issue", async () => {
    const { licenses, admin, actors, actions, ids } = await loadFixture(tokenFixture);
    const second = await ethers.deployContract("TestModule");
    await licenses.connect(admin).setModule(second, true);
    const first = await actions.mint(actors.buyer.address, ESCROWED);
    const draft = first - (MODULE << 136n);
    await second.act(licenses, 0n, licenses.interface.encodeFunctionData("mint", [actors.buyer.address, draft]));
    await second.setState(false, true);
    const other = draft + (3n << 136n);
    expect((await licenses.licenseInfo(other)).versionId).to.equal(ids.versionId);
    expect(await licenses.isAuthorized(first, actors.buyer)).to.equal(false);
    expect(await licenses.isAuthorized(other, actors.buyer)).to.equal(true);
  });
});
