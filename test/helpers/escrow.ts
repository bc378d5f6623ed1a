import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, id, type Contract, type ContractTransactionResponse, type Signer } from "ethers";
import { ethers } from "hardhat";
import type { Escrow, Panel, RevenueLedger } from "../../typechain-types";
import type { DealStruct } from "../../typechain-types/contracts/escrow/Escrow";
import { buy, evenKey, sealFile } from "./files";

export const HOUR = 3_600n;
export const DAY = 86_400n;
export const PRICE = 1_000_000_007n;
export const BOND = 3_000n;
export const COST = 2_000n;
const KEY_SEED = 0xe5c0n;
export const RULING_WINDOW = 90n * DAY;
/** Hash of the terms of every deal that is not given others; each hash has a bond of its own. */
export const TERMS = id("terms");

/** Numbers of `DealStatus`. */
export const Status = { None: 0n, Open: 1n, Delivered: 2n, Disputed: 3n, Settled: 4n, Split: 5n, Refunded: 6n };
/** Numbers of `RefundCause`. */
export const Cause = { Declined: 0n, NotDelivered: 1n, BySeller: 2n, Defective: 3n, Ruled: 4n };
/** Numbers of `HostileArbitrator.OnCreate` and `OnReclaim`. */
export const OnCreate = { Obey: 0, OldId: 1, RuleAtOnce: 2, Refuse: 3, Reenter: 4 };
export const OnReclaim = { KeepAll: 0, Return: 1, BurnGas: 2, Refuse: 3, Reenter: 4, ReturnThroughAnother: 5 };
/** Numbers of `TestOpener.OnRefund`. */
export const OnRefund = { Listen: 0, Refuse: 1, BurnGas: 2, Reenter: 3 };

/** A deal whose every field is a plain value. */
export type Deal = {
  [Field in keyof DealStruct]: Field extends
    | "opener"
    | "payer"
    | "recipient"
    | "seller"
    | "payee"
    | "referrer"
    | "treasury"
    | "payToken"
    | "arbitrator"
    | "pad"
    | "keyX"
    | "termsHash"
    | "buyerKey"
    ? string
    : bigint;
};

type Books = Record<string, bigint>;

/** What each share of `amount` comes to: shares round down, the payee gets the rest. */
export function shares(amount: bigint, protocolFeeBps = 250n, referrerBps = 1_000n) {
  const treasury = (amount * protocolFeeBps) / 10_000n;
  const referrer = (amount * referrerBps) / 10_000n;
  return { payee: amount - treasury - referrer, treasury, referrer };
}

/**
 * The escrow with an opener, a panel of three and a hostile arbitrator, deployed directly. Version `versionId` is a cheat
 * that nobody has proven yet; version `goodVersionId` is as committed.
 */
export async function escrowFixture() {
  const signers = await ethers.getSigners();
  const [deployer, creator, payer, recipient, referrer, treasury, stranger, ...more] = signers;
  const [arbiters, payee] = [more.slice(0, 3), more[4]];
  const authority = await ethers.deployContract("Authority", [deployer.address]);
  const registry = await ethers.deployContract("ModelRegistry", [authority, "ipfs://titles"]);
  const ledger = await ethers.deployContract("RevenueLedger");
  const escrow = await ethers.deployContract("Escrow", [registry, ledger]);
  const panel = await ethers.deployContract("Panel", [arbiters.map((one) => one.address), 2n, COST, ledger]);
  const opener = await ethers.deployContract("TestOpener");
  const arbitrator = await ethers.deployContract("HostileArbitrator");
  await arbitrator.setCost(COST);
  const token = await ethers.deployContract("TestToken", ["Test Dollar", "TUSD", 6]);

  const key = evenKey(KEY_SEED);
  const sealed = sealFile(KEY_SEED, Buffer.from("weights that are not what was promised"), false);
  const honest = sealFile(KEY_SEED, Buffer.from("weights that are what was promised"));
  await registry.connect(creator).createModel(sealed.data, 500n);
  await registry.connect(creator).createModel(honest.data, 500n);
  const versionId = (1n << 16n) | 1n;
  const goodVersionId = (2n << 16n) | 1n;

  const addresses = {
    escrow: await escrow.getAddress(),
    ledger: await ledger.getAddress(),
    opener: await opener.getAddress(),
    arbitrator: await arbitrator.getAddress(),
    panel: await panel.getAddress(),
    token: await token.getAddress(),
  };
  const { chainId } = await ethers.provider.getNetwork();
  const purchase = buy(key, { chainId, escrow: addresses.escrow, versionId, payer: payer.address });
  let lastId = 0n;

  /** A deal in native coin without an arbitrator, a gift of the payer to the recipient. */
  async function deal(differs: Partial<Deal> = {}): Promise<Deal> {
    return {
      opener: addresses.opener,
      id: ++lastId,
      versionId,
      keyX: key.x,
      termsHash: TERMS,
      payer: payer.address,
      recipient: recipient.address,
      seller: creator.address,
      payee: payee.address,
      referrer: referrer.address,
      treasury: treasury.address,
      payToken: ZeroAddress,
      price: PRICE,
      protocolFeeBps: 250n,
      referrerBps: 1_000n,
      deliverBy: BigInt(await time.latest()) + DAY,
      complaintWindow: 3n * DAY,
      arbitrator: ZeroAddress,
      bond: 0n,
      buyerKey: purchase.buyerKey,
      pad: purchase.pad,
      complainBy: 0n,
      ...differs,
    };
  }

  const withBond = (differs: Partial<Deal> = {}) => deal({ arbitrator: addresses.arbitrator, bond: BOND, ...differs });
  const withPanel = (differs: Partial<Deal> = {}) => deal({ arbitrator: addresses.panel, bond: BOND, ...differs });

  /** Opens a deal as the opener; tokens arrive in the ledger first, as a market sends them. */
  async function sendOpen(terms: Deal, value?: bigint): Promise<ContractTransactionResponse> {
    const native = terms.payToken === ZeroAddress;
    if (!native && terms.price !== 0n) await token.mint(ledger, terms.price);
    return opener.execute(
      escrow,
      escrow.interface.encodeFunctionData("open", [terms.keyX === key.x ? asSent(terms) : terms]),
      {
        value: value ?? (native ? terms.price : 0n),
      },
    );
  }

  async function open(terms: Deal): Promise<Deal> {
    if (terms.bond !== 0n)
      await escrow.connect(creator).postBond(terms.opener, terms.seller, terms.termsHash, { value: terms.bond });
    await sendOpen(terms);
    return terms;
  }

  async function deliver(terms: Deal): Promise<Deal> {
    await escrow.deliver(terms, purchase.c);
    return { ...terms, complainBy: BigInt(await time.latest()) + terms.complaintWindow };
  }

  const openAndDeliver = async (terms: Deal) => deliver(await open(terms));

  /** What the recipient must send to dispute. */
  const half = (terms: Deal, cost = COST) => 2n * cost - (terms.bond < cost ? terms.bond : cost);

  async function dispute(terms: Deal, cost = COST): Promise<Deal> {
    await escrow.connect(recipient).dispute(terms, { value: half(terms, cost) });
    return terms;
  }

  const openAndDispute = async (terms: Deal, cost = COST) => dispute(await openAndDeliver(terms), cost);

  const proveDefective = () => registry.connect(stranger).proveDefective(versionId, sealed.evidence);

  /** Makes the next transaction land exactly at `timestamp`. */
  const at = (timestamp: bigint) => time.setNextBlockTimestamp(timestamp);

  /** Everything that money can be in: every account's balances in the ledger, coin of contracts, bonds. */
  async function books(payToken = ZeroAddress): Promise<Books> {
    const accounts = {
      payer,
      recipient,
      seller: creator,
      payee,
      treasury,
      referrer,
      stranger,
      escrow: addresses.escrow,
    };
    const all: Books = {};
    for (const [name, account] of Object.entries(accounts)) {
      all[name] = await ledger.balanceOf(payToken, account);
      if (payToken !== ZeroAddress) all[`${name}:coin`] = await ledger.balanceOf(ZeroAddress, account);
    }
    for (const name of ["escrow", "ledger", "arbitrator", "panel"] as const) {
      all[`coin of ${name}`] = await ethers.provider.getBalance(addresses[name]);
    }
    [all["bond free"], all["bond reserved"]] = await escrow.bondOf(opener, creator, TERMS);
    return all;
  }

  /** Sends a transaction and asserts every balance that moved, and that no other did. */
  async function expectMoves(
    send: () => Promise<ContractTransactionResponse>,
    expected: Books,
    payToken = ZeroAddress,
  ): Promise<ContractTransactionResponse> {
    const before = await books(payToken);
    const sent = await send();
    const after = await books(payToken);
    const moved = Object.fromEntries(
      Object.entries(after)
        .map(([name, value]) => [name, value - before[name]] as const)
        .filter(([, change]) => change !== 0n),
    );
    expect(moved).to.deep.equal(Object.fromEntries(Object.entries(expected).filter(([, change]) => change !== 0n)));
    return sent;
  }

  const statusOf = (terms: Deal) => escrow.statusOf(terms.opener, terms.id);

  return {
    contracts: { authority, registry, ledger, escrow, panel, opener, arbitrator, token } as {
      ledger: RevenueLedger;
      escrow: Escrow;
      panel: Panel;
      opener: Contract;
      arbitrator: Contract;
      authority: typeof authority;
      registry: typeof registry;
      token: typeof token;
    },
    actors: { deployer, creator, payer, recipient, referrer, treasury, stranger, arbiters, other: more[3], payee },
    actions: {
      deal,
      withBond,
      withPanel,
      sendOpen,
      open,
      deliver,
      openAndDeliver,
      half,
      dispute,
      openAndDispute,
      proveDefective,
      at,
      books,
      expectMoves,
      statusOf,
    },
    values: { versionId, goodVersionId, key, purchase, addresses, sealed, honest, chainId, noHash: ZeroHash },
  };
}

/** A deal as its opener sends it: the escrow itself puts the version's key into it. */
export const asSent = (terms: Deal): Deal => ({ ...terms, keyX: ZeroHash });

export type EscrowFixture = Awaited<ReturnType<typeof escrowFixture>>;

/** What a split with this refund moves in the ledger. */
export function split(refund: bigint) {
  return { escrow: -PRICE, payer: refund, ...shares(PRICE - refund) };
}

/** A dispute of a native deal with the hostile arbitrator, which costs each side `COST`. */
export async function disputedFixture() {
  const fixture = await escrowFixture();
  const terms = await fixture.actions.openAndDispute(await fixture.actions.withBond());
  const { disputeId, ruleBy } = await fixture.contracts.escrow.disputeOf(terms.opener, terms.id);
  const { escrow, arbitrator } = fixture.contracts;
  const rule = (ruling: bigint, id = disputeId) => arbitrator.giveRuling(escrow, id, ruling);
  return { ...fixture, terms, disputeId, ruleBy, rule };
}

/** Every call that brings a deal, as the party who may make it, with how long after the deal's steps it is made. */
export function dealCalls(fixture: EscrowFixture) {
  const { escrow } = fixture.contracts;
  const { creator, recipient, stranger } = fixture.actors;
  const { c } = fixture.values.purchase;
  const as = (signer: Signer) => escrow.connect(signer);
  return {
    deliver: (terms: Deal) => as(stranger).deliver.staticCall(terms, c),
    decline: (terms: Deal) => as(creator).decline.staticCall(terms),
    refundUndelivered: (terms: Deal) => as(stranger).refundUndelivered.staticCall(terms),
    accept: (terms: Deal) => as(recipient).accept.staticCall(terms),
    settle: (terms: Deal) => as(stranger).settle.staticCall(terms),
    refundBySeller: (terms: Deal) => as(creator).refundBySeller.staticCall(terms),
    refundDefective: (terms: Deal) => as(stranger).refundDefective.staticCall(terms),
    dispute: (terms: Deal) => as(recipient).dispute.staticCall(terms, { value: 2n * COST }),
    concedeByRecipient: (terms: Deal) => as(recipient).concede.staticCall(terms, 1n),
    concedeBySeller: (terms: Deal) => as(creator).concede.staticCall(terms, 1n),
    executeRuling: (terms: Deal) => as(stranger).executeRuling.staticCall(terms),
    resolveStale: (terms: Deal) => as(stranger).resolveStale.staticCall(terms),
  };
}
