import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, ZeroAddress, type TypedDataDomain } from "ethers";
import { ethers } from "hardhat";

import { PaymentClient, toOffer, type SponsoredRequest } from "../../sdk/src/market";
import { marketFixture, PRICE } from "../helpers/market";
import { signRequest } from "../helpers/signing";
import { caught } from "../support/caught";

/**
 * What was lost: a signature for one token given for another, whose domain a token had announced as its own; and a
 * sponsor's gas, spent on whatever a stranger had signed.
 */
describe("Finding: what is signed or sent is not what was meant", () => {
  async function clientFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actions } = protocol;
    const addresses = {
      ModelRegistry: await contracts.ModelRegistry.getAddress(),
      LicenseToken: await contracts.LicenseToken.getAddress(),
      RevenueLedger: await contracts.RevenueLedger.getAddress(),
      Market: await contracts.Market.getAddress(),
      Exchange: await contracts.Exchange.getAddress(),
      Forwarder: await contracts.Forwarder.getAddress(),
      UpdateDesk: await contracts.UpdateDesk.getAddress(),
    };
    const newcomer = new Wallet(Wallet.createRandom().privateKey, ethers.provider);
    await token.mint(newcomer.address, PRICE);
    const offer = actions.terms();
    await actions.list(offer);
    return { ...protocol, addresses, newcomer, offer: toOffer(offer) };
  }

  describe("by a buyer, for a token that announces another's domain", () => {
    /** Keeps what it is asked to sign. */
    class Witness extends Wallet {
      readonly seen: TypedDataDomain[] = [];

      override async signTypedData(...all: Parameters<Wallet["signTypedData"]>): Promise<string> {
        this.seen.push(all[0]);
        return super.signTypedData(...all);
      }
    }

    for (const [name, chain, ofAnother] of [
      ["of another token", 0n, true],
      ["of another chain", 1n, false],
    ] as const) {
      // claim(attacks#licences-listings-offers-and-signatures): a token that announces the signing domain of another
      //   token, contract or chain
      // claim(attacks#command-line-package-and-sellers-agent): a permit signed in a domain that is not the token's, or
      //   of a form that the market cannot use
      it(`signs nothing in the domain ${name}`, async () => {
        const { token, addresses, offer } = await loadFixture(clientFixture);
        const verifier = ofAnother ? await token.getAddress() : ZeroAddress;
        const masked = await ethers.deployContract("MaskedToken", [token, chain, verifier]);
        const buyer = new Witness(Wallet.createRandom().privateKey, ethers.provider);
        const client = new PaymentClient({ contracts: addresses }, buyer);
        const bait = { ...offer, payToken: await masked.getAddress() };
        await caught(() => client.purchaseWithPermit(bait), "SIGNING_DOMAIN_FOREIGN");
        await caught(() => client.signSponsored(bait), "SIGNING_DOMAIN_FOREIGN");
        expect(buyer.seen).to.deep.equal([]);
      });
    }

    it("still signs in a token's own domain", async () => {
      const { contracts, addresses, newcomer, actors, offer } = await loadFixture(clientFixture);
      const request = await new PaymentClient({ contracts: addresses }, newcomer).signSponsored(offer);
      const { licenseId, price } = await new PaymentClient({ contracts: addresses }, actors.other).sponsor(request);
      expect(await contracts.LicenseToken.ownerOf(licenseId)).to.equal(newcomer.address);
      expect(price).to.equal(PRICE);
    });
  });

  describe("by a sponsor, for a request that is no purchase", () => {
    type Fixture = Awaited<ReturnType<typeof clientFixture>>;
    const requests: Record<string, (fixture: Fixture, good: SponsoredRequest) => Promise<Partial<SponsoredRequest>>> = {
      "a listing of the stranger's own": async ({ contracts, actors, actions }) => {
        const versionId = (3n << 16n) | 1n;
        const own = actions.terms({ versionId, creator: actors.stranger.address });
        const data = contracts.Market.interface.encodeFunctionData("createOffer", [own]);
        return signRequest(contracts.Forwarder, actors.stranger, await contracts.Market.getAddress(), data);
      },
      "a call of another contract": async ({ contracts, actors, token }, { data }) =>
        signRequest(contracts.Forwarder, actors.stranger, await token.getAddress(), data),
      "more gas than a purchase takes": async ({ contracts, actors }, { to, data }) =>
        signRequest(contracts.Forwarder, actors.stranger, to, data, { gas: 25_000_000n }),
      "native coin of the sponsor's": async ({ contracts, actors }, { to, data }) =>
        signRequest(contracts.Forwarder, actors.stranger, to, data, { value: 1n }),
      "data cut short": async (_, { data }) => ({ data: data.slice(0, 300) }),
    };
    for (const [name, make] of Object.entries(requests)) {
      // claim(attacks#licences-listings-offers-and-signatures): a request to a sponsor that is not a purchase, or that
      //   takes all gas
      it(`sends nothing for ${name}`, async () => {
        const fixture = await loadFixture(clientFixture);
        const { addresses, newcomer, actors, offer } = fixture;
        const good = await new PaymentClient({ contracts: addresses }, newcomer).signSponsored(offer);
        const request = { ...good, ...(await make(fixture, good)) };
        const before = await ethers.provider.getBalance(actors.other);
        await caught(
          () => new PaymentClient({ contracts: addresses }, actors.other).sponsor(request),
          "SPONSORED_REQUEST_INVALID",
        );
        expect(await ethers.provider.getBalance(actors.other)).to.equal(before);
      });
    }
  });
});
