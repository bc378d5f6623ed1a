import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/local-node";
import { runScript } from "../support/separate-node";

const ROOT = join(__dirname, "..", "..");
const RECEIPT = join(ROOT, ".isonomy", "receipt.json");

function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Starts the demonstration and waits until it has printed `text`. */
async function startUntil(children: ChildProcess[], port: number, text: RegExp): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [require.resolve("ts-node/dist/bin.js"), "--transpile-only", join(ROOT, "scripts", "start.ts")],
    { cwd: ROOT, env: { ...process.env, ISONOMY_PORT: String(port), HARDHAT_NETWORK: "" } },
  );
  children.push(child);
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`It ended before it said ${text}: ${output}`)));
    const listen = (piece: Buffer): void => {
      output += piece.toString();
      if (text.test(output)) resolve();
    };
    child.stdout!.on("data", listen);
    child.stderr!.on("data", listen);
  });
  return child;
}

function ended(child: ChildProcess): Promise<number | null> {
  // once all that it said has come, too
  return new Promise((resolve) => child.once("close", (status) => resolve(status)));
}

describe("npm start", function () {
  this.timeout(600_000);

  const children: ChildProcess[] = [];
  // whatever a failed test left behind ends with it
  afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

  it("does the main job and leaves a receipt, with status 0", async () => {
    await rm(RECEIPT, { force: true });
    const port = await freePort();
    const { status, output } = await runScript("start.ts", { ISONOMY_PORT: String(port) }, ["--exit"]);
    expect(status, output).to.equal(0);
    expect(output).to.match(/refused with 403 NOT_LICENSED/);
    expect(output).to.match(/served, equal to the original; a stranger with the same licence gets 403/);

    expect(output).to.match(/1,000 answers, 10 vouchers, one transaction of [\d,]+ gas: 4\.875 TUSD/);

    const receipt = JSON.parse(await readFile(RECEIPT, "utf8"));
    expect(receipt.inference.equalToOriginal).to.equal(true);
    expect(receipt.inference.results.flat().map(({ sentiment }: { sentiment: number }) => Math.sign(sentiment)))
      .to.deep //
      .equal([1, -1, 0]);
    expect(receipt.license.price).to.equal("25000000");
    expect(receipt.income.creator).to.equal("21875000");
    expect(receipt.income.credited).to.include({ creator: "0", treasury: "625000", referrer: "2500000" });
    expect(receipt.fileSale.refusedBeforeFinal).to.equal("DEAL_NOT_FINAL");
    expect(receipt.fileSale.opened.equalToOriginal).to.equal(true);
    expect(receipt.fileSale.creatorPaid).to.equal("39000000");
    expect(receipt.fileSale.resold).to.include({ price: "30000000", received: "27750000" });
    expect(receipt.fileSale.defective).to.include({ wrongChunk: "1234", refunded: "40000000" });
    expect(receipt.fileSale.undelivered.refunded).to.equal("40000000");
    const titles = receipt.steps.map(({ title }: { title: string }) => title);
    expect(titles).to.include.members(["Have a later version delivered", "Buy in native coin, through a pool"]);
    expect(titles).to.include.members([
      "Subscribe for a month, and renew",
      "Cancel after ten days, and get the rest back",
      "Buy for a team, and give a device a seat",
      "Sell a model that was made from another, and have its base paid",
      "Review the model, with a weight that was paid in fees",
      "Vouch for a measurement",
      "Pay for 1,000 calls by the unit, with one redemption",
      "Have an agent deliver what is bought",
      "Build the page and serve it",
    ]);
    expect(receipt.steps.every(({ seconds }: { seconds: number }) => seconds >= 0)).to.equal(true);
    expect(await portIsFree(port)).to.equal(true);
  });

  it("says which port is taken and what to do", async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const { status, output } = await runScript("start.ts", { ISONOMY_PORT: String(port) }, ["--exit"]);
    other.close();
    expect(status).to.equal(1);
    expect(output).to.match(new RegExp(`Port ${port} on 127.0.0.1 is taken.*Ctrl-C`));
  });

  it("ends with a sentence when it is interrupted, frees its port, and keeps the last receipt", async () => {
    const before = (await stat(RECEIPT)).mtimeMs;
    const port = await freePort();
    const child = await startUntil(children, port, /^ *2\/\d+ Start a local chain:/m);
    let output = "";
    child.stdout!.on("data", (piece: Buffer) => (output += piece.toString()));
    child.kill("SIGINT");
    expect(await ended(child)).to.equal(130);
    expect(output).to.match(/Interrupted while at ".*Nothing is left behind/);
    expect(await portIsFree(port)).to.equal(true);
    expect((await stat(RECEIPT)).mtimeMs).to.equal(before);
  });
});
