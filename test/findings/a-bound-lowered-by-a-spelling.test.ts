import { loadFixture, setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Wallet, ZeroAddress, getIcapAddress, id, toBeHex } from "ethers";
import hre, { ethers } from "hardhat";

import { readPermissions } from "../../deploy/permissions";
import { DealClient, type Keyring } from "../../sdk/src/deals";
import { ExchangeClient, packHop } from "../../sdk/src/exchange";
import { nodePlatform } from "../../sdk/src/node";
import { CitizenClient, GovernanceClient, encodeProposal, signAttestation } from "../../sdk/src/governance";
import { MarketClient, PaymentClient, hashOffer, offerDigest, orderFor, toOffer } from "../../sdk/src/market";
import { signTerms } from "../../sdk/src/market/signTerms";
import { DAY, PRICE, marketFixture } from "../helpers/market";
import { padOf, xOf } from "../helpers/files";
import { bookOf } from "../support/bookOf";
import { caught } from "../support/caught";

/** One address in every form in which a wallet, a block explorer, a database or a bank writes it. */
const SPELLINGS: Record<string, (address: string) => string> = {
  "in lower case": (address) => address.toLowerCase(),
  "in upper case": (address) => `0x${address.slice(2).toUpperCase()}`,
  "with 0X": (address) => address.toUpperCase(),
  "without 0x": (address) => address.slice(2),
  "as an ICAP code": (address) => getIcapAddress(address),
};

const checksummed = (address: string): string => address;
const COIN = 10n ** 18n;
const FEE_BPS = 30n;
const NO_KEYS: Keyring = { add: async () => undefined, find: async () => Promise.reject(new Error("no keys")) };

async function clients() {
  const protocol = await marketFixture();
  const { contracts, token, ids } = protocol;
  const at = async (name: keyof typeof contracts): Promise<string> => contracts[name].getAddress();
  const addresses = {
    ModelRegistry: await at("ModelRegistry"),
    LicenseToken: await at("LicenseToken"),
    RevenueLedger: await at("RevenueLedger"),
    Market: await at("Market"),
    Exchange: await at("Exchange"),
    Forwarder: await at("Forwarder"),
    UpdateDesk: await at("UpdateDesk"),
    Escrow: await at("Escrow"),
    IsonomyGovernor: await at("IsonomyGovernor"),
    BallotBox: await at("BallotBox"),
    GovernanceToken: await at("GovernanceToken"),
    CitizenRegistry: await at("CitizenRegistry"),
  };
  const [payer, creator] = [id("payer"), id("creator")].map((key) => new Wallet(key, ethers.provider)) as [
    Wallet,
    Wallet,
  ];
  for (const account of [payer, creator]) {
    await setBalance(account.address, 10_000n * COIN);
    await token.mint(account.address, 1_000_000n * PRICE);
  }
  const versionId = await protocol.actions.publish(creator as never);
  const fileVersionId = await protocol.actions.publish(creator as never, protocol.files.file.data);
  const offer = toOffer(
    protocol.actions.terms({ versionId, creator: creator.address, referrerBps: 1_000n, buyer: payer.address }),
  );
  const fileOffer = toOffer(
    protocol.actions.fileTerms({ versionId: fileVersionId, creator: creator.address, deliveryWindow: DAY }),
  );
  for (const one of [offer, fileOffer]) await contracts.Market.connect(creator).createOffer(one);
  const pool = { token0: ZeroAddress, token1: ids.payToken, feeBps: FEE_BPS };
  const exchange = new ExchangeClient({ contracts: addresses }, creator);
  await exchange.createPool(pool);
  // the two reserves are far from one another: a bound computed in the wrong direction is far off as well
  await exchange.addLiquidity(pool, 1_000n * COIN, 5n * PRICE);
  await new ExchangeClient({ contracts: addresses }, payer).addLiquidity(pool, 10n * COIN, 5n * PRICE);
  const order = await protocol.actions.paddedOrder(fileOffer, { recipient: payer.address });
  await token.connect(payer).approve(addresses.Market, PRICE);
  const opened = await protocol.actions.dealOf(await contracts.Market.connect(payer).purchase(fileOffer, order.order));
  return { ...protocol, addresses, payer, seller: creator, offer, fileOffer, pool, opened };
}

type Fixture = Awaited<ReturnType<typeof clients>>;
type Spell = (address: string) => string;

const spelled = ({ addresses }: Pick<Fixture, "addresses">, spell: Spell): { contracts: Fixture["addresses"] } => {
  const entries = Object.entries(addresses).map(([name, value]) => [name, spell(value)]);
  return { contracts: Object.fromEntries(entries) as Fixture["addresses"] };
};

/** A record with every address of it in another form. */
function respell<T extends object>(record: T, spell: Spell): T {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value) ? spell(value) : value,
    ]),
  ) as T;
}

const payment = (f: Fixture, spell: Spell): PaymentClient => new PaymentClient(spelled(f, spell), f.payer);
const selling = (f: Fixture, spell: Spell, as: Wallet = f.payer): MarketClient =>
  new MarketClient(spelled(f, spell), as);
const trade = (f: Fixture, spell: Spell): ExchangeClient => new ExchangeClient(spelled(f, spell), f.payer);
const deals = (f: Fixture, spell: Spell, as: Wallet = f.payer): DealClient =>
  new DealClient(spelled(f, spell), as, { platform: nodePlatform(0), keyring: NO_KEYS });
const parties = (fixture: Fixture, spell: Spell) => ({
  recipient: spell(fixture.actors.recipient.address),
  referrer: spell(fixture.actors.referrer.address),
});

/** Every method of every client that is given an address, and the functions beside them. */
const CALLS: Record<string, (fixture: Fixture, spell: Spell) => Promise<unknown> | unknown> = {
  "ExchangeClient.pool": (f, s) => trade(f, s).pool(respell(f.pool, s)),
  "ExchangeClient.pools": (f, s) => trade(f, s).pools(),
  "ExchangeClient.routeExactIn": (f, s) => trade(f, s).routeExactIn(s(ZeroAddress), s(f.ids.payToken), COIN),
  "ExchangeClient.routeExactOut": (f, s) => trade(f, s).routeExactOut(s(f.ids.payToken), s(ZeroAddress), COIN),
  "ExchangeClient.routeExactIn over pools that were kept": async (f, s) => {
    const pools = (await trade(f, checksummed).pools()).map((pool) => respell(pool, s));
    return trade(f, s).routeExactIn(s(f.ids.payToken), ZeroAddress, PRICE, pools);
  },
  "ExchangeClient.swapExactIn": async (f, s) => {
    const route = await trade(f, checksummed).routeExactIn(f.ids.payToken, ZeroAddress, PRICE);
    const legs = route.legs.map((leg) => respell({ ...leg, pool: respell(leg.pool, s) }, s));
    return trade(f, s).swapExactIn({ ...route, legs }, { recipient: s(f.actors.recipient.address) });
  },
  "ExchangeClient.swapExactIn of native coin": async (f, s) => {
    const route = await trade(f, checksummed).routeExactIn(ZeroAddress, f.ids.payToken, COIN);
    return trade(f, s).swapExactIn({ ...route, legs: route.legs.map((leg) => respell(leg, s)) });
  },
  "ExchangeClient.swapExactOut of native coin": async (f, s) => {
    const route = await trade(f, checksummed).routeExactOut(ZeroAddress, f.ids.payToken, 100n);
    return trade(f, s).swapExactOut({ ...route, legs: route.legs.map((leg) => respell(leg, s)) });
  },
  "ExchangeClient.createPool": (f, s) => trade(f, s).createPool(respell({ ...f.pool, feeBps: 5n }, s)),
  "ExchangeClient.addLiquidity": (f, s) =>
    trade(f, s).addLiquidity(respell(f.pool, s), COIN, PRICE, { recipient: s(f.actors.recipient.address) }),
  "ExchangeClient.addLiquiditySingle of native coin": (f, s) =>
    trade(f, s).addLiquiditySingle(respell(f.pool, s), s(ZeroAddress), COIN),
  "ExchangeClient.addLiquiditySingle of a token": (f, s) =>
    trade(f, s).addLiquiditySingle(f.pool, s(f.ids.payToken), PRICE),
  "ExchangeClient.removeLiquidity": (f, s) =>
    trade(f, s).removeLiquidity(respell(f.pool, s), 1_000_000n, { recipient: s(f.actors.recipient.address) }),
  "ExchangeClient.positions": (f, s) => trade(f, s).positions(s(f.payer.address)),
  packHop: (f, s) => packHop(s(f.ids.payToken), FEE_BPS),

  "MarketClient.epochOf": (f, s) => selling(f, s).epochOf(s(f.seller.address)),
  "MarketClient.offersOf": (f, s) => selling(f, s).offersOf(f.offer.versionId),
  "MarketClient.createOffer": (f, s) => {
    const { versionId, price, supply } = f.offer;
    const named = { payToken: s(f.ids.payToken), buyer: s(f.payer.address), arbitrator: s(ZeroAddress) };
    return selling(f, s, f.seller).createOffer({ versionId, price, supply, salt: 7n, ...named });
  },
  "MarketClient.signOffer": async (f, s) => {
    const { versionId, price, supply } = f.offer;
    const named = { payToken: s(f.ids.payToken), buyer: s(f.payer.address), arbitrator: s(ZeroAddress) };
    const { offer } = await selling(f, s, f.seller).signOffer({ versionId, price, supply, salt: 8n, ...named });
    return offer;
  },
  "MarketClient.revokeOffer": (f, s) => selling(f, s, f.seller).revokeOffer(respell(f.offer, s)),
  "MarketClient.simulatePurchase": (f, s) => selling(f, s).simulatePurchase(respell(f.offer, s), parties(f, s)),
  "MarketClient.purchase": (f, s) => selling(f, s).purchase(respell(f.offer, s), parties(f, s)),
  "MarketClient.purchase of a signed offer": async (f, s) => {
    const offer = { ...f.offer, salt: 9n };
    const { chainId } = await ethers.provider.getNetwork();
    const signature = await signTerms(f.seller, s(f.addresses.Market), chainId, respell(offer, s));
    return selling(f, s).purchase(respell(offer, s), { ...parties(f, s), signature });
  },
  "MarketClient.isAuthorized": (f, s) => selling(f, s).isAuthorized(f.opened.id, s(f.payer.address)),
  "MarketClient.earned": (f, s) => selling(f, s).earned(s(f.ids.payToken), s(f.seller.address)),
  "MarketClient.withdraw": async (f, s) => {
    await selling(f, checksummed).purchase(f.offer);
    const options = { to: s(f.actors.recipient.address), amount: 5n };
    return selling(f, s, f.seller).withdraw(s(f.ids.payToken), options);
  },
  hashOffer: (f, s) => hashOffer(respell(f.offer, s)),
  offerDigest: (f, s) => offerDigest(s(f.addresses.Market), 1n, respell(f.offer, s)),
  orderFor: (f, s) =>
    orderFor(respell(f.offer, s), s(f.payer.address), {
      referrer: s(f.actors.referrer.address),
      key: { buyerKey: toBeHex(xOf(1n), 32), pad: s(padOf(1n)) },
    }),
  toOffer: (f, s) => toOffer(respell(f.offer, s)),

  "PaymentClient.purchaseWithPermit": (f, s) =>
    payment(f, s).purchaseWithPermit(respell(f.offer, s), { recipient: s(f.actors.recipient.address) }),
  "PaymentClient.purchaseCart": (f, s) => {
    // one token in two forms is one sum, and so is one coin
    const lines = [f.offer, respell(f.offer, s)].map((offer) => ({ offer, ...parties(f, s) }));
    return payment(f, s).purchaseCart(lines);
  },
  "PaymentClient.signSponsored": (f, s) =>
    payment(f, s).signSponsored(respell(f.offer, s), { recipient: s(f.actors.recipient.address) }),
  "PaymentClient.sponsor": async (f, s) => {
    const request = await payment(f, checksummed).signSponsored(f.offer);
    return payment(f, s)
      .connect(f.seller)
      .sponsor({ ...request, from: s(request.from), to: s(request.to) });
  },
  "PaymentClient.purchaseWithSwap": (f, s) =>
    payment(f, s).purchaseWithSwap(respell(f.offer, s), s(ZeroAddress), {
      slippageBps: 100n,
      recipient: s(f.actors.recipient.address),
    }),

  "DealClient.deal": (f, s) => deals(f, s).deal(s(f.opened.opener), f.opened.id),
  "DealClient.toDeliver": (f, s) => deals(f, s).toDeliver(s(f.seller.address)),
  "DealClient.openedFor": (f, s) => deals(f, s).openedFor(s(f.seller.address), 0),
  "DealClient.statusOf": (f, s) => deals(f, s).statusOf({ opener: s(f.opened.opener), id: f.opened.id }),
  "DealClient.decline": (f, s) => deals(f, s, f.seller).decline(respell(f.opened, s) as never),
  "DealClient.deliver": async (f, s) => {
    // as far as the keyring: the deal was found and is one of the seller's
    const name = { opener: s(f.opened.opener), id: f.opened.id };
    return deals(f, s, f.seller)
      .deliver(name, { confirmations: 0, margin: 0n })
      .catch((error: Error) => error.message);
  },

  "GovernanceClient.delegate": (f, s) => new GovernanceClient(spelled(f, s), f.payer).delegate(s(f.seller.address)),
  "GovernanceClient.reweigh": (f, s) =>
    new GovernanceClient(spelled(f, s), f.payer).reweigh(s(f.seller.address)).catch((error: Error) => error.message),
  encodeProposal: (f, s) => {
    const { interface: abi } = f.contracts.Market;
    const call = { target: s(f.addresses.Market), abi, call: "setPayToken", args: [f.ids.payToken, true, 0n] };
    return encodeProposal({ title: "t", why: "w", calls: [call] }, s(f.payer.address));
  },
  "CitizenClient.nonce": (f, s) => new CitizenClient(spelled(f, s), f.payer).nonce(s(f.payer.address)),
  "CitizenClient.isCitizen": (f, s) => new CitizenClient(spelled(f, s), f.payer).isCitizen(s(f.payer.address)),
  signAttestation: (f, s) =>
    signAttestation(f.seller, s(f.addresses.CitizenRegistry), 1n, {
      account: s(f.payer.address),
      issuerId: 1,
      nullifier: id("n"),
      claimHash: id("c"),
      validUntil: 2n,
      deadline: 1n,
      nonce: 0n,
    }),
  readPermissions: async (f, s) => {
    const { contracts } = await bookOf(f.contracts);
    const entries = Object.entries(contracts).map(([name, address]) => [name, s(address)]);
    const deployment = { contracts: Object.fromEntries(entries) as typeof contracts };
    return readPermissions({ provider: ethers.provider, artifacts: hre.artifacts, deployment });
  },
};

/** What came back, without what the clock decides, and everything that was sent. */
async function outcome(run: (fixture: Fixture, spell: Spell) => unknown, spell: Spell) {
  const fixture = await loadFixture(clients);
  const before = await ethers.provider.getBlockNumber();
  const result = await run(fixture, spell);
  const now = await ethers.provider.getBlockNumber();
  const sent: object[] = [];
  for (let number = before + 1; number <= now; number++) {
    const block = await ethers.provider.getBlock(number, true);
    for (const { to, data, value } of block!.prefetchedTransactions) sent.push({ to, data, value: value.toString() });
  }
  const plain = JSON.stringify(result ?? null, (name, value: unknown) =>
    name === "receipt" || name === "approval" ? undefined : typeof value === "bigint" ? value.toString() : value,
  );
  const isReceipt = typeof result === "object" && result !== null && "gasUsed" in result;
  return { result: isReceipt ? "a receipt" : (JSON.parse(plain) as unknown), sent };
}

/**
 * What was lost: a bound. `addLiquiditySingle` was given a token in lower case, took it for the other one of the pool, and
 * sent a bound 340 million times too low: those who order transactions could have kept the deposit. Addresses were compared
 * as text in many places.
 */
describe("Finding: a bound lowered by the spelling of an address", () => {
  const WRONG: Record<string, string> = {
    "with a digit too few": "0x52908400098527886E0F7030069857D2E4169EE",
    "with one letter's case changed": "0x52908400098527886E0F7030069857D2E4169Ee7",
    "as an ICAP code with a wrong sum": "XE66GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36",
    "as an ICAP code of more than 20 bytes": "XE96ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "as a name": "seller.eth",
    "as nothing": "",
  };
  for (const [form, wrong] of Object.entries(WRONG)) {
    // claim(attacks#command-line-package-and-sellers-agent): a bound, a sum or a side computed for another token,
    //   because an address is written differently
    it(`an address ${form} is refused by name, before anything is asked or sent`, async () => {
      const fixture = await loadFixture(clients);
      const market = selling(fixture, checksummed);
      const calls: (() => unknown)[] = [
        () => new PaymentClient({ contracts: { ...fixture.addresses, Market: wrong } }, fixture.payer),
        () => new GovernanceClient({ contracts: { ...fixture.addresses, IsonomyGovernor: wrong } }, fixture.payer),
        () => trade(fixture, checksummed).addLiquiditySingle(fixture.pool, wrong, COIN),
        () => market.purchase(fixture.offer, { recipient: wrong }),
        () => market.purchase({ ...fixture.offer, payToken: wrong }),
        () => market.isAuthorized(1n, wrong),
        () => deals(fixture, checksummed).toDeliver(wrong),
      ];
      const nonce = await fixture.payer.getNonce();
      for (const call of calls) {
        const { args, message } = await caught(call, "ADDRESS_INVALID");
        expect(args.address).to.equal(wrong);
        expect(message).to.contain(`"${wrong}" is not an address`);
      }
      expect(await fixture.payer.getNonce()).to.equal(nonce);
    });
  }

  for (const [name, run] of Object.entries(CALLS)) {
    // claim(attacks#command-line-package-and-sellers-agent): a bound, a sum or a side computed for another token,
    //   because an address is written differently
    it(`${name} does the same for every spelling`, async () => {
      const expected = await outcome(run, checksummed);
      for (const [form, spell] of Object.entries(SPELLINGS)) {
        let actual: unknown;
        try {
          actual = await outcome(run, spell);
        } catch (error) {
          throw new Error(`${form}: ${String(error)}`, { cause: error });
        }
        expect(actual, form).to.deep.equal(expected);
      }
    });
  }
});
