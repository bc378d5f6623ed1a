import { Contract, type Wallet } from "ethers";
import { peerArtifact } from "../lib/artifacts";
import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const ABIS = "@unlock-protocol/contracts/dist/abis";
const PROXY = "@openzeppelin/contracts/build/contracts/TransparentUpgradeableProxy.json";
const NOBODY = "0x0000000000000000000000000000000000000000";
const FOREVER = 2n ** 256n - 1n;
const MONTH = 30n * 86_400n;
const PRICE = 10n ** 18n;
const LOCK_VERSION = 15;

export type UnlockOperation =
  "purchase" | "purchaseReferrer" | "purchaseNative" | "purchaseNativeFive" | "publish" | "extend";

interface Deployment {
  chain: Chain;
  unlock: Contract;
  token: Contract;
  owner: Wallet;
  seller: Wallet;
}

/** Unlock v14 with locks of version 15: a membership that is an NFT, with a protocol fee. */
export async function unlock(chain: Chain): Promise<Figures<UnlockOperation>> {
  const [owner, seller, admin, referrer] = await chain.actors(4, "unlock");
  const token = await chain.token(owner);
  const implementation = await chain.deploy(`${ABIS}/Unlock/UnlockV14.json`, owner);
  const initialize = implementation.interface.encodeFunctionData("initialize", [owner.address]);
  const proxy = await chain.deploy(PROXY, owner, await implementation.getAddress(), admin.address, initialize);
  const factory = new Contract(await proxy.getAddress(), implementation.interface, owner);
  const template = await chain.deploy(`${ABIS}/PublicLock/PublicLockV15.json`, owner);
  await chain.gas(owner, factory, "addLockTemplate", [await template.getAddress(), LOCK_VERSION]);
  await chain.gas(owner, factory, "setLockTemplate", [await template.getAddress()]);
  await chain.gas(owner, factory, "setProtocolFee", [100n]);
  const deployment: Deployment = { chain, unlock: factory, token, owner, seller };

  await publish(deployment, await token.getAddress(), MONTH);
  const erc20 = await publish(deployment, await token.getAddress(), MONTH);
  const native = await publish(deployment, NOBODY, FOREVER);
  await chain.gas(seller, erc20.lock, "setReferrerFee", [referrer.address, 500n]);

  // the first sales fill the slots of lock, factory and referrer once
  for (let i = 0; i < 3; i++) {
    await buy(deployment, erc20.lock, NOBODY);
    await buy(deployment, erc20.lock, referrer.address);
    await buyNative(deployment, native.lock, 1);
  }
  const purchase = await buy(deployment, erc20.lock, NOBODY);
  const referred = await buy(deployment, erc20.lock, referrer.address);
  const coin = await buyNative(deployment, native.lock, 1);
  const five = await buyNative(deployment, native.lock, 5);
  const extended = await chain.gas(purchase.buyer, erc20.lock, "extend", [PRICE, purchase.tokenId, NOBODY, "0x"]);
  return {
    purchase: purchase.gas,
    purchaseReferrer: referred.gas,
    purchaseNative: coin,
    purchaseNativeFive: Math.round(five / 5),
    publish: erc20.gas,
    extend: extended,
  };
}

async function publish(
  { chain, unlock: factory, seller }: Deployment,
  token: string,
  duration: bigint,
): Promise<{ lock: Contract; gas: number }> {
  const { abi } = peerArtifact(`${ABIS}/PublicLock/PublicLockV15.json`);
  const template = new Contract(NOBODY, abi, seller);
  const data = template.interface.encodeFunctionData("initialize(address,uint256,address,uint256,uint256,string)", [
    seller.address,
    duration,
    token,
    PRICE,
    FOREVER,
    "A model",
  ]);
  const connected = factory.connect(seller) as Contract;
  const sent = await connected.getFunction("createUpgradeableLockAtVersion(bytes,uint16)")(
    data,
    LOCK_VERSION,
    chain.overrides(),
  );
  const { newLockAddress } = await chain.event(sent, factory, "NewLock");
  return { lock: new Contract(String(newLockAddress), abi, seller), gas: await chain.gasOf(sent) };
}

const PURCHASE = "purchase((uint256,address,address,address,address,bytes,uint256)[])";

async function buy(
  { chain, token, owner }: Deployment,
  lock: Contract,
  referrer: string,
): Promise<{ buyer: Wallet; gas: number; tokenId: bigint }> {
  const buyer = await chain.actor("unlock.buyer");
  await chain.fund(token, owner, buyer, 10n * PRICE, lock);
  const order = [PRICE, buyer.address, referrer, NOBODY, NOBODY, "0x", 0n];
  const gas = await chain.gas(buyer, lock, PURCHASE, [[order]]);
  return { buyer, gas, tokenId: await lock.tokenOfOwnerByIndex(buyer.address, 0) };
}

async function buyNative({ chain }: Deployment, lock: Contract, count: number): Promise<number> {
  const buyers = await chain.actors(count, "unlock.buyer");
  const orders = buyers.map((buyer) => [PRICE, buyer.address, NOBODY, NOBODY, NOBODY, "0x", 0n]);
  return chain.gas(buyers[0], lock, PURCHASE, [orders], PRICE * BigInt(count));
}
