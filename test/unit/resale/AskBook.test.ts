import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature, TypedDataEncoder } from "ethers";
import { ethers } from "hardhat";
import type { AskStruct } from "../../../typechain-types/contracts/resale/Resale";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { domainOf, signRequest } from "../../helpers/signing";
import { ASK_TYPES, dealIdOf, MAX_BITS, resaleFixture } from "./fixture";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ALL = 2n ** 224n - 1n;

describe("AskBook", () => {
  describe("an ask's hash and id", () => {
    it("is what EIP-712 makes of its fields, under the name of the resale", async () => {
      const { resale, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.fileAsk({ buyer: ethers.Wallet.createRandom().address, epoch: 9n, bit: 200n });
      const domain = {
        name: "Isonomy Resale",
        version: "1",
        chainId: values.chainId,
        verifyingContract: await resale.getAddress(),
      };
      expect(await resale.hashAsk(ask)).to.equal(TypedDataEncoder.from(ASK_TYPES).hash(ask));
      expect(await resale.askDigest(ask)).to.equal(TypedDataEncoder.hash(domain, ASK_TYPES, ask));
      expect(await domainOf(resale)).to.deep.equal(domain);
    });

    it("gives the deal an id of seller, epoch and bit, each to the last bit", async () => {
      const { resale } = await loadFixture(resaleFixture);
      const seller = ethers.getAddress(`0x${"f".repeat(40)}`);
      for (const [epoch, bit] of [
        [0n, 0n],
        [1n, 2n],
        [2n ** 32n - 1n, 255n],
      ]) {
        expect(await resale.dealIdOf(seller, epoch, bit)).to.equal(dealIdOf({ seller, epoch, bit }));
      }
    });
  });

  describe("a signature", () => {
    // claim(attacks#licences-listings-offers-and-signatures): an ask whose terms were changed after it was signed
    it("counts for exactly these terms: no field can differ", async () => {
      const { resale, actors, seller, actions } = await loadFixture(resaleFixture);
      const ask = await actions.fileAsk();
      const signature = await actions.sign(ask);
      const { buyerKey, pad } = actions.padsFor(actors.buyer.address);
      const changes: Partial<AskStruct> = {
        price: PRICE - 1n,
        payToken: NATIVE,
        expiresAt: BigInt(ask.expiresAt) + 1n,
        buyer: actors.buyer.address,
        maxFeeBps: 499n,
        maxRoyaltyBps: 999n,
        deliveryWindow: 2n * DAY,
        complaintWindow: 4n * DAY,
        bit: 1n,
      };
      for (const [field, value] of Object.entries(changes)) {
        const changed = { ...ask, [field]: value };
        const sent = resale.connect(actors.buyer).buy(changed, actions.bid({ buyerKey, pad }), signature, {
          value: changed.payToken === NATIVE ? PRICE : 0n,
        });
        await expect(sent, field)
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(await resale.hashAsk(changed), seller.address);
      }
      // another licence of the seller's, another seller, and a sale at once
      const other = await actions.licenceOf(actions.fileTerms());
      for (const changed of [
        { ...ask, licenseId: other },
        { ...ask, seller: actors.stranger.address },
        { ...ask, versionId: 0n, deliveryWindow: 0n, complaintWindow: 0n },
      ]) {
        const bid = changed.deliveryWindow === 0n ? actions.bid() : actions.bid({ buyerKey, pad });
        await expect(resale.connect(actors.buyer).buy(changed, bid, signature))
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(await resale.hashAsk(changed), changed.seller);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): an ask that was signed for another contract or chain
    it("counts for this contract on this chain", async () => {
      const { resale, market, actors, seller, actions } = await loadFixture(resaleFixture);
      const ask = await actions.ask();
      for (const domain of [
        { chainId: 1n },
        { verifyingContract: await market.getAddress() },
        { name: "Isonomy Market" },
        { version: "2" },
      ]) {
        const signature = await actions.sign(ask, seller, domain);
        await expect(resale.connect(actors.buyer).buy(ask, actions.bid(), signature), Object.keys(domain)[0])
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(await resale.hashAsk(ask), seller.address);
      }
    });

    it("is the seller's own, and not in a second form", async () => {
      const { resale, actors, seller, actions } = await loadFixture(resaleFixture);
      const ask = await actions.ask();
      const signature = await actions.sign(ask);
      const { v, r, s } = Signature.from(signature);
      const mirrored = ethers.concat([r, ethers.toBeHex(ORDER - BigInt(s), 32), ethers.toBeHex(v === 27 ? 28n : 27n)]);
      for (const wrong of [
        await actions.sign(ask, actors.stranger),
        mirrored,
        ethers.dataSlice(signature, 0, 64),
        "0x",
        `0x${"00".repeat(65)}`,
      ]) {
        await expect(resale.connect(actors.buyer).buy(ask, actions.bid(), wrong))
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(await resale.hashAsk(ask), seller.address);
      }
    });

    // claim(attacks#licences-listings-offers-and-signatures): an ask in the name of the zero address
    it("is not given for the zero address, whatever recovers to it", async () => {
      const { resale, actors, actions } = await loadFixture(resaleFixture);
      const ask = await actions.ask({ seller: ethers.ZeroAddress });
      for (const signature of [`0x${"00".repeat(65)}`, `0x${"00".repeat(64)}1b`]) {
        await expect(resale.connect(actors.buyer).buy(ask, actions.bid(), signature))
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(await resale.hashAsk(ask), ethers.ZeroAddress);
      }
    });

    it("is, for a contract, what the contract says (ERC-1271)", async () => {
      const { resale, licenses, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const signer = await ethers.deployContract("ContractSigner");
      await licenses.connect(seller).transferFrom(seller, signer, values.licenseId);
      await signer.act(
        licenses,
        0n,
        licenses.interface.encodeFunctionData("approve", [await resale.getAddress(), values.licenseId]),
      );
      const ask = await actions.ask({ seller: await signer.getAddress() });
      const buying = (gasLimit?: bigint) =>
        resale.connect(actors.buyer).buy(ask, actions.bid(), "0x01", gasLimit === undefined ? {} : { gasLimit });
      const refused = (gasLimit?: bigint) =>
        expect(buying(gasLimit))
          .to.be.revertedWithCustomError(resale, "Resale_BadSignature")
          .withArgs(String(hash), ask.seller);
      const hash = await resale.hashAsk(ask);
      await refused();
      await signer.approveHash(await resale.askDigest(ask), true);
      // it reverts, returns garbage, less than a word, the magic value with bits behind it, or burns all gas
      for (const mode of [1n, 2n, 3n, 4n, 5n]) {
        await signer.setMode(mode);
        await refused(3_000_000n);
      }
      await signer.setMode(0n);
      await buying();
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): an ask whose words hold more than their fields
    it("does not count for an ask whose words hold more than their fields, whatever its signer says", async () => {
      const { resale, licenses, actors, seller, actions, values } = await loadFixture(resaleFixture);
      const signer = await ethers.deployContract("ContractSigner");
      await licenses.connect(seller).transferFrom(seller, signer, values.licenseId);
      const approve = licenses.interface.encodeFunctionData("approve", [await resale.getAddress(), values.licenseId]);
      await signer.act(licenses, 0n, approve);
      const ask = await actions.ask({ seller: await signer.getAddress() });
      const fields = ASK_TYPES.Ask;
      const plain = resale.interface.encodeFunctionData("buy", [ask, actions.bid(), "0x01"]);
      const typehash = ethers.id(TypedDataEncoder.from(ASK_TYPES).encodeType("Ask"));
      const domain = TypedDataEncoder.hashDomain(await domainOf(resale));

      /** The data of a purchase of the same ask with the bits of `extra` in one word, whose digest the signer approved. */
      const signedWith = async (index: number, extra: bigint) => {
        const words = fields.map((_, i) => ethers.dataSlice(plain, 4 + 32 * i, 36 + 32 * i));
        words[index] = ethers.toBeHex(BigInt(words[index]) | extra, 32);
        const hash = ethers.keccak256(ethers.concat([typehash, ...words]));
        const digest = ethers.keccak256(ethers.concat(["0x1901", domain, hash]));
        await signer.approveHash(digest, true);
        return {
          digest,
          data: ethers.concat([plain.slice(0, 10), ...words, ethers.dataSlice(plain, 4 + 32 * fields.length)]),
        };
      };

      for (const [index, { type, name }] of fields.entries()) {
        if (type === "uint256") continue;
        const width = type === "address" ? 160n : BigInt(type.slice(4));
        for (const bit of [width, 255n]) {
          const { data } = await signedWith(index, 1n << bit);
          await expect(actors.buyer.sendTransaction({ to: resale, data }), name).to.be.revertedWithoutReason();
        }
      }
      const clean = await signedWith(0, 0n);
      expect(clean.digest).to.equal(await resale.askDigest(ask));
      await actors.buyer.sendTransaction({ to: resale, data: clean.data });
    });
  });

  describe("a bit", () => {
    // claim(attacks#licences-listings-offers-and-signatures): an ask used again after the licence came back to its seller
    // claim(invariants#market-and-escrow): an ask is used at most once | a buyer who keeps an old price
    it("is used up by a sale, also when the licence comes back to its seller", async () => {
      const { resale, licenses, actors, seller, actions, values } = await loadFixture(resaleFixture);
      const ask = await actions.ask();
      await actions.purchase(ask);
      await licenses.connect(actors.buyer).transferFrom(actors.buyer, seller, values.licenseId);
      await expect(actions.purchase(ask))
        .to.be.revertedWithCustomError(resale, "Resale_Used")
        .withArgs(seller.address, 0n);
      // what the seller signs anew can be sold
      await actions.purchase(await actions.ask({ bit: 1n }));
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 3n]);
    });

    it("is one of 224: the last can be used, the next is no bit", async () => {
      const { resale, seller, actions } = await loadFixture(resaleFixture);
      for (const bit of [MAX_BITS, 255n]) {
        await expect(actions.purchase(await actions.ask({ bit })))
          .to.be.revertedWithCustomError(resale, "Resale_BadTerms")
          .withArgs("bit");
        await expect(resale.connect(seller).cancel(bit))
          .to.be.revertedWithCustomError(resale, "Resale_BadTerms")
          .withArgs("bit");
      }
      await actions.purchase(await actions.ask({ bit: MAX_BITS - 1n }));
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 1n << 223n]);
    });

    it("leaves the seller's other bits and all other sellers alone", async () => {
      const { resale, actors, seller, actions } = await loadFixture(resaleFixture);
      await resale.connect(actors.stranger).cancel(5n);
      await resale.connect(seller).cancel(0n);
      await actions.purchase(await actions.ask({ bit: 5n }));
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 0b100001n]);
      expect(await resale.bitsOf(actors.stranger)).to.deep.equal([0n, 0b100000n]);
    });

    it("lets one of several asks be used where they share it, and any of them where they do not", async () => {
      const { resale, licenses, actors, seller, actions, values } = await loadFixture(resaleFixture);
      const second = await actions.licenceOf(actions.terms());
      const [low, high] = [await actions.ask({ price: 5n }), await actions.ask({ licenseId: second, price: 7n })];
      await actions.purchase(high);
      await expect(actions.purchase(low))
        .to.be.revertedWithCustomError(resale, "Resale_Used")
        .withArgs(seller.address, 0n);
      await actions.purchase({ ...low, bit: 1n });
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
      expect(await licenses.ownerOf(second)).to.equal(actors.buyer.address);
    });

    // claim(attacks#licences-listings-offers-and-signatures): two asks for one licence
    it("sells one licence once, though two asks with two bits offer it", async () => {
      const { licenses, resale, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const [first, second] = [await actions.ask(), await actions.ask({ bit: 1n, price: 1n })];
      await actions.purchase(first);
      await expect(actions.purchase(second, {}, actors.stranger))
        .to.be.revertedWithCustomError(licenses, "ERC721InsufficientApproval")
        .withArgs(await resale.getAddress(), values.licenseId);
      // its bit was not used up by the attempt
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 1n]);
    });
  });

  describe("cancel", () => {
    it("uses the bit up, once", async () => {
      const { resale, seller, actions } = await loadFixture(resaleFixture);
      const ask = await actions.ask({ bit: 7n });
      await expect(resale.connect(seller).cancel(7n)).to.emit(resale, "AskCancelled").withArgs(seller.address, 0n, 7n);
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, 1n << 7n]);
      for (const again of [() => actions.purchase(ask), () => resale.connect(seller).cancel(7n)]) {
        await expect(again()).to.be.revertedWithCustomError(resale, "Resale_Used").withArgs(seller.address, 7n);
      }
    });

    it("is refused for a bit that a sale used up", async () => {
      const { resale, seller, actions } = await loadFixture(resaleFixture);
      await actions.purchase(await actions.ask({ bit: 7n }));
      await expect(resale.connect(seller).cancel(7n))
        .to.be.revertedWithCustomError(resale, "Resale_Used")
        .withArgs(seller.address, 7n);
    });
  });

  describe("cancelAll", () => {
    it("ends every ask of the epoch, used bits or not, and frees all bits", async () => {
      const { resale, licenses, seller, actors, actions, values } = await loadFixture(resaleFixture);
      const asks = [await actions.ask(), await actions.ask({ bit: 3n })];
      await resale.connect(seller).cancel(0n);
      await expect(resale.connect(seller).cancelAll()).to.emit(resale, "AskEpochStarted").withArgs(seller.address, 1n);
      expect(await resale.bitsOf(seller)).to.deep.equal([1n, 0n]);
      for (const ask of asks) {
        await expect(actions.purchase(ask))
          .to.be.revertedWithCustomError(resale, "Resale_WrongEpoch")
          .withArgs(seller.address, 0n, 1n);
      }
      // nor does an ask for an epoch to come count now
      await expect(actions.purchase({ ...asks[0], epoch: 2n }))
        .to.be.revertedWithCustomError(resale, "Resale_WrongEpoch")
        .withArgs(seller.address, 2n, 1n);
      await expect(resale.connect(seller).cancel(0n)).to.emit(resale, "AskCancelled").withArgs(seller.address, 1n, 0n);
      await actions.purchase({ ...asks[1], epoch: 1n });
      expect(await resale.bitsOf(seller)).to.deep.equal([1n, 0b1001n]);
      expect(await licenses.ownerOf(values.licenseId)).to.equal(actors.buyer.address);
    });

    it("does so when all bits are used up", async () => {
      const { resale, seller } = await loadFixture(resaleFixture);
      for (let bit = 0n; bit < MAX_BITS; bit++) await resale.connect(seller).cancel(bit);
      expect(await resale.bitsOf(seller)).to.deep.equal([0n, ALL]);
      await resale.connect(seller).cancelAll();
      expect(await resale.bitsOf(seller)).to.deep.equal([1n, 0n]);
    });

    it("counts for who signed the request, when a forwarder sends it", async () => {
      const { resale, contracts, seller, actors } = await loadFixture(resaleFixture);
      for (const [name, args, expected] of [
        ["cancel", [4n], [0n, 16n]],
        ["cancelAll", [], [1n, 0n]],
      ] as const) {
        const data = resale.interface.encodeFunctionData(name as "cancel", args as never);
        const request = await signRequest(contracts.Forwarder, seller, await resale.getAddress(), data);
        await contracts.Forwarder.connect(actors.stranger).execute(request);
        expect(await resale.bitsOf(seller)).to.deep.equal(expected);
      }
      expect(await resale.bitsOf(contracts.Forwarder)).to.deep.equal([0n, 0n]);
    });
  });
});
