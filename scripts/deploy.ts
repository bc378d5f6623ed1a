// Deploys the protocol to a network, or resumes where an earlier run stopped: npm run deploy -- --network sepolia
import { set, settings } from "../deploy/engine/environment";

set("HARDHAT_NETWORK", "hardhat");

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { bookFile, HOME } from "../deploy/engine/book";
import { deployTo, OUTBOX } from "../deploy/engine/deployment";
import { deployerIn, deployerOf } from "../deploy/engine/keys";
import { checksText, PreflightFailed } from "../deploy/engine/preflight";
import { journalFolder } from "../deploy/engine/run";
import { protocol, readParameters } from "../deploy/protocol";
import { quoted } from "../sdk/src/cli/quoted";
import { compileContracts } from "./lib/compile";
import { DEPLOY_USAGE, npmRun, readDeployOptions, sameDeployment, type DeployOptions } from "./lib/deploy-options";
import { canAsk, keySources } from "./lib/key-sources";
import { ask } from "./lib/prompt";
import { rehearsalText, startRehearsal } from "./lib/rehearsal";
import { catchTheRest, complain, fail, print, stopAtSignals } from "./lib/terminal";

/** Whether the command was one: what is wrong with it otherwise stands in the sentence. */
let understood = false;

async function main(): Promise<void> {
  const options = readDeployOptions(process.argv.slice(2), DEPLOY_USAGE);
  if (options === undefined) return console.log(DEPLOY_USAGE);
  understood = true;
  const { network, home } = options;
  const outbox = join(journalFolder(home, network.name), OUTBOX);
  const before = recorded(outbox);
  stopAtSignals(() => {
    const sent = recorded(outbox) - before;
    return sent === 0
      ? `Nothing was sent. Begin again: ${sameCommand()}`
      : `${sent} transactions of this run are signed and on record, and nothing more is sent. Go on where it stopped: ${sameCommand()}`;
  });
  if (options.compile) await compileContracts();
  const { default: hre } = await import("hardhat");
  return options.rehearse ? rehearse(hre, options) : deploy(hre, options);
}

async function deploy(hre: HardhatRuntimeEnvironment, options: DeployOptions): Promise<void> {
  const { network, yes, home, release } = options;
  const environment = settings();
  const wallet = await deployerOf(network, await keySources());
  const parameters = readParameters(network.name, environment, options.parameters);
  print(`Deploying to ${network.title} from ${wallet.address}.\n`);
  const book = await deployTo({
    ...{ system: protocol, hre, network, parameters, wallet, environment, home, release },
    say: print,
    confirm: async () => {
      if (yes) return true;
      if (!canAsk()) {
        const command = sameCommand("--yes");
        throw new Error(
          `Nobody can be asked whether to go on. Look at the table, and run it again with --yes: ${command}`,
        );
      }
      return /^y(es)?$/i.test((await ask("Deploy this? (yes or no) ")).trim());
    },
  });
  if (book === undefined) return console.log("Nothing was sent.");
  const deployment = ["--deployment", bookFile(home, network, journalFolder(home, network.name))];
  const others = home === HOME ? [] : deployment.map((word) => quoted(word));
  print(`\nThe protocol is on ${network.title}; its timelock holds all power. Compare it with the chain at any time:`);
  console.log(`  ${npmRun("verify-deployment", sameDeployment(options))}`);
  print("Who can call what, and after which wait:");
  console.log(`  ${["npx hardhat permissions --network", network.name, ...others].join(" ")}`);
}

/** The same on a copy of the chain, from the same account or, where none is set yet, from any. */
async function rehearse(hre: HardhatRuntimeEnvironment, options: DeployOptions): Promise<void> {
  const { network, release } = options;
  const parameters = readParameters(network.name, settings(), options.parameters);
  const found = await deployerIn(await keySources());
  const wallet = found ?? new Wallet(Wallet.createRandom().privateKey);
  const copy = await startRehearsal(network, settings(), print);
  try {
    await copy.fund(wallet.address);
    const who = found === undefined ? "an account made up for it, as none is set" : wallet.address;
    print(`Rehearsing the deployment to ${network.title} on a copy of its chain, from ${who}.\n`);
    await deployTo({
      ...{ system: protocol, hre, network, parameters, wallet, release, say: print, isRehearsal: true },
      ...{ environment: copy.environment, home: copy.home },
      confirm: () => Promise.resolve(true),
    });
    print(`\n${rehearsalText(network, found?.address, copy.block, await copy.costOf(wallet.address))}`);
    console.log(
      `Deploy it: ${npmRun(
        "deploy",
        process.argv.slice(2).filter((word) => word !== "--rehearse"),
      )}`,
    );
  } finally {
    await copy.close();
  }
}

/** How many transactions are on record. */
function recorded(file: string): number {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "").length
    : 0;
}

/** The command that was given, which also resumes. */
function sameCommand(...more: string[]): string {
  return npmRun("deploy", [...process.argv.slice(2), ...more]);
}

catchTheRest();
main().catch((error: unknown) => {
  if (error instanceof PreflightFailed) complain(`${checksText(error.checks)}\n\nNothing was sent.`);
  fail(error);
  // what was wrong with the network or the settings is put right elsewhere
  if (understood) complain(`Then begin again, or go on where it stopped: ${sameCommand()}`);
});
