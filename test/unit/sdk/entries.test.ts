import { expect } from "chai";
import { build } from "esbuild";
import { getAddress, getIcapAddress, hexlify, randomBytes, sha256, solidityPacked } from "ethers";
import { join } from "node:path";

import { canonicalAddress } from "../../../sdk/src/addresses/address";
import { cardBytes, metadataHash } from "../../../sdk/src/card";
import { isIsonomyError } from "../../../sdk/src/errors";
import { SUPPORT, encodeBallot, type Side } from "../../../sdk/src/governance/ballot";
import { winkCard } from "../../../scripts/demo/card";

const SDK = join(__dirname, "../../../sdk");
/** The entries of the package that need no ethers, by their source; `isonomy/abis` is made when the package is built. */
const WITHOUT_ETHERS = {
  "isonomy/viem": "src/market/viem.ts",
  "isonomy/errors": "src/errors.ts",
  "isonomy/addresses": "src/addresses/index.ts",
  "isonomy/fair": "src/fairexchange/index.ts",
  "isonomy/card": "src/card/index.ts",
  "isonomy/store": "src/store/index.ts",
  "isonomy/exchange-math": "src/exchange/math.ts",
  "isonomy/governance-math": "src/governance/math.ts",
};

/** The sources of a bundle of one entry, with what it loads only later. */
async function sourcesOf(source: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(SDK, source)],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir: join(SDK, "out"),
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs);
}

describe("The entry that only reads", () => {
  it("loads none of the clients that send, at once or later", async function () {
    this.timeout(240_000);
    const files = (await sourcesOf("src/reading/index.ts")).filter((file) => !file.includes("node_modules"));
    const clients = files.filter((file) => /\/(client|payments|acts|agent)\.ts$/.test(file));
    expect(clients.map((file) => file.replace(/^.*src\//, ""))).to.have.members([
      "chain/client.ts",
      "reading/client.ts",
    ]);
  });
});

describe("Entries that need no ethers", () => {
  for (const [name, source] of Object.entries(WITHOUT_ETHERS)) {
    it(`${name} imports none of it, at once or later`, async function () {
      this.timeout(240_000);
      const files = await sourcesOf(source);
      expect(files.some((file) => file.endsWith(source.split("/").at(-1)!))).to.equal(true);
      expect(files.filter((file) => /node_modules\/ethers\//.test(file))).to.deep.equal([]);
    });
  }

  describe("compute what ethers computes", () => {
    const spellings = (address: string): string[] => [
      ...[address, address.toLowerCase(), address.slice(2), `0X${address.slice(2)}`],
      ...[`0x${address.slice(2).toUpperCase()}`, getIcapAddress(address), getIcapAddress(address).toLowerCase()],
      // a changed letter's case, check digit, length or beginning
      ...[`0x${address.slice(2, -1)}${flipped(address.at(-1)!)}`, `${address}0`, address.slice(0, -1), `1x${address}`],
      ...[getIcapAddress(address).replace(/^XE../, "XE01"), `XE${"0".repeat(33)}`, `${getIcapAddress(address)}Z`],
    ];
    const flipped = (digit: string): string =>
      digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase();
    const orNothing = (read: () => string): string | undefined => {
      try {
        return read();
      } catch {
        return undefined;
      }
    };
    /** What ethers takes, without what has more than 20 bytes. */
    const expected = (text: string): string | undefined => {
      const address = orNothing(() => getAddress(text.replace(/^0X/, "0x")));
      return address?.length === 42 ? address : undefined;
    };

    it("an address in each of its spellings, and which are none", () => {
      const some = Array.from({ length: 200 }, () => getAddress(hexlify(randomBytes(20))));
      let taken = 0;
      for (const address of [...some, `0x${"0".repeat(40)}`, `0x${"f".repeat(40)}`, `0x${"0".repeat(38)}2a`]) {
        for (const text of spellings(getAddress(address))) {
          const ours = orNothing(() => canonicalAddress(text));
          expect(ours, text).to.equal(expected(text));
          if (ours !== undefined) taken++;
        }
      }
      expect(taken).to.be.within(200 * 5, 200 * 13);
    });

    it("and what is no text is no address", () => {
      for (const wrong of [undefined, null, 5, {}, "", "vitalik.eth"]) {
        let failure: unknown;
        try {
          canonicalAddress(wrong as string, "seller");
        } catch (error) {
          failure = error;
        }
        expect(isIsonomyError(failure, "ADDRESS_INVALID"), String(wrong)).to.equal(true);
      }
    });

    it("a ballot's parameters", () => {
      const split = { against: 1n, for: 2n ** 128n - 1n, abstain: 0n };
      const units = [split.against, split.for, split.abstain];
      const types = ["uint128", "uint128", "uint128"];
      expect(encodeBallot("for")).to.deep.equal({ support: SUPPORT.for, params: "0x" });
      expect(encodeBallot(split)).to.deep.equal({ support: SUPPORT.split, params: solidityPacked(types, units) });
      for (const side of ["against", "for", "abstain"] satisfies Side[]) {
        expect(encodeBallot("abstain", side).params).to.equal(solidityPacked(["uint8"], [SUPPORT[side]]));
        const params = solidityPacked([...types, "uint8"], [...units, SUPPORT[side]]);
        expect(encodeBallot(split, side)).to.deep.equal({ support: SUPPORT.split, params });
      }
      for (const wrong of [-1n, 2n ** 128n]) {
        expect(() => encodeBallot({ ...split, against: wrong })).to.throw(`${wrong} does not fit 16 bytes.`);
      }
    });

    it("the hash of a card", () => {
      expect(metadataHash(winkCard)).to.equal(sha256(cardBytes(winkCard)));
    });
  });
});
