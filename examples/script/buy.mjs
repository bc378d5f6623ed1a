// node buy.mjs VERSION MAX_PRICE_IN_WEI
import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet, ZeroAddress, formatEther } from "ethers";
import { MarketClient, decodeError, sameAddress } from "isonomy";
import { addressBook } from "isonomy/addresses";

const { RPC_URL = "http://127.0.0.1:8545", DEPLOYMENT_FILE, PRIVATE_KEY } = process.env;
const [version, maxPrice] = process.argv.slice(2).map(BigInt);
const read = (file) => JSON.parse(new TextDecoder().decode(readFileSync(file)));
const provider = new JsonRpcProvider(RPC_URL, undefined, { staticNetwork: true });
try {
  const { chainId } = await provider.getNetwork();
  const known = DEPLOYMENT_FILE ? read(DEPLOYMENT_FILE) : addressBook[Number(chainId)];
  if (known === undefined) throw new Error(`Chain ${chainId} is not in the address book: set DEPLOYMENT_FILE.`);
  const buyer = new Wallet(PRIVATE_KEY, provider);
  const market = new MarketClient({ ...known.addresses, fromBlock: known.fromBlock }, buyer);

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
