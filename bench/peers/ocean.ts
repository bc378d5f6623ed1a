import { Contract, type Wallet, getBytes, solidityPackedKeccak256 } from "ethers";
import { peerArtifact } from "../lib/artifacts";
import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const ROOT = "@oceanprotocol/contracts/artifacts/contracts";
const NOBODY = "0x0000000000000000000000000000000000000000";
const UNUSED = "0x000000000000000000000000000000000000dEaD";
const ONE = 10n ** 18n;
const CAP = 10n ** 9n * ONE;
// the fee of the publishing market, and of the market that refers the buyer
const MARKET_FEE = ONE / 1_000n;
const REFERRAL_FEE = ONE / 1_000n;
const PLAIN = 1n;
const ENTERPRISE = 2n;

export type OceanOperation =
  "publish" | "buyDT" | "startOrder" | "buyFromFreAndOrder" | "createLock1" | "createLock10" | "createLock50";

interface Ocean {
  chain: Chain;
  factory: Contract;
  exchange: Contract;
  token: Contract;
  owner: Wallet;
  seller: Wallet;
  provider: Wallet;
  market: Wallet;
}

interface Product {
  datatoken: Contract;
  exchangeId: string;
  gas: number;
}

/** Ocean v4: access is a datatoken, bought at a fixed rate and then spent on an order; nothing is minted to keep. */
export async function ocean(chain: Chain): Promise<Figures<OceanOperation>> {
  const [owner, seller, provider, market, collector] = await chain.actors(5, "ocean");
  const token = await chain.token(owner);
  const router = await chain.deploy(
    `${ROOT}/pools/FactoryRouter.sol/FactoryRouter.json`,
    owner,
    owner.address,
    UNUSED,
    UNUSED,
    collector.address,
    [],
  );
  const routerAddress = await router.getAddress();
  const exchange = await chain.deploy(
    `${ROOT}/pools/fixedRate/FixedRateExchange.sol/FixedRateExchange.json`,
    owner,
    routerAddress,
  );
  const title = await chain.deploy(`${ROOT}/templates/ERC721Template.sol/ERC721Template.json`, owner);
  const plain = await chain.deploy(`${ROOT}/templates/ERC20Template.sol/ERC20Template.json`, owner);
  const enterprise = await chain.deploy(
    `${ROOT}/templates/ERC20TemplateEnterprise.sol/ERC20TemplateEnterprise.json`,
    owner,
  );
  const factory = await chain.deploy(
    `${ROOT}/ERC721Factory.sol/ERC721Factory.json`,
    owner,
    await title.getAddress(),
    await plain.getAddress(),
    routerAddress,
  );
  await chain.gas(owner, factory, "addTokenTemplate", [await enterprise.getAddress()]);
  await chain.gas(owner, router, "addFactory", [await factory.getAddress()]);
  await chain.gas(owner, router, "addFixedRateContract", [await exchange.getAddress()]);
  const deployed: Ocean = { chain, factory, exchange, token, owner, seller, provider, market };

  await publish(deployed, PLAIN);
  const twoSteps = await publish(deployed, PLAIN);
  const oneStep = await publish(deployed, ENTERPRISE);
  for (let i = 0; i < 3; i++) {
    await buyThenOrder(deployed, twoSteps);
    await buyAndOrder(deployed, oneStep);
  }
  const [buyDT, startOrder] = await buyThenOrder(deployed, twoSteps);
  const buyFromFreAndOrder = await buyAndOrder(deployed, oneStep);
  const [createLock1, createLock10, createLock50] = await locks(deployed, routerAddress, collector);
  return { publish: twoSteps.gas, buyDT, startOrder, buyFromFreAndOrder, createLock1, createLock10, createLock50 };
}

async function publish({ chain, factory, exchange, token, seller, market }: Ocean, template: bigint): Promise<Product> {
  const title = {
    name: "A model",
    symbol: "MODEL",
    templateIndex: 1n,
    tokenURI: "https://example.org/model",
    transferable: true,
    owner: seller.address,
  };
  const datatoken = {
    templateIndex: template,
    strings: ["Access to a model", "ACCESS"],
    addresses: [seller.address, seller.address, market.address, NOBODY],
    uints: [CAP, 0n],
    bytess: [],
  };
  const rate = {
    fixedPriceAddress: await exchange.getAddress(),
    addresses: [await token.getAddress(), seller.address, market.address, NOBODY],
    uints: [18n, 18n, ONE, MARKET_FEE, 1n],
  };
  const connected = factory.connect(seller) as Contract;
  const sent = await connected.createNftWithErc20WithFixedRate(title, datatoken, rate, chain.overrides());
  const { newTokenAddress } = await chain.event(sent, factory, "TokenCreated");
  const { exchangeId } = await chain.event(sent, exchange, "ExchangeCreated");
  const name = template === PLAIN ? "ERC20Template" : "ERC20TemplateEnterprise";
  const { abi } = peerArtifact(`${ROOT}/templates/${name}.sol/${name}.json`);
  return {
    datatoken: new Contract(String(newTokenAddress), abi, seller),
    exchangeId: String(exchangeId),
    gas: await chain.gasOf(sent),
  };
}

/** An order carries a fee the provider signed; it is zero here, as on Ocean's own provider. */
async function providerFee(provider: Wallet): Promise<Record<string, unknown>> {
  const digest = solidityPackedKeccak256(
    ["bytes", "address", "address", "uint256", "uint256"],
    ["0x", provider.address, NOBODY, 0n, 0n],
  );
  const { v, r, s } = provider.signingKey.sign(
    solidityPackedKeccak256(["string", "bytes32"], ["\x19Ethereum Signed Message:\n32", getBytes(digest)]),
  );
  return {
    providerFeeAddress: provider.address,
    providerFeeToken: NOBODY,
    providerFeeAmount: 0n,
    v,
    r,
    s,
    validUntil: 0n,
    providerData: "0x",
  };
}

const NO_MARKET_FEE = {
  consumeMarketFeeAddress: NOBODY,
  consumeMarketFeeToken: NOBODY,
  consumeMarketFeeAmount: 0n,
};

async function buyThenOrder(deployed: Ocean, { datatoken, exchangeId }: Product): Promise<[number, number]> {
  const { chain, token, owner, exchange, provider } = deployed;
  const buyer = await chain.actor("ocean.buyer");
  await chain.fund(token, owner, buyer, 10n * ONE, exchange);
  const bought = await chain.gas(buyer, exchange, "buyDT", [exchangeId, ONE, 2n * ONE, NOBODY, 0n]);
  const ordered = await chain.gas(buyer, datatoken, "startOrder", [
    buyer.address,
    1n,
    await providerFee(provider),
    NO_MARKET_FEE,
  ]);
  return [bought, ordered];
}

/** One transaction, with a share for the market that brought the buyer: what a referrer is to others. */
async function buyAndOrder(deployed: Ocean, { datatoken, exchangeId }: Product): Promise<number> {
  const { chain, token, owner, exchange, provider, market } = deployed;
  const buyer = await chain.actor("ocean.buyer");
  await chain.fund(token, owner, buyer, 10n * ONE, datatoken);
  const order = {
    consumer: buyer.address,
    serviceIndex: 1n,
    _providerFee: await providerFee(provider),
    _consumeMarketFee: NO_MARKET_FEE,
  };
  const rate = {
    exchangeContract: await exchange.getAddress(),
    exchangeId,
    maxBaseTokenAmount: 2n * ONE,
    swapMarketFee: REFERRAL_FEE,
    marketFeeAddress: market.address,
  };
  return chain.gas(buyer, datatoken, "buyFromFreAndOrder", [order, rate]);
}

/** Gas of one more lock while 1, 10 and 50 locks of the same payer and payee are live. */
async function locks(
  { chain, token, owner }: Ocean,
  router: string,
  collector: Wallet,
): Promise<[number, number, number]> {
  const escrow = await chain.deploy(`${ROOT}/escrow/Escrow.sol/Escrow.json`, owner, router, collector.address);
  const payer = await chain.actor("ocean.payer");
  const payee = await chain.actor("ocean.payee");
  await chain.fund(token, owner, payer, 1_000n * ONE, escrow);
  const address = await token.getAddress();
  await chain.gas(payer, escrow, "deposit", [address, 500n * ONE]);
  await chain.gas(payer, escrow, "authorize", [address, payee.address, 500n * ONE, 86_400n, 1_000n]);
  const expiry = 3_600n;
  const gas: number[] = [];
  for (let live = 0; live <= 50; live++) {
    gas.push(await chain.gas(payee, escrow, "createLock", [BigInt(live + 1), address, payer.address, ONE, expiry]));
  }
  return [gas[1], gas[10], gas[50]];
}
