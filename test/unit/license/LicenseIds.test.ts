import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

/** Set LICENSE_SEED to run again what a failed run printed. */
const SEED = Number(process.env.LICENSE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 200;

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const parts = fc.record({ note: uint(56), rights: uint(32), flags: uint(8), versionId: uint(64), serial: uint(64) });

describe("LicenseIds", () => {
  async function idsFixture() {
    return { harness: await ethers.deployContract("OfferTermsHarness") };
  }

  it(`packs a draft as the table says, for ${RUNS} random licences (seed ${SEED})`, async () => {
    const { harness } = await loadFixture(idsFixture);
    await fc.assert(
      fc.asyncProperty(parts, async ({ note, rights, flags, versionId, serial }) => {
        const draft = await harness.licenseDraft(note, rights, flags, versionId, serial);
        // sums, not bits: parts that overlapped would carry into each other
        expect(draft).to.equal(
          note * 2n ** 200n + rights * 2n ** 168n + flags * 2n ** 128n + versionId * 2n ** 64n + serial,
        );
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it(`completes a draft with the issuer's index and the guard, and takes every part out again, for ${RUNS} random licences (seed ${SEED})`, async () => {
    const { harness } = await loadFixture(idsFixture);
    await fc.assert(
      fc.asyncProperty(parts, uint(32), fc.boolean(), async (made, module, guarded) => {
        const flags = made.flags & ~8n;
        const draft = await harness.licenseDraft(made.note, made.rights, flags, made.versionId, made.serial);
        const id = await harness.licenseId(draft, module, guarded);
        const all = flags + (guarded ? 8n : 0n);
        expect(id).to.equal(draft + module * 2n ** 136n + (guarded ? 2n ** 131n : 0n));
        const { note, rights, module: issuer, versionId, flags: set } = await harness.licenseParts(id);
        expect([note, rights, issuer, versionId]).to.deep.equal([made.note, made.rights, module, made.versionId]);
        expect(set).to.deep.equal([...Array(8).keys()].map((bit) => (all / 2n ** BigInt(bit)) % 2n === 1n));
        expect(id % 2n ** 64n).to.equal(made.serial);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("reads each part out of an id that has all bits, and of one that has none of the others", async () => {
    const { harness } = await loadFixture(idsFixture);
    const all = 2n ** 256n - 1n;
    const masks = { note: [200n, 56n], rights: [168n, 32n], module: [136n, 32n], versionId: [64n, 64n] } as const;
    for (const [name, [at, bits]] of Object.entries(masks)) {
      const mask = (2n ** bits - 1n) << at;
      const part = name as keyof typeof masks;
      expect((await harness.licenseParts(all))[part], name).to.equal(2n ** bits - 1n);
      expect((await harness.licenseParts(mask))[part], name).to.equal(2n ** bits - 1n);
      expect((await harness.licenseParts(all ^ mask))[part], name).to.equal(0n);
    }
    for (let bit = 0; bit < 8; bit++) {
      const { flags } = await harness.licenseParts(1n << BigInt(128 + bit));
      expect(flags).to.deep.equal([...Array(8).keys()].map((other) => other === bit));
    }
  });

  it("has a flag that is several bits only when all of them are set", async () => {
    const { harness } = await loadFixture(idsFixture);
    for (let flags = 0n; flags < 8n; flags++) {
      for (let asked = 0n; asked < 8n; asked++) {
        expect(await harness.hasFlags(flags << 128n, asked), `${flags} ${asked}`).to.equal((flags & asked) === asked);
      }
    }
  });

  it("reserves the bits of the issuer's index and of the guard", async () => {
    const { harness } = await loadFixture(idsFixture);
    expect(await harness.reservedBits()).to.equal((2n ** 32n - 1n) * 2n ** 136n + 2n ** 131n);
  });
});
