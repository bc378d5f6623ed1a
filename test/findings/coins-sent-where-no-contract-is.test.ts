import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbstractSigner, Wallet, type Provider, type TransactionRequest } from "ethers";
import { ethers } from "hardhat";

import { CONTRACT_NAMES } from "../../sdk/src/addresses";
import { isIsonomyError } from "../../sdk/src/errors";
import { toOffer } from "../../sdk/src/market";
import { protocolFixture } from "../helpers/fixture";
import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";
import { caught } from "../support/caught";
import { clientsOf, methodsOf, sendingCalls, type Clients } from "../support/clients";

/** What is no writing: the rest of a client's public methods must be in the table. */
const READING = new Set([
  ...[
    "connect",
    ...["models", "model", "version", "offers", "offerStatus", "licensesOf", "dealsOf"],
    ...["publications", "clearanceOf", "index", "seatsOf", "seatedSince", "subscription", "isRenewable", "order"],
    ...["channelOf", "channelsOf", "state", "unitsLeft", "keyAt", "keys", "refusalOf"],
    ...["of", "openTerms", "ofModel", "ofVersion", "totalOf", "weightOf", "unitWeight", "isInForce"],
    ...["isApproved", "royaltyBps", "bitsOf", "simulateBuy"],
    "card",
    "epochOf",
    "offersOf",
    "simulatePurchase",
    "isAuthorized",
    "covers",
    "earned",
    "requireOwnKey",
    "offerState",
    "bondOf",
    "isDefective",
    "disputeOf",
    "disputeCost",
  ],
  ...["pools", "pool", "routeExactIn", "routeExactOut", "positions", "contract", "act", "left"],
  ...["fileOf", "hold", "newPad", "deal", "toDeliver", "openedFor", "statusOf", "open", "keepKey"],
  ...["status", "watch", "nonce", "isCitizen", "standing", "credential"],
]);

/**
 * What was lost: six coins. A client had the addresses of one chain and a wallet on another, where nothing lives at them:
 * the chain took the coin, and the client returned an empty list of licences as a success.
 */
describe("Finding: coins are sent where the contracts are not", () => {
  async function worldFixture() {
    const { contracts, actors } = await loadFixture(protocolFixture);
    const { chainId, block, contracts: addresses } = await bookOf(contracts);
    const here = { chainId, block, contracts: addresses };
    const strange = () => CONTRACT_NAMES.map((name) => [name, Wallet.createRandom().address]);
    const elsewhere = () => ({ contracts: Object.fromEntries(strange()) as typeof here.contracts });
    const nowhere = elsewhere();
    // a contract that takes every call and every coin, and answers nothing
    const hollow = elsewhere();
    for (const address of Object.values(hollow.contracts))
      await ethers.provider.send("hardhat_setCode", [address, "0x00"]);
    return { here, nowhere, hollow, buyer: actors.buyer };
  }
  const calls = sendingCalls();
  const table = Object.entries(calls).flatMap(([client, methods]) =>
    Object.keys(methods).map((name) => [client, name] as const),
  );

  it("knows every method of every client that sends or signs", async () => {
    const { here, buyer } = await loadFixture(worldFixture);
    for (const [name, client] of Object.entries(clientsOf(here, buyer))) {
      const known = Object.keys(calls[name as keyof Clients]);
      const missing = methodsOf(client).filter((one) => !known.includes(one) && !READING.has(one));
      expect(missing, name).to.deep.equal([]);
    }
  });

  for (const [client, method] of table) {
    it(`${client}.${method} sends nothing to another chain, to no contract and to a hollow one`, async () => {
      const { here, nowhere, hollow, buyer } = await loadFixture(worldFixture);
      const before = [await ethers.provider.getBalance(buyer), await buyer.getNonce()];
      const call = (clients: Clients) => () => calls[client as keyof Clients][method]!(clients);
      const wrong = await caught(call(clientsOf({ ...here, chainId: 1 }, buyer)), "WRONG_NETWORK");
      expect(wrong.args).to.deep.equal({ actual: 31_337n, expected: 1n });
      const absent = await caught(call(clientsOf(nowhere, buyer)), "CONTRACT_MISSING");
      expect(absent.args.chainId).to.equal(31_337n);
      expect(Object.values(nowhere.contracts)).to.include(absent.args.address);
      const foreign = await caught(call(clientsOf(hollow, buyer)), "CONTRACT_FOREIGN");
      expect(Object.values(hollow.contracts)).to.include(foreign.args.address);
      expect([await ethers.provider.getBalance(buyer), await buyer.getNonce()]).to.deep.equal(before);
    });
  }

  // claim(attacks#command-line-package-and-sellers-agent): coins sent to a chain, or to an address, where the contracts
  //   are not
  it("stays on the chain on which the contracts were found, also for another account", async () => {
    const { contracts, here, buyer } = { ...(await loadFixture(marketFixture)), ...(await loadFixture(worldFixture)) };
    expect(await contracts.Market.getAddress()).to.equal(here.contracts.Market);
    const reader = clientsOf({ contracts: here.contracts }, ethers.provider).MarketClient;
    await reader.offersOf(1n);
    // the same contracts at the same addresses, on a chain with another id
    const moved = new Proxy(ethers.provider, {
      get: (target, name) => {
        if (name === "provider") return moved;
        if (name === "send") {
          return async (rpc: string, parameters: unknown[]) =>
            rpc === "eth_chainId" ? "0x5" : target.send(rpc, parameters);
        }
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    }) as unknown as Provider;
    const signer = new Wallet(Wallet.createRandom().privateKey, moved);
    const error = await caught(() => reader.connect(signer).withdraw(buyer.address), "WRONG_NETWORK");
    expect(error.args).to.deep.equal({ actual: 5n, expected: 31_337n });
  });
});

/** Fails as wallets and nodes do, and as nobody would expect. */
const FAILURES: readonly [string, unknown][] = [
  ["a refusal by EIP-1193", { code: 4001, message: "User rejected the request." }],
  ["an error", new Error("the ledger is locked")],
  ["a text", "no"],
  ["nothing", undefined],
  ["null", null],
  ["a number", 7],
  ["an object without a prototype", Object.create(null)],
];

class Refusing extends AbstractSigner {
  readonly #address: string;
  readonly #failure: unknown;

  constructor(address: string, provider: Provider, failure: unknown) {
    super(provider);
    this.#address = address;
    this.#failure = failure;
  }
  override connect(provider: Provider): Refusing {
    return new Refusing(this.#address, provider, this.#failure);
  }
  override async getAddress(): Promise<string> {
    return this.#address;
  }
  override async sendTransaction(_: TransactionRequest): Promise<never> {
    throw this.#failure;
  }
  override async signTransaction(): Promise<never> {
    throw this.#failure;
  }
  override async signMessage(): Promise<never> {
    throw this.#failure;
  }
  override async signTypedData(): Promise<never> {
    throw this.#failure;
  }
}

/** What was lost: an application that shows errors by their code crashed, because a wallet's refusal came as it was. */
describe("Finding: a failure escapes as what the wallet or the node threw", () => {
  async function worldFixture() {
    const { contracts, actors, actions } = await loadFixture(marketFixture);
    const here = await bookOf(contracts);
    const offer = toOffer(actions.terms({ payToken: ethers.ZeroAddress }));
    await actions.list(offer);
    return { here, actors, offer };
  }

  /** Calls a method, takes the first step of what it iterates, and returns what it threw. */
  async function thrown(call: () => unknown): Promise<unknown> {
    try {
      const result = await call();
      const steps = result as AsyncIterator<unknown> | undefined;
      if (typeof steps?.next === "function") await steps.next();
    } catch (error) {
      return error;
    }
    return undefined;
  }

  for (const [what, failure] of FAILURES) {
    it(`every sending method tells ${what} by a code`, async () => {
      const { here, actors, offer } = await loadFixture(worldFixture);
      const clients = clientsOf(here, new Refusing(actors.buyer.address, ethers.provider, failure));
      const codes = new Set<string>();
      for (const [client, methods] of Object.entries(sendingCalls(offer))) {
        for (const [method, call] of Object.entries(methods)) {
          const error = await thrown(() => call(clients));
          expect(isIsonomyError(error), `${client}.${method} threw ${String(JSON.stringify(error))}`).to.equal(true);
          codes.add((error as { code: string }).code);
        }
      }
      expect([...codes]).to.include(what === "a refusal by EIP-1193" ? "USER_REJECTED" : "TRANSACTION_MAYBE_SENT");
    });
  }

  it("every method refuses arguments of no kind by a code", async () => {
    const { here, actors } = await loadFixture(worldFixture);
    for (const runner of [actors.buyer, ethers.provider]) {
      for (const [name, client] of Object.entries(clientsOf(here, runner))) {
        for (const method of methodsOf(client)) {
          if (["connect", "contract"].includes(method)) continue;
          const error = await thrown(() =>
            (client as Record<string, (...all: unknown[]) => unknown>)[method]!(null, null, null),
          );
          // a few need no argument, and succeed
          if (error !== undefined) expect(isIsonomyError(error), `${name}.${method}`).to.equal(true);
        }
      }
    }
  });

  it("every method tells a node that fails by a code", async () => {
    const { here } = await loadFixture(worldFixture);
    for (const [, failure] of FAILURES) {
      const fails = async (): Promise<never> => {
        throw failure;
      };
      const broken: Provider = new Proxy({} as Provider, {
        get: (_, name) => (name === "provider" ? broken : name === "then" ? undefined : fails),
        has: () => false,
      });
      const signer = new Wallet(Wallet.createRandom().privateKey).connect(broken);
      const clients = clientsOf(here, signer);
      for (const [client, methods] of Object.entries(sendingCalls())) {
        for (const [method, call] of Object.entries(methods)) {
          const error = await thrown(() => call(clients));
          expect(isIsonomyError(error), `${client}.${method} threw ${String(error)}`).to.equal(true);
        }
      }
    }
  });

  it("a missing provider and a missing address are told by a code", async () => {
    const { here, offer } = await loadFixture(worldFixture);
    const alone = new Wallet(Wallet.createRandom().privateKey);
    await caught(() => clientsOf(here, alone).PaymentClient.purchaseCart([{ offer }]), "PROVIDER_MISSING");
    await caught(
      async () => clientsOf({ contracts: { ...here.contracts, Market: undefined as never } }, alone),
      "ADDRESS_INVALID",
    );
  });
});
