// node buy.mjs VERSION MAX_PRICE_IN_WEI
import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet, ZeroAddress, formatEther } from "ethers";
import { MarketClient, ReadClient, decodeError, rpcRequest } from "isonomy";
import { deploymentOn } from "isonomy/addresses";

const { RPC_URL, DEPLOYMENT_FILE, PRIVATE_KEY } = process.env;
const [versionId, maxPrice] = process.argv.slice(2).map(BigInt);
const request = rpcRequest(RPC_URL || "http://127.0.0.1:8545");
const provider = new JsonRpcProvider(request, undefined, { staticNetwork: true });
try {
  if (!PRIVATE_KEY) throw new Error("PRIVATE_KEY is not set: the account that buys.");
  const { chainId } = await provider.getNetwork();
  const file = DEPLOYMENT_FILE ? { path: DEPLOYMENT_FILE, text: readFileSync(DEPLOYMENT_FILE, "utf8") } : undefined;
  const deployment = deploymentOn(chainId, file);
  const buyer = new Wallet(PRIVATE_KEY, provider);
  const filter = { versionId, payToken: ZeroAddress, maxPrice, buyer: buyer.address };
  const { items } = await new ReadClient(deployment, provider).offers(filter, { limit: 200 });
  const offers = items.map(({ offer }) => offer).filter(({ deliveryWindow }) => deliveryWindow === 0n);
  const [cheapest] = offers.sort((one, other) => (one.price < other.price ? -1 : 1));
  if (cheapest === undefined) throw new Error(`No licence to version ${versionId} is for sale at this price.`);
  const market = new MarketClient(deployment, buyer);
  const { licenseId, price } = await market.purchase(cheapest, { maxPrice });
  const usable = await market.isAuthorized(licenseId, buyer.address);
  console.log(JSON.stringify({ licenseId: `${licenseId}`, price: formatEther(price), usable }));
} catch (error) {
  const known = decodeError(error);
  console.error(known.code === "UNEXPECTED" ? error.message : known.explain());
  process.exitCode = 1;
}
