import { expect } from "chai";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

interface Result {
  readonly cpu: number;
  readonly passes: number;
  readonly pending: number;
  readonly failures: number;
  readonly text: string;
  readonly stray: readonly string[];
}
const { Workers } = createRequire(__filename)("../../scripts/tests/workers.cjs") as {
  Workers: new () => {
    lost: string[];
    run(files: readonly string[], signal: AbortSignal): Promise<Result>;
    end(): void;
  };
};

describe("A process for test files", function () {
  this.timeout(600_000);
  const FILE = "test/tools/sample.tmp.ts";
  const workers = new Workers();
  after(() => {
    workers.end();
    rmSync(join(ROOT, FILE), { force: true });
  });
  const run = (text: string): Promise<Result> => {
    writeFileSync(join(ROOT, FILE), `import { ethers } from "hardhat";\nimport { expect } from "chai";\n${text}`);
    return workers.run([FILE], new AbortController().signal);
  };
  const FIXTURES = `const { loadFixture } = require("@nomicfoundation/hardhat-network-helpers");
    const { protocolFixture } = require("../helpers/fixture");`;
  /** Passes on a chain that has nothing but the deployed protocol, and leaves another chain behind. */
  const chainTest = (leave: string): string => `${FIXTURES}
    it("is fresh", async () => {
      const newest = async () => (await ethers.provider.getBlock("latest"))!.hash;
      const found = await newest();
      await loadFixture(protocolFixture);
      expect(await newest()).to.equal(found);
      await ethers.deployContract("TestToken", ["Dollar", "USD", 6]);
      ${leave}
    });
    it.skip("is skipped", () => undefined);`;

  it("counts what passed and what was skipped, on a chain with nothing but the protocol for every file", async () => {
    for (const leave of [
      `await ethers.provider.send("evm_increaseTime", [1e9]); await ethers.provider.send("evm_setAutomine", [false]);`,
      `await ethers.provider.send("hardhat_reset", []);`,
      `await require("@nomicfoundation/hardhat-network-helpers").reset();`,
      `await ethers.provider.send("hardhat_mine", ["0x10"]);`,
      ``,
    ]) {
      const { passes, pending, failures, text } = await run(chainTest(leave));
      expect({ passes, pending, failures, text }, leave).to.deep.equal({
        passes: 1,
        pending: 1,
        failures: 0,
        text: "",
      });
    }
  });

  it("says in full what failed and what was printed, and goes on with the next file", async () => {
    const bad = await run(`it("is one", () => { console.log("a hint"); expect(2, "two").to.equal(1); });`);
    expect({ passes: bad.passes, failures: bad.failures }).to.deep.equal({ passes: 0, failures: 1 });
    expect(bad.text).to.match(/a hint[\s\S]+is one[\s\S]+two[\s\S]+-2\s+\+1[\s\S]+sample\.tmp\.ts/);
    expect((await run(`it("is one", () => expect(1).to.equal(1));`)).passes).to.equal(1);
  });

  it("counts the work of the programs that a test starts", async function () {
    // other systems do not tell how long a program of another has worked
    if (process.platform !== "linux") this.skip();
    await run(`it("makes the process warm", () => undefined);`);
    const program = "while (process.cpuUsage().user < 600_000);";
    const { failures, cpu } = await run(
      `it("starts one", () => require("node:child_process").execFileSync(process.execPath, ["-e", "${program}"]));`,
    );
    expect(failures).to.equal(0);
    expect(cpu).to.be.at.least(0.6);
  });

  it("counts a file that cannot be read as one that failed", async () => {
    const bad = await run(`throw new Error("at the top");`);
    expect(bad).to.deep.include({ passes: 0, failures: 1 });
    expect(bad.text).to.include("at the top");
  });

  it("counts a process that ends in the middle as a failure, and starts another", async () => {
    const bad = await run(`it("leaves", () => process.exit(7));`);
    expect(bad).to.deep.include({ passes: 0, failures: 1 });
    expect(bad.text).to.include(`${FILE}: its process ended with code 7.`);
    expect((await run(`it("is one", () => expect(1).to.equal(1));`)).passes).to.equal(1);
  });

  /** Does something once the result of the tests is sent. */
  const afterwards = (what: string): string =>
    `it("leaves work behind", () => {
       const send = process.send;
       process.send = (...all) => { process.send = send; setTimeout(() => { ${what} }, 20); return send.apply(process, all); };
     });`;

  it("tells of a process that a test ended after it had passed, and starts another", async () => {
    const good = await run(afterwards('throw new Error("late");'));
    expect(good).to.deep.include({ passes: 1, failures: 0 });
    while (!workers.lost[0]) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(workers.lost.splice(0).join()).to.match(
      /Error: late[\s\S]+sample\.tmp\.ts: its process ended with code \d after/,
    );
    expect((await run(`it("is one", () => expect(1).to.equal(1));`)).passes).to.equal(1);
  });

  it("tells of what failed and nobody awaited, with the file in whose time it came", async () => {
    const late = 'Promise.reject(new Error("late"));';
    const { passes, failures, stray } = await run(
      `it("is left", () => new Promise((done) => { ${late} setTimeout(done, 50); }));`,
    );
    expect({ passes, failures }).to.deep.equal({ passes: 1, failures: 0 });
    expect(stray).to.have.length(1);
    expect(stray[0]).to.include("Error: late");
    await run(afterwards(late));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const next = await run(`it("is one", () => expect(1).to.equal(1));`);
    expect({ passes: next.passes, stray: next.stray.length, lost: workers.lost.length }).to.deep.equal({
      ...{ passes: 1, stray: 1, lost: 0 },
    });
  });

  it("counts a process that has ended unnoticed when it gets its next file as a failure", async () => {
    await run(`it("leaves work behind", () => process.on("message", () => process.exit(7)));`);
    const bad = await run(`it("is one", () => expect(1).to.equal(1));`);
    expect(bad).to.deep.include({ passes: 0, failures: 1 });
    expect(workers.lost).to.deep.equal([]);
  });

  it("ends at a signal, in the middle of a test", async () => {
    writeFileSync(join(ROOT, FILE), `it("never ends", () => new Promise(() => setInterval(() => undefined, 1_000)));`);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 500);
    const ended = await workers.run([FILE], stop.signal);
    expect(ended).to.deep.include({ passes: 0, failures: 1 });
    expect(ended.text).to.include("its process ended with");
  });
});
