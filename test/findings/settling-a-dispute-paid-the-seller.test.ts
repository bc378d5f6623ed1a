import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { computeAddress, id, SigningKey, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";
import { CARD, protocolFixture } from "../helpers/fixture";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A secret whose point has an even y, and the x of that point. */
function evenKey(seed: string) {
  const secret = BigInt(id(seed)) % ORDER;
  const point = SigningKey.computePublicKey(toBeHex(secret, 32), true);
  return { secret: point.startsWith("0x03") ? ORDER - secret : secret, x: `0x${point.slice(4)}` };
}

describe("A seller with a bond of one wei earned from settling a dispute", () => {
  it("returns to the seller at most what its bond put in", async () => {
    const { contracts, actors } = await loadFixture(protocolFixture);
    const { ModelRegistry, Escrow, Panel } = contracts;
    const { stranger: opener, creator: seller, buyer } = actors;
    const key = evenKey("file");
    const root = id("root");
    await ModelRegistry.connect(seller).createModel({ ...CARD, root, contentRoot: root, keyX: key.x, size: 1n }, 0n);
    const cost = await Panel.arbitrationCost("0x");
    const h = BigInt(id("h")) % ORDER;
    const now = BigInt((await ethers.provider.getBlock("latest"))!.timestamp);
    const terms = {
      opener: opener.address,
      id: 1n,
      versionId: (1n << 16n) | 1n,
      keyX: ZeroHash,
      termsHash: id("terms"),
      payer: buyer.address,
      recipient: buyer.address,
      seller: seller.address,
      payee: seller.address,
      referrer: ZeroAddress,
      treasury: seller.address,
      payToken: ZeroAddress,
      price: 100n,
      protocolFeeBps: 0n,
      referrerBps: 0n,
      deliverBy: now + 7_200n,
      complaintWindow: 172_800n,
      arbitrator: await Panel.getAddress(),
      bond: 1n,
      buyerKey: id("buyer"),
      pad: computeAddress(toBeHex(h, 32)),
      complainBy: 0n,
    };
    await Escrow.postBond(opener.address, seller.address, terms.termsHash, { value: 1n });
    await Escrow.connect(opener).open(terms, { value: 100n });
    const open = { ...terms, keyX: key.x };
    await Escrow.deliver(open, (key.secret + h) % ORDER);
    const delivered = { ...open, complainBy: BigInt((await ethers.provider.getBlock("latest"))!.timestamp) + 172_800n };
    await Escrow.connect(buyer).dispute(delivered, { value: 2n * cost });

    // the recipient takes what the seller offers, which is nothing
    await Escrow.connect(buyer).concede(delivered, 0n);

    const [free] = await Escrow.bondOf(opener.address, seller.address, terms.termsHash);
    expect(free).to.be.at.most(1n);
  });
});
