import { task, types } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { settings } from "../../deploy/engine/environment";
import type { Deployment } from "../../sdk/src/addresses";
import type { GovernanceClient, ProposalStatus, Side } from "../../sdk/src/governance";
import { signerOn } from "../lib/signer";
import type { NamedContract } from "../lib/simulate";
import { decodingErrors } from "../lib/task";

const SIDES: readonly Side[] = ["for", "against", "abstain"];

interface Common {
  deployment?: string;
  from?: string;
}

interface ProposeArguments extends Common {
  file: string;
  names?: string;
  yes: boolean;
}

interface VoteArguments extends Common {
  id: bigint;
  side: string;
  asCitizen?: string;
  reason?: string;
}

interface WatchArguments extends Common {
  id: bigint;
  once: boolean;
}

/** A proposal's number, which is larger than what a float holds exactly. */
const proposalId = {
  name: "proposalId",
  parse: (name: string, value: string): bigint => {
    if (!/^\d+$/.test(value)) throw new Error(`${name} must be the number of a proposal, not "${value}".`);
    return BigInt(value);
  },
  validate: (): void => undefined,
};

task("propose", "Tries a file of proposals/ on a fork of the chain, shows what it would change, and sends it")
  .addPositionalParam("file", "Such as proposals/lower-protocol-fee.ts")
  .addOptionalParam("names", "Further addresses that the file asks for: NAME=0x...,NAME=0x...", undefined, types.string)
  .addOptionalParam("from", "The account that proposes; the first of the network otherwise", undefined, types.string)
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .addFlag("yes", "Sends it without asking")
  .setAction(async ({ file, names, yes, ...common }: ProposeArguments, hre) =>
    decodingErrors(async () => {
      const { describeSimulation, loadProposal, simulateProposal } = await import("../lib/proposals");
      const { describeCalls } = await import("../../sdk/src/governance");
      const { printable } = await import("../../sdk/src/text/printable");
      const { print, printWhole } = await import("../lib/terminal");
      const named = namedAddresses(names);
      const { deployment, addresses, contracts, dao } = await connect(hre, common);
      const proposal = await loadProposal(hre.config.paths.root, file, { ...addresses, ...named });

      // anyone who agrees to it must have seen all of it
      printWhole(`${printable(proposal.title)}\n\n${quoted(proposal.why.trim())}\n\nIt calls:`);
      for (const call of describeCalls(proposal, contracts)) printWhole(`  ${printable(call)}`);
      const simulation = await simulateProposal(
        await endpointOf(hre),
        proposal,
        deployment.contracts.Timelock,
        contracts,
      );
      print("\nIt would change:");
      for (const line of describeSimulation(simulation)) printWhole(`  ${printable(line)}`);

      if (!yes && !(await agreed("\nSend it? (y/N) "))) {
        print("Nothing was sent.");
        return undefined;
      }
      const id = await dao.propose(proposal);
      print(`\nIt is proposal ${id}.`);
      await report(await dao.status(id));
      return id;
    }),
  );

task("vote", "Casts one ballot for both houses")
  .addPositionalParam("id", "The number of the proposal", undefined, proposalId)
  .addPositionalParam("side", "for, against or abstain")
  .addOptionalParam("asCitizen", "The vote in the citizens' house, where it differs", undefined, types.string)
  .addOptionalParam("reason", "Published with the ballot", undefined, types.string)
  .addOptionalParam("from", "The account that votes; the first of the network otherwise", undefined, types.string)
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .setAction(async ({ id, side, asCitizen, reason, ...common }: VoteArguments, hre) =>
    decodingErrors(async () => {
      const house = asCitizen === undefined ? {} : { asCitizen: sideOf(asCitizen) };
      const units = sideOf(side);
      const { dao } = await connect(hre, common);
      await dao.vote(id, units, { ...house, ...(reason === undefined ? {} : { reason }) });
      await report(await dao.status(id));
    }),
  );

task("queue", "Starts the wait of a proposal that passed; anyone may")
  .addPositionalParam("id", "The number of the proposal", undefined, proposalId)
  .addOptionalParam("from", "The account that pays; the first of the network otherwise", undefined, types.string)
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .setAction(async ({ id, ...common }: WatchArguments, hre) =>
    decodingErrors(async () => {
      const { dao } = await connect(hre, common);
      await dao.queue(id);
      await report(await dao.status(id));
    }),
  );

task("execute", "Carries out a proposal whose wait is over; anyone may")
  .addPositionalParam("id", "The number of the proposal", undefined, proposalId)
  .addOptionalParam("from", "The account that pays; the first of the network otherwise", undefined, types.string)
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .setAction(async ({ id, ...common }: WatchArguments, hre) =>
    decodingErrors(async () => {
      const { dao } = await connect(hre, common);
      await dao.execute(id);
      await report(await dao.status(id));
    }),
  );

task("watch", "Reports each change of a proposal until it can change no more")
  .addPositionalParam("id", "The number of the proposal", undefined, proposalId)
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .addFlag("once", "Reports its state now, and exits")
  .setAction(async ({ id, once, ...common }: WatchArguments, hre) =>
    decodingErrors(async () => {
      const { dao } = await connect(hre, common, false);
      for await (const status of dao.watch(id)) {
        await report(status);
        if (once) return;
      }
    }),
  );

/** The deployment on this network, and a client that signs unless it only reads. */
async function connect(
  hre: HardhatRuntimeEnvironment,
  { deployment: file, from }: Common,
  signs = true,
): Promise<{
  deployment: Deployment;
  addresses: Record<string, string>;
  contracts: NamedContract[];
  dao: GovernanceClient;
}> {
  const { deploymentOnChain, namesIn } = await import("../../deploy/engine/addresses");
  const { GovernanceClient } = await import("../../sdk/src/governance");
  const deployment = await deploymentOnChain(hre.config.paths.root, hre.ethers.provider, file);
  const addresses = namesIn(deployment);
  const contracts: NamedContract[] = [];
  for (const [name, address] of Object.entries(addresses)) {
    if (!(await hre.artifacts.artifactExists(name))) continue;
    const { abi } = await hre.artifacts.readArtifact(name);
    contracts.push({ name, address, abi: new hre.ethers.Interface(abi) });
  }
  const runner = signs ? await signerOn(hre, from) : hre.ethers.provider;
  return { deployment, addresses, contracts, dao: new GovernanceClient(deployment, runner) };
}

/** Where a fork, which is another process, can read the chain. */
async function endpointOf({ network: { name } }: HardhatRuntimeEnvironment): Promise<string> {
  const { endpointAt, networkOf } = await import("../../deploy/engine/networks");
  if (name !== "hardhat") return endpointAt(networkOf(name), settings());
  throw new Error(`The network "${name}" lives in this process only. Name one with a URL: --network localhost.`);
}

/** Reads `NAME=0x...,NAME=0x...`. */
function namedAddresses(names = ""): Record<string, string> {
  const pairs = names.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, address] = /^(\w+)=(0x[0-9a-fA-F]{40})$/.exec(pair) ?? [];
      if (name === undefined || address === undefined) {
        throw new Error(`"${pair}" names no address. Write NAME=0x..., several with commas between them.`);
      }
      return [name, address];
    }),
  );
}

function sideOf(text: string): Side {
  const side = SIDES.find((one) => one === text);
  if (side === undefined) throw new Error(`"${text}" is no side. Choose one of: ${SIDES.join(", ")}.`);
  return side;
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    const { quoted: word } = await import("../../sdk/src/cli/quoted");
    const command = ["npx", "hardhat", ...process.argv.slice(2), "--yes"].map((one) => word(one)).join(" ");
    throw new Error(`Nobody is there to ask. Pass --yes to send it without asking: ${command}`);
  }
  const { ask } = await import("../lib/prompt");
  return /^y(es)?$/i.test((await ask(question)).trim());
}

/** Marked line by line: what its author wrote must not look like the list of its calls. */
function quoted(text: string): string {
  return text.replace(/^/gm, "> ");
}

/** The state of a proposal, for people to read. */
async function report(status: ProposalStatus): Promise<void> {
  const { print } = await import("../lib/terminal");
  const { units, citizens } = status;
  const date = (seconds: bigint): string =>
    seconds === 0n ? "-" : new Date(Number(seconds) * 1_000).toISOString().replace(".000", "");
  print(`${status.state}: a proposal about ${status.kind}, made in phase ${status.phase}`);
  print(`  voting      ${date(status.votingFrom)} to ${date(status.votingUntil)}`);
  print(`  executable  ${date(status.executableFrom)}`);
  print(`  units       ${tokens(units.for)} for, ${tokens(units.against)} against, ${tokens(units.abstain)} abstain`);
  print(`  quorum      ${status.quorumUnits === 0n ? "known with the first vote" : tokens(status.quorumUnits)}`);
  print(`  citizens    ${citizens.for} for, ${citizens.against} against, ${citizens.abstain} abstain`);
}

/** Units in whole tokens, rounded down. */
function tokens(units: bigint): string {
  return (units / 10n ** 18n).toLocaleString("en");
}
