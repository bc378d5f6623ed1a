// What a page needs to buy: read the offers of a version with the visitor's wallet, pay, and ask whether the licence is theirs.
import { BrowserProvider, type Eip1193Provider } from "ethers";
import type { Deployment } from "isonomy/addresses";
import { explainError } from "isonomy/market";
import { MarketClient } from "isonomy/market";

export async function buy(wallet: Eip1193Provider, deployment: Deployment, versionId: bigint): Promise<string> {
  try {
    const signer = await new BrowserProvider(wallet).getSigner();
    const market = new MarketClient(deployment, signer);
    const [listed] = await market.offersOf(versionId);
    if (listed === undefined) return "Nothing is for sale.";
    const { licenseId } = await market.purchase(listed.offer);
    return (await market.isAuthorized(licenseId, signer.address))
      ? `Licence ${licenseId} is yours.`
      : "Not yet usable.";
  } catch (error) {
    return (await explainError(error)).explain();
  }
}
