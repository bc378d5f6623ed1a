import { Wallet, ZeroAddress, ZeroHash, type Provider, type Signer } from "ethers";

import { winkCard } from "../../scripts/demo/card";
import type { ContractName, PartialDeployment } from "../../sdk/src/addresses";
import { DealClient, type Deal, type Keyring } from "../../sdk/src/deals";
import { ExchangeClient, type Route } from "../../sdk/src/exchange";
import { portablePlatform } from "../../sdk/src/fairexchange";
import { CitizenClient, GovernanceClient, type ProposalFile } from "../../sdk/src/governance";
import {
  MarketClient,
  PaymentClient,
  PolicyClient,
  completeOffer,
  policyId,
  type ClientOptions,
  type Offer,
} from "../../sdk/src/market";
import { LineageClient } from "../../sdk/src/lineage";
import { ReadClient } from "../../sdk/src/reading";
import { MetricClient, ReviewClient } from "../../sdk/src/reputation";
import { ResaleClient, type SignedAsk } from "../../sdk/src/resale";
import { SeatClient, StandingOrderClient, SubscriptionClient, UsageClient, type Channel } from "../../sdk/src/rights";
import { MemoryBlocks, UnixFsStore } from "../../sdk/src/store";

/** One client of each kind. */
export interface Clients {
  readonly MarketClient: MarketClient;
  readonly PaymentClient: PaymentClient;
  readonly ExchangeClient: ExchangeClient;
  readonly DealClient: DealClient;
  readonly ReadClient: ReadClient;
  readonly PolicyClient: PolicyClient;
  readonly SeatClient: SeatClient;
  readonly SubscriptionClient: SubscriptionClient;
  readonly StandingOrderClient: StandingOrderClient;
  readonly UsageClient: UsageClient;
  readonly LineageClient: LineageClient;
  readonly ReviewClient: ReviewClient;
  readonly MetricClient: MetricClient;
  readonly ResaleClient: ResaleClient;
  readonly GovernanceClient: GovernanceClient;
  readonly CitizenClient: CitizenClient;
}

const noKeys: Keyring = { add: async () => undefined, find: async () => ({ secret: 1n }) as never };

/** Every client of a deployment, as one account. */
export function clientsOf(
  deployment: PartialDeployment<ContractName>,
  runner: Signer | Provider,
  options: ClientOptions = {},
): Clients {
  return {
    MarketClient: new MarketClient(deployment, runner, options),
    PaymentClient: new PaymentClient(deployment, runner, options),
    ExchangeClient: new ExchangeClient(deployment, runner, options),
    DealClient: new DealClient(deployment, runner, { ...options, platform: portablePlatform, keyring: noKeys }),
    ReadClient: new ReadClient(deployment, runner, options),
    PolicyClient: new PolicyClient(deployment, runner, options),
    SeatClient: new SeatClient(deployment, runner, options),
    SubscriptionClient: new SubscriptionClient(deployment, runner, options),
    StandingOrderClient: new StandingOrderClient(deployment, runner, options),
    UsageClient: new UsageClient(deployment, runner, options),
    LineageClient: new LineageClient(deployment, runner, options),
    ReviewClient: new ReviewClient(deployment, runner, options),
    MetricClient: new MetricClient(deployment, runner, options),
    ResaleClient: new ResaleClient(deployment, runner, options),
    GovernanceClient: new GovernanceClient(deployment, runner, options),
    CitizenClient: new CitizenClient(deployment, runner, options),
  };
}

const PERSON = Wallet.createRandom().address;
const STORE = new UnixFsStore(new MemoryBlocks());
const COMPLAINT = { key: 1n, index: 0n, contentHash: ZeroHash, encryptedChunk: "0x00", path: [] };
const CLEARANCE = {
  policy: policyId({ issuer: PERSON, number: 1n }),
  ...{ termsHash: ZeroHash, recipient: PERSON, validUntil: 1n },
};
export const CHANNEL: Channel = {
  ...{ licenseId: 1n, payToken: ZeroAddress, unitPrice: 1n, units: 1n, grace: 3_600n },
  ...{ providerBps: 0n, feeBps: 0n, referrerBps: 0n, payer: PERSON, payee: PERSON, provider: PERSON },
  ...{ treasury: PERSON, referrer: PERSON, key: PERSON },
};
const VOUCHER = { slot: 0, units: 1n, validUntil: 1, r: ZeroHash, vs: ZeroHash };
const MEASURED = {
  ...{ evaluator: PERSON, versionId: 1n, dataSet: ZeroHash, metric: ZeroHash, value: -1n, decimals: 0n },
  ...{ method: ZeroHash, measuredAt: 1n, validUntil: 2n },
};
const ASK: SignedAsk = {
  ...{ licenseId: 1n, seller: PERSON, payToken: ZeroAddress, price: 10n ** 18n, expiresAt: 1n, buyer: ZeroAddress },
  ...{ maxFeeBps: 500n, maxRoyaltyBps: 1_000n, versionId: 0n, deliveryWindow: 0n, complaintWindow: 0n },
  ...{ epoch: 0n, bit: 0n, signature: "0x" },
};
const KEY = { token0: ZeroAddress, token1: PERSON, feeBps: 30n };

/** The names of a client's public methods, its parents' too. */
export function methodsOf(client: object): string[] {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(client); at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at) as PropertyDescriptorMap)) {
      if (name !== "constructor" && typeof value === "function") names.push(name);
    }
  }
  return [...new Set(names)];
}

/** What each sending method of each client is called with where nothing but the sending matters. */
export function sendingCalls(
  offer: Offer = nativeOffer(),
): Record<keyof Clients, Record<string, (c: Clients) => Promise<unknown>>> {
  const deal = dealOf(offer);
  const pool = {
    ...KEY,
    id: 1n,
    reserve0: 10n ** 20n,
    reserve1: 10n ** 20n,
    totalShares: 10n ** 20n,
    protocolShare: 0n,
  };
  const route: Route = {
    legs: [{ pool, tokenIn: ZeroAddress, tokenOut: PERSON }],
    amountIn: 10n ** 18n,
    amountOut: 10n ** 17n,
    priceImpact: 0,
    hops: [BigInt(PERSON) | (30n << 160n)],
  };
  const proposal: ProposalFile = {
    title: "Nothing",
    why: "No reason.",
    calls: [{ target: PERSON, abi: { encodeFunctionData: () => "0x" } as never, call: "nothing", args: [] }],
  };
  return {
    MarketClient: {
      listModel: (c) => c.MarketClient.listModel(winkCard, STORE),
      publishVersion: (c) => c.MarketClient.publishVersion(1n, winkCard, STORE),
      createOffer: (c) => c.MarketClient.createOffer({ versionId: 1n, price: 1n, supply: 1n }),
      signOffer: (c) => c.MarketClient.signOffer({ versionId: 1n, price: 1n, supply: 1n }),
      revokeOffer: (c) => c.MarketClient.revokeOffer(offer),
      revokeAllSigned: (c) => c.MarketClient.revokeAllSigned(),
      purchase: (c) => c.MarketClient.purchase(offer),
      withdraw: (c) => c.MarketClient.withdraw(ZeroAddress),
      transferLicense: (c) => c.MarketClient.transferLicense(1n, PERSON),
      transferTitle: (c) => c.MarketClient.transferTitle(1n, PERSON),
      fixPayee: (c) => c.MarketClient.fixPayee(1n, PERSON),
    },
    PaymentClient: {
      purchaseWithPermit: (c) => c.PaymentClient.purchaseWithPermit({ ...offer, payToken: PERSON }),
      purchaseCart: (c) => c.PaymentClient.purchaseCart([{ offer }]),
      purchaseWithSwap: (c) => c.PaymentClient.purchaseWithSwap(offer, PERSON),
      requestUpdate: (c) => c.PaymentClient.requestUpdate(1n, 2n, { buyerKey: ZeroHash, pad: PERSON }),
      signSponsored: (c) => c.PaymentClient.signSponsored({ ...offer, payToken: PERSON }),
      sponsor: (c) => c.PaymentClient.sponsor(sponsored(c, offer)),
      sponsoredPurchase: (c) =>
        c.PaymentClient.sponsoredPurchase({ ...offer, payToken: PERSON }, c.MarketClient.market.runner as Signer),
    },
    ExchangeClient: {
      swapExactIn: (c) => c.ExchangeClient.swapExactIn(route),
      swapExactOut: (c) => c.ExchangeClient.swapExactOut(route),
      createPool: (c) => c.ExchangeClient.createPool(KEY),
      addLiquidity: (c) => c.ExchangeClient.addLiquidity(KEY, 10n ** 18n, 10n ** 18n),
      addLiquiditySingle: (c) => c.ExchangeClient.addLiquiditySingle(KEY, ZeroAddress, 10n ** 18n),
      removeLiquidity: (c) => c.ExchangeClient.removeLiquidity(KEY, 1n),
    },
    DealClient: {
      decline: (c) => c.DealClient.decline(deal),
      refundUndelivered: (c) => c.DealClient.refundUndelivered(deal),
      accept: (c) => c.DealClient.accept(deal),
      settle: (c) => c.DealClient.settle(deal),
      refundBySeller: (c) => c.DealClient.refundBySeller(deal),
      refundDefective: (c) => c.DealClient.refundDefective(deal),
      dispute: (c) => c.DealClient.dispute(deal, 10n ** 18n),
      concede: (c) => c.DealClient.concede(deal, 1n),
      executeRuling: (c) => c.DealClient.executeRuling(deal),
      resolveStale: (c) => c.DealClient.resolveStale(deal),
      reclaimFee: (c) => c.DealClient.reclaimFee(deal),
      deliver: (c) => c.DealClient.deliver(deal),
      purchase: (c) => c.DealClient.purchase(offer, { store: STORE, cid: "none" }),
      complain: (c) => c.DealClient.complain(offer.versionId, COMPLAINT),
      complainAndRefund: (c) => c.DealClient.complainAndRefund(deal, COMPLAINT),
      recordMissedDelivery: (c) => c.DealClient.recordMissedDelivery(deal),
      postBond: (c) => c.DealClient.postBond(deal.termsHash, deal.seller, 1n),
      withdrawBond: (c) => c.DealClient.withdrawBond(deal.termsHash, 1n),
    },
    PolicyClient: {
      sign: (c) => c.PolicyClient.sign(CLEARANCE),
      present: (c) => c.PolicyClient.present({ ...CLEARANCE, nonce: 1n, signature: "0x" }),
      revoke: (c) => c.PolicyClient.revoke(CLEARANCE.policy, ZeroHash, PERSON, 1n),
    },
    SeatClient: {
      giveSeat: (c) => c.SeatClient.giveSeat(offer, 1n, PERSON),
      takeSeat: (c) => c.SeatClient.takeSeat(offer, 1n, PERSON),
    },
    SubscriptionClient: {
      giveSeat: (c) => c.SubscriptionClient.giveSeat(offer, 1n, PERSON),
      takeSeat: (c) => c.SubscriptionClient.takeSeat(offer, 1n, PERSON),
      release: (c) => c.SubscriptionClient.release(offer, 1n),
      cancel: (c) => c.SubscriptionClient.cancel(offer, 1n),
    },
    StandingOrderClient: {
      set: (c) => c.StandingOrderClient.set(offer, 1n, { maxPrice: 1n, until: 2n ** 40n - 1n, ahead: 3_600n, tip: 0n }),
      cancel: (c) => c.StandingOrderClient.cancel(1n, PERSON),
      run: (c) => c.StandingOrderClient.run(offer, 1n, PERSON),
    },
    UsageClient: {
      giveSeat: (c) => c.UsageClient.giveSeat(offer, 1n, PERSON),
      takeSeat: (c) => c.UsageClient.takeSeat(offer, 1n, PERSON),
      redeem: (c) => c.UsageClient.redeem(CHANNEL, VOUCHER),
      redeemBatch: (c) => c.UsageClient.redeemBatch([{ channel: CHANNEL, voucher: VOUCHER }]),
      settleShares: (c) => c.UsageClient.settleShares(CHANNEL),
      setKey: (c) => c.UsageClient.setKey(1n, { slot: 1, signer: PERSON, cap: 1n }),
      revokeKey: (c) => c.UsageClient.revokeKey(CHANNEL, 1),
      closeChannel: (c) => c.UsageClient.closeChannel(CHANNEL),
      finishChannel: (c) => c.UsageClient.finishChannel(CHANNEL),
    },
    LineageClient: {
      signConsent: (c) => c.LineageClient.signConsent({ parent: 1n, child: 2n, bps: 1n, validUntil: 1n }),
      create: (c) => c.LineageClient.create(2n, [{ modelId: 1n, bps: 1n }]),
      setOpenTerms: (c) => c.LineageClient.setOpenTerms(1n, { minBps: 1n, until: 1n }),
      settle: (c) => c.LineageClient.settle(1n, PERSON),
      gather: (c) => c.LineageClient.gather(1n, PERSON),
    },
    ReviewClient: {
      review: (c) => c.ReviewClient.review(offer, 1n, 5n),
      edit: (c) => c.ReviewClient.edit(1n, 5n),
      erase: (c) => c.ReviewClient.erase(1n),
    },
    MetricClient: {
      sign: (c) => c.MetricClient.sign(MEASURED),
      submit: (c) => c.MetricClient.submit({ ...MEASURED, signature: "0x" }),
      revoke: (c) => c.MetricClient.revoke(MEASURED),
    },
    ResaleClient: {
      approve: (c) => c.ResaleClient.approve(),
      signAsk: (c) => c.ResaleClient.signAsk({ licenseId: 1n, price: 1n, expiresAt: 1n }),
      buy: (c) => c.ResaleClient.buy(ASK),
      claim: (c) => c.ResaleClient.claim(deal),
      cancel: (c) => c.ResaleClient.cancel(1n),
      cancelAll: (c) => c.ResaleClient.cancelAll(),
    },
    // it sends nothing
    ReadClient: {},
    GovernanceClient: {
      delegate: (c) => c.GovernanceClient.delegate(PERSON),
      reweigh: (c) => c.GovernanceClient.reweigh(PERSON),
      propose: (c) => c.GovernanceClient.propose(proposal),
      vote: (c) => c.GovernanceClient.vote(1n, "for"),
      queue: (c) => c.GovernanceClient.queue(1n),
      execute: (c) => c.GovernanceClient.execute(1n),
      cancel: (c) => c.GovernanceClient.cancel(1n),
    },
    CitizenClient: {
      present: (c) =>
        c.CitizenClient.present(
          {
            account: PERSON,
            issuerId: 1,
            nullifier: ZeroHash,
            claimHash: ZeroHash,
            validUntil: 1n,
            deadline: 1n,
            nonce: 0n,
          },
          "0x",
        ),
      attest: (c) =>
        c.CitizenClient.attest({
          ...{ account: PERSON, issuerId: 1, nullifier: ZeroHash, claimHash: ZeroHash },
          ...{ validUntil: 1n, deadline: 1n },
        }),
      claim: (c) => c.CitizenClient.claim(1, "0x"),
      renounce: (c) => c.CitizenClient.renounce(),
      revoke: (c) => c.CitizenClient.revoke(PERSON),
      recordMajority: (c) => c.CitizenClient.recordMajority(1),
      advancePhase: (c) => c.CitizenClient.advancePhase(),
    },
  };
}

/** An offer for native coin, of nobody. */
export function nativeOffer(): Offer {
  return completeOffer(PERSON, { versionId: 65_537n, price: 10n ** 18n, supply: 10n, deliveryWindow: 0n });
}

function sponsored({ MarketClient: { market, deployment } }: Clients, offer: Offer) {
  const order = {
    termsHash: ZeroHash,
    maxPrice: 1n,
    recipient: PERSON,
    referrer: PERSON,
    buyerKey: ZeroHash,
    pad: PERSON,
    renews: 0n,
    quantity: 0n,
  };
  const permit = { value: 1n, deadline: 1n, v: 27, r: ZeroHash, s: ZeroHash };
  const data = market.interface.encodeFunctionData("purchaseWithPermit", [offer, order, permit]);
  return {
    from: PERSON,
    to: deployment.contracts.Market,
    value: 0n,
    gas: 1n,
    deadline: 1n,
    data,
    signature: `0x${"11".repeat(64)}1b`,
    price: 1n,
  };
}

/** A deal about an offer, of nobody. */
export function dealOf(offer: Offer): Deal {
  const account = PERSON;
  return {
    ...{ opener: account, id: 1n, versionId: offer.versionId, keyX: ZeroHash, termsHash: ZeroHash, payer: account },
    ...{
      recipient: account,
      seller: account,
      payee: account,
      referrer: account,
      treasury: account,
      payToken: ZeroAddress,
      price: 1n,
    },
    ...{ protocolFeeBps: 0n, referrerBps: 0n, deliverBy: 1n, complaintWindow: 1n, arbitrator: account, bond: 0n },
    ...{ buyerKey: ZeroHash, pad: account, complainBy: 0n },
  };
}
