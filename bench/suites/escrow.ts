import { type Contract, type Wallet, type Result, id } from "ethers";
import { compare, type Context } from "../lib/context";
import { type EvenKey, evenKey, padFor, wrongChunk } from "../lib/delivery";
import { ECRECOVER, SLOT_CHANGE, SLOT_FILL, intrinsic, log, measureFloors } from "../lib/floors";
import { PEER } from "../lib/peers";
import {
  type Listing,
  type Market,
  CARD_URI,
  buildOrder,
  buy,
  card,
  deployMarket,
  list,
  newBuyer,
} from "../lib/protocol";
import type { Entry } from "../lib/types";
import { kleros } from "../peers/kleros";
import { ocean } from "../peers/ocean";

const GIB = 2n ** 30n;
const GIB_DEPTH = 20;
const WINDOWS = { deliveryWindow: 86_400n, complaintWindow: 3n * 86_400n };
const BOND = 10n ** 16n;

interface Sale {
  buyer: Wallet;
  deal: Record<string, unknown>;
  scalar: bigint;
  gas: number;
}

/** A file is sold, its key delivered and proven, the money settled; and a wrong chunk is proven. */
export async function run(context: Context): Promise<Entry[]> {
  const oceanGas = await context.peer(PEER.ocean, ocean);
  const klerosGas = await context.peer(PEER.klerosOpen, kleros);
  const { chain } = context;

  context.say("deploying the market");
  const deployed = await deployMarket(chain);
  const { creator, escrow } = deployed;
  const floors = await measureFloors(chain);
  // sold at once before, so that the creator, the referrer and the treasury have credit
  const instant = await list(deployed, creator, card("a service"));
  for (let i = 0; i < 2; i++) await buy(deployed, instant);

  context.say("selling a file");
  const key = evenKey("isonomy.bench.version");
  const wrong = wrongChunk(key, GIB_DEPTH, 700_001n);
  const version = {
    ...card("a file"),
    root: wrong.root,
    contentRoot: id("content"),
    keyX: key.x,
    size: GIB,
    uri: CARD_URI,
  };
  const file = await list(deployed, creator, version, WINDOWS);
  const bonded = await list(
    deployed,
    creator,
    { ...version, metadataHash: id("another"), keyX: evenKey("isonomy.bench.second").x },
    { ...WINDOWS, arbitrator: await deployed.panel.getAddress(), bond: BOND },
    100n * BOND,
  );

  const sales: Sale[] = [];
  for (let i = 0; i < 4; i++) sales.push(await buyFile(deployed, file, key, `sale ${i}`));
  await buyFile(deployed, bonded, evenKey("isonomy.bench.second"), "bonded 0");
  const withBond = await buyFile(deployed, bonded, evenKey("isonomy.bench.second"), "bonded 1");

  const [first, second, third, last] = sales;
  const delivered: Sale[] = [];
  let deliver = 0;
  for (const sale of [first, second, third]) {
    const sent = await (escrow.connect(creator) as Contract).deliver(sale.deal, sale.scalar, chain.overrides());
    deliver = await chain.gasOf(sent);
    const { complainBy } = await chain.event(sent, escrow, "KeyDelivered");
    delivered.push({ ...sale, deal: { ...sale.deal, complainBy } });
  }
  await chain.gas(first.buyer, escrow, "accept", [delivered[0].deal]);
  const accepted = await chain.gas(second.buyer, escrow, "accept", [delivered[1].deal]);
  const versionId = file.offer.versionId;
  await chain.wait(4 * 86_400);
  const timedOut = await chain.gas(third.buyer, escrow, "settle", [delivered[2].deal]);
  const complained = await chain.gas(last.buyer, deployed.registry, "proveDefective", [versionId, wrong.evidence]);

  const { market, referrer } = deployed;
  const order = buildOrder(file.termsHash, creator.address, referrer.address, {
    buyerKey: key.x,
    pad: creator.address,
  });
  const opened = market.interface.encodeFunctionData("purchase", [file.offer, order]);
  const buyFloor =
    intrinsic(opened) +
    floors.transferFrom +
    2 * SLOT_FILL +
    log(4, 0) +
    SLOT_FILL +
    2 * SLOT_CHANGE +
    log(4, 64) +
    log(4, 22 * 32);
  const delivery = escrow.interface.encodeFunctionData("deliver", [last.deal, last.scalar]);
  const deliverFloor = intrinsic(delivery) + SLOT_CHANGE + ECRECOVER + log(3, 64);
  const acceptance = escrow.interface.encodeFunctionData("accept", [delivered[1].deal]);
  const settleFloor = intrinsic(acceptance) + 5 * SLOT_CHANGE + 3 * log(3, 32) + log(3, 0);
  const twoSteps = oceanGas.buyDT + oceanGas.startOrder;
  return [
    ...compare(
      "market.buyEscrow",
      last.gas,
      { [PEER.oceanTwoSteps]: twoSteps, [PEER.klerosOpen]: klerosGas.open, [PEER.oceanLock]: oceanGas.createLock10 },
      buyFloor,
    ),
    ...compare("market.buyEscrow.bonded", withBond.gas, { [PEER.oceanTwoSteps]: twoSteps }),
    ...compare("escrow.deliver", deliver, {}, deliverFloor),
    ...compare("escrow.settle", accepted, { [PEER.klerosPay]: klerosGas.pay }, settleFloor),
    ...compare("escrow.settle.timeout", timedOut, { [PEER.klerosExecute]: klerosGas.execute }, settleFloor),
    ...compare("escrow.complainContent", complained),
  ];
}

/** Buys one licence of a file and reads the deal from the event, as every later call needs it whole. */
async function buyFile(deployed: Market, { offer, termsHash }: Listing, key: EvenKey, name: string): Promise<Sale> {
  const { chain, market, escrow, referrer } = deployed;
  const buyer = await newBuyer(deployed);
  const secret = evenKey(`isonomy.bench.buyer.${name}`);
  const { pad, scalar } = padFor(key, secret, {
    chainId: 31_337n,
    escrow: await escrow.getAddress(),
    versionId: BigInt(offer.versionId),
    payer: buyer.address,
  });
  const order = buildOrder(termsHash, buyer.address, referrer.address, { buyerKey: secret.x, pad });
  const sent = await (market.connect(buyer) as Contract).purchase(offer, order, chain.overrides());
  const { deal } = await chain.event(sent, escrow, "DealOpened");
  return { buyer, deal: (deal as Result).toObject(), scalar, gas: await chain.gasOf(sent) };
}
