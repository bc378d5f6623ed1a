import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { transformSync } from "esbuild";
import * as ethersPackage from "ethers";
import express from "express";
import { ethers } from "hardhat";

import * as main from "../../../sdk/src";
import * as addresses from "../../../sdk/src/addresses";
import * as node from "../../../sdk/src/node";
import * as server from "../../../sdk/src/server";
import { freePort } from "../../../scripts/lib/local-node";
import { bookOf } from "../../support/bookOf";
import { caught } from "../../support/caught";
import { openChannel, usageFixture } from "../rights/usageFixture";
import { closeAll, listening, nodeHandler } from "./fixture";

const ROOT = join(__dirname, "../../..");
/** Accounts of Hardhat's chain. */
const [NODE_KEY, BUYER_KEY] = [1, 8].map(
  (index) =>
    ethersPackage.HDNodeWallet.fromMnemonic(
      ethersPackage.Mnemonic.fromPhrase("test test test test test test test test test test test junk"),
      `m/44'/60'/0'/0/${index}`,
    ).privateKey,
) as [string, string];
const SESSION_KEY = `0x${"5e".repeat(32)}`;

/** The programs of docs/serve.md, run as they stand there: only the connection to the chain is another. */
describe("The page about serving a model", function () {
  this.timeout(240_000);
  let folder: string;
  let programs: Map<string, string>;
  const home = process.cwd();
  const servers: Server[] = [];
  const ends: (() => unknown)[] = [];

  before(async () => {
    const page = await readFile(join(ROOT, "docs/serve.md"), "utf8");
    programs = new Map(
      [...page.matchAll(/^```ts\n(\/\/ (\w+)\.js[\s\S]*?)^```/gm)].map(([, text, name]) => [name!, text!]),
    );
    expect([...programs.keys()]).to.deep.equal(["deployed", "server", "handler", "client", "meter", "paying"]);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-serve-"));
    process.chdir(folder);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    for (const one of servers.splice(0)) (one.closeAllConnections(), one.close());
    await closeAll();
    process.chdir(home);
    await rm(folder, { recursive: true, force: true });
  });

  /** What a program exports and prints, with settings of its own. */
  async function run(
    name: string,
    env: Record<string, string>,
  ): Promise<{ exports: Record<string, unknown>; said: unknown[] }> {
    const said: unknown[] = [];
    const modules: Record<string, unknown> = {
      express: { default: express },
      ethers: {
        ...ethersPackage,
        JsonRpcProvider: class {
          constructor() {
            return ethers.provider;
          }
        },
      },
      isonomy: main,
      "isonomy/addresses": addresses,
      "isonomy/node": node,
      "isonomy/server": server,
      "node:fs": await import("node:fs"),
    };
    if (name !== "deployed") modules["./deployed.js"] = (await run("deployed", env)).exports;
    const exported: string[] = [];
    const text = programs
      .get(name)!
      .replaceAll(/^import (\w+) from (".*");$/gm, "const { default: $1 } = take($2);")
      .replaceAll(/^import (\{.*\}) from (".*");$/gm, "const $1 = take($2);")
      .replaceAll(
        /^export (const|async function) (\w+)/gm,
        (_, kind: string, one: string) => (exported.push(one), `${kind} ${one}`),
      );
    expect(text).to.not.match(/^(import|export)/m);
    const { code } = transformSync(`async function run() {\n${text}\nreturn { ${exported.join(", ")} };\n}`, {
      loader: "ts",
    });
    const console = {
      log: (...all: unknown[]) => void said.push(...all),
      error: (error: unknown) => void said.push(error),
    };
    const settings = { env, exit: () => undefined };
    const call = new Function("take", "process", "console", `${code}\nreturn run();`) as (
      ...given: unknown[]
    ) => Promise<Record<string, unknown>>;
    const exports = await call((one: string) => modules[one], settings, console);
    if (exports.server !== undefined) servers.push(exports.server as Server);
    return { exports, said };
  }

  /** A chain with the licences of the page, and the settings for it. */
  async function prepared() {
    const protocol = await loadFixture(usageFixture);
    await writeFile("deployment.json", JSON.stringify(await bookOf(protocol.contracts)));
    const buyer = new ethersPackage.Wallet(BUYER_KEY);
    expect(buyer.address).to.equal(protocol.actors.buyer.address);
    const seat = await protocol.actions.sell(protocol.actions.seatOffer());
    const provider = new ethersPackage.Wallet(NODE_KEY).address;
    const meter = protocol.actions.meter({ provider });
    const { licenseId: metered } = await openChannel(protocol, meter, {
      pad: new ethersPackage.Wallet(SESSION_KEY).address,
    });
    // a block of now: the fixture may be some minutes old
    await time.increaseTo(Math.max(Math.floor(Date.now() / 1_000), (await time.latest()) + 1));
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const env = {
      PORT: `${port}`,
      DEPLOYMENT_FILE: "deployment.json",
      ORIGIN: origin,
      VERSION: main.formatVersionId(protocol.ids.versionId),
    };
    return { protocol, seat: main.formatLicenseId(seat), metered: main.formatLicenseId(metered), env };
  }

  it("has a server and a client that serve the holder of a licence", async () => {
    const { seat, env, protocol } = await prepared();
    await run("server", { ...env, SECRET: "0123456789abcdef0123456789abcdef" });
    const { said } = await run("client", { ...env, LICENSE: seat, PRIVATE_KEY: BUYER_KEY });
    expect(said).to.deep.equal([200, JSON.stringify({ answer: `Hello, ${protocol.actors.buyer.address}.` })]);
    const stranger = run("client", { ...env, LICENSE: seat, PRIVATE_KEY: NODE_KEY });
    await caught(() => stranger, "NOT_LICENSED");
  });

  it("has servers that listen on a port of their own, which those behind a proxy do not have in their address", async () => {
    const { env } = await prepared();
    for (const name of ["server", "meter"]) {
      const behind = { ...env, ORIGIN: "https://models.example", PRIVATE_KEY: NODE_KEY };
      const { exports } = await run(name, behind);
      const {
        timer,
        book,
        server: listens,
      } = exports as { timer?: NodeJS.Timeout; book?: server.VoucherBook } & {
        server: Server;
      };
      ends.push(() => clearInterval(timer));
      ends.push(() => book?.close());
      if (!listens.listening) await once(listens, "listening");
      expect((listens.address() as AddressInfo).port).to.equal(Number(env.PORT));
      await new Promise((resolve) => listens.close(resolve));
    }
  });

  it("has a handler that serves the same", async () => {
    const { seat, env, protocol } = await prepared();
    const { origin, server: listens } = await listening();
    const { exports } = await run("handler", { ...env, ORIGIN: origin });
    listens.on("request", nodeHandler(exports.handler as (request: Request) => Promise<Response>, origin));
    const { said } = await run("client", { ...env, ORIGIN: origin, LICENSE: seat, PRIVATE_KEY: BUYER_KEY });
    expect(said).to.deep.equal([200, JSON.stringify({ answer: `Hello, ${protocol.actors.buyer.address}.` })]);
  });

  it("has a server that counts, a client that pays, and a redemption of what was used; and the 402 that it shows", async () => {
    const { metered, env, protocol } = await prepared();
    const metering = await run("meter", { ...env, PRIVATE_KEY: NODE_KEY });
    const { exports } = metering;
    ends.push(() => clearInterval(exports.timer as NodeJS.Timeout));
    ends.push(() => (exports.book as server.VoucherBook).close());
    const unpaid = await run("client", { ...env, LICENSE: metered, PRIVATE_KEY: BUYER_KEY });
    const [status, body] = unpaid.said as [number, string];
    const { error } = JSON.parse(body) as { error: Record<string, Record<string, unknown>> };
    const page = await readFile(join(ROOT, "docs/serve.md"), "utf8");
    const { error: shown } = JSON.parse(/^```json\n([\s\S]*?)^```/m.exec(page)![1]!) as typeof unpaid.exports & {
      error: Record<string, Record<string, unknown>>;
    };
    expect([status, error.code, error.message]).to.deep.equal([402, shown.code, shown.message]);
    const { licenseId, validUntil, ...rest } = shown.args!;
    expect(Object.keys(error.args!).sort()).to.deep.equal(Object.keys(shown.args!).sort());
    expect(error.args).to.include(rest);
    expect([typeof licenseId, typeof validUntil]).to.deep.equal([
      typeof error.args!.licenseId,
      typeof error.args!.validUntil,
    ]);
    const paying = { ...env, LICENSE: metered, PRIVATE_KEY: BUYER_KEY, SESSION_KEY };
    const { said } = await run("paying", paying);
    expect(said).to.deep.equal([200, "10/50", JSON.stringify({ answer: `Hello, ${protocol.actors.buyer.address}.` })]);
    const claims = await (exports.book as server.VoucherBook).claims();
    await (exports.redeem as () => Promise<void>)();
    expect((await protocol.usage.stateOf(main.parseLicenseId(metered))).redeemed).to.equal(50n);
    const book = exports.book as server.VoucherBook;
    expect(await book.claims()).to.deep.equal([]);
    expect(metering.said).to.deep.equal([]);
    // one that was redeemed meanwhile is refused, and the operator reads it
    book.claims = async () => claims;
    await (exports.redeem as () => Promise<void>)();
    expect(metering.said).to.deep.equal([
      { licenseId: main.parseLicenseId(metered), slot: 0, units: 50n, refusal: "notAboveLast" },
    ]);
  });
});
