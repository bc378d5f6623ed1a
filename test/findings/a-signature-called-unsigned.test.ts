import { loadFixture, setBalance, setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { JsonRpcProvider, N, Signature, Wallet, ZeroAddress, concat, id, toBeHex, type TypedDataDomain } from "ethers";
import { ethers } from "hardhat";

import { CitizenClient } from "../../sdk/src/governance";
import {
  PaymentClient,
  acceptsSignature,
  delegateOf,
  ecdsaSignature,
  offerDigest,
  toOffer,
} from "../../sdk/src/market";
import { signTerms } from "../../sdk/src/market/signTerms";
import { PRICE, marketFixture } from "../helpers/market";
import { issuers } from "../unit/identity/fixture";
import { delegated } from "../unit/governance/fixture";
import { startAnvil } from "../support/anvil";
import { bookOf } from "../support/bookOf";
import { caught } from "../support/caught";

/** The forms in which wallets, hardware and signing services return one signature. */
const FORMS: Record<string, (signature: string) => string> = {
  "of 65 bytes": (signature) => signature,
  "of 64 bytes (EIP-2098)": (signature) => Signature.from(signature).compactSerialized,
  "with a v of 0 or 1": (signature) => {
    const { r, s, yParity } = Signature.from(signature);
    return concat([r, s, toBeHex(yParity, 1)]);
  },
  "with an s in the upper half": (signature) => {
    const { r, s, yParity } = Signature.from(signature);
    return concat([r, toBeHex(N - BigInt(s), 32), toBeHex(28 - yParity, 1)]);
  },
  "in upper case": (signature) => `0X${signature.slice(2).toUpperCase()}`,
  "without 0x": (signature) => signature.slice(2),
};

const WRONG: Record<string, (signature: string) => string> = {
  "cut short": (signature) => signature.slice(0, -4),
  "of half a byte more": (signature) => `${signature}0`,
  "with a v of 5": (signature) => `${signature.slice(0, -2)}05`,
  "that is no hexadecimal": () => "signed",
};

/** A wallet that returns what it signs in another form. */
class FormWallet extends Wallet {
  form: (signature: string) => string = (signature) => signature;

  override async signTypedData(...all: Parameters<Wallet["signTypedData"]>): Promise<string> {
    return this.form(await super.signTypedData(...all));
  }
}

async function clientFixture() {
  const protocol = await marketFixture();
  const { contracts, token, actions } = protocol;
  const { contracts: addresses } = await bookOf(contracts);
  const [payer, seller] = ["payer", "seller"].map((key) => new FormWallet(id(key), ethers.provider)) as [
    FormWallet,
    FormWallet,
  ];
  for (const account of [payer, seller]) {
    await setBalance(account.address, 10n ** 20n);
    await token.mint(account.address, 100n * PRICE);
  }
  const versionId = await actions.publish(seller as never);
  const offer = toOffer(actions.terms({ versionId, creator: seller.address }));
  const { chainId } = await ethers.provider.getNetwork();
  const as = (account: Wallet | typeof protocol.actors.other): PaymentClient =>
    new PaymentClient({ contracts: addresses }, account);
  const market = addresses.Market;
  return { ...protocol, as, payer, seller, offer, chainId, market, addresses };
}

/** The fixture, with wallets that return what they signed as it is. */
async function fresh() {
  const fixture = await loadFixture(clientFixture);
  for (const wallet of [fixture.payer, fixture.seller]) wallet.form = (signature) => signature;
  return fixture;
}

/**
 * What was lost: sales. A signature of 64 bytes, as some wallets make it, was "not signed"; a dollar whose permits have
 * the version "2" could not be paid by one, and why was not said; and a creator whose account runs another's code was not
 * told that its signed offers no longer count.
 */
describe("Finding: a valid signature was called unsigned", () => {
  for (const [form, make] of Object.entries(FORMS)) {
    describe(`a signature ${form}`, () => {
      // claim(attacks#command-line-package-and-sellers-agent): a valid signature refused for its form: 64 bytes, a last
      //   byte of 0 or 1, the other half of `s`
      it("of an offer buys, alone and in a cart", async () => {
        const { as, payer, seller, offer, chainId, market, contracts } = await fresh();
        const signature = make(await signTerms(seller, market, chainId, offer));
        await as(payer).market.simulatePurchase(offer, { signature });
        const { licenseId } = await as(payer).market.purchase(offer, { signature });
        const { licenseIds } = await as(payer).purchaseCart([{ offer, signature }]);
        for (const one of [licenseId, ...licenseIds]) {
          expect(await contracts.LicenseToken.ownerOf(one)).to.equal(payer.address);
        }
      });

      // claim(attacks#command-line-package-and-sellers-agent): a valid signature refused for its form: 64 bytes, a last
      //   byte of 0 or 1, the other half of `s`
      it("that a wallet makes is handed out in the form that contracts verify", async () => {
        const { as, payer, seller, offer, chainId, market, contracts, actors } = await fresh();
        const plain = await signTerms(seller, market, chainId, offer);
        [seller.form, payer.form] = [make, make];
        expect(await signTerms(seller, market, chainId, offer)).to.equal(plain);
        await contracts.Market.connect(seller).createOffer(offer);
        const permitted = await as(payer).purchaseWithPermit(offer);
        const request = await as(payer).signSponsored(offer);
        expect(request.signature.length).to.equal(132);
        const sponsored = await as(actors.other).sponsor({ ...request, signature: make(request.signature) });
        for (const { licenseId } of [permitted, sponsored]) {
          expect(await contracts.LicenseToken.ownerOf(licenseId)).to.equal(payer.address);
        }
      });

      it("of an issuer is presented", async () => {
        const { contracts, actors, attest, sign } = await loadFixture(issuers);
        const attestation = await attest(actors.voter);
        const signature = make(await sign(actors.issuerA, attestation));
        const client = new CitizenClient(
          { contracts: { CitizenRegistry: await contracts.registry.getAddress() } },
          actors.voter,
        );
        await client.present({ ...attestation, issuerId: 1 }, signature);
        expect(await contracts.registry.nonces(actors.voter)).to.equal(1n);
      });
    });
  }

  for (const [form, make] of Object.entries(WRONG)) {
    it(`a signature ${form} is refused by name, and nothing is approved or sent`, async () => {
      const { as, payer, seller, offer, chainId, market, actors, contracts } = await fresh();
      const signature = make(await signTerms(seller, market, chainId, offer));
      await contracts.Market.connect(seller).createOffer(offer);
      const request = await as(payer).signSponsored(offer);
      const nonce = await payer.getNonce();
      await caught(() => as(actors.other).sponsor({ ...request, signature }), "SIGNATURE_INVALID");
      expect(() => ecdsaSignature(signature))
        .to.throw()
        .with.property("code", "SIGNATURE_INVALID");
      // bytes of any length can be a contract's signature: there the market decides
      const code = /^(0x)?([0-9a-f]{2})*$/i.test(signature) ? "Market_BadSignature" : "SIGNATURE_INVALID";
      await caught(() => as(payer).market.purchase({ ...offer, salt: 1n }, { signature }), code);
      payer.form = make;
      await caught(() => as(payer).purchaseWithPermit(offer), "SIGNATURE_INVALID");
      await caught(() => as(payer).signSponsored(offer), "SIGNATURE_INVALID");
      expect(await payer.getNonce()).to.equal(nonce);
    });
  }

  it("the contracts themselves verify 65 bytes and refuse 64 by name: the clients expand them", async () => {
    const { as, payer, seller, offer, chainId, market, actors, contracts, actions } = await fresh();
    const { Market, Forwarder } = contracts;
    const short = Signature.from(await signTerms(seller, market, chainId, offer)).compactSerialized;
    const order = await actions.orderFor(offer, { recipient: payer.address });
    await expect(Market.connect(actors.buyer).purchaseSigned(offer, order, short))
      .to.be.revertedWithCustomError(Market, "Market_BadSignature")
      .withArgs(order.termsHash, seller.address);
    await Market.connect(seller).createOffer(offer);
    const request = await as(payer).signSponsored(offer);
    const compact = Signature.from(request.signature).compactSerialized;
    await expect(Forwarder.execute({ ...request, signature: compact }))
      .to.be.revertedWithCustomError(Forwarder, "ERC2771ForwarderInvalidSigner")
      .withArgs(ZeroAddress, payer.address);
  });

  it("an attestation and a ballot of 64 bytes are refused by name by their contracts", async () => {
    const identity = await loadFixture(issuers);
    const { registry } = identity.contracts;
    const { voter, issuerA } = identity.actors;
    const attestation = await identity.attest(voter);
    const short = Signature.from(await identity.sign(issuerA, attestation)).compactSerialized;
    await expect(registry.connect(voter).issue(attestation, short))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_WrongSignature")
      .withArgs(1n, issuerA.address);

    const { contracts, actors, actions } = await loadFixture(delegated);
    const { governor } = contracts;
    const { id: proposalId } = await actions.propose(actors.whale, [await actions.feeCall(1n)]);
    await actions.toVoting(proposalId);
    const { chainId } = await ethers.provider.getNetwork();
    const domain: TypedDataDomain = {
      name: "Isonomy",
      version: "1",
      chainId,
      verifyingContract: await governor.getAddress(),
    };
    const fields = { proposalId: "uint256", support: "uint8", voter: "address", nonce: "uint256" };
    const Ballot = Object.entries(fields).map(([name, type]) => ({ name, type }));
    const nonce = await governor["nonces(address)"](actors.voter);
    const ballot = { proposalId, support: 1, voter: actors.voter.address, nonce };
    const signed = await actors.voter.signTypedData(domain, { Ballot }, ballot);
    await expect(governor.castVoteBySig(proposalId, 1, actors.voter, Signature.from(signed).compactSerialized))
      .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
      .withArgs(actors.voter.address);
    await governor.castVoteBySig(proposalId, 1, actors.voter, ecdsaSignature(Signature.from(signed).compactSerialized));
    expect(await governor.hasVoted(proposalId, actors.voter)).to.equal(true);
  });

  describe("a permit of a token from before ERC-5267", () => {
    const FORM = ["Version2", "Version2Untold", "Unversioned", "Salted", "Renamed", "Mute", "Dai", "Own", "None"];
    const REFUSED: Record<string, string> = {
      Renamed: "its signing domain is none that",
      Mute: "it announces no signing domain",
      Dai: "its permits are of DAI's form",
      Own: `its permits have a form of their own, ${id("Permit()")}`,
      None: "it has no nonces",
    };

    async function withToken(form: string) {
      const fixture = await fresh();
      const old = await ethers.deployContract("OldPermitToken", [FORM.indexOf(form)]);
      await fixture.actions.allow(old);
      await old.mint(fixture.payer.address, 10n * PRICE);
      const offer = { ...fixture.offer, payToken: await old.getAddress() };
      await fixture.contracts.Market.connect(fixture.seller).createOffer(offer);
      return { ...fixture, old, offer };
    }

    for (const form of FORM.filter((one) => REFUSED[one] === undefined)) {
      it(`pays: ${form}`, async () => {
        const { as, payer, offer, old, contracts, actors } = await withToken(form);
        const { licenseId } = await as(payer).purchaseWithPermit(offer);
        const { licenseId: second } = await as(actors.other).sponsor(await as(payer).signSponsored(offer));
        for (const one of [licenseId, second]) {
          expect(await contracts.LicenseToken.ownerOf(one)).to.equal(payer.address);
        }
        expect(await old.balanceOf(payer)).to.equal(8n * PRICE);
      });
    }

    for (const [form, detail] of Object.entries(REFUSED)) {
      // claim(attacks#command-line-package-and-sellers-agent): a permit signed in a domain that is not the token's, or
      //   of a form that the market cannot use
      it(`is refused by name, and nothing is signed: ${form}`, async () => {
        const { as, payer, offer, old } = await withToken(form);
        let signed = 0;
        payer.form = (signature) => (signed++, signature);
        for (const call of [() => as(payer).purchaseWithPermit(offer), () => as(payer).signSponsored(offer)]) {
          const error = await caught(call, "PERMIT_UNSUPPORTED");
          expect(error.args.token).to.equal(await old.getAddress());
          expect(error.args.detail).to.contain(detail);
        }
        expect(signed).to.equal(0);
      });
    }

    it("is refused by name for the native coin, and for an address without code", async () => {
      const { as, payer, offer, actors } = await fresh();
      const native = await caught(() => as(payer).purchaseWithPermit({ ...offer, payToken: ZeroAddress }));
      expect([native.code, native.args.detail]).to.deep.equal(["PERMIT_UNSUPPORTED", "it is the native coin."]);
      const bare = { ...offer, payToken: actors.stranger.address };
      await caught(() => as(payer).purchaseWithPermit(bare), "NOT_A_CONTRACT");
    });
  });

  describe("by an account that is delegated (EIP-7702)", () => {
    /** The account runs another's code from now on; on the rules of this chain, code that answers nothing. */
    const delegate = (account: string, to: string) => setCode(account, concat(["0xef0100", to]));

    // claim(attacks#command-line-package-and-sellers-agent): an offer signed for nothing by an account whose code does
    //   not accept it (EIP-7702)
    it("is not signed for nothing: signOffer says that the code does not accept it", async () => {
      const { seller, offer, chainId, market, token } = await fresh();
      const code = await token.getAddress();
      await delegate(seller.address, code);
      const error = await caught(() => signTerms(seller, market, chainId, offer), "SIGNATURE_DELEGATED");
      expect(error.args).to.include({ account: seller.address, delegate: code });
    });

    it("is explained to the buyer, and counts again once the delegation has ended", async () => {
      const { as, payer, seller, offer, chainId, market, token, contracts } = await fresh();
      const signature = await signTerms(seller, market, chainId, offer);
      const code = await token.getAddress();
      await delegate(seller.address, code);
      const error = await caught(() => as(payer).market.purchase(offer, { signature }), "SIGNATURE_DELEGATED");
      expect(error.args).to.include({ account: seller.address, delegate: code });
      await setCode(seller.address, "0x");
      const { licenseId } = await as(payer).market.purchase(offer, { signature });
      expect(await contracts.LicenseToken.ownerOf(licenseId)).to.equal(payer.address);
    });

    it("is accepted exactly when the code accepts it, as the contracts decide it on a chain with EIP-7702", async function () {
      this.timeout(240_000);
      const anvil = await startAnvil({ chainId: 31_337, hardfork: "prague" });
      const provider = new JsonRpcProvider(anvil.url, 31_337, { staticNetwork: true, cacheTimeout: -1 });
      try {
        const [rich] = await Promise.all([provider.getSigner(0)]);
        const deploy = async (name: string, ...args: unknown[]) => {
          const factory = await ethers.getContractFactory(name);
          const made = await factory.connect(rich).deploy(...args);
          await made.waitForDeployment();
          return made.getAddress();
        };
        const asker = await ethers.getContractAt("SignatureAsker", await deploy("SignatureAsker"));
        const [careful, silent] = [await deploy("KeyDelegate"), await deploy("OldPermitToken", 0)];
        const seller = new Wallet(id("delegated"), provider);
        await (await rich.sendTransaction({ to: seller.address, value: 10n ** 18n })).wait();
        const offer = toOffer({ ...(await fresh()).offer, creator: seller.address });
        const digest = offerDigest(careful, 31_337n, offer);
        const sign = () => signTerms(seller, careful, 31_337n, offer);
        const signature = await sign();
        const wrong = await new Wallet(id("another"), provider).signMessage("x");

        const expected: [string | undefined, boolean][] = [
          [undefined, true],
          [careful, true],
          [silent, false],
          [undefined, true],
        ];
        for (const [to, accepted] of expected) {
          const nonce = await seller.getNonce();
          const authorization = await seller.authorize({
            address: to ?? ZeroAddress,
            nonce: nonce + 1,
            chainId: 31_337,
          });
          await (
            await seller.sendTransaction({ type: 4, to: rich.address, authorizationList: [authorization] })
          ).wait();
          expect(await delegateOf(provider, seller.address)).to.equal(to);
          for (const [one, verdict] of [
            [signature, accepted],
            [wrong, false],
          ] as const) {
            expect(await acceptsSignature(provider, seller.address, digest, one)).to.equal(verdict);
            expect(await asker.connect(rich).getFunction("accepts")(seller.address, digest, one)).to.equal(verdict);
          }
          if (accepted) expect(await sign()).to.equal(signature);
          else await caught(sign, "SIGNATURE_DELEGATED");
        }
      } finally {
        provider.destroy();
        await anvil.stop();
      }
    });
  });
});
