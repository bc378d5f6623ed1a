// Deploys the protocol to a network, or resumes where an earlier run stopped: npm run deploy -- --network sepolia
process.env.HARDHAT_NETWORK = "hardhat";

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { deployTo, OUTBOX } from "../deploy/engine/deployment";
import { deployerOf } from "../deploy/engine/keys";
import { checksText, PreflightFailed } from "../deploy/engine/preflight";
import { journalFolder } from "../deploy/engine/run";
import { protocol, readParameters } from "../deploy/protocol";
import { acceptedText, fileAccessOf } from "../sdk/src/files";
import { compileContracts } from "./lib/compile";
import { DEPLOY_USAGE, readDeployOptions } from "./lib/deploy-options";
import { ask, askHidden } from "./lib/prompt";
import { catchTheRest, complain, fail, print, stopAtSignals } from "./lib/terminal";

async function main(): Promise<void> {
  const options = readDeployOptions(process.argv.slice(2), DEPLOY_USAGE);
  if (options === undefined) return console.log(DEPLOY_USAGE);
  const { network, yes, home, release } = options;
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
  const { vars } = await import("hardhat/config");

  const environment = process.env;
  const canAsk = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const access = fileAccessOf(environment, (path, mode) => complain(`WARNING: ${acceptedText(access!, path, mode)}`));
  const wallet = await deployerOf(network, {
    environment,
    settings: resolve(".env"),
    access,
    variable: (name) => (vars.has(name) ? vars.get(name) : undefined),
    ask: canAsk ? askHidden : undefined,
  });
  const parameters = readParameters(network.name, environment, options.parameters);
  print(`Deploying to ${network.title} from ${wallet.address}.\n`);
  const book = await deployTo({
    ...{ system: protocol, hre, network, parameters, wallet, environment, home, release },
    say: print,
    confirm: async () => {
      if (yes) return true;
      if (!canAsk)
        throw new Error("Nobody can be asked whether to go on. Look at the table, and run it again with --yes.");
      return /^y(es)?$/i.test((await ask("Deploy this? (yes or no) ")).trim());
    },
  });
  console.log(
    book === undefined
      ? "Nothing was sent."
      : `\nThe protocol is on ${network.title}; its timelock holds all power. Compare it with the chain at any time:\n` +
          `  npm run verify-deployment -- --network ${network.name}`,
  );
}

/** How many transactions are on record. */
function recorded(file: string): number {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "").length
    : 0;
}

/** The command that resumes, for a shell. */
function sameCommand(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./=:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return `npm run deploy -- ${words.join(" ")}`;
}

catchTheRest();
main().catch((error: unknown) => {
  if (error instanceof PreflightFailed) complain(`${checksText(error.checks)}\n\nNothing was sent.`);
  fail(error);
});
