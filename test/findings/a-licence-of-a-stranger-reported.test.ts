import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import { AbstractSigner, Wallet, ZeroAddress, type TransactionRequest, type TransactionResponse } from "ethers";
import { ethers } from "hardhat";

import { PaymentClient, toOffer, type SponsoredRequest } from "../../sdk/src/market";
import type { Forwarder } from "../../typechain-types";
import { marketFixture, PRICE } from "../helpers/market";

/** Carries a request of somebody else before the one that it is given, in one transaction, as a bundler does. */
class Bundler extends AbstractSigner {
  constructor(
    readonly inner: HardhatEthersSigner,
    readonly forwarder: Forwarder,
    readonly before: SponsoredRequest,
  ) {
    super(ethers.provider);
  }
  override connect(): Bundler {
    return this;
  }
  override getAddress(): Promise<string> {
    return this.inner.getAddress();
  }
  override async sendTransaction({ to, data }: TransactionRequest): Promise<TransactionResponse> {
    const [ours] = this.forwarder.interface.decodeFunctionData("execute", data as string);
    const bundle = this.forwarder.interface.encodeFunctionData("executeBatch", [
      [this.before, (ours as { toObject(): SponsoredRequest }).toObject()],
      ZeroAddress,
    ]);
    return this.inner.sendTransaction({ to, data: bundle });
  }
  override signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.inner.signTransaction(transaction);
  }
  override signMessage(message: string): Promise<string> {
    return this.inner.signMessage(message);
  }
  override signTypedData(...all: Parameters<HardhatEthersSigner["signTypedData"]>): Promise<string> {
    return this.inner.signTypedData(...all);
  }
}

/**
 * What was lost: the sight of the licence that was bought. A bundle carried a stranger's purchase under the same terms
 * first, and the first event of the name was taken for the buyer's.
 */
describe("Finding: a stranger's licence is reported as the one that was bought", () => {
  // claim(attacks#command-line-package-and-sellers-agent): a stranger's purchase in the same transaction, reported as
  //   the buyer's
  it("reports the licence of this payer under these terms, whatever else the transaction carries", async () => {
    const { contracts, token, actors, actions } = await loadFixture(marketFixture);
    const addresses = {
      ModelRegistry: await contracts.ModelRegistry.getAddress(),
      LicenseToken: await contracts.LicenseToken.getAddress(),
      RevenueLedger: await contracts.RevenueLedger.getAddress(),
      Market: await contracts.Market.getAddress(),
      Exchange: await contracts.Exchange.getAddress(),
      Forwarder: await contracts.Forwarder.getAddress(),
      UpdateDesk: await contracts.UpdateDesk.getAddress(),
    };
    const [stranger, buyer] = [Wallet.createRandom(), Wallet.createRandom()].map(
      ({ privateKey }) => new Wallet(privateKey, ethers.provider),
    ) as [Wallet, Wallet];
    for (const person of [stranger, buyer]) await token.mint(person.address, PRICE);
    const terms = actions.terms();
    await actions.list(terms);
    const offer = toOffer(terms);

    const first = await new PaymentClient({ contracts: addresses }, stranger).signSponsored(offer);
    const request = await new PaymentClient({ contracts: addresses }, buyer).signSponsored(offer);
    const bundler = new Bundler(actors.other, contracts.Forwarder, first);
    const { licenseId, receipt } = await new PaymentClient({ contracts: addresses }, bundler).sponsor(request);

    const sold = await contracts.Market.queryFilter(contracts.Market.filters.LicenseSold(), receipt.blockNumber);
    expect(sold.map(({ args }) => args.payer)).to.deep.equal([stranger.address, buyer.address]);
    expect(await contracts.LicenseToken.ownerOf(licenseId)).to.equal(buyer.address);
    expect(licenseId).to.equal(sold[1]!.args.licenseId);
  });
});
