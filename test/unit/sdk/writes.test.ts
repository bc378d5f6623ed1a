import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, id, type Signer } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { ethers } from "hardhat";

import * as sdk from "../../../sdk/src";
import { Client, Sent, type SentTransaction } from "../../../sdk/src/chain";
import { CitizenClient, type Attestation } from "../../../sdk/src/governance";
import { toOffer } from "../../../sdk/src/market";
import { marketFixture } from "../../helpers/market";
import { bookOf, imaginaryBook } from "../../support/bookOf";
import { clientsOf, methodsOf, sendingCalls, type Clients } from "../../support/clients";
import { unhandledWhile } from "../../support/unhandled";
import { issuers } from "../identity/fixture";

/** What signs and sends nothing: an ordinary promise. */
const SIGNS = new Set([
  ...["MarketClient.signOffer", "PaymentClient.signSponsored", "PolicyClient.sign", "CitizenClient.attest"],
  ...["LineageClient.signConsent", "MetricClient.sign", "ResaleClient.signAsk"],
]);

/** Methods that only the clients themselves call. */
const PROTECTED = new Set(["act"]);

describe("a write of a client", () => {
  async function worldFixture() {
    const protocol = await marketFixture();
    const { contracts, actors, actions, token } = protocol;
    const offer = toOffer(actions.terms({ payToken: ZeroAddress }));
    const inToken = toOffer(actions.terms({ salt: 1n }));
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

  /** Runs something while transactions wait for a block that is asked for. */
  async function withoutMining(run: () => Promise<void>): Promise<void> {
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      await run();
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
  }

  const mine = () => ethers.provider.send("evm_mine", []);
  const hashIn = (result: unknown): string | undefined => {
    const { hash, receipt } = result as { hash?: string; receipt?: { hash: string } };
    return hash ?? receipt?.hash;
  };

  async function hasItsHashFirst(write: () => Sent<unknown>): Promise<void> {
    await withoutMining(async () => {
      const sent = write();
      let done = false;
      void sent.then(() => (done = true));
      const hash = await sent.hash;
      expect(await ethers.provider.getTransaction(hash)).to.include({ hash, blockNumber: null });
      expect(done, "the result is not there yet").to.equal(false);
      await mine();
      expect(hashIn(await sent)).to.equal(hash);
    });
  }

  /** Speeds a transaction up as a wallet does: the same again, with its nonce and twice its fees. */
  async function spedUp(signer: Signer, hash: string): Promise<string> {
    const { to, data, value, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas } =
      (await ethers.provider.getTransaction(hash))!;
    const fees = { maxFeePerGas: 2n * maxFeePerGas!, maxPriorityFeePerGas: 2n * maxPriorityFeePerGas! };
    return (await signer.sendTransaction({ to, data, value, nonce, gasLimit, ...fees })).hash;
  }

  for (const [client, write] of Object.entries(WRITES)) {
    it(`of ${client} has its hash before the block, and its result after it`, async () => {
      const world = await loadFixture(worldFixture);
      await hasItsHashFirst(() => write(world));
    });
  }

  describe("of CitizenClient", () => {
    async function citizenFixture() {
      const { contracts, actors, attest, sign } = await issuers();
      const deployment = { contracts: { CitizenRegistry: contracts.registry.target as string } };
      const attestation = async (account: HardhatEthersSigner): Promise<Attestation> => ({
        ...(await attest(account)),
        issuerId: 1,
      });
      const signed = async (given: Attestation): Promise<string> =>
        sign(actors.issuerA, { ...given, issuerId: BigInt(given.issuerId) });
      const as = (account: Signer): CitizenClient => new CitizenClient(deployment, account);
      return { actors, registry: contracts.registry, attestation, signed, as };
    }

    it("has its hash before the block, and its result after it: present and renounce", async () => {
      const { actors, registry, attestation, signed, as } = await loadFixture(citizenFixture);
      const client = as(actors.other);
      const given = await attestation(actors.other);
      const signature = await signed(given);
      await hasItsHashFirst(() => client.present(given, signature));
      const { issuerId, revokedAt } = await registry.credentialOf(actors.other);
      expect([issuerId, revokedAt]).to.deep.equal([1n, 0n]);
      await hasItsHashFirst(() => client.renounce());
      expect((await registry.credentialOf(actors.other)).revokedAt).to.not.equal(0n);
    });

    it("resolves with what took its place when the wallet sped it up", async () => {
      const { actors, registry, attestation, signed, as } = await loadFixture(citizenFixture);
      const given = await attestation(actors.other);
      const signature = await signed(given);
      await withoutMining(async () => {
        const sent = as(actors.other).present(given, signature);
        const replacement = await spedUp(actors.other, await sent.hash);
        await mine();
        expect(hashIn(await sent))
          .to.equal(replacement)
          .and.not.equal(await sent.hash);
      });
      expect((await registry.credentialOf(actors.other)).issuerId).to.equal(1n);
    });
  });

  it("resolves with the result of the transaction by which the wallet sped it up, and keeps its first hash", async () => {
    const { as, actors, offer } = await loadFixture(worldFixture);
    const client = as(actors.buyer).MarketClient;
    await withoutMining(async () => {
      const sent = client.purchase(offer);
      const hash = await sent.hash;
      const replacement = await spedUp(actors.buyer, hash);
      expect(replacement).to.not.equal(hash);
      await mine();
      const { licenseId, receipt, price } = await sent;
      expect(receipt.hash).to.equal(replacement);
      expect(price).to.equal(offer.price);
      expect(await client.licenses.ownerOf(licenseId)).to.equal(actors.buyer.address);
      expect(await sent.hash).to.equal(hash);
      expect(await ethers.provider.getTransactionReceipt(hash)).to.equal(null);
    });
  });

  for (const [client, write] of Object.entries(WRITES)) {
    it(`of ${client} resolves with what took its place when the wallet sped it up`, async () => {
      const world = await loadFixture(worldFixture);
      await withoutMining(async () => {
        const sent = write(world);
        const hash = await sent.hash;
        const { from } = (await ethers.provider.getTransaction(hash))!;
        const replacement = await spedUp(await ethers.getSigner(from), hash);
        await mine();
        expect(hashIn(await sent))
          .to.equal(replacement)
          .and.not.equal(hash);
      });
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

  it("is of a client that the table knows: every client that the package exports", () => {
    const clients = Object.entries(sdk).filter(
      ([, value]) => typeof value === "function" && value.prototype instanceof Client,
    );
    const known = clientsOf(imaginaryBook(31_337), ethers.provider);
    expect(clients.map(([name]) => name).sort()).to.deep.equal(Object.keys(known).sort());
  });

  it("is in the table below, whatever client it is of", async () => {
    const { book, actors } = await loadFixture(worldFixture);
    const elsewhere = clientsOf({ ...book, chainId: 1 }, actors.buyer);
    const begun: Promise<unknown>[] = [];
    for (const [name, client] of Object.entries(elsewhere)) {
      const writes = methodsOf(client).filter((method) => {
        if (PROTECTED.has(method)) return false;
        let result: unknown;
        try {
          result = (client as Record<string, (...all: unknown[]) => unknown>)[method]!({}, {}, {}, {});
        } catch {
          return false;
        }
        // nothing is sent: these are refused on another chain, and reads may fail as they like
        begun.push(Promise.resolve(result));
        return result instanceof Sent;
      });
      const known = Object.keys(sendingCalls()[name as keyof Clients]);
      expect(known.filter((method) => !SIGNS.has(`${name}.${method}`)).sort(), name).to.deep.equal(writes.sort());
    }
    // what goes on after a test fails in another
    await Promise.allSettled(begun);
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
