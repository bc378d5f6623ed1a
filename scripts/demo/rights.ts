import { concat, toBeHex, type JsonRpcProvider, type JsonRpcSigner } from "ethers";
import { join } from "node:path";

import { LineageClient } from "../../sdk/src/lineage";
import { PaymentClient, type MarketClient, type Offer } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import {
  FOR_EVER,
  SeatClient,
  SubscriptionClient,
  deviceUser,
  packSeatTerms,
  packSubscriptionTerms,
} from "../../sdk/src/rights";
import type { LocalDeployment } from "../lib/local-deployment";
import { winkCard } from "./card";
import { DECIMALS, POCKET_MONEY, UNIT, type JobContext } from "./parts";
import { amount, type Step } from "./ui";

/** What these steps need of the main job by the time they run. */
interface Ground {
  provider: JsonRpcProvider;
  deployment: LocalDeployment;
}

/** An account that nothing else of the job uses, and two that have bought in other ways before. */
const ACCOUNTS = { author: 17, subscriber: 13, maker: 14 } as const;
type Actor = keyof typeof ACCOUNTS;

const DAY = 86_400n;
const PRICE = 6_000_000n;
/** Of a derivative's income, in basis points: what the model that it was made from gets. */
const PARENT_BPS = 1_000n;
const BPS = 10_000n;

/** Rights for a time and for several users, and a model that was made from another. */
export function rights(ground: Ground): Step<JobContext>[] {
  const accounts = {} as Record<Actor, JsonRpcSigner>;
  let as: (actor: Actor) => PaymentClient;
  let subscriptions: SubscriptionClient;
  let versionId: bigint;
  let monthly: Offer;
  let subscription: bigint;

  const book = () => ground.deployment.book;
  const token = (): string => book().tokens.TestToken.address;
  const dollars = (value: bigint): string => amount(value, DECIMALS, UNIT);
  const earned = (actor: Actor): Promise<bigint> => as(actor).market.earned(token(), accounts[actor].address);

  async function list(market: MarketClient, context: JobContext): Promise<{ modelId: bigint; versionId: bigint }> {
    return market.listModel(winkCard, folderStore(join(context.root, ".isonomy", "store")));
  }

  return [
    {
      title: "Subscribe for a month, and renew",
      run: async (context, report) => {
        for (const actor of Object.keys(ACCOUNTS) as Actor[]) {
          accounts[actor] = await ground.provider.getSigner(ACCOUNTS[actor]);
        }
        as = (actor) => new PaymentClient(book(), accounts[actor]);
        const { address } = accounts.subscriber;
        await (await ground.deployment.token.connect(accounts.subscriber).mint(address, POCKET_MONEY)).wait();
        subscriptions = new SubscriptionClient(book(), accounts.subscriber);
        ({ versionId } = await list(as("author").market, context));
        const month = { period: 30n * DAY, renewUntil: FOR_EVER, cancellable: true, seats: 0n, minStay: 0n };
        const promised = { rights: await subscriptions.index(), rightsTerms: packSubscriptionTerms(month) };
        const terms = { versionId, payToken: token(), price: PRICE, supply: 1n, transferable: false };
        monthly = (await as("author").market.createOffer({ ...terms, ...promised })).offer;

        const bought = await as("subscriber").purchaseWithPermit(monthly);
        subscription = bought.licenseId;
        report.spent(bought.receipt);
        const renewed = await as("subscriber").purchaseWithPermit(monthly, { renews: subscription, quantity: 2n });
        report.spent(renewed.receipt);
        report.say(`${dollars(bought.price)} for a month, and ${dollars(renewed.price)} for two more`);
      },
    },
    {
      title: "Cancel after ten days, and get the rest back",
      run: async (_context, report) => {
        const { timestamp } = (await ground.provider.getBlock("latest"))!;
        await ground.provider.send("evm_setNextBlockTimestamp", [toBeHex(BigInt(timestamp) + 10n * DAY)]);
        const { refund, receipt } = await subscriptions.cancel(monthly, subscription);
        report.spent(receipt);
        if ((await earned("subscriber")) !== refund || refund >= 3n * PRICE || refund < 2n * PRICE) {
          throw new Error("The refund is not what was left. Report this as a fault.");
        }
        report.spent((await as("subscriber").market.withdraw(token())).receipt);
        report.spent((await as("author").market.withdraw(token())).receipt);
        report.say(`${dollars(refund)} of ${dollars(3n * PRICE)} came back; the author has the ten days`);
      },
    },
    {
      title: "Buy for a team, and give a device a seat",
      run: async (_context, report) => {
        const seats = new SeatClient(book(), accounts.subscriber);
        const promised = { rights: await seats.index(), rightsTerms: packSeatTerms({ seats: 2n, minStay: 0n }) };
        const terms = { versionId, payToken: token(), price: PRICE, supply: 1n };
        const { offer } = await as("author").market.createOffer({ ...terms, ...promised });
        const { licenseId, receipt } = await as("subscriber").purchaseWithPermit(offer);
        report.spent(receipt);
        // an ERC-7913 signer: a verifier, and the key of a device that has no account
        const device = deviceUser(concat([accounts.maker.address, toBeHex(7, 64)]));
        report.spent(await seats.giveSeat(offer, licenseId, device));
        if (!(await as("author").market.isAuthorized(licenseId, device))) {
          throw new Error("The device has a seat and may not use the licence. Report this as a fault.");
        }
        report.spent((await as("author").market.withdraw(token())).receipt);
        report.say("the holder and two others may use it; one of them is a key in a device");
      },
    },
    {
      title: "Sell a model that was made from another, and have its base paid",
      run: async (context, report) => {
        const parent = versionId >> 16n;
        const { market } = as("maker");
        const child = await list(market, context);
        const { timestamp } = (await ground.provider.getBlock("latest"))!;
        const validUntil = BigInt(timestamp) + DAY;
        const wanted = { parent, child: child.modelId, bps: PARENT_BPS, validUntil };
        const consent = await new LineageClient(book(), accounts.author).signConsent(wanted);
        const lineage = new LineageClient(book(), accounts.maker);
        const created = await lineage.create(child.modelId, [{ modelId: parent, bps: PARENT_BPS }], [consent]);
        report.spent(created.receipt);
        report.spent(await market.fixPayee(child.modelId, created.account));

        const terms = { versionId: child.versionId, payToken: token(), price: PRICE, supply: 1n };
        const { offer } = await market.createOffer(terms);
        report.spent((await as("subscriber").purchaseWithPermit(offer)).receipt);
        const { amount: income, receipt } = await lineage.settle(child.modelId, token());
        report.spent(receipt);
        const share = (income * PARENT_BPS) / BPS;
        if ((await earned("author")) !== share || (await earned("maker")) !== income - share) {
          throw new Error("The shares are not those of the lineage. Report this as a fault.");
        }
        for (const actor of ["author", "maker"] as const) {
          report.spent((await as(actor).market.withdraw(token())).receipt);
        }
        report.say(`${dollars(income)} of income: ${dollars(share)} to the base, the rest to who sold it`);
      },
    },
  ];
}
