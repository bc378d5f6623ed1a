import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { BrowserProvider, Contract, FetchRequest, JsonRpcProvider, Wallet, ZeroAddress, id } from "ethers";
import { network } from "hardhat";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { patient } from "../../sdk/src/chain";
import { decodeError, isAway, isContractsAnswer } from "../../sdk/src/errors";
import { GovernanceClient } from "../../sdk/src/governance";
import { MarketClient, PaymentClient, acceptsSignature, toOffer } from "../../sdk/src/market";
import { signTerms } from "../../sdk/src/market/signTerms";
import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";
import { caught } from "../support/caught";

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params?: readonly unknown[];
}
/** What is answered in a call's place: an error of JSON-RPC, or a whole page, with a status. */
interface Said {
  readonly status?: number;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly page?: string;
}

const error = (code: number, message: string, data?: unknown): Said => ({ error: { code, message, data } });

/** What nodes, and what stands before them, answer to a call that never got as far as the contract. */
const NOT_OF_THE_CONTRACT: readonly [string, Said, string][] = [
  ["geth, without the block", error(-32_000, "header not found"), "NODE_BEHIND"],
  ["geth, at its limit of time", error(-32_000, "execution aborted (timeout = 5s)"), "TIMEOUT"],
  [
    "geth, without the state",
    error(-32_000, "missing trie node 1f3a (path 0a) state 0x1f is not available"),
    "NODE_FAILED",
  ],
  ["Erigon", error(-32_000, "execution timeout"), "TIMEOUT"],
  ["Erigon, without the block", error(-32_000, "block not found: 123"), "NODE_BEHIND"],
  ["Nethermind, without the block", error(-32_001, "Block 1234 could not be found."), "NODE_BEHIND"],
  ["Nethermind, busy", error(-32_016, "Too many requests"), "NODE_BUSY"],
  ["Infura", error(-32_005, "project ID request rate exceeded"), "NODE_BUSY"],
  [
    "Infura, by status",
    { status: 429, ...error(-32_005, "daily request count exceeded, request rate limited") },
    "NODE_BUSY",
  ],
  ["Alchemy", error(429, "Your app has exceeded its compute units per second capacity."), "NODE_BUSY"],
  ["Alchemy, by status", { status: 429, ...error(429, "exceeded its throughput") }, "NODE_BUSY"],
  ["proxyd", error(-32_016, "over rate limit"), "NODE_BUSY"],
  ["MetaMask", error(-32_005, "Request limit exceeded."), "NODE_BUSY"],
  ["BNB Smart Chain", error(-32_005, "limit exceeded"), "NODE_BUSY"],
  ["an overloaded node", error(-32_603, "Internal error"), "NODE_FAILED"],
  ["a node without the method", error(-32_601, "the method eth_call does not exist/is not available"), "NODE_FAILED"],
  ["words that nobody listed", error(-32_000, "das geht nicht"), "NODE_FAILED"],
  ["no words", error(-32_000, ""), "NODE_FAILED"],
  ["Cloudflare, 502", { status: 502, page: "<html><h1>502 Bad Gateway</h1></html>" }, "NODE_BUSY"],
  ["Cloudflare, a riddle", { page: "<!DOCTYPE html><title>Just a moment...</title>" }, "NODE_FAILED"],
  ["a gateway, 500", { status: 500, page: "oops" }, "NETWORK_UNREACHABLE"],
  ["a gateway, 504", { status: 504, page: "upstream request timeout" }, "NODE_BUSY"],
];

/** What nodes answer when it was the contract: it refused without a reason, or has no such function. */
const OF_THE_CONTRACT: readonly [string, Said][] = [
  ["geth", error(3, "execution reverted", "0x")],
  ["geth, older", error(-32_000, "execution reverted")],
  ["geth, an opcode", error(-32_000, "invalid opcode: INVALID")],
  ["geth, all gas", error(-32_000, "out of gas")],
  ["geth, a jump", error(-32_000, "invalid jump destination")],
  ["Nethermind", error(-32_015, "VM execution error.", "revert")],
  ["OpenEthereum", error(-32_015, "VM execution error.", "Bad instruction fe")],
  ["Besu", error(-32_000, "Execution reverted")],
  ["Erigon", error(-32_000, "execution reverted")],
  ["reth", error(-32_003, "EVM error: InvalidFEOpcode")],
  ["anvil", error(-32_603, "EVM error StackUnderflow")],
  ["Hardhat", error(-32_603, "Error: VM Exception while processing transaction: reverted without a reason string")],
  ["Hardhat, no function", error(-32_603, "Error: Transaction reverted: function selector was not recognized")],
  ["Ganache", error(-32_000, "VM Exception while processing transaction: revert")],
];

const DELEGATE = "0x00000000000000000000000000000000000000dd";
const IS_VALID_SIGNATURE = id("isValidSignature(bytes32,bytes)").slice(0, 10);
const selector = (signature: string): string => id(signature).slice(0, 10);

/**
 * What was lost: trust in a deployment. The node was busy for a moment, and the client told its user that the contract is not
 * the one of this deployment, that the token knows no permits, or that a delegated account refuses its own signature.
 */
describe("Finding: a contract is called foreign because the node was busy", function () {
  this.timeout(120_000);
  let server: Server;
  let url: string;
  let answerInPlace: (call: Call) => Said | undefined = () => undefined;

  before(async () => {
    server = createServer((request, response) => {
      void respond(request).then(({ status, type, text }) =>
        response.writeHead(status, { "content-type": type }).end(text),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    answerInPlace = () => undefined;
  });

  async function respond(request: IncomingMessage): Promise<{ status: number; type: string; text: string }> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const call = JSON.parse(Buffer.concat(pieces).toString()) as Call;
    const json = (body: object, status = 200) => ({ status, type: "application/json", text: JSON.stringify(body) });
    const said = answerInPlace(call);
    if (said?.page !== undefined) return { status: said.status ?? 200, type: "text/html", text: said.page };
    const head = { jsonrpc: "2.0", id: call.id };
    if (said !== undefined) return json({ ...head, error: said.error }, said.status);
    try {
      return json({
        ...head,
        result: await network.provider.request({ method: call.method, params: call.params as never }),
      });
    } catch (thrown) {
      const { code, message, data } = thrown as { code: number; message: string; data?: unknown };
      return json({ ...head, error: { code, message, data } });
    }
  }

  function provider(): JsonRpcProvider {
    const asked = new FetchRequest(url);
    // a status 429 is repeated by ethers too, for minutes
    asked.setThrottleParams({ maxAttempts: 1, slotInterval: 1 });
    const made = new JsonRpcProvider(asked, 31_337, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
    return patient(made, { busyMs: 100, behindMs: 100 });
  }

  async function worldFixture() {
    const { contracts, token, actors, actions } = await loadFixture(marketFixture);
    const deployment = await bookOf(contracts);
    const terms = actions.terms({ payToken: ZeroAddress });
    await actions.list(terms);
    const key = Wallet.createRandom();
    await network.provider.send("hardhat_setCode", [key.address, `0xef0100${DELEGATE.slice(2)}`]);
    await network.provider.send("hardhat_setBalance", [key.address, "0x8ac7230489e80000"]);
    return {
      ...{ deployment, token: await token.getAddress(), actors, key, offer: toOffer(terms) },
    };
  }
  type World = Awaited<ReturnType<typeof worldFixture>>;

  /** Every place that concludes something from a failed call: what it calls, and what it says of a contract that refuses. */
  const PLACES: readonly [string, string, (world: World, provider: JsonRpcProvider) => Promise<unknown>, string][] = [
    [
      "whether a contract belongs to the deployment",
      selector("REGISTRY()"),
      ({ deployment }, from) => new MarketClient(deployment, from).offersOf(1n),
      "CONTRACT_FOREIGN",
    ],
    [
      "whether the governor is one",
      selector("BALLOTS()"),
      ({ deployment, key }, from) =>
        new GovernanceClient(deployment, new Wallet(key.privateKey, from)).delegate(key.address),
      "CONTRACT_FOREIGN",
    ],
    [
      "whether a token has nonces",
      selector("nonces(address)"),
      ({ deployment, token, offer, key }, from) =>
        new PaymentClient(deployment, new Wallet(key.privateKey, from)).purchaseWithPermit({
          ...offer,
          payToken: token,
        }),
      "PERMIT_UNSUPPORTED",
    ],
    [
      "whether a delegated account takes its key's signature",
      IS_VALID_SIGNATURE,
      ({ deployment: { contracts }, offer, key }, from) =>
        signTerms(new Wallet(key.privateKey, from), contracts.Market, 31_337n, { ...offer, creator: key.address }),
      "SIGNATURE_DELEGATED",
    ],
    [
      "what a call of a program's own failed for",
      selector("totalSupply()"),
      ({ token }, from) => new Contract(token, ["function totalSupply() view returns (uint256)"], from).totalSupply!(),
      "CONTRACT_REVERTED_SILENTLY",
    ],
  ];

  for (const [what, called, act, ofContract] of PLACES) {
    context(what, () => {
      const stop = (said: Said) => {
        answerInPlace = ({ method, params }) =>
          method === "eth_call" && (params![0] as { data: string }).data.startsWith(called) ? said : undefined;
      };
      const failureOf = async (world: World): Promise<ReturnType<typeof decodeError>> => {
        const from = provider();
        try {
          const result = await act(world, from);
          throw new Error(`it returned ${String(result)}`);
        } catch (thrown) {
          return decodeError(thrown);
        } finally {
          from.destroy();
        }
      };

      for (const [who, said, code] of NOT_OF_THE_CONTRACT) {
        // claim(attacks#command-line-package-and-sellers-agent): a call that a busy or broken node did not carry out,
        //   taken for the answer of the contract
        it(`does not blame the contract for what ${who} says`, async () => {
          const world = await loadFixture(worldFixture);
          stop(said);
          const failure = await failureOf(world);
          expect(failure.code, failure.message).to.equal(code);
          expect(isAway(failure.code)).to.equal(true);
          expect(isContractsAnswer(failure)).to.equal(false);
        });
      }

      for (const [who, said] of OF_THE_CONTRACT) {
        // claim(attacks#command-line-package-and-sellers-agent): a call that a busy or broken node did not carry out,
        //   taken for the answer of the contract
        it(`knows the contract's own refusal by ${who}`, async () => {
          const world = await loadFixture(worldFixture);
          stop(said);
          const failure = await failureOf(world);
          expect(failure.code, failure.message).to.equal(ofContract);
        });
      }
    });
  }

  it("tells a caller of acceptsSignature that the node could not be asked, instead of no", async () => {
    const { key } = await loadFixture(worldFixture);
    const signature = await key.signMessage("x");
    const from = provider();
    answerInPlace = ({ method }) => (method === "eth_call" ? error(-32_005, "limit exceeded") : undefined);
    await caught(() => acceptsSignature(from, key.address, id("x"), signature), "NODE_BUSY");
    answerInPlace = ({ method }) => (method === "eth_call" ? error(3, "execution reverted", "0x") : undefined);
    expect(await acceptsSignature(from, key.address, id("x"), signature)).to.equal(false);
    from.destroy();
  });

  it("tells an estimate that the node could not make from one that the contract refused", async () => {
    const { deployment, offer } = await loadFixture(worldFixture);
    const from = provider();
    const buyer = new Wallet(Wallet.createRandom().privateKey, from);
    await network.provider.send("hardhat_setBalance", [buyer.address, "0x8ac7230489e80000"]);
    const client = new MarketClient(deployment, buyer);
    answerInPlace = ({ method }) => (method === "eth_estimateGas" ? error(-32_603, "Internal error") : undefined);
    await caught(() => client.purchase(offer), "NODE_FAILED");
    answerInPlace = ({ method }) =>
      method === "eth_estimateGas" ? error(-32_000, "gas required exceeds allowance (30000000)") : undefined;
    await caught(() => client.purchase(offer), "CONTRACT_REVERTED_SILENTLY");
    from.destroy();
  });

  // claim(attacks#command-line-package-and-sellers-agent): a wallet that changes the network in the middle
  it("tells a wallet that changed the network by both chains, and how to go on", async () => {
    const { deployment, offer } = await loadFixture(worldFixture);
    let chainId = "0x7a69";
    const wallet = {
      request: async ({ method, params }: { method: string; params?: unknown[] }) => {
        if (method === "eth_chainId") return chainId;
        return network.provider.request({ method, params });
      },
    };
    const browser = new BrowserProvider(wallet);
    const client = new MarketClient(deployment, await browser.getSigner());
    await client.isAuthorized(1n, ZeroAddress);
    chainId = "0x5";
    for (const call of [() => client.purchase(offer), () => client.offersOf(1n), () => browser.getBlock("latest")]) {
      const failure = decodeError(await call().catch((thrown: unknown) => thrown));
      expect(failure.code, failure.message).to.equal("NETWORK_CHANGED");
      expect(failure.args).to.deep.equal({ before: "31337", after: "5" });
      expect(failure.fix).to.include("31337").and.include("chain 5");
    }
    browser.destroy();
  });
});
