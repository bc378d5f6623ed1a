import { expect } from "chai";
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/local-node";
import { bare, startSite } from "../support/deployment";
import { runProgram } from "../support/program";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");

describe("The deployer's guide", function () {
  this.timeout(600_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-guide-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Every command of the page in order; each test takes those that it runs, and none may be left. */
  const commands = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  );
  const left = new Set(commands);
  const take = (command: string): string[] => {
    expect(commands).to.include(command);
    left.delete(command);
    return command.split(" ");
  };
  const npm = (words: string[], more: string[], environment: NodeJS.ProcessEnv) =>
    runProgram(process.platform === "win32" ? "npm.cmd" : "npm", [...words.slice(1), ...more], {
      cwd: ROOT,
      env: environment,
      shell: process.platform === "win32",
    });

  it("deploys to a local chain and compares it, without settings", async () => {
    const port = await freePort();
    const [, run, script] = take("npm run node");
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const words = manifest.scripts[script!]!.split(" ");
    expect([run, ...words]).to.deep.equal(["run", "hardhat", "node", "--hostname", "127.0.0.1"]);
    const node = spawn(
      process.execPath,
      [require.resolve("hardhat/internal/cli/bootstrap.js"), ...words.slice(1), "--port", String(port)],
      { cwd: ROOT, env: bare(), stdio: ["ignore", "pipe", "ignore"] },
    );
    try {
      await new Promise<void>((resolve, reject) => {
        node.stdout!.on("data", (chunk) => String(chunk).includes("Started HTTP") && resolve());
        node.once("exit", () => reject(new Error("the node ended")));
      });
      const environment = { ...bare(), LOCALHOST_RPC_URL: `http://127.0.0.1:${port}` };
      const home = ["--home", join(folder, "local")];
      const deployed = await npm(take("npm run deploy -- --network localhost --yes"), home, environment);
      expect(deployed.stdout).to.match(/The protocol is on the local chain; its timelock holds all power\./);
      const verified = await npm(take("npm run verify-deployment -- --network localhost"), home, environment);
      expect(verified.stdout).to.match(/The chain is what the address book says\./);
    } finally {
      node.kill("SIGKILL");
    }
  });

  it("deploys to a testnet with a key among Hardhat's variables, and asks first", async () => {
    const [copy, from, to] = take("cp .env.example .env");
    expect(copy).to.equal("cp");
    copyFileSync(join(ROOT, from!), join(folder, to!));

    const site = await startSite("sepolia");
    try {
      const { DEPLOYER_PRIVATE_KEY: key, ...settings } = site.environment;
      const environment = { ...bare(), ...settings, XDG_CONFIG_HOME: join(folder, "config"), HOME: folder };
      const [, hardhat, ...vars] = take("npx hardhat vars set DEPLOYER_PRIVATE_KEY");
      expect(hardhat).to.equal("hardhat");
      // the value that a person types when asked
      await runProgram(process.execPath, [require.resolve("hardhat/internal/cli/bootstrap.js"), ...vars, key!], {
        cwd: ROOT,
        env: environment,
      });

      const more = ["--home", site.home, "--parameters", join(site.home, "parameters.json")];
      const asked = await npm(take("npm run deploy -- --network sepolia"), more, environment).then(
        () => "",
        (error: { stderr: string }) => error.stderr,
      );
      expect(asked).to.include("Nobody can be asked whether to go on. Look at the table, and run it again with --yes.");
      expect((await site.census()).succeeded).to.equal(0);
      const deployed = await npm(take("npm run deploy -- --network sepolia --yes"), more, environment);
      expect(deployed.stdout).to.include(`Deploying to Sepolia from ${site.wallet.address}.`);
      const verified = await npm(
        take("npm run verify-deployment -- --network sepolia"),
        ["--home", site.home],
        environment,
      );
      expect(verified.stdout).to.match(/The chain is what the address book says\./);
    } finally {
      await site.close();
    }
  });

  it("has no command that was not run here", () => {
    expect([...left]).to.deep.equal([]);
  });

  it("names every sentence of its table as the commands say it", () => {
    const sources = ["rpc", "outbox", "run", "plan", "preflight"].map((name) =>
      readFileSync(join(ROOT, "deploy/engine", `${name}.ts`), "utf8"),
    );
    const rows = [...PAGE.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);
    expect(rows.length).to.be.at.least(6);
    for (const row of rows) {
      for (const part of row
        .split("…")
        .map((text) => text.trim())
        .filter((text) => text !== "")) {
        expect(
          sources.some((source) => source.includes(part)),
          part,
        ).to.equal(true);
      }
    }
  });
});
