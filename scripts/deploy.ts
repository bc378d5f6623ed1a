// Deploys the protocol to a network, or goes on where an earlier run stopped: npm run deploy -- --network sepolia
process.env.HARDHAT_NETWORK = "hardhat";

import { createInterface } from "node:readline/promises";

import { checksText, deployTo, PreflightFailed } from "../deploy/lib/deployment";
import { deployerOf } from "../deploy/lib/keys";
import { loadParameters } from "../deploy/lib/settings";
import { compileContracts } from "./lib/compile";
import { DEPLOY_USAGE, readDeployOptions } from "./lib/deploy-options";
import { catchTheRest, complain, fail, print } from "./lib/terminal";

async function main(): Promise<void> {
  const options = readDeployOptions(process.argv.slice(2), DEPLOY_USAGE);
  if (options === undefined) return console.log(DEPLOY_USAGE);
  const { network, yes, home, release } = options;
  if (options.compile) await compileContracts();
  const { default: hre } = await import("hardhat");
  const { vars } = await import("hardhat/config");

  const environment = process.env;
  const canAsk = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const wallet = await deployerOf(network, {
    environment,
    variable: (name) => (vars.has(name) ? vars.get(name) : undefined),
    ask: canAsk ? ask : undefined,
  });
  const parameters = loadParameters(network.name, environment, options.parameters);
  print(`Deploying to ${network.title} from ${wallet.address}.\n`);
  const book = await deployTo({
    ...{ hre, network, parameters, wallet, environment, home, release },
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

async function ask(question: string): Promise<string> {
  const line = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await line.question(question);
  } finally {
    line.close();
  }
}

catchTheRest();
main().catch((error: unknown) => {
  if (error instanceof PreflightFailed) complain(`${checksText(error.checks)}\n\nNothing was sent.`);
  fail(error);
});
