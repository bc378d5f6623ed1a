import { expect } from "chai";
import { JsonRpcProvider, Wallet, dataLength, isHexString, makeError, parseEther } from "ethers";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";

import { winkCard } from "../../scripts/demo/card";
import { cliErrors } from "../../sdk/src/cli/errors";
import { DealClient } from "../../sdk/src/deals";
import { clientErrors, contractErrors, decodeError, redact, redactValue } from "../../sdk/src/errors";
import { ExchangeClient } from "../../sdk/src/exchange";
import { fairExchangeErrors } from "../../sdk/src/fairexchange";
import { nodePlatform } from "../../sdk/src/fairexchange/node";
import { GovernanceClient } from "../../sdk/src/governance";
import { MarketClient } from "../../sdk/src/market";
import { endpointOf, rpcRequest } from "../../sdk/src/rpc";
import { sellerErrors } from "../../sdk/src/seller";
import { serverErrors } from "../../sdk/src/server";
import { json, localWallet, person, runHere, PASSWORD, type Environment } from "../support/cli";
import { FULL, rows } from "../support/extent";
import { startRpcProxy, type RpcCall, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

const KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const MNEMONIC = "test test test test test test test test test test test junk";
const RAW = `0x02f8b1${"c0ffee".repeat(60)}`;
const WORD = "the-word-of-alice";
const PROJECT = "0123456789abcdef0123456789abcdef";

/** Texts that hold a secret, the secret, and what must be left to read. */
const TEXTS: readonly [text: string, secret: string, left: string][] = [
  [`the node refuses ${RAW} for now`, RAW.slice(12, 60), "the node refuses 0x02f8b1c0… for now"],
  [`bad call {"data":"${RAW}"}`, RAW.slice(12, 60), "bad call"],
  [`selector and one argument 0xa9059cbb${"ab".repeat(32)}`, "ab".repeat(32), "0xa9059cbb…"],
  [`no such key: ${KEY}`, KEY, "no such key: …"],
  [`"${MNEMONIC}" is no name`, "junk", "is no name"],
  [`bytes ${Array.from({ length: 32 }, (_, i) => i + 100).join(",")}.`, "101,102", "bytes …."],
  [`http://alice:${WORD}@host:8545 is away`, WORD, "http://host:8545 is away"],
  [`http://${WORD}@host is away`, WORD, "http://host is away"],
  [`https://host/v3/${PROJECT}: 401`, PROJECT, "https://host/…: 401"],
  [`https://host?apikey=${PROJECT}`, PROJECT, "https://host/…"],
  [`wss://alice:${WORD}@host/ws, closed`, WORD, "wss://host/…, closed"],
  [`ftp://alice:${WORD}@host/file`, WORD, "ftp://host/file"],
  [`http://alice:my ${WORD}@host`, WORD, "http://host"],
  [`http://alice:p@ss/${WORD}@host`, WORD, "http://"],
  [`alice:${WORD}@host:8545 is no address`, WORD, "host:8545 is no address"],
  [`Authorization: Basic ${btoa(`alice:${WORD}`)}`, btoa(`alice:${WORD}`), "Basic …"],
  [`Unexpected token 'x', ..."{"secret":"${WORD}"... is not valid JSON`, WORD, "not valid JSON"],
  [
    makeError("no", "INVALID_ARGUMENT", { argument: "scalar", value: 12345678901234567890n }).message,
    "1234567890",
    "no",
  ],
];

/** Text that must come out as it went in. */
const HARMLESS = [
  `transaction 0x${"ab".repeat(32)} is known`,
  "http://127.0.0.1:8545 does not answer.",
  "see https://createx.rocks.",
  "http://[::1]:5001: refused",
  "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/card.json",
  "give --store as http://host:port",
  `proposal ${2n ** 255n}`,
];

/** What people and programs write between the addresses of a list. */
const BETWEEN = [
  ",",
  ", ",
  ";",
  " ",
  "|",
  "\n",
  "\t",
  " or ",
  " and ",
  '","',
  "', '",
  "%2C",
  "=>",
  ")(",
  "//",
  "+",
  "&",
];
/** Addresses that hold a secret, with and without a scheme. */
const LISTED = [
  ...[`http://alice:${WORD}@h1:8545`, `wss://alice:${WORD}@h2/ws`, `http://${WORD}@h3`, `https://h4/v3/${WORD}`],
  ...[`https://h5/?apikey=${WORD}`, `alice:${WORD}@h6:8545`, `//alice:${WORD}@h7`],
];

describe("A key in a log", function () {
  this.timeout(120_000);

  // claim(attacks#command-line-package-and-sellers-agent): a list of URLs with passwords where one URL belongs
  it("a list of addresses keeps no secret of any of them, whatever stands between them", () => {
    for (const between of BETWEEN) {
      for (const one of LISTED) {
        for (const two of LISTED) {
          for (const list of [
            [one, two],
            ["http://h0", one, two],
            [one, "http://h0", two],
          ]) {
            const text = list.join(between);
            expect(redact(text), JSON.stringify(text)).not.to.include(WORD);
            expect(redact(`None of [${text}] answers.`)).not.to.include(WORD);
          }
        }
      }
    }
  });

  it("a list where one address belongs is refused by name, and nothing of it is repeated", async () => {
    for (const between of [",", " ", ";", ", "]) {
      const list = [`http://alice:${WORD}@127.0.0.1:9`, `http://bob:${WORD}2@127.0.0.1:9`].join(between);
      const bare = [`alice:${WORD}@127.0.0.1:9`, `bob:${WORD}2@127.0.0.1:9`].join(between);
      for (const parameters of [
        ["status", "--rpc", list],
        ["status", "--rpc", bare],
        ["prepare", __filename, "--store", list],
        ["prepare", __filename, "--store", bare],
        ["seller", "--watch", "--alert-to", list],
        ["seller", "--watch", "--alert-to", bare],
      ]) {
        const env = { ISONOMY_PASSWORD: PASSWORD, ISONOMY_HOME: "/nowhere", ISONOMY_SCRYPT_COST: "1024" };
        for (const more of [[], ["--json"]]) {
          const { code, out, err } = await runHere([...parameters, ...more], env);
          expect(code).to.be.oneOf([1, 2]);
          expect(out + err).not.to.include(WORD);
          if (more.length > 0) {
            const known = ["ENDPOINT_INVALID", "STORE_UNREACHABLE", "VALUE_INVALID"];
            expect(known).to.include((JSON.parse(out) as { error: { code: string } }).error.code);
          }
        }
      }
    }
  });

  describe("a text", () => {
    for (const [text, secret, left] of TEXTS) {
      it(`keeps no secret: ${text.slice(0, 40).replace(/[\n`]/g, " ")}`, () => {
        expect(text).to.include(secret);
        expect(redact(text)).not.to.include(secret);
        expect(redact(text)).to.include(left);
        expect(redact(redact(text))).to.equal(redact(text));
      });
    }
    for (const text of HARMLESS) {
      it(`stays what it was: ${text.slice(0, 40)}`, () => expect(redact(text)).to.equal(text));
    }

    it("of ours is never spoiled", () => {
      const all = [clientErrors, contractErrors, cliErrors, sellerErrors, serverErrors, fairExchangeErrors];
      for (const { message, reason, fix } of all.flatMap((entries) => Object.values(entries))) {
        for (const sentence of [message, reason, fix]) expect(redact(sentence)).to.equal(sentence);
      }
    });

    it("of a stranger is bounded, however it is written, in linear time", () => {
      const evil = ["(a=", "-,", "aaaa ", "http://a:", "a", "Unexpected token", '"', "1,", "a://b", "0x"];
      const started = Date.now();
      for (const piece of evil) expect(redact(piece.repeat(1_000_000 / piece.length)).length).to.be.below(4_100);
      // a second on an idle machine; an expression that tries every way takes hours
      expect(Date.now() - started).to.be.below(30_000);
    });
  });

  describe("an error", () => {
    const nested = {
      transaction: { to: "0x1", data: RAW },
      invocation: { method: "deliver", args: [1n, BigInt(`0x${KEY}`)] },
      info: {
        payload: { method: "eth_sendRawTransaction", params: [RAW] },
        requestUrl: `https://a:${WORD}@h/v3/${PROJECT}`,
      },
      error: { code: -32_000, message: `no: ${RAW}`, data: { raw: RAW, text: RAW } },
      request: { url: `http://a:${WORD}@h`, headers: { authorization: WORD } },
      value: BigInt(`0x${KEY}`),
    };
    const thrown: Record<string, unknown> = {
      "of ethers": makeError("could not coalesce error", "UNKNOWN_ERROR", nested as never),
      "that wraps another": new Error("outer", { cause: Object.assign(new Error(`inner ${RAW}`), nested) }),
      "that wraps several": new AggregateError([Object.assign(new Error(RAW), nested)], `all ${RAW}`),
      "that is no error": { code: "CALL_EXCEPTION", ...nested },
      "that is a text": `refused ${RAW} of http://a:${WORD}@h/${PROJECT}`,
      "that wraps itself": (() => {
        const one = Object.assign(new Error(RAW), nested) as Error & { self?: unknown };
        one.self = one.cause = one;
        return one;
      })(),
    };
    for (const [what, error] of Object.entries(thrown)) {
      it(`${what} shows nothing in any way in which it is looked at`, () => {
        const decoded = decodeError(error);
        for (const shown of looks(decoded)) expectClean(shown);
        for (const shown of looks(redactValue(error))) expectClean(shown);
      });
    }

    it("that a contract did not name shows four bytes of it", () => {
      const decoded = decodeError({ code: 3, data: RAW });
      expect(decoded.code).to.equal("CONTRACT_ERROR_UNKNOWN");
      expect(decoded.args).to.deep.equal({ data: "0x02f8b1c0…" });
      for (const shown of looks(decoded)) expectClean(shown);
    });
  });

  it("credentials in an address become a header, and are hidden from then on", () => {
    const { url, headers, shown } = endpointOf(
      `https://alice:${encodeURIComponent("s/ecret@word")}@host/v3/${PROJECT}`,
    );
    expect({ url, headers, shown }).to.deep.equal({
      url: `https://host/v3/${PROJECT}`,
      headers: { authorization: `Basic ${btoa("alice:s/ecret@word")}` },
      shown: "https://host/…",
    });
    expect(redact(`project ${PROJECT}, s/ecret@word, ${btoa("alice:s/ecret@word")}`)).to.equal("project …, …, …");
    expect(rpcRequest(`http://bob@host:1`).headers.authorization).to.equal(`Basic ${btoa("bob:")}`);
    for (const wrong of ["host", `alice:${WORD}@host`, `ftp://alice:${WORD}@host`, ""]) {
      let failure: unknown;
      try {
        endpointOf(wrong);
      } catch (error) {
        failure = error;
      }
      expect(decodeError(failure).code).to.equal("ENDPOINT_INVALID");
      for (const look of looks(failure)) expect(look).not.to.include(WORD);
    }
  });

  describe("with a node that answers with what it was asked", () => {
    let chain: SeparateNode;
    let proxy: RpcProxy;
    let seller: Awaited<ReturnType<typeof person>>;
    let buyer: Awaited<ReturnType<typeof person>>;
    let versionId: string;
    let termsHash: string;
    let licenseId: string;
    let card: string;
    let env: Environment;
    let hostile: string | undefined;
    /** Everything of more than a hash that any client sent. */
    let sent: Set<string>;
    let states = 0;
    const authorizations = new Set<string | undefined>();

    before(async function () {
      this.timeout(240_000);
      chain = await separateNode();
      proxy = await startRpcProxy(chain.node.url);
      const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
      seller = await person(chain.folder, "seller", at, localWallet(7));
      buyer = await person(chain.folder, "buyer", at, localWallet(8));
      const file = join(chain.folder, "model.bin");
      card = join(chain.folder, "card.json");
      await writeFile(file, "what is sold");
      await writeFile(card, JSON.stringify(winkCard));
      await json(["prepare", file], seller.env);
      const listed = await json<{ versionId: string }>(
        ["list", card, "--prepared", `${file}.isonomy.json`],
        seller.env,
      );
      versionId = listed.versionId;
      const offer = await json<{ termsHash: string }>(
        ["offer", versionId, "--price", "1 native", "--deliver", "1d"],
        seller.env,
      );
      termsHash = offer.termsHash;
      const terms = ["--terms", termsHash, "--again"];
      ({ licenseId } = await json<{ licenseId: string }>(
        ["buy", versionId, ...terms, "--again", "--max-price", "1 native"],
        buyer.env,
      ));

      const { port } = new URL(proxy.url);
      env = { ...seller.env, ISONOMY_RPC_URL: `http://alice:${WORD}@127.0.0.1:${port}/v3/${PROJECT}` };
      proxy.rule((call) => {
        authorizations.add(call.authorization);
        keep(call.params);
        return call.method === hostile ? echo(call) : undefined;
      });
    });
    beforeEach(() => {
      hostile = undefined;
      sent = new Set();
    });
    after(async () => {
      await proxy.close();
      await chain.close();
    });

    function keep(value: unknown): void {
      if (typeof value === "string" && isHexString(value) && dataLength(evenHex(value)) > 32) sent.add(value.slice(2));
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(keep);
    }

    function echo({ method, params, path, authorization }: RpcCall) {
      const said = JSON.stringify({ params, path, authorization });
      const basic = atob((authorization ?? "Basic ").slice(6));
      return {
        kind: "error" as const,
        code: -32_099,
        message: `I do not know ${method} ${said} from http://${basic}@127.0.0.1${path}`,
        data: { said, params },
      };
    }

    function expectNothingIn(text: string): void {
      expectClean(text);
      expect(text).not.to.include(seller.privateKey.slice(2)).and.not.to.include(PASSWORD);
      for (const hex of sent) if (hex.length > 108) expect(text).not.to.include(hex.slice(8, 108));
    }

    const METHODS = [
      ...["eth_chainId", "eth_getCode", "eth_call", "eth_estimateGas", "eth_blockNumber", "eth_getBalance"],
      ...["eth_getBlockByNumber", "eth_getTransactionCount", "eth_maxPriorityFeePerGas", "eth_sendRawTransaction"],
    ];
    const COMMANDS: Record<string, () => string[]> = {
      status: () => ["status", "--listing", versionId],
      "status --deal": () => ["status", "--deal", licenseId],
      list: () => ["list", card],
      offer: () => ["offer", versionId, "--price", "1 native", "--deliver", "1d", "--salt", "9"],
      "offer --revoke": () => ["offer", versionId, "--revoke", `0x${"00".repeat(32)}`],
      buy: () => ["buy", versionId, "--terms", termsHash, "--again", "--max-price", "1 native"],
      complain: () => ["complain", licenseId],
      settle: () => ["settle", licenseId],
      withdraw: () => ["withdraw"],
      swap: () => ["swap", "1", "native", "TestToken", "--slippage", "50"],
      "pool list": () => ["pool", "list"],
      "pool create": () => ["pool", "create", "native", "TestToken"],
      "pool add": () => ["pool", "add", "1", "native", "1", "TestToken", "--slippage", "50"],
      delegate: () => ["delegate"],
      permissions: () => ["permissions"],
      seller: () => ["seller", "--confirmations", "0", "--state", join(chain.folder, `state-${states++}.json`)],
    };
    for (const [nth, [name, parameters]] of Object.entries(COMMANDS).entries()) {
      // claim(attacks#command-line-package-and-sellers-agent): a node that echoes its requests, so that a signed
      //   delivery, calldata or the key in its own address ends in a log, a webhook, an error or JSON
      it(`isonomy ${name} prints none of it, whatever fails and however it is asked`, async () => {
        let failures = 0;
        for (const method of rows(METHODS, nth)) {
          const more = METHODS.indexOf(method) % 2 === 0 ? [] : ["--json"];
          const snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
          hostile = method;
          const { code, out, err } = await runHere([...parameters(), "--timeout", "5", "--wait", "1", ...more], env);
          hostile = undefined;
          await chain.provider.send("evm_revert", [snapshot]);
          if (code !== 0) failures++;
          // what a command is asked for may be long; what it says of a failure may not
          expectNothingIn(code === 0 ? err : out + err);
        }
        if (FULL) expect(failures, "no method that fails stops this command").to.be.above(1);
      });
    }

    it("none of them prints it when the node refuses every range of blocks", async () => {
      const snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
      hostile = "eth_getLogs";
      // a reader asks for less and less, for seconds: all of them at once
      const results = await Promise.all(
        Object.values(COMMANDS).map((parameters, index) =>
          runHere([...parameters(), "--wait", "1", ...(index % 2 === 0 ? [] : ["--json"])], env),
        ),
      );
      hostile = undefined;
      await chain.provider.send("evm_revert", [snapshot]);
      for (const { code, out, err } of results) expectNothingIn(code === 0 ? err : out + err);
      const refused = results.filter(({ out, err }) => (out + err).includes("I do not know eth_getLogs"));
      expect(refused.length, "commands that read events").to.be.above(5);
    });

    it("every request carried the header", () => {
      expect([...authorizations]).to.deep.equal([`Basic ${btoa(`alice:${WORD}`)}`]);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a node that echoes its requests, so that a signed
    //   delivery, calldata or the key in its own address ends in a log, a webhook, an error or JSON
    it("the agent posts none of it to a webhook, and reaches the webhook by a header", async () => {
      const posted: string[] = [];
      const callers = new Set<string | undefined>();
      const hook = createServer((request, response) => {
        callers.add(request.headers.authorization);
        request.setEncoding("utf8").on("data", (piece: string) => posted.push(piece));
        request.on("end", () => response.end());
      });
      await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
      const { port } = hook.address() as AddressInfo;
      const stop = new AbortController();
      hostile = "eth_sendRawTransaction";
      let out = "";
      const watching = runHere(
        [
          ...[
            "seller",
            "--watch",
            "--json",
            "--state",
            join(chain.folder, "watching.json"),
            "--confirmations",
            "0",
            "--every",
            "0.1",
            "--silence",
            "0.3",
          ],
          ...["--http", "off", "--alert-to", `http://hook:${WORD}@127.0.0.1:${port}/hooks/${PROJECT}`],
        ],
        env,
        { signal: stop.signal, onLine: (text) => (out += text) },
      );
      for (let i = 0; i < 1_200 && posted.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
      stop.abort();
      const { err } = await watching;
      await new Promise((resolve) => hook.close(resolve));
      expect([...callers]).to.deep.equal([`Basic ${btoa(`hook:${WORD}`)}`]);
      expect(sent.size).to.be.above(0);
      expect(out).to.include("I do not know eth_sendRawTransaction");
      expectNothingIn(out + err + posted.join(""));
    });

    // claim(attacks#command-line-package-and-sellers-agent): a node that echoes its requests, so that a signed
    //   delivery, calldata or the key in its own address ends in a log, a webhook, an error or JSON
    it("a client of the package throws none of it", async () => {
      const provider = new JsonRpcProvider(rpcRequest(env.ISONOMY_RPC_URL!), undefined, { cacheTimeout: -1 });
      provider.pollingInterval = 20;
      await provider.getNetwork();
      const wallet = new Wallet(seller.privateKey, provider);
      const { addresses, deployment } = chain;
      const options = { patience: { unseenMs: 500, silentMs: 500 } };
      const market = new MarketClient(deployment, wallet, options);
      const exchange = new ExchangeClient(deployment, wallet, options);
      const dao = new GovernanceClient(deployment, wallet, options);
      const keyring = { add: async () => undefined, find: () => Promise.reject(new Error("none")) };
      const deals = new DealClient(deployment, wallet, { platform: nodePlatform(0), keyring });
      const calls: Record<string, () => Promise<unknown>> = {
        createOffer: () => market.createOffer({ versionId: BigInt(versionId), price: parseEther("1") } as never),
        offersOf: () => market.offersOf(BigInt(versionId)),
        withdraw: () => market.withdraw(addresses.TestToken!),
        createPool: () =>
          exchange.createPool({ token0: `0x${"00".repeat(20)}`, token1: addresses.TestToken!, feeBps: 30n } as never),
        toDeliver: () => deals.toDeliver(wallet.address),
        delegate: () => dao.delegate(wallet.address),
      };
      for (const [name, call] of Object.entries(calls)) {
        // each that reads events asks for less and less for seconds: one of them shows it
        const readsEvents = name === "offersOf" ? ["eth_getLogs"] : [];
        for (const method of [...METHODS.filter((one) => one !== "eth_chainId"), ...readsEvents]) {
          hostile = method;
          const failure: unknown = await call().then(
            () => undefined,
            (error: unknown) => error,
          );
          hostile = undefined;
          if (failure === undefined) continue;
          for (const shown of looks(decodeError(failure))) expectNothingIn(`${name} ${method}: ${shown}`);
        }
      }
      provider.destroy();
    });
  });
});

/** Every way in which an integrator comes to see an error. */
function looks(error: unknown): string[] {
  const asText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}` : value);
  const seen = [inspect(error, { depth: 20, showHidden: true, getters: true, breakLength: Infinity }), String(error)];
  try {
    seen.push(JSON.stringify(error, asText) ?? "", JSON.stringify(Object.entries(error ?? {}), asText));
  } catch {
    // an error that wraps itself is no JSON
  }
  if (error instanceof Error) seen.push(error.stack ?? "", error.message);
  return seen;
}

function expectClean(text: string): void {
  expect(text).not.to.include(WORD);
  expect(text).not.to.include(PROJECT);
  expect(text).not.to.include("alice:");
  expect(text.toLowerCase()).not.to.include("c0ffeec0ffeec0ffee");
  expect(text)
    .not.to.include(KEY)
    .and.not.to.include(BigInt(`0x${KEY}`).toString());
  expect(text).not.to.match(/0x[0-9a-f]{65,}/i);
}

function evenHex(hex: string): string {
  return hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`;
}
