// node use.mjs FEED LICENSE NUMBER...: has the feed score some numbers under a licence.
import { readFileSync } from "node:fs";
import { Contract, JsonRpcProvider, Wallet } from "ethers";

// a setting that is empty is not set
const { RPC_URL, PRIVATE_KEY } = process.env;
const [address, license, ...features] = process.argv.slice(2);

const provider = new JsonRpcProvider(RPC_URL || "http://127.0.0.1:8545", undefined, { staticNetwork: true });
const abi = JSON.parse(readFileSync(new URL("LicensedFeed.json", import.meta.url), "utf8"));
const feed = new Contract(address, abi, provider);
try {
  if (!PRIVATE_KEY) throw new Error("PRIVATE_KEY is not set: the account that holds the licence.");
  const receipt = await (await feed.connect(new Wallet(PRIVATE_KEY, provider)).score(license, features)).wait();
  const { score } = feed.interface.parseLog(receipt.logs[0]).args;
  console.log(JSON.stringify({ score: `${score}`, uses: `${await feed.usesOf(license)}` }));
} catch (error) {
  // the feed's own error, which only its ABI knows
  const refusal = error.data ? feed.interface.parseError(error.data) : null;
  console.error(refusal ? `The feed refused: ${refusal.name}(${refusal.args.join(", ")})` : error.message);
  process.exitCode = 1;
}
