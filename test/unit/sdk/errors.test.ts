import { inspect } from "node:util";

import { expect } from "chai";
import {
  AbiCoder,
  ErrorFragment,
  Interface,
  JsonRpcProvider,
  Network,
  Wallet,
  ZeroAddress,
  makeError,
  parseEther,
} from "ethers";
import { artifacts, ethers } from "hardhat";
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";

import { readErrorSignatures } from "../../../scripts/lib/contract-errors";
import { chainError } from "../../../sdk/src/errors/chainErrors";
import type { ContractErrorCode } from "../../../sdk/src/base/codes";
import { cliErrors } from "../../../sdk/src/cli/errors";
import { DEAL_STATUS } from "../../../sdk/src/deals";
import {
  IsonomyError,
  clientErrors,
  contractErrors,
  decodeError,
  errorSignatures,
  explainError,
  decodingErrors,
  fill,
  isIsonomyError,
  isProtocolError,
  placeholdersOf,
} from "../../../sdk/src/errors";
import { decodeAtOnce } from "../../../sdk/src/errors/classify";
import { fairExchangeErrors } from "../../../sdk/src/fairexchange";
import { KINDS, STATES } from "../../../sdk/src/governance/client";
import { sellerErrors } from "../../../sdk/src/seller/errors";
import { serverErrors } from "../../../sdk/src/server";
import { storeError } from "../../../sdk/src/store/errors";
import { protocolFixture } from "../../helpers/fixture";
import { REFUSALS, RENEWAL } from "../../../sdk/src/rights";
import { caught } from "../../support/caught";

/** A value of a type, for encoding an error that nobody raised. */
function sampleOf(type: string): unknown {
  if (type === "string") return "sample";
  if (type === "address") return "0x00000000000000000000000000000000000000A1";
  if (type.startsWith("bytes")) return `0x${"ab".repeat(Number(type.slice(5)))}`;
  return 7n;
}

function encode(signature: string): { data: string; fragment: ErrorFragment } {
  const fragment = ErrorFragment.from(signature);
  const values = fragment.inputs.map((input) => sampleOf(input.type));
  return { data: new Interface([fragment]).encodeErrorResult(fragment, values), fragment };
}

const SOLD_OUT = encode(errorSignatures.find((signature) => signature.includes("Market_SoldOut"))!).data;

describe("Errors", () => {
  describe("catalogue", () => {
    it("has an entry for every custom error of every contract, and none besides", async () => {
      const signatures = await readErrorSignatures(artifacts);
      const names = signatures.map((signature) => ErrorFragment.from(signature).name);
      expect(Object.keys(contractErrors)).to.have.members([...new Set(names)]);
    });

    it("lists the signatures that the contracts have now", async () => {
      expect(errorSignatures).to.deep.equal(await readErrorSignatures(artifacts));
    });

    it("speaks only of arguments that the error carries", () => {
      for (const signature of errorSignatures) {
        const fragment = ErrorFragment.from(signature);
        const names = fragment.inputs.map((input) => input.name);
        expect(names, fragment.name).to.include.members(placeholdersOf(contractErrors[fragment.name]!));
      }
    });

    it("shows a time on this machine's clock, wei as coins and a state by its name, and knows no other way", () => {
      const known = new Set([
        "time",
        "start",
        "coin",
        ...[DEAL_STATUS, STATES, KINDS, RENEWAL, REFUSALS].map((names) => names.join("/")),
      ]);
      const tables = {
        ...contractErrors,
        ...clientErrors,
        ...fairExchangeErrors,
        ...sellerErrors,
        ...serverErrors,
        ...cliErrors,
      };
      const used = Object.values(tables).flatMap(({ message, reason, fix }) =>
        [...`${message} ${reason} ${fix}`.matchAll(/\{\w+:([^}]*)\}/g)].map(([, kind]) => kind!),
      );
      expect([...new Set(used)]).to.have.members([...known]);
      const args = { id: 9n, actual: 4n, deadline: 1_796_036_400n, sent: 1_500_000_000_000_000_000n, expected: 1n };
      const said = (name: ContractErrorCode): string => fill(name, contractErrors[name]!, args).message;
      expect(said("Escrow_WrongStatus")).to.equal("Deal 9 is settled, which does not allow this.");
      expect(said("Escrow_TooLate")).to.match(/ended at 2026-1[12]-\d\d \d\d:\d\d:00 \S+\.$/);
      expect(said("Market_WrongValue")).to.equal("1.5 native was sent where 0.000000000000000001 native was due.");
      // numbers that are no time and no amount of wei
      const broken = { ...args, deadline: 1.5, sent: -5n };
      expect(fill("Escrow_TooLate", contractErrors.Escrow_TooLate!, broken).message).to.contain("ended at 1.5.");
      expect(fill("Market_WrongValue", contractErrors.Market_WrongValue!, broken).message).to.contain("-5 was sent");
      // what no calendar has, and a state that a later escrow may have
      const odd = { ...args, actual: 99n, deadline: 2n ** 200n };
      expect(fill("Escrow_WrongStatus", contractErrors.Escrow_WrongStatus!, odd).message).to.contain("is 99, which");
      expect(fill("Escrow_TooLate", contractErrors.Escrow_TooLate!, odd).message).to.contain(
        `at second ${2n ** 200n}.`,
      );
    });

    it("gives every code of the SDK one meaning", () => {
      const codes = [clientErrors, fairExchangeErrors, sellerErrors, serverErrors, cliErrors, contractErrors].flatMap(
        (entries) => Object.keys(entries),
      );
      expect(codes.length).to.equal(new Set(codes).size);
    });

    it("says everything in whole sentences", () => {
      for (const [name, entry] of Object.entries({
        ...contractErrors,
        ...clientErrors,
        ...fairExchangeErrors,
        ...sellerErrors,
        ...serverErrors,
        ...cliErrors,
      })) {
        for (const text of [entry.message, entry.reason, entry.fix]) {
          expect(text, name).to.match(/^([A-Z0-9"{]).*[.}]$/);
        }
      }
    });
  });

  describe("decodeError", () => {
    context("when a contract raised a custom error", () => {
      for (const signature of errorSignatures) {
        const { data, fragment } = encode(signature);
        it(`explains ${fragment.name} with its arguments`, () => {
          const error = decodeError(makeError("reverted", "CALL_EXCEPTION", { data } as never));
          expect(error.code).to.equal(fragment.name);
          expect(Object.keys(error.args)).to.deep.equal(fragment.inputs.map((input) => input.name));
          expect(error.explain()).not.to.match(/[{}]|undefined/);
        });
      }

      const wrappings: [string, unknown][] = [
        ["a node's answer", { code: -32603, message: "reverted", data: SOLD_OUT }],
        [
          "a node's answer with a transaction hash",
          { code: -32603, data: { message: "m", txHash: "0x", data: SOLD_OUT } },
        ],
        ["a wallet's error", { code: -32603, data: { originalError: {}, code: 3, data: SOLD_OUT } }],
        ["ethers' error around a node's", { code: "UNKNOWN_ERROR", info: { error: { code: 3, data: SOLD_OUT } } }],
        ["a cause of a cause", { message: "a", cause: { message: "b", cause: { data: SOLD_OUT } } }],
      ];
      for (const [what, wrapped] of wrappings) {
        it(`finds it inside ${what}`, () => {
          expect(decodeError(wrapped).code).to.equal("Market_SoldOut");
        });
      }

      it("is the same when the tables are loaded only then, and stays as it came without them", async () => {
        for (const [what, wrapped] of wrappings) {
          expect((await explainError(wrapped)).toJSON(), what).to.deep.equal(decodeError(wrapped).toJSON());
          expect(decodeAtOnce(wrapped).toJSON().args, what).to.deep.equal({ data: `${SOLD_OUT.slice(0, 10)}…` });
          expect(decodeAtOnce(wrapped).code, what).to.equal("CONTRACT_ERROR_UNKNOWN");
        }
        for (const other of [{ code: "TIMEOUT" }, new Error("nonce too low"), undefined, { code: 3, data: "0x" }]) {
          expect((await explainError(other)).toJSON()).to.deep.equal(decodeError(other).toJSON());
          const { code, args } = decodeError(other);
          expect(decodeAtOnce(other)).to.include({ code }).and.to.have.deep.property("args", args);
          expect(decodeAtOnce(other).explain()).to.not.match(/[{}]/);
        }
        // what the SDK says itself needs no tables
        for (const other of [{ code: "TIMEOUT" }, { code: "ECONNREFUSED" }, undefined]) {
          expect(decodeAtOnce(other).toJSON()).to.deep.equal(decodeError(other).toJSON());
        }
        const known = chainError("TIMEOUT");
        expect(await explainError(known)).to.equal(known);
      });

      it("keeps what was caught, without what was sent", () => {
        const thrown = Object.assign(new Error("refused"), {
          code: 3,
          data: SOLD_OUT,
          payload: { params: [SOLD_OUT] },
        });
        const kept = decodeError(thrown).cause as typeof thrown;
        expect(kept).to.be.instanceOf(Error).and.not.to.equal(thrown);
        expect({ ...kept, message: kept.message }).to.deep.equal({
          ...{ code: 3, message: "refused", data: `${SOLD_OUT.slice(0, 10)}…` },
        });
      });

      it("explains one that a deployed contract really raised", async () => {
        const { contracts, actors, token } = await loadFixture(protocolFixture);
        const call = () => contracts.RevenueLedger.connect(actors.stranger).withdraw(token);
        const error = await caught(() => decodingErrors(call), "RevenueLedger_NothingToWithdraw");
        expect(error.args).to.deep.equal({ token: await token.getAddress(), account: actors.stranger.address });
        expect(error.message).to.include(actors.stranger.address);
      });

      it("explains what a pay token really raised", async () => {
        const { token, actors } = await loadFixture(protocolFixture);
        const poor = actors.creator;
        const error = await caught(() => decodingErrors(() => token.connect(poor).transfer(actors.buyer, 5n)));
        expect(error.code).to.equal("ERC20InsufficientBalance");
        expect(error.args).to.deep.equal({ sender: poor.address, balance: 0n, needed: 5n });
      });
    });

    context("when a contract failed otherwise", () => {
      const coder = AbiCoder.defaultAbiCoder();
      const cases: [string, unknown, string][] = [
        [
          "a reason in words",
          { data: `0x08c379a0${coder.encode(["string"], ["too poor"]).slice(2)}` },
          "CONTRACT_REVERTED",
        ],
        ["a panic", { data: `0x4e487b71${coder.encode(["uint256"], [17]).slice(2)}` }, "CONTRACT_PANICKED"],
        ["an error of a stranger", { data: "0xdeadbeef" }, "CONTRACT_ERROR_UNKNOWN"],
        ["an error whose arguments are cut short", { data: SOLD_OUT.slice(0, 20) }, "CONTRACT_ERROR_UNKNOWN"],
        ["no data at all", { code: "CALL_EXCEPTION", data: "0x" }, "CONTRACT_REVERTED_SILENTLY"],
        ["a receipt without a reason", makeError("x", "CALL_EXCEPTION", {} as never), "CONTRACT_REVERTED_SILENTLY"],
      ];
      for (const [what, thrown, code] of cases) {
        it(`tells ${what}`, () => {
          expect(decodeError(thrown).code).to.equal(code);
        });
      }

      it("repeats the reason in its sentence", () => {
        expect(decodeError(cases[0]![1]).message).to.equal("A contract refused the call: too poor");
      });
    });

    context("when the node or the wallet failed", () => {
      const cases: [string, unknown, string][] = [
        ["too little native coin", makeError("x", "INSUFFICIENT_FUNDS", {} as never), "INSUFFICIENT_FUNDS"],
        [
          "too little native coin, in words",
          new Error("Sender doesn't have enough funds to send tx"),
          "INSUFFICIENT_FUNDS",
        ],
        ["a used number", makeError("x", "NONCE_EXPIRED", {} as never), "NONCE_EXPIRED"],
        ["a used number, in words", { code: -32000, message: "nonce too low" }, "NONCE_EXPIRED"],
        [
          "an underpriced replacement",
          makeError("x", "REPLACEMENT_UNDERPRICED", {} as never),
          "REPLACEMENT_UNDERPRICED",
        ],
        ["a replaced transaction", makeError("x", "TRANSACTION_REPLACED", {} as never), "TRANSACTION_REPLACED"],
        ["a refusal to sign", makeError("x", "ACTION_REJECTED", {} as never), "USER_REJECTED"],
        ["a refusal by EIP-1193", { code: 4001, message: "no" }, "USER_REJECTED"],
        ["a node that is gone", Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "NETWORK_UNREACHABLE"],
        ["a connection that broke, wrapped", { cause: { code: "UND_ERR_SOCKET" } }, "NETWORK_UNREACHABLE"],
        ["several attempts that failed", { errors: [{ code: "ECONNREFUSED" }] }, "NETWORK_UNREACHABLE"],
        ["a failed fetch", new TypeError("fetch failed"), "NETWORK_UNREACHABLE"],
        ["a slow node", makeError("x", "TIMEOUT", {} as never), "TIMEOUT"],
        ["an address without code", makeError("x", "BAD_DATA", { value: "0x" } as never), "NOT_A_CONTRACT"],
        ["a wrong argument", makeError("x", "INVALID_ARGUMENT", {} as never), "ARGUMENT_INVALID"],
        ["something never seen", new Error("what"), "UNEXPECTED"],
        ["a thrown text", "text", "UNEXPECTED"],
        ["nothing", undefined, "UNEXPECTED"],
      ];
      for (const [what, thrown, code] of cases) {
        it(`tells ${what}`, () => {
          expect(decodeError(thrown).code).to.equal(code);
        });
      }

      it("tells a node that is really gone", async () => {
        const provider = new JsonRpcProvider("http://127.0.0.1:9", Network.from(31337), { staticNetwork: true });
        await caught(() => decodingErrors(() => provider.getBlockNumber()), "NETWORK_UNREACHABLE");
        provider.destroy();
      });

      it("tells an account that is really too poor", async () => {
        const poor = Wallet.createRandom().connect(ethers.provider);
        const send = () => poor.sendTransaction({ to: ZeroAddress, value: parseEther("1") });
        await caught(() => decodingErrors(send), "INSUFFICIENT_FUNDS");
      });

      it("tells an address that really holds no contract", async () => {
        const { Market } = (await loadFixture(protocolFixture)).contracts;
        const nowhere = Market.attach("0x000000000000000000000000000000000000dEaD") as typeof Market;
        await caught(() => decodingErrors(() => nowhere.config()), "NOT_A_CONTRACT");
      });
    });

    it("leaves an error of the SDK as it is", () => {
      const error = chainError("TIMEOUT");
      expect(decodeError(error)).to.equal(error);
    });

    it("does not lose itself in an error that wraps itself", () => {
      const loop: Record<string, unknown> = { message: "round and round" };
      loop.cause = loop;
      expect(decodeError(loop).code).to.equal("UNEXPECTED");
    });
  });

  describe("IsonomyError", () => {
    const error = storeError("BLOB_MISSING", { cid: "bafy", block: "bafk" });

    it("is an Error with code, message, reason, fix and args", () => {
      expect(error).to.be.instanceOf(Error);
      expect(error.code).to.equal("BLOB_MISSING");
      expect(error.message).to.equal("Block bafk of bafy is not in the store.");
      expect(error.args).to.deep.equal({ cid: "bafy", block: "bafk" });
    });

    it("explains itself in one line", () => {
      expect(error.explain()).to.equal(`${error.message} Why: ${error.reason} What to do: ${error.fix}`);
    });

    it("is written to JSON without what was caught, and with large numbers as text", () => {
      const withNumber = new IsonomyError(
        { code: "A", message: "B", reason: "C", fix: "D", args: { n: 2n ** 70n } },
        {},
      );
      expect(JSON.parse(JSON.stringify(withNumber))).to.deep.equal({
        code: "A",
        message: "B",
        reason: "C",
        fix: "D",
        args: { n: "1180591620717411303424" },
      });
    });

    it("has what was caught as its cause in the sense of the language, for loggers and for Node's printer", () => {
      const secret = `0x${"ab".repeat(100)}`;
      const inner = Object.assign(new Error(`inner ${secret}`), { payload: secret, seen: secret });
      const failure = chainError("TIMEOUT", {}, new Error("outer", { cause: inner }));
      const { cause } = failure as { cause: Error };
      expect(cause).to.be.instanceOf(Error).and.to.have.property("message", "outer");
      expect((cause.cause as Error).message).to.equal("inner 0xabababab…");
      expect(Object.keys(failure)).to.not.include("cause");
      const printed = inspect(failure, { depth: null, showHidden: true });
      expect(printed).to.include("[cause]: Error: outer").and.include("[cause]: Error: inner 0xabababab…");
      expect(printed).to.not.include(secret);
    });

    it("has no cause where nothing was caught", () => {
      expect("cause" in error).to.equal(false);
      expect(inspect(error)).to.not.include("cause");
    });

    it("can be told by its code", () => {
      expect(isIsonomyError(error, "BLOB_MISSING")).to.equal(true);
      expect(isIsonomyError(error, "TIMEOUT")).to.equal(false);
      expect(isIsonomyError(new Error("x"))).to.equal(false);
    });
  });

  it("an error of this protocol is told by its code from those of tokens, libraries and the SDK", async () => {
    const own = new Set((await artifacts.getAllFullyQualifiedNames()).map((name) => name.split(":")[1]));
    const names = Object.keys(contractErrors);
    const ours = names.filter((name) => isProtocolError(name));
    expect(ours).to.deep.equal(names.filter((name) => name.includes("_") && own.has(name.split("_")[0])));
    expect(ours).to.include("Market_SoldOut");
    expect(names.filter((name) => !isProtocolError(name))).to.include.members(["ERC20InsufficientBalance"]);
    for (const table of [clientErrors, cliErrors, sellerErrors, serverErrors, fairExchangeErrors]) {
      for (const code of Object.keys(table)) expect(isProtocolError(code), code).to.equal(false);
    }
    expect(isProtocolError("Escrow_TooLate", "Escrow")).to.equal(true);
    expect(isProtocolError("Escrow_TooLate", "Market")).to.equal(false);
  });

  describe("fill", () => {
    it("shows numbers, lists and missing arguments", () => {
      const entry = { message: "{a} {b} {c}", reason: "{a}", fix: "none" };
      expect(fill("X", entry, { a: 5n, b: [1n, "two"] }).message).to.equal("5 [1, two] {c}");
    });
  });
});
