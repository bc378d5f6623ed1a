// The same with viem and no ethers: read the offers of a version, pay with the visitor's wallet, and ask whether the licence is theirs.
import { iLicenseTokenAbi, iMarketAbi } from "isonomy/abis";
import { explainError, hashOffer, licenseIdsIn, purchaseCall, toOffer } from "isonomy/viem";
import { createPublicClient, createWalletClient, custom } from "viem";

export async function buy(wallet, deployment, versionId) {
  try {
    const transport = custom(wallet);
    const [chain, buyer] = [createPublicClient({ transport }), createWalletClient({ transport })];
    const [account] = await buyer.requestAddresses();
    const market = { address: deployment.contracts.Market, abi: iMarketAbi };
    const listed = { ...market, eventName: "OfferListed", args: { versionId }, strict: true };
    for (const { args } of await chain.getContractEvents({ ...listed, fromBlock: BigInt(deployment.block) })) {
      const offer = toOffer(args.offer);
      const state = { ...market, functionName: "offerState", args: [hashOffer(offer)] };
      const { revoked, sold } = await chain.readContract(state);
      if (revoked || BigInt(sold) >= offer.supply) continue;
      const call = purchaseCall(deployment, offer, account);
      const { request } = await chain.simulateContract({ abi: iMarketAbi, account, ...call });
      const hash = await buyer.writeContract({ ...request, chain: null });
      const receipt = await chain.waitForTransactionReceipt({ hash });
      const [licenseId] = licenseIdsIn(deployment, receipt, account, [call.args[1]]);
      const usable = await chain.readContract({
        address: deployment.contracts.LicenseToken,
        abi: iLicenseTokenAbi,
        functionName: "isAuthorized",
        args: [licenseId, account],
      });
      return usable ? `Licence ${licenseId} is yours.` : "Not yet usable.";
    }
    return "Nothing is for sale.";
  } catch (error) {
    return (await explainError(error)).explain();
  }
}
