// What the three scripts share: the settings, the chain, and a client that buys and sells.
import { existsSync, readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet, ZeroAddress } from "ethers";
import { DealClient, decodeError, rpcRequest, tokenInfo } from "isonomy";
import { deploymentOn } from "isonomy/addresses";
import { FileKeyring, folderStore, namedStore, nodePlatform } from "isonomy/node";

if (existsSync(".env")) process.loadEnvFile(".env");

/** A setting; one that is empty is not set. */
export function setting(name, otherwise) {
  const value = process.env[name]?.trim() || otherwise;
  if (value === undefined) throw new Error(`${name} is not set. Write it into .env: .env.example says what it is.`);
  return value;
}

/** The chain, the contracts on it, and the account with its own keyring and store. */
export async function connect() {
  const url = setting("RPC_URL", "http://127.0.0.1:8545");
  const provider = new JsonRpcProvider(rpcRequest(url), undefined, { staticNetwork: true });
  const { chainId } = await provider.getNetwork();
  const path = setting("DEPLOYMENT_FILE", "");
  const file = path === "" ? undefined : { path, text: readFileSync(path, "utf8") };
  const deployment = deploymentOn(chainId, file);

  const account = new Wallet(setting("PRIVATE_KEY"), provider);
  const home = `.isonomy/${account.address}`;
  const platform = nodePlatform();
  const keyring = new FileKeyring(`${home}/keys.json`, setting("KEYRING_PASSWORD"), platform);
  // before any work begins: a wrong password, or a disk that cannot be written to
  await keyring.requireWritable();
  const deals = new DealClient(deployment, account, { platform, keyring });
  const published = namedStore(setting("STORE", ".isonomy/published"));
  const held = folderStore(`${home}/held`);

  const named = setting("PAY_TOKEN", ZeroAddress);
  const token = await tokenInfo(provider, deployment.tokens?.[named]?.address ?? named, deployment);
  return { provider, deployment, account, deals, keyring, platform, published, held, token };
}

/** A failure in one sentence: of the package with its cause and its cure, any other as it says itself. */
export function sentence(error) {
  const known = decodeError(error);
  return known.code === "UNEXPECTED" ? error.message : known.explain();
}

/** Runs a script to its end. */
export async function run(script) {
  try {
    await script(...process.argv.slice(2));
  } catch (error) {
    console.error(sentence(error));
    process.exitCode = 1;
  }
}
