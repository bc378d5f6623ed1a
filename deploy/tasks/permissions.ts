import { task, types } from "hardhat/config";

import { decodingErrors } from "../../scripts/lib/task";

interface Arguments {
  deployment?: string;
  json: boolean;
}

task("permissions", "Prints who can call what and with which delay, read from the chain")
  .addOptionalParam("deployment", "The file that the deployment wrote", undefined, types.string)
  .addFlag("json", "Prints JSON instead of tables")
  .setAction(async ({ deployment, json }: Arguments, hre) =>
    decodingErrors(async () => {
      const { deploymentOnChain } = await import("../engine/addresses");
      const { readPermissions } = await import("../permissions");
      const { waitText } = await import("../../sdk/src/governance/permissions");
      const { complain, printJson, printLines } = await import("../../scripts/lib/terminal");
      const { provider } = hre.ethers;
      const known = await deploymentOnChain(hre.config.paths.root, provider, deployment);
      const permissions = await readPermissions({ provider, artifacts: hre.artifacts, deployment: known });

      if (json) {
        printJson(permissions);
      } else {
        const { default: Table } = await import("cli-table3");
        const plain = { style: { head: [], border: [] } };
        const functions = new Table({ head: ["contract", "function", "role", "who", "waits at least"], ...plain });
        for (const { contract, signature, role, holders } of permissions.functions) {
          const who = holders.map(({ account }) => account).join("\n");
          functions.push([
            contract,
            signature,
            role,
            who || "nobody",
            holders.map(({ waits }) => waitText(waits)).join("\n"),
          ]);
        }
        const others = new Table({ head: ["contract", "power", "who"], ...plain });
        for (const { contract, power, holders } of permissions.others) {
          others.push([contract, power, holders.join("\n") || "nobody"]);
        }
        printLines(`${functions.toString()}\n\nBeside the Authority:\n${others.toString()}`);
      }

      const wrong = permissions.functions.filter(({ differs }) => differs !== "");
      for (const { contract, signature, differs } of wrong) complain(`${contract}.${signature}: ${differs}`);
      if (wrong.length > 0) process.exitCode = 1;
      return permissions;
    }),
  );
