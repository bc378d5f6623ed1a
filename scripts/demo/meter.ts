import { Wallet, ZeroAddress, type JsonRpcProvider } from "ethers";
import { join } from "node:path";

import { PaymentClient } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import { UsageClient, channelKey, packUsageTerms, usageDomain } from "../../sdk/src/rights";
import { AccessClient, MemoryVouchers, VoucherBook, usageReader } from "../../sdk/src/server";
import type { LocalDeployment } from "../lib/local-deployment";
import { winkCard } from "./card";
import { serveInference } from "./inference";
import type { Analyse } from "./model";
import { DECIMALS, POCKET_MONEY, SENTENCES, UNIT, type JobContext } from "./parts";
import { amount, type Step } from "./ui";

/** What this step needs of the main job by the time it runs. */
interface Ground {
  provider: JsonRpcProvider;
  deployment: LocalDeployment;
  analyse: Analyse;
  chainId: bigint;
}

/** Accounts that have sold and bought in other ways before. */
const ACCOUNTS = { author: 17, subscriber: 13 } as const;
const DAY = 86_400n;
const CALLS = 1_000n;
const PRICE = 5_000_000n;
/** Units that the client signs for at a time. */
const STEP = 100n;
/** The chain's clock is some weeks ahead of this machine's by now. */
const VALID_SECONDS = 90 * 86_400;

/** Calls of a model that are counted off the chain, and paid for by one transaction. */
export function meter(ground: Ground): Step<JobContext>[] {
  return [
    {
      title: "Pay for 1,000 calls by the unit, with one redemption",
      run: async (context, report) => {
        const { provider, analyse, chainId } = ground;
        const { book: deployment, token } = ground.deployment;
        const author = await provider.getSigner(ACCOUNTS.author);
        const subscriber = await provider.getSigner(ACCOUNTS.subscriber);
        const payToken = deployment.tokens.TestToken.address;
        await (await token.connect(subscriber).mint(subscriber.address, POCKET_MONEY)).wait();

        const { market } = new PaymentClient(deployment, author);
        const { versionId } = await market.listModel(winkCard, folderStore(join(context.root, ".isonomy", "store")));
        const usage = new UsageClient(deployment, author);
        const byTheUnit = { units: CALLS, grace: DAY, providerBps: 0n, provider: ZeroAddress, seats: 0n };
        const promised = { rights: await usage.index(), rightsTerms: packUsageTerms(byTheUnit) };
        const terms = { versionId, payToken, price: PRICE, supply: 1n, transferable: false };
        const { offer } = await market.createOffer({ ...terms, ...promised });
        // a key for the vouchers alone: the account signs once, to open a session
        const key = Wallet.createRandom();
        const payments = new PaymentClient(deployment, subscriber);
        const { licenseId, receipt } = await payments.purchaseWithPermit(offer, { key: channelKey(key.address) });
        report.spent(receipt);

        const domain = usageDomain(deployment.contracts.UsageChannel, chainId);
        const settings = { reader: usageReader(usage), store: new MemoryVouchers(), domain, node: author.address };
        const book = new VoucherBook({ ...settings, redeemWithin: 3_600 });
        const server = await serveInference({ analyse, deployment, provider, versionId, book });
        let vouchers = 0;
        const pay = { key, domain, most: CALLS, step: STEP, validSeconds: VALID_SECONDS, onVoucher: () => vouchers++ };
        const licensee = { account: subscriber };
        const access = new AccessClient({ origin: server.origin, deployment, licenseId, licensee, pay });
        const body = JSON.stringify({ sentences: SENTENCES.slice(0, 1) });
        try {
          for (let call = 0n; call < CALLS; call++) {
            const response = await access.fetch("/infer", { method: "POST", body });
            const text = await response.text();
            if (!response.ok) throw new Error(`Call ${call} was answered with ${response.status}: ${text}`);
          }
          const claims = await book.claims();
          const redeemed = await usage.redeemBatch(claims);
          report.spent(redeemed.receipt);
          const earned = await market.earned(payToken, author.address);
          const { redeemed: units } = await usage.state(await usage.channelOf(licenseId));
          if (claims.length !== 1 || units !== CALLS || earned === 0n) {
            throw new Error("The calls and what was redeemed differ. Report this as a fault.");
          }
          report.spent((await market.withdraw(payToken)).receipt);
          const gas = redeemed.receipt.gasUsed.toLocaleString("en");
          report.say(
            `${CALLS.toLocaleString("en")} answers, ${vouchers} vouchers, one transaction of ${gas} gas: ${amount(earned, DECIMALS, UNIT)}`,
          );
        } finally {
          await book.close();
          await server.close();
        }
      },
    },
  ];
}
