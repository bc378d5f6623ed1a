// Builds the page for a deployment, as static files for any server or IPFS: npm run app -- --network sepolia --store URL
import { set, setting } from "../deploy/engine/environment";

set("HARDHAT_NETWORK", "hardhat");

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import type { Network } from "../app/src/networkFile";
import { readDeployments } from "../deploy/engine/addresses";
import { NETWORK_NAMES, networkOf } from "../deploy/engine/networks";
import { endpointOf } from "../sdk/src/rpc";
import { catchTheRest, fail, print } from "./lib/terminal";
import { buildPage } from "./page/build";
import { cidOfFolder } from "./page/cid";
import { descriptorsOf } from "./page/descriptors";
import { ETHER } from "./page/serve";

const ROOT = join(__dirname, "..");
const OUT = ".isonomy/page";
const USAGE = `npm run app -- --network NAME --store URL [options]

  --network NAME      ${NETWORK_NAMES.join(", ")}
  --store URL         an IPFS gateway that visitors read cards and files from; may be given several times
  --rpc URL           a node that visitors ask, instead of the network's; may be given several times
  --deployment FILE   what the deployment wrote, instead of the address book
  --out FOLDER        ${OUT} when left out; what is in it is replaced
  --help`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      network: { type: "string" },
      store: { type: "string", multiple: true },
      rpc: { type: "string", multiple: true },
      deployment: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return console.log(USAGE);
  const network = networkOf(values.network);
  const stores = values.store ?? [];
  if (stores.length === 0) {
    throw new Error(`Visitors could read no card: name an IPFS gateway by --store URL.\n\n${USAGE}`);
  }
  const [deployment] = readDeployments(ROOT, BigInt(network.chainId), values.deployment);
  const rpcUrls = values.rpc ?? [setting(network.rpcVariable) ?? network.rpcUrl];
  for (const url of [...rpcUrls, ...stores]) requirePublic(url);
  const description: Network = {
    name: network.title,
    test: !network.isPublic,
    deployment: deployment!,
    rpcUrls,
    stores,
    currency: ETHER,
    ...(network.explorer === undefined ? {} : { explorer: network.explorer.browserUrl }),
  };

  const out = resolve(ROOT, values.out ?? OUT);
  print("Building the page.");
  await buildPage(out);
  writeFileSync(join(out, "network.json"), `${JSON.stringify(description, null, 2)}\n`);
  mkdirSync(join(out, "descriptors"));
  for (const [name, descriptor] of descriptorsOf(deployment!)) {
    writeFileSync(join(out, "descriptors", name), `${JSON.stringify(descriptor, null, 2)}\n`);
  }
  const files = readdirSync(out, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => statSync(join(out, file)).isFile());
  const cid = await cidOfFolder(out, files);
  console.log(
    `The page for ${network.title} is in ${values.out ?? OUT}: ${files.length} files, ${cid} on IPFS. ` +
      "Any server of files can serve it, from any path.",
  );
}

/** The address is published: what stands before an @ would be everybody's. */
function requirePublic(url: string): void {
  const { shown, headers } = endpointOf(url);
  if (Object.keys(headers).length > 0) {
    throw new Error(`${shown} holds a user name or password, which everybody could read in the page. Leave it out.`);
  }
}

catchTheRest();
main().catch(fail);
