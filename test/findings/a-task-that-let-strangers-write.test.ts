import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import hre from "hardhat";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Deployment } from "../../sdk/src/addresses";
import { endpointOf } from "../../sdk/src/rpc";
import { protocolFixture } from "../helpers/fixture";
import { bookOf } from "../support/bookOf";

/** A cleared screen, a forged line, an order turned round, nothing to see. */
const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\rIt calls nothing.\u202egpj\u2066x\u200b\u2028\ufeffend";
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const PASSWORD = "word-of-alice";

/**
 * What was lost: the truth on the screen, and a password. The tasks of `npx hardhat` printed what a proposal, a file of
 * addresses or a node said as it came, and the table of powers with it; all other programs write out what would act, and hide
 * what stands before an `@`.
 */
describe("Finding: a task let strangers write on the terminal", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isonomy-task-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function deployed(): Promise<Deployment> {
    return bookOf((await protocolFixture()).contracts);
  }

  async function run(task: string, parameters: Record<string, unknown>): Promise<string> {
    const { log, error } = console;
    const said: unknown[] = [];
    console.log = console.error = (...parts: unknown[]) => void said.push(...parts);
    try {
      await hre.run(task, parameters);
    } catch (failure) {
      said.push((failure as Error).message);
    } finally {
      [console.log, console.error] = [log, error];
    }
    return said.join("\n");
  }

  async function deployment(): Promise<string> {
    const file = join(folder, "deployment.json");
    writeFileSync(file, JSON.stringify(await loadFixture(deployed)));
    return file;
  }

  function proposal(): string {
    const file = join(folder, "proposal.ts");
    const text = JSON.stringify(HOSTILE);
    const calls = `[{ target: "0x00000000000000000000000000000000000000A1", abi: new Interface(["function f(string)"]), call: "f", args: [${text}] }]`;
    const why = `${text} + "\\n\\nIt calls:\\n  nothing"`;
    const imports = `import { Interface } from ${JSON.stringify(require.resolve("ethers"))};`;
    writeFileSync(file, `${imports}\nexport default () => ({ title: ${text}, why: ${why}, calls: ${calls} });`);
    return file;
  }

  const places: Readonly<Record<string, () => Promise<string>>> = {
    "the answer of a node to the table of powers": async () => {
      const file = await deployment();
      const { provider } = hre.ethers;
      const { getNetwork } = provider;
      provider.getNetwork = () =>
        Promise.reject(new Error(`${HOSTILE} http://alice:${PASSWORD}@h,http://b:${PASSWORD}@h`));
      return run("permissions", { deployment: file }).finally(() => (provider.getNetwork = getNetwork));
    },
    "a file of addresses that is not there": () => run("permissions", { deployment: join(folder, HOSTILE) }),
    "a proposal": async () => run("propose", { file: proposal(), deployment: await deployment() }),
    "a proposal that is none": async () =>
      run("propose", { file: join(folder, HOSTILE), deployment: await deployment() }),
    "the side of a vote": async () => run("vote", { id: 1n, side: HOSTILE, deployment: await deployment() }),
    "a proposal that is not there": async () => run("watch", { id: 1n, deployment: join(folder, HOSTILE) }),
    "an address that a file asks for": async () =>
      run("propose", { file: proposal(), names: HOSTILE, deployment: await deployment() }),
  };

  for (const [place, show] of Object.entries(places)) {
    // claim(attacks#command-line-package-and-sellers-agent): a proposal, a file or a node that writes on the terminal
    //   through a task of Hardhat's
    it(`${place} is shown and does nothing`, async () => {
      const said = await show();
      for (const line of said.split("\n")) expect(line).to.not.match(ACTS);
      expect(said).to.include("\\x1b]0;").and.not.include(PASSWORD);
      expect(said.match(/^It calls/gm) ?? []).to.have.length(place === "a proposal" ? 1 : 0);
      // a fork reads the chain by its URL, and the one of this process has none
      if (place === "a proposal") expect(said).to.include("lives in this process only. Name one with a URL");
    });
  }

  it("the table of powers is whole, as a table and as JSON", async () => {
    const file = await deployment();
    const table = await run("permissions", { deployment: file });
    const { functions } = JSON.parse(await run("permissions", { deployment: file, json: true })) as {
      functions: { signature: string }[];
    };
    expect(functions.length).to.be.above(20);
    expect(table.length).to.be.above(4_000);
    for (const { signature } of functions) expect(table).to.include(signature);
  });

  it("no password of a node is in what a task says of a failure", async () => {
    endpointOf(`http://alice:${PASSWORD}@127.0.0.1:9`);
    for (const where of [`http://alice:${PASSWORD}@127.0.0.1:9`, `http://a:b@127.0.0.1:9,http://alice:${PASSWORD}@h`]) {
      for (const task of ["permissions", "propose", "watch"]) {
        const said = await run(task, { id: 1n, file: "x.ts", deployment: where });
        expect(said).to.include("There is no deployment").and.not.include(PASSWORD);
      }
    }
  });
});
