import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";
import { ModuleKind, ScriptTarget, transpile } from "typescript";

import { loadProposal } from "../../scripts/lib/proposals";
import { GovernanceClient, type ProposalFile } from "../../sdk/src/governance";
import { Market__factory } from "../../typechain-types";
import { separateNode, type SeparateNode } from "../support/separate-node";

const ROOT = join(__dirname, "..", "..");
const DAY = 86_400n;
/** An account of the local deployment with tokens from the start, and one without. */
const HOLDER = 1;
const STRANGER = 9;
const GUIDE = readFileSync(join(ROOT, "docs/government.md"), "utf8");

/** The blocks of the guide in one language. */
function blocks(language: string): string[] {
  return [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, block]) => block!);
}

describe("the commands of the government", function () {
  this.timeout(600_000);

  let chain: SeparateNode;
  let holder: string;
  let stranger: string;

  /** Commands of the guide that no test has run. */
  const left = new Set(
    blocks("sh")
      .flatMap((block) => block.split("\n").map(plain))
      .filter((line) => line !== ""),
  );

  /** The parameters of a command of the guide, as it stands there. */
  function guided(start: string): string[] {
    const line = [...left].find((one) => one.startsWith(`npx hardhat ${start}`));
    if (line === undefined) throw new Error(`docs/government.md has no command npx hardhat ${start}`);
    left.delete(line);
    expect(line).to.match(/ --network localhost$/);
    return line
      .replace(/ --network localhost$/, "")
      .split(" ")
      .slice(2);
  }

  /** Runs `npx hardhat` as a person does, in a process of its own, without a terminal. */
  async function hardhat(...parameters: string[]): Promise<{ status: number; output: string }> {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      LOCALHOST_RPC_URL: chain.node.url,
      DEPLOYMENT_FILE: join(chain.folder, "deployment.json"),
    };
    delete env.HARDHAT_NETWORK;
    const cli = require.resolve("hardhat/internal/cli/bootstrap.js");
    const call = [cli, "--network", "localhost", ...parameters];
    const running = promisify(execFile)(process.execPath, call, { cwd: ROOT, env });
    running.child.stdin?.end();
    try {
      const { stdout, stderr } = await running;
      return { status: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, output: stdout + stderr };
    }
  }

  const reader = () => new GovernanceClient(chain.deployment, chain.provider);

  async function waitUntil(time: bigint): Promise<void> {
    await chain.provider.send("evm_setNextBlockTimestamp", [`0x${time.toString(16)}`]);
    await chain.provider.send("hardhat_mine", ["0x1"]);
  }

  before(async () => {
    chain = await separateNode();
    const signer = await chain.provider.getSigner(HOLDER);
    [holder, stranger] = [signer.address, (await chain.provider.getSigner(STRANGER)).address];
    await new GovernanceClient(chain.deployment, signer).delegate(holder);
    await waitUntil(BigInt((await chain.provider.getBlock("latest"))!.timestamp) + 4n * DAY);
  });

  after(() => chain?.close());

  it("show what a file would change and send nothing, when nobody is there to agree", async () => {
    const issuer = Wallet.createRandom().address;
    const { status, output } = await hardhat(
      ...["propose", "proposals/appoint-first-issuer.ts", "--from", holder, "--names", `FirstIssuer=${issuer}`],
    );
    expect(status, output).to.not.equal(0);
    expect(output).to.contain(`CitizenRegistry.appointIssuer(signer: ${issuer}`);
    expect(output).to.contain("CitizenRegistry.issuerCount: 0 -> 1");
    expect(output).to.contain(
      "Pass --yes to send it without asking: npx hardhat --network localhost propose proposals/appoint-first-issuer.ts " +
        `--from ${holder} --names FirstIssuer=${issuer} --yes`,
    );
    await expect(reader().status(1n), "no proposal yet").to.be.rejected;
  });

  it("ask for the addresses a file needs, for the chain of the deployment, and for a side that exists", async () => {
    const deployment = join(chain.folder, "deployment.json");
    const file = "proposals/appoint-first-issuer.ts";
    // the chain of this process has nothing of what the file says, whatever other tests deployed to the same addresses
    const timelock = chain.addresses.Timelock!;
    const deployed = await hre.ethers.provider.getCode(timelock);
    await setCode(timelock, "0x");
    const { log } = console;
    console.log = () => undefined;
    try {
      await expect(hre.run("propose", { file, deployment, names: "FirstIssuer" })).to.be.rejectedWith(
        '"FirstIssuer" names no address. Write NAME=0x..., several with commas between them.',
      );
      await expect(loadProposal(hre.config.paths.root, "proposals/none.ts", chain.addresses)).to.be.rejectedWith(
        "proposals/none.ts cannot be read as a proposal",
      );
      await expect(hre.run("propose", { file, deployment, names: `FirstIssuer=${holder}` })).to.be.rejectedWith(
        /^There is no \w+ at 0x\w{40} on chain 31337\./,
      );
      await expect(hre.run("vote", { id: 1n, side: "perhaps", deployment })).to.be.rejectedWith(
        '"perhaps" is no side. Choose one of: for, against, abstain.',
      );
    } finally {
      console.log = log;
      await setCode(timelock, deployed);
    }
  });

  it("take a proposal from its file to the chain: proposed, voted, queued, executed by anyone, and watched", async () => {
    const market = Market__factory.connect(chain.addresses.Market!, chain.provider);
    const sent = await hardhat(...guided("propose"), "--from", holder, "--yes");
    expect(sent.status, sent.output).to.equal(0);
    expect(sent.output).to.contain("Market.setProtocolFee(feeBps: 200)");
    expect(sent.output).to.contain("Market.config.protocolFeeBps: 250 -> 200");
    expect(sent.output).to.contain("pending: a proposal about parameters, made in phase 0");
    // the guide counts on the first proposal of a fresh chain
    const id = 1n;
    expect(sent.output).to.contain(`It is proposal ${id}.`);

    await waitUntil((await reader().status(id)).votingFrom + 1n);
    const voted = await hardhat(...guided("vote"), "--from", holder, "--reason", "It is high.");
    expect(voted.output).to.contain("300,000,000 for, 0 against, 0 abstain");

    await waitUntil((await reader().status(id)).votingUntil + 1n);
    const queued = await hardhat(...guided("queue"), "--from", stranger);
    expect(queued.output).to.contain("queued: ");
    const hasty = await hardhat("execute", String(id), "--from", stranger);
    expect(hasty.status).to.not.equal(0);
    expect(hasty.output).to.match(
      new RegExp(`Proposal ${id} can be executed from [-\\d]+ [:\\d]+ \\S+ on.*What to do: `),
    );

    await waitUntil((await reader().status(id)).executableFrom);
    const executed = await hardhat(...guided("execute"), "--from", stranger);
    expect(executed.output).to.contain("executed: ");
    expect((await market.config()).protocolFeeBps).to.equal(200n);
    // a proposal that can change no more ends the watch
    const watched = await hardhat(...guided("watch"));
    expect([watched.status, watched.output.includes("executed: a proposal about parameters")]).to.deep.equal([0, true]);
  });

  it("run the lines of the guide for those who write code", async () => {
    const [code] = blocks("ts");
    const lines = code!.replace(/^import .*$/m, "").replace(/^\/\/ (\d+) days later$/gm, "await later($1);");
    const file: ProposalFile = {
      title: "A lower fee",
      why: "Sales pay for what the protocol costs.",
      calls: [
        {
          target: chain.addresses.Market!,
          abi: Market__factory.createInterface(),
          call: "setProtocolFee",
          args: [100],
        },
      ],
    };
    const states: string[] = [];
    const known = {
      GovernanceClient,
      deployment: chain.deployment,
      wallet: await chain.provider.getSigner(HOLDER),
      file,
      later: async (days: number) => {
        await chain.provider.send("evm_increaseTime", [days * Number(DAY)]);
        await chain.provider.send("hardhat_mine", ["0x1"]);
      },
      console: { log: (state: string) => states.push(state) },
    };
    const script = transpile(`return (async () => { ${lines} })();`, {
      target: ScriptTarget.ES2022,
      module: ModuleKind.ESNext,
    });
    await (new Function(...Object.keys(known), script) as (...values: unknown[]) => Promise<void>)(
      ...Object.values(known),
    );
    expect(states).to.deep.equal(["executed"]);
    const market = Market__factory.connect(chain.addresses.Market!, chain.provider);
    expect((await market.config()).protocolFeeBps).to.equal(100n);
  });

  it("print who can call what, by the command of the page about permissions", async () => {
    const page = readFileSync(join(ROOT, "docs/permissions.md"), "utf8");
    expect(page).to.contain("`npx hardhat permissions --network localhost`");
    const { status, output } = await hardhat("permissions");
    expect(status, output).to.equal(0);
    expect(output).to.contain("setProtocolFee(uint16)");
  });

  it("are all commands of the guide", () => {
    expect([...left]).to.deep.equal([]);
  });
});

/** A line without the remark behind it. */
function plain(line: string): string {
  return line.replace(/\s+#.*$/, "").trim();
}
