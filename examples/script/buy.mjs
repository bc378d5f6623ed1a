// node buy.mjs VERSION MAX_PRICE_IN_WEI
import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet, ZeroAddress, formatEther } from "ethers";
import { MarketClient, decodeError, sameAddress } from "isonomy";
import { deploymentOn } from "isonomy/addresses";

const { RPC_URL = "http://127.0.0.1:8545", DEPLOYMENT_FILE, PRIVATE_KEY } = process.env;
const [version, maxPrice] = process.argv.slice(2).map(BigInt);
const provider = new JsonRpcProvider(RPC_URL, undefined, { staticNetwork: true });
try {
  const { chainId } = await provider.getNetwork();
  const file = DEPLOYMENT_FILE && { path: DEPLOYMENT_FILE, text: readFileSync(DEPLOYMENT_FILE, "utf8") };
  const buyer = new Wallet(PRIVATE_KEY, provider);
  const market = new MarketClient(deploymentOn(chainId, file), buyer);

  const forSale = (await market.offersOf(version)).filter(
    ({ offer, sold, revoked }) =>
      sameAddress(offer.payToken, ZeroAddress) && offer.deliveryWindow === 0n && !revoked && sold < offer.supply,
  );
  const [cheapest] = forSale.sort((one, other) => Number(one.offer.price - other.offer.price));
  if (cheapest === undefined) throw new Error(`No licence to version ${version} is for sale for native coin.`);
  const { licenseId, price } = await market.purchase(cheapest.offer, { maxPrice });
  const usable = await market.isAuthorized(licenseId, buyer.address);
  console.log(JSON.stringify({ licenseId: `${licenseId}`, price: formatEther(price), usable }));
} catch (error) {
  console.error(decodeError(error).explain());
  process.exitCode = 1;
}
