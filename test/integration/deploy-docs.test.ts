import { expect } from "chai";
import { JsonRpcProvider, Wallet, id } from "ethers";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/local-node";
import { parseDeployment } from "../../sdk/src/addresses";
import { GovernanceClient } from "../../sdk/src/governance";
import { Market__factory } from "../../typechain-types";
import { copyCheckout } from "../support/checkout";
import { bare } from "../support/deployment";
import { runProgram } from "../support/program";
import { onTerminal } from "../support/terminal";
import { startTestnet, type Testnet } from "../support/testnet";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/deploy.md"), "utf8");
const DAY = 86_400n;

/** Every command of the page in order; each test takes those that it runs, and none may be left. */
const commands = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== ""),
);
const left = new Set(commands);
function take(command: string): string {
  expect(commands).to.include(command);
  left.delete(command);
  return command;
}

describe("The deployer's guide on a local chain", function () {
  this.timeout(600_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-guide-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const npm = (command: string, more: string[], environment: NodeJS.ProcessEnv) =>
    runProgram(process.platform === "win32" ? "npm.cmd" : "npm", [...command.split(" ").slice(1), ...more], {
      cwd: ROOT,
      env: environment,
      shell: process.platform === "win32",
    });

  it("deploys to a local chain and compares it, without settings", async () => {
    const port = await freePort();
    const [, run, script] = take("npm run node").split(" ");
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
});

// the first hour of a deployer, in a fresh clone, by the commands of the page as they stand there
describe("The deployer's guide on a testnet", function () {
  this.timeout(900_000);
  const deployer = new Wallet(id("the deployer of the guide"));
  const community = new Wallet(id("the community of the guide"));
  const people = {
    GUARDIAN: new Wallet(id("the guardian of the guide")).address,
    GENESIS_COMMUNITY: community.address,
    GENESIS_TEAM: new Wallet(id("the team of the guide")).address,
    ARBITERS: [1, 2, 3].map((nth) => new Wallet(id(`arbiter ${nth} of the guide`)).address).join(","),
  };
  let testnet: Testnet;
  let checkout: ReturnType<typeof copyCheckout>;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    testnet = await startTestnet("sepolia", people);
    checkout = copyCheckout();
    const nobody = join(checkout.folder, ".isonomy/person");
    environment = {
      ...bare(),
      ...{ HOME: nobody, XDG_CONFIG_HOME: join(nobody, "config") },
      // what is published elsewhere goes nowhere: nothing listens there
      ...{ SOURCIFY_URL: "http://127.0.0.1:9", EXPLORER_API_URL: "http://127.0.0.1:9" },
    };
  });
  after(async () => {
    checkout?.remove();
    await testnet?.close();
  });

  const shell = ["bash", "--norc", "--noprofile", "-c"] as const;
  interface Ended {
    readonly status: number | null;
    readonly said: string;
  }

  /** Runs a command as it stands on the page, with nobody to answer. */
  function run(command: string, started: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
    const child = spawn(shell[0], [...shell.slice(1), command], {
      ...{ cwd: checkout.folder, env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true },
    });
    let said = "";
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (piece: Buffer) => (said += piece.toString()));
    started(child);
    return new Promise((resolve) => child.once("close", (status) => resolve({ status, said })));
  }

  async function done(command: string): Promise<string> {
    const { status, said } = await run(command);
    expect(status, `${command}: ${said}`).to.equal(0);
    return said;
  }

  /** Runs it until a number of transactions has reached the network, and then sends a signal to it and to all that it started. */
  async function stopped(command: string, transactions: number, signal: NodeJS.Signals): Promise<Ended> {
    const until = testnet.proxy.sent.length + transactions;
    let forget = (): void => undefined;
    const ended = await run(command, (child) => {
      forget = testnet.proxy.onTransaction(() => {
        if (testnet.proxy.sent.length + 1 >= until) process.kill(-child.pid!, signal);
      });
    });
    forget();
    return ended;
  }

  /** Fills lines of `.env` that are empty. */
  function fill(settings: Readonly<Record<string, string>>): void {
    const file = join(checkout.folder, ".env");
    let text = readFileSync(file, "utf8");
    for (const [name, value] of Object.entries(settings)) {
      expect(text, name).to.match(new RegExp(`^${name}=$`, "m"));
      text = text.replace(new RegExp(`^${name}=$`, "m"), `${name}=${value}`);
    }
    writeFileSync(file, text);
  }

  it("begins with a copy of the example, in which only the people and the endpoint are filled in", async () => {
    await done(take("cp .env.example .env"));
    // as it is, it stops nothing: the sentence names the first line that has to be filled in
    const { status, said } = await run("npm run deploy -- --network sepolia --rehearse");
    expect(status, said).to.equal(1);
    expect(said).to.match(/governance\.guardian is the setting GUARDIAN, which is not set\. Put it into \.env/);
    fill({ ...people, SEPOLIA_RPC_URL: testnet.proxy.url });
  });

  it("rehearses on a copy of the chain, without a key, and says what the page says that it costs", async () => {
    const block = Number(await testnet.node.send("eth_blockNumber"));
    const said = await done(take("npm run deploy -- --network sepolia --rehearse"));
    expect(said).to.include("from an account made up for it, as none is set");
    expect(said).to.include("  ✓ parameters");
    const [, at, transactions, gas] = /on a copy of Sepolia at block (\d+): (\d+) transactions, ([\d,]+) gas\./.exec(
      said,
    )!;
    expect(Number(at)).to.be.at.least(block);
    expect(testnet.proxy.sent).to.deep.equal([]);
    expect(said).to.include("Deploy it: npm run deploy -- --network sepolia");
    expect(existsSync(join(checkout.folder, "deploy/deployments"))).to.equal(false);

    const [, steps, millions] = /is (\d+) transactions\. Together they take ([\d.]+) million gas/.exec(PAGE)!;
    expect(Number(steps)).to.equal(Number(transactions));
    expect(Math.abs(Number(gas!.replaceAll(",", "")) / 1e6 - Number(millions))).to.be.below(0.01 * Number(millions));
    const rows = [...PAGE.matchAll(/^\| +([\d.]+) gwei \| +([\d.]+) ETH \|$/gm)];
    expect(rows.length).to.be.at.least(4);
    for (const [, gwei, coin] of rows) {
      const cost = (Number(millions) * Number(gwei)) / 1e3;
      expect(Math.abs(Number(coin) - cost), `${gwei} gwei`).to.be.at.most(
        0.500001 * 10 ** -coin!.split(".")[1]!.length,
      );
    }
    expect(PAGE).to.include(`| price of gas | ${millions} million gas cost |`);
  });

  it("takes the key on a terminal and does not show it, asks before it sends, and takes no for an answer", async () => {
    const vars = onTerminal(
      [...shell, take("npx hardhat vars set DEPLOYER_PRIVATE_KEY")],
      environment,
      checkout.folder,
    );
    await vars.until(/Enter value/);
    vars.type(`${deployer.privateKey}\r`);
    expect((await vars.ended).code, vars.said()).to.equal(0);
    expect(vars.said()).not.to.include(deployer.privateKey.slice(2));
    await done(take("chmod 600 .env"));
    expect(statSync(join(checkout.folder, ".env")).mode & 0o077).to.equal(0);

    const command = take("npm run deploy -- --network sepolia");
    const poor = await run(command);
    expect(poor.said).to.match(/balance: .* has 0 ETH, and the rest of the deployment costs about/);
    await testnet.fund(deployer.address);
    const unanswered = await run(command);
    expect(unanswered.status).to.equal(1);
    expect(unanswered.said).to.include("Nobody can be asked whether to go on.").and.to.include(`${command} --yes`);
    const person = onTerminal([...shell, command], environment, checkout.folder);
    await person.until(/Deploy this\? \(yes or no\) $/);
    person.type("no\r");
    expect((await person.ended).code).to.equal(0);
    expect(person.said()).to.include("Nothing was sent.");
    expect(testnet.proxy.sent).to.deep.equal([]);
  });

  it("deploys, is killed, is stopped, and goes on by the command that it prints", async () => {
    const command = take("npm run deploy -- --network sepolia --yes");
    const killed = await stopped(command, 4, "SIGKILL");
    expect(killed.status, killed.said).to.equal(null);
    const interrupted = await stopped(command, 8, "SIGINT");
    const [, hint] = /INTERRUPTED: .* Go on where it stopped: (.*)$/m.exec(interrupted.said) ?? [];
    expect(hint, interrupted.said).to.equal(command);
    const said = await done(hint!);
    expect(said).to.include(`Deploying to Sepolia from ${deployer.address}.`);
    expect(said).to.match(/existing deployment +[1-9]\d* of 82 steps are done/);
    // what it says to do next is what the page says
    expect(said).to.include("\n  npm run verify-deployment -- --network sepolia\n");
    expect(said).to.include("\n  npx hardhat permissions --network sepolia\n");
    expect(new Set(testnet.proxy.sent).size).to.equal(82);
    expect(await done(command)).to.include("82 of 82 steps are done");
    expect(new Set(testnet.proxy.sent).size).to.equal(82);
  });

  it("proves it: the chain is what the book says, and only the timelock and the guardian can call anything", async () => {
    const verified = await done(take("npm run verify-deployment -- --network sepolia"));
    expect(verified).to.match(/The chain is what the address book says\./);
    const permissions = await done(take("npx hardhat permissions --network sepolia"));
    expect(permissions).to.include("setProtocolFee(uint16)").and.to.include("Timelock");
    expect(permissions).not.to.include(deployer.address);
    for (const kept of ["deploy/addresses/11155111.json", "deploy/deployments/sepolia/journal.jsonl"]) {
      expect(existsSync(join(checkout.folder, kept)), kept).to.equal(true);
    }
    expect(readFileSync(join(checkout.folder, "sdk/src/addresses/known.ts"), "utf8")).to.include("11155111: {");
  });

  it("hands over to a government, whose tasks sign on the same network", async () => {
    const book = join(checkout.folder, "deploy/addresses/11155111.json");
    const deployment = parseDeployment(readFileSync(book, "utf8"), book);
    const provider = new JsonRpcProvider(testnet.node.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
    const later = async (seconds: bigint): Promise<void> => {
      await testnet.node.send("evm_increaseTime", [Number(seconds)]);
      await testnet.node.send("evm_mine");
    };
    try {
      await testnet.fund(community.address);
      await new GovernanceClient(deployment, community.connect(provider)).delegate(community.address);
      await later(4n * DAY);
      // the tasks of the page about the government, on this network
      const page = readFileSync(join(ROOT, "docs/government.md"), "utf8");
      const [propose, vote, queue, execute, watch] = ["propose", "vote", "queue", "execute", "watch"].map((task) => {
        const [line] = new RegExp(`^npx hardhat ${task} .*--network localhost`, "m").exec(page)!;
        return line.replace("localhost", "sepolia");
      }) as [string, string, string, string, string];
      const unsigned = await run(`${propose} --yes`);
      expect(unsigned.status).to.equal(1);
      expect(unsigned.said).to.include("There is no key to sign with on Sepolia. Set SIGNER_PRIVATE_KEY");
      fill({ SIGNER_PRIVATE_KEY: community.privateKey });
      const proposed = await done(`${propose} --yes`);
      expect(proposed).to.include("Market.config.protocolFeeBps: 250 -> 200").and.to.include("It is proposal 1.");
      const governor = new GovernanceClient(deployment, provider);
      const until = async (of: "votingFrom" | "votingUntil" | "executableFrom"): Promise<void> => {
        const { timestamp } = (await provider.getBlock("latest"))!;
        await later((await governor.status(1n))[of] + 1n - BigInt(timestamp));
      };
      await until("votingFrom");
      const other = await run(`${vote} --from ${deployer.address}`);
      expect(other.said).to.include(
        `--from is ${deployer.address}, and the key of SIGNER_... in .env is of ${community.address}`,
      );
      expect(await done(vote)).to.match(/[1-9][\d,]+ for, 0 against, 0 abstain/);
      await until("votingUntil");
      expect(await done(queue)).to.include("queued: ");
      await until("executableFrom");
      expect(await done(execute)).to.include("executed: ");
      expect(await done(watch)).to.include("executed: ");
      const market = Market__factory.connect(deployment.contracts.Market, provider);
      expect((await market.config()).protocolFeeBps).to.equal(200n);
    } finally {
      provider.destroy();
    }
  });
});

describe("The deployer's guide", () => {
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
