import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { pathOf, rootOf, verifyPath } from "../../../sdk/src/fairexchange";
import { nodePlatform } from "../../../sdk/src/fairexchange/node";
import { rows, times } from "../../support/extent";
import { hex, inBatches, proofFixture, Random, referencePath, referenceRoot, SEED, sha256 } from "./support";

const { primitives } = nodePlatform(0);

const TREES = times(50);
/** Numbers of leaves: powers of two with their neighbours, and others between them. */
const COUNTS = rows(Array.from({ length: 70 }, (_, index) => index + 1));

/** The leaves and roots that implementations of RFC 6962 and RFC 9162 publish and test against. */
const PUBLISHED_LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const PUBLISHED_ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

function leavesOf(random: Random, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => random.bytes(32));
}

interface Claim {
  root: Uint8Array;
  count: number;
  index: number;
  leaf: Uint8Array;
  path: Uint8Array[];
}

describe("Sha256Tree", function () {
  async function verdicts(claims: Claim[]): Promise<boolean[]> {
    const { harness } = await loadFixture(proofFixture);
    const inputs = claims.map((claim) => ({ ...claim, path: claim.path.map(hex) }));
    return inBatches(inputs, 20, (part) => harness.verifyPaths(part));
  }

  async function expectAll(claims: Claim[], expected: boolean): Promise<void> {
    const results = await verdicts(claims);
    claims.forEach(({ root, count, index, leaf, path }, i) => {
      expect(results[i], `contract: count ${count}, index ${index}, path of ${path.length}`).to.equal(expected);
      expect(verifyPath(primitives, root, count, index, leaf, path), `sdk: count ${count}`).to.equal(expected);
    });
  }

  /** A true claim for each of the leaves, or for the chosen ones. */
  function claimsOf(leaves: Uint8Array[], chosen = leaves.map((_, index) => index)): Claim[] {
    const root = rootOf(primitives, leaves);
    return chosen.map((index) => ({
      root,
      count: leaves.length,
      index,
      leaf: leaves[index],
      path: pathOf(primitives, leaves, index),
    }));
  }

  /** The leaves where the shape of a tree shows: its ends, its right spine, and one at random. */
  function telling(random: Random, count: number): number[] {
    const spine = Array.from({ length: 7 }, (_, level) => count - (count % 2 ** level) - 1).filter((i) => i >= 0);
    return [...new Set([0, count - 1, ...spine, random.int(count)])];
  }

  describe("verify", function () {
    it("accepts every leaf of the published trees of 1 to 8 leaves", async function () {
      const leaves = PUBLISHED_LEAVES.map((data) => sha256(Buffer.of(0), Buffer.from(data, "hex")));
      for (const [i, root] of PUBLISHED_ROOTS.entries()) {
        const claims = claimsOf(leaves.slice(0, i + 1));
        expect(hex(claims[0].root)).to.equal(`0x${root}`);
        await expectAll(claims, true);
      }
    });

    it(`accepts leaves of ${COUNTS.length} trees of 1 to 70, whose shape is the RFC's (seed ${SEED})`, async function () {
      const random = new Random("trees");
      const claims: Claim[] = [];
      for (const count of COUNTS) {
        const leaves = leavesOf(random, count);
        const mine = claimsOf(leaves);
        expect(hex(mine[0].root)).to.equal(hex(referenceRoot(leaves)));
        mine.forEach(({ path }, index) => expect(path.map(hex)).to.deep.equal(referencePath(leaves, index).map(hex)));
        claims.push(...telling(random, count).map((index) => mine[index]));
      }
      await expectAll(claims, true);
    });

    it(`accepts ${20 * TREES} random leaves of random trees (seed ${SEED})`, async function () {
      const random = new Random("random trees");
      const claims: Claim[] = [];
      for (let tree = 0; tree < TREES; tree++) {
        const leaves = leavesOf(random, 1 + random.int(300));
        const chosen = Array.from({ length: 20 }, () => random.int(leaves.length));
        claims.push(...claimsOf(leaves, chosen));
      }
      await expectAll(claims, true);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Tree shapes, chunk lengths and the cipher's counter
    // claim(attacks#proofs-of-the-fair-exchange): a path that is one longer or shorter: it must end exactly at the
    //   root's level
    it(`refuses a path with one hash more or less, in ${COUNTS.length} trees of 1 to 70 (seed ${SEED})`, async function () {
      const random = new Random("lengths");
      const claims: Claim[] = [];
      for (const count of COUNTS) {
        for (const claim of claimsOf(leavesOf(random, count), telling(random, count))) {
          claims.push({ ...claim, path: [...claim.path, random.bytes(32)] });
          if (claim.path.length > 0) claims.push({ ...claim, path: claim.path.slice(0, -1) });
        }
      }
      await expectAll(claims, false);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a node shown as a leaf, or a leaf as a node: different first bytes,
    //   exact path length
    it("refuses a lower node's place taken with a longer index and the rest of the path", async function () {
      const random = new Random("node as leaf");
      for (const count of [2, 3, 4, 7, 8, 33]) {
        const [claim] = claimsOf(leavesOf(random, count));
        const node = sha256(Buffer.of(1), claim.leaf, claim.path[0]);
        const rest = claim.path.slice(1);
        // the climb from the node is right in a tree half as large: the committed count refuses it
        await expectAll([{ ...claim, leaf: node, path: rest }], false);
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): a node shown as a leaf, or a leaf as a node: different first bytes,
    //   exact path length
    it("tells a leaf from a node by its first byte", async function () {
      const { harness } = await loadFixture(proofFixture);
      const random = new Random("prefix");
      const [left, right] = [random.bytes(32), random.bytes(32)];
      const node = hex(sha256(Buffer.of(1), left, right));
      const leaf = await harness.leafHash(left, right);
      expect(leaf).to.equal(hex(sha256(Buffer.of(0), left, right)));
      expect(leaf).to.not.equal(node);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a last leaf duplicated to make another tree with the same root: the
    //   tree never duplicates
    it("refuses a last leaf that was duplicated to fill a level", async function () {
      const random = new Random("duplicate");
      for (const count of [3, 5, 6, 7, 65]) {
        const leaves = leavesOf(random, count);
        const filled = [...leaves, leaves[count - 1]];
        expect(hex(rootOf(primitives, filled))).to.not.equal(hex(rootOf(primitives, leaves)));
        const forged = claimsOf(filled)[count - 1];
        await expectAll([{ ...forged, root: rootOf(primitives, leaves), count }], false);
      }
    });

    // claim(attacks#proofs-of-the-fair-exchange): a size off by one: the shape and the last chunk's length follow from
    //   it
    it("refuses the last leaf of a tree whose size is off by one where that changes the length of its path", async function () {
      const random = new Random("off by one");
      const claims: Claim[] = [];
      for (const count of [2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65]) {
        const leaves = leavesOf(random, count);
        const [first, last] = claimsOf(leaves, [0, count - 1]);
        const shorter = { ...last, count: count - 1 };
        claims.push(shorter);
        // one leaf more makes a power of two one level higher
        if (Math.log2(count) % 1 === 0) claims.push({ ...first, count: count + 1 }, { ...last, count: count + 1 });
        // and one leaf less makes the tree after a power of two one level lower
        if (Math.log2(count - 1) % 1 === 0) claims.push({ ...first, count: count - 1 });
      }
      await expectAll(claims, false);
    });

    it("refuses another index, leaf, root and any changed sibling", async function () {
      const random = new Random("changes");
      const claims: Claim[] = [];
      for (const count of [2, 3, 6, 13, 64]) {
        const all = claimsOf(leavesOf(random, count));
        for (const claim of all) {
          claims.push({ ...claim, index: (claim.index + 1) % count });
          claims.push({ ...claim, index: count });
          claims.push({ ...claim, leaf: random.bytes(32) });
          claims.push({ ...claim, root: random.bytes(32) });
          claim.path.forEach((_, i) =>
            claims.push({ ...claim, path: claim.path.map((hash, j) => (i === j ? random.bytes(32) : hash)) }),
          );
        }
      }
      await expectAll(claims, false);
    });

    it("refuses everything in an empty tree", async function () {
      await expectAll([{ root: Buffer.alloc(32), count: 0, index: 0, leaf: Buffer.alloc(32), path: [] }], false);
    });
  });

  describe("chunkCount and chunkLength", function () {
    const cases: [bigint, bigint, bigint, bigint][] = [
      [1n, 0n, 1n, 1n],
      [1023n, 0n, 1n, 1023n],
      [1024n, 0n, 1n, 1024n],
      [1024n, 1n, 1n, 0n],
      [1025n, 0n, 2n, 1024n],
      [1025n, 1n, 2n, 1n],
      [65_536n, 63n, 64n, 1024n],
      [65_536n, 64n, 64n, 0n],
      [65_537n, 64n, 65n, 1n],
      [2n ** 64n - 1n, 2n ** 54n - 1n, 2n ** 54n, 1023n],
      [2n ** 64n - 1n, 2n ** 54n, 2n ** 54n, 0n],
      [2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 54n, 0n],
      [0n, 0n, 0n, 0n],
    ];
    for (const [size, index, count, length] of cases) {
      it(`a file of ${size} bytes has ${count} chunks, and ${length} bytes in number ${index}`, async function () {
        const { harness } = await loadFixture(proofFixture);
        expect(await harness.shape(size, index)).to.deep.equal([count, length]);
      });
    }
  });
});
