// Compares a deployment with the chain: code, addresses, powers, parameters, settings: npm run verify-deployment -- --network sepolia
import { set, settings } from "../deploy/engine/environment";

set("HARDHAT_NETWORK", "hardhat");

import { findingsText } from "../deploy/engine/check";
import { verifyDeployment } from "../deploy/engine/deployment";
import { protocol } from "../deploy/protocol";
import { compileContracts } from "./lib/compile";
import { npmRun, readDeployOptions, sameDeployment, VERIFY_USAGE } from "./lib/deploy-options";
import { catchTheRest, fail, print } from "./lib/terminal";

async function main(): Promise<void> {
  const options = readDeployOptions(process.argv.slice(2), VERIFY_USAGE);
  if (options === undefined) return console.log(VERIFY_USAGE);
  const { network, home } = options;
  if (options.compile) await compileContracts();
  const { default: hre } = await import("hardhat");

  const findings = await verifyDeployment({
    ...{ system: protocol, hre, network, home },
    environment: settings(),
    deployCommand: npmRun("deploy", sameDeployment(options)),
    say: print,
  });
  print(`${network.title}:\n${findingsText(findings)}`);
  const problems = findings.flatMap((finding) => finding.problems).length;
  if (problems === 0) return console.log("The chain is what the address book says.");
  console.error(
    `\n${problems} differences. What the government decided since belongs into the parameters; anything else needs a look.`,
  );
  process.exitCode = 1;
}

catchTheRest();
main().catch(fail);
