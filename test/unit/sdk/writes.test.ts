import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id, type Signer } from "ethers";
import { ethers } from "hardhat";

import { Sent, type SentTransaction } from "../../../sdk/src/chain";
import { plainOffer } from "../../../sdk/src/market";
import { marketFixture } from "../../helpers/market";
import { bookOf } from "../../support/bookOf";
import { clientsOf, sendingCalls, type Clients } from "../../support/clients";
import { unhandledWhile } from "../../support/unhandled";

/** What signs and sends nothing: an ordinary promise. */
const SIGNS = new Set(["MarketClient.signOffer", "PaymentClient.signSponsored"]);

describe("a write of a client", () => {
  async function worldFixture() {
    const protocol = await marketFixture();
    const { contracts, actors, actions, token } = protocol;
    const offer = plainOffer(actions.terms({ payToken: ZeroAddress }));
    const inToken = plainOffer(actions.terms({ salt: 1n }));
    for (const one of [offer, inToken]) await actions.list(one);
    const book = await bookOf(contracts);
    const as = (account: Signer, onTransaction?: (sent: SentTransaction) => void): Clients =>
      clientsOf(book, account, onTransaction === undefined ? {} : { onTransaction });
    return { book, actors, as, offer, inToken, token };
  }

  /** One write of each client that can be made on a fresh deployment. */
  const WRITES: Record<string, (world: Awaited<ReturnType<typeof worldFixture>>) => Sent<unknown>> = {
    MarketClient: ({ as, actors, offer }) => as(actors.buyer).MarketClient.purchase(offer),
    PaymentClient: ({ as, actors, offer }) => as(actors.buyer).PaymentClient.purchaseCart([{ offer }, { offer }]),
    ExchangeClient: ({ as, actors, token }) =>
      as(actors.buyer).ExchangeClient.createPool({
        token0: ZeroAddress,
        token1: token.target as string,
        feeBps: 30n,
      }),
    DealClient: ({ as, actors }) => as(actors.buyer).DealClient.postBond(id("an offer"), actors.creator.address, 1n),
    GovernanceClient: ({ as, actors }) => as(actors.holder).GovernanceClient.delegate(actors.holder.address),
  };

  for (const [client, write] of Object.entries(WRITES)) {
    it(`of ${client} has its hash before the block, and its result after it`, async () => {
      const world = await loadFixture(worldFixture);
      await ethers.provider.send("evm_setAutomine", [false]);
      try {
        const sent = write(world);
        let done = false;
        void sent.then(() => (done = true));
        const hash = await sent.hash;
        expect(await ethers.provider.getTransaction(hash)).to.include({ hash, blockNumber: null });
        expect(done, "the result is not there yet").to.equal(false);
        await ethers.provider.send("evm_mine", []);
        const result = (await sent) as { hash?: string; receipt?: { hash: string } };
        expect(result.hash ?? result.receipt?.hash).to.equal(hash);
      } finally {
        await ethers.provider.send("evm_setAutomine", [true]);
      }
    });
  }

  it("tells of the approval that comes before it, and has the hash of the call", async () => {
    const { as, actors, book, inToken, token } = await loadFixture(worldFixture);
    await token.connect(actors.buyer).approve(book.contracts.Market, 0n);
    const told: SentTransaction[] = [];
    const sent = as(actors.buyer, (one) => told.push(one)).MarketClient.purchase(inToken);
    const { approval, receipt } = await sent;
    expect(told).to.deep.equal([
      { hash: approval!.hash, purpose: "approval" },
      { hash: receipt.hash, purpose: "call" },
    ]);
    expect(await sent.hash).to.equal(receipt.hash);
  });

  const table = Object.entries(sendingCalls()).flatMap(([client, methods]) =>
    Object.keys(methods).map((name) => [client, name] as const),
  );

  for (const [client, method] of table) {
    it(`by ${client}.${method} is refused in its hash and in its result, and ends no program`, async () => {
      const { book, actors } = await loadFixture(worldFixture);
      const clients = clientsOf({ ...book, chainId: 1 }, actors.buyer);
      const unhandled = await unhandledWhile(async () => {
        const sent = sendingCalls()[client as keyof Clients][method]!(clients);
        if (SIGNS.has(`${client}.${method}`)) return void (await sent.catch(() => undefined));
        expect(sent).to.be.instanceOf(Sent);
        const outcomes = await Promise.allSettled([(sent as Sent<unknown>).hash, sent]);
        const reasons = outcomes.map((one) => (one as PromiseRejectedResult).reason as { code: string });
        expect(reasons[0]!.code).to.equal("WRONG_NETWORK");
        expect(reasons[1]).to.equal(reasons[0]);
      });
      expect(unhandled).to.deep.equal([]);
    });
  }
});
