import { Wallet, ZeroAddress, type JsonRpcProvider, type JsonRpcSigner } from "ethers";
import { join } from "node:path";

import { packHop } from "../../sdk/src/exchange";
import { PaymentClient, type Offer, type OfferTerms } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import type { LocalDeployment } from "../lib/local-deployment";
import { winkCard } from "./card";
import type { JobContext } from "./parts";
import { amount, type Step } from "./ui";
import { deliverUpdate } from "./update";

/** What these steps need of the main job by the time they run. */
interface Ground {
  provider: JsonRpcProvider;
  chainId: bigint;
  deployment: LocalDeployment;
}

/** Accounts that nothing else of the job uses. */
const ACCOUNTS = { seller: 16, payer: 13, friend: 14, sponsor: 15 } as const;
type Actor = keyof typeof ACCOUNTS;

const DECIMALS = 6;
const UNIT = "TUSD";
const PRICE = 20_000_000n;
const REDUCED = 15_000_000n;
const POCKET_MONEY = 1_000_000_000n;
const COIN = 10n ** 18n;
const POOL = { coins: 10n * COIN, tokens: 25_000_000_000n, feeBps: 30n };

/** The other ways to buy, each once. They leave the ledger of the main job as they found it. */
export function waysToPay(ground: Ground): Step<JobContext>[] {
  const accounts = {} as Record<Actor, JsonRpcSigner>;
  let as: (account: JsonRpcSigner | Wallet) => PaymentClient;
  let standing: Offer;
  let second: Offer;
  let updatable: bigint;
  let earnedBefore: bigint;

  /** Fails when a licence is not usable by whom it was bought for. */
  async function expectLicensed(licenseId: bigint, holder: string): Promise<void> {
    if (await as(accounts.seller).market.isAuthorized(licenseId, holder)) return;
    throw new Error(`${holder} paid for licence ${licenseId} and may not use it. Report this as a fault.`);
  }

  const dollars = (value: bigint): string => amount(value, DECIMALS, UNIT);

  return [
    {
      title: "Buy with a signed permit",
      run: async (context, report) => {
        const { deployment, provider } = ground;
        for (const actor of Object.keys(ACCOUNTS) as Actor[]) {
          accounts[actor] = await provider.getSigner(ACCOUNTS[actor]);
        }
        as = (account) => new PaymentClient(deployment.book, account);
        const { seller, payer } = accounts;
        const token = deployment.book.tokens.TestToken.address;
        earnedBefore = await as(seller).market.earned(token, deployment.book.contracts.Treasury);

        const store = folderStore(join(context.root, ".isonomy", "store"));
        const { versionId } = await as(seller).market.listModel(winkCard, store);
        const terms: OfferTerms = { versionId, payToken: token, price: PRICE, supply: 100n, includesUpdates: true };
        standing = (await as(seller).market.createOffer(terms)).offer;
        second = (await as(seller).market.createOffer({ ...terms, price: REDUCED, transferable: false })).offer;
        await (await deployment.token.connect(payer).mint(payer.address, POCKET_MONEY)).wait();

        const bought = await as(payer).purchaseWithPermit(standing);
        await expectLicensed(bought.licenseId, payer.address);
        updatable = bought.licenseId;
        report.spent(bought.receipt);
        report.say(`${dollars(bought.price)} by one transaction, with nothing approved before or after`);
      },
    },
    {
      title: "Buy a gift",
      run: async (_context, report) => {
        const { payer, friend } = accounts;
        const bought = await as(payer).purchaseWithPermit(standing, { recipient: friend.address });
        await expectLicensed(bought.licenseId, friend.address);
        report.spent(bought.receipt);
        report.say("one account pays, another holds the licence");
      },
    },
    {
      title: "Buy two licences as one cart",
      run: async (_context, report) => {
        const { payer } = accounts;
        const { licenseIds, receipt } = await as(payer).purchaseCart([{ offer: standing }, { offer: second }]);
        for (const licenseId of licenseIds) await expectLicensed(licenseId, payer.address);
        report.spent(receipt);
        report.say(`${licenseIds.length} licences for ${dollars(PRICE + REDUCED)}, all or none`);
      },
    },
    {
      title: "Buy with a discount code",
      run: async (_context, report) => {
        const { payer, seller } = accounts;
        const { versionId, payToken } = standing;
        const terms = { versionId, payToken, price: REDUCED, supply: 1n, salt: 1n, deliveryWindow: 0n };
        const code = await as(seller).market.signOffer(terms);
        const bought = await as(payer).market.purchase(code.offer, { signature: code.signature });
        await expectLicensed(bought.licenseId, payer.address);
        report.spent(bought.receipt);
        report.say(`${dollars(REDUCED)} instead of ${dollars(PRICE)}, by an offer that was signed and never listed`);
      },
    },
    {
      title: "Have a later version delivered",
      run: async (context, report) => {
        const { seller, payer: licensee } = accounts;
        const desks = { provider: ground.provider, deployment: ground.deployment.book };
        await deliverUpdate(context, { ...desks, as, seller, licensee, offer: standing, licenseId: updatable }, report);
        report.say("a free deal under the same proof; the licence that was paid before brought it, and the copy runs");
      },
    },
    {
      title: "Buy without native coin, through a sponsor",
      run: async (_context, report) => {
        const newcomer = Wallet.createRandom(ground.provider);
        const { payer, sponsor } = accounts;
        await (await ground.deployment.token.connect(payer).transfer(newcomer.address, PRICE)).wait();
        const buyer = new Wallet(newcomer.privateKey, ground.provider);
        const bought = await as(buyer).sponsoredPurchase(standing, sponsor);
        await expectLicensed(bought.licenseId, buyer.address);
        report.spent(bought.receipt);
        report.say("the buyer signed twice and paid the price; the sponsor paid the gas");
      },
    },
    {
      title: "Buy in native coin, through a pool",
      run: async (_context, report) => {
        const { deployment } = ground;
        const { payer, seller, sponsor } = accounts;
        const token = deployment.book.tokens.TestToken.address;
        const { exchange } = as(sponsor);
        const key = { token0: ZeroAddress, token1: token, feeBps: POOL.feeBps };
        await (await deployment.token.connect(sponsor).mint(sponsor.address, POOL.tokens)).wait();
        report.spent(await exchange.addLiquidity(key, POOL.coins, POOL.tokens));

        const bought = await as(payer).purchaseWithSwap(standing, ZeroAddress);
        await expectLicensed(bought.licenseId, payer.address);
        const quoted = await exchange.exchange.quoteExactOut(ZeroAddress, [packHop(token, POOL.feeBps)], PRICE);
        if (bought.spent >= quoted) throw new Error("The swap did not move the pool. Report this as a fault.");
        report.spent(bought.receipt);
        report.say(`${amount(bought.spent, 18, "coins")} spent, ${dollars(PRICE)} paid`);

        const { amount: earned, receipt } = await as(seller).market.withdraw(token);
        report.spent(receipt);
        const protocols = (await as(seller).market.earned(token, deployment.book.contracts.Treasury)) - earnedBefore;
        if (earned + protocols !== 5n * PRICE + 2n * REDUCED) {
          throw new Error("The income is not what was paid. Report this as a fault.");
        }
        // anyone may fetch the protocol's income into the treasury, which pays by a vote alone
        const fetched = await deployment.protocol.Treasury.connect(sponsor).collect(token);
        report.spent((await fetched.wait())!);
      },
    },
  ];
}
