// node dist/read.js [LICENSE ACCOUNT]: with viem and without ethers, prints the models and the listed offers under which anyone can buy
// now, one JSON line each; with a licence and an account it says whether that account may use it, and for which version.
import { readFileSync } from "node:fs";
import { iEscrowAbi, iLicenseTokenAbi, iMarketAbi, iModelRegistryAbi } from "isonomy/abis";
import { deploymentOn } from "isonomy/addresses";
import { explainError, hashOffer, toOffer, versionId } from "isonomy/viem";
import { createPublicClient, erc20Abi, formatUnits, http, isAddress, isAddressEqual, zeroAddress } from "viem";
import type { Address } from "viem";

// a setting that is empty is not set
const url = process.env.RPC_URL?.trim() || "http://127.0.0.1:8545";
const path = process.env.DEPLOYMENT_FILE?.trim() || undefined;
const client = createPublicClient({ transport: http(url) });
const [license, account] = process.argv.slice(2);

async function main(): Promise<void> {
  const chainId = await client.getChainId();
  const file = path === undefined ? undefined : { path, text: readFileSync(path, "utf8") };
  const deployment = deploymentOn(chainId, file);
  const at = (name: "Market" | "ModelRegistry" | "LicenseToken" | "Escrow") => deployment.contracts[name] as Address;
  const registry = { address: at("ModelRegistry"), abi: iModelRegistryAbi } as const;
  const market = { address: at("Market"), abi: iMarketAbi } as const;
  const escrow = { address: at("Escrow"), abi: iEscrowAbi } as const;
  const licenses = { address: at("LicenseToken"), abi: iLicenseTokenAbi } as const;

  if (license !== undefined) return showLicence(BigInt(license), account);
  await showModels();
  await showOffers();

  async function showModels() {
    const count = await client.readContract({ ...registry, functionName: "modelCount" });
    for (let modelId = 1; modelId <= count; modelId++) {
      const info = { ...registry, functionName: "modelInfo", args: [modelId] } as const;
      const [creator, , versionCount] = await client.readContract(info);
      const newest = versionId({ modelId: BigInt(modelId), number: BigInt(versionCount) });
      const data = { ...registry, functionName: "versionData", args: [newest] } as const;
      const [{ uri, size }] = await client.readContract(data);
      print({ model: modelId, creator, newest, card: uri, bytes: size });
    }
  }

  async function showOffers() {
    // everything is asked about one block
    const { number: blockNumber, timestamp } = await client.getBlock();
    const [, fee, pausedUntil] = await client.readContract({ ...market, functionName: "config", blockNumber });
    if (timestamp < pausedUntil) return console.error("The market is paused: nothing can be bought now.");

    const range = { fromBlock: BigInt(deployment.block), toBlock: blockNumber, strict: true } as const;
    for (const { args } of await client.getContractEvents({ ...market, eventName: "OfferListed", ...range })) {
      const offer = toOffer(args.offer);
      const [payToken, creator] = [offer.payToken as Address, offer.creator as Address];
      // the terms are hashed here, and the market is asked whether it lists them: an event alone is a node's word
      const termsHash = hashOffer(offer);
      const bond = { ...escrow, functionName: "bondOf", args: [market.address, creator, termsHash] } as const;
      const [[sold, listed, revoked], [holder, defectiveAt], [allowed], [freeBond]] = await Promise.all([
        client.readContract({ ...market, functionName: "offerState", args: [termsHash], blockNumber }),
        client.readContract({ ...registry, functionName: "saleInfo", args: [offer.versionId], blockNumber }),
        client.readContract({ ...market, functionName: "payTokenRisks", args: [payToken], blockNumber }),
        client.readContract({ ...bond, blockNumber }),
      ]);
      const over = offer.expiresAt !== 0n && offer.expiresAt < timestamp;
      const dead = !listed || revoked || over || BigInt(sold) >= offer.supply || defectiveAt !== 0;
      const refused = !allowed || BigInt(fee) > offer.maxProtocolFeeBps || freeBond < offer.bond;
      const forAnyone = isAddressEqual(offer.buyer as Address, zeroAddress);
      if (dead || refused || !forAnyone || !isAddressEqual(holder, creator)) continue;
      const price = await termsOf(payToken, offer.price);
      print({ offer: termsHash, version: offer.versionId, price, sold, withFile: offer.deliveryWindow > 0n });
    }
  }

  /** A price with the token's symbol. */
  async function termsOf(payToken: Address, price: bigint): Promise<string> {
    if (isAddressEqual(payToken, zeroAddress)) return `${formatUnits(price, 18)} native`;
    const token = { address: payToken, abi: erc20Abi } as const;
    const [decimals, symbol] = await Promise.all([
      client.readContract({ ...token, functionName: "decimals" }),
      client.readContract({ ...token, functionName: "symbol" }),
    ]);
    return `${formatUnits(price, decimals)} ${symbol}`;
  }

  async function showLicence(licenseId: bigint, holder = "") {
    if (!isAddress(holder)) throw new Error("Name the account that is to use the licence.");
    const [usable, [version]] = await Promise.all([
      client.readContract({ ...licenses, functionName: "isAuthorized", args: [licenseId, holder] }),
      client.readContract({ ...licenses, functionName: "licenseInfo", args: [licenseId] }),
    ]);
    print({ license: licenseId, version, usable });
  }
}

function print(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)));
}

main().catch(async (error: unknown) => {
  const known = await explainError(error);
  console.error(known.code === "UNEXPECTED" && error instanceof Error ? error.message : known.explain());
  process.exitCode = 1;
});
