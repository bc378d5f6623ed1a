import { JsonRpcProvider, formatUnits } from "ethers";
import { join } from "node:path";

import { namesIn } from "../../deploy/engine/addresses";
import { isIsonomyError, type IsonomyError } from "../../sdk/src/errors";
import { MarketClient } from "../../sdk/src/market";
import { folderStore } from "../../sdk/src/node";
import { compileContracts } from "../lib/compile";
import { deployLocally } from "../lib/local-deployment";
import { winkCard } from "./card";
import { infer } from "./client";
import { fileSale } from "./fileSale";
import { government } from "./government";
import { serveInference } from "./inference";
import { meter } from "./meter";
import { page } from "./page";
import { loadModelFrom, originalAnalyser, packModel, type Analysis } from "./model";
import {
  ACCOUNTS,
  DECIMALS,
  POCKET_MONEY,
  SENTENCES,
  UNIT,
  type Actor,
  type JobContext,
  type Parts,
  type Party,
} from "./parts";
import { reputation } from "./reputation";
import { rights } from "./rights";
import { amount, table, type Step, type StepRecord } from "./ui";
import { waysToPay } from "./waysToPay";

const PRICE = 25_000_000n;
const BPS = 10_000n;

/** The steps of the main job. `openNode` starts the chain and returns its address. */
export function mainJob(openNode: () => Promise<string>): Step<JobContext>[] {
  const parts = {} as Parts;

  const asUser = (actor: Actor, licenseId: bigint, context: JobContext): Promise<Analysis[][]> =>
    infer({
      origin: context.server!.origin,
      signer: parts.accounts[actor],
      deployment: parts.deployment.book,
      licenseId,
      sentences: SENTENCES,
    });

  return [
    {
      title: "Compile the contracts",
      run: async (_context, report) => {
        await compileContracts();
        const { config } = await import("hardhat");
        report.say(`solc ${config.solidity.compilers[0]!.version}`);
      },
    },
    {
      title: "Start a local chain",
      run: async (_context, report) => {
        const url = (parts.url = await openNode());
        parts.provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, polling: true, cacheTimeout: -1 });
        parts.provider.pollingInterval = 50;
        parts.chainId = (await parts.provider.getNetwork()).chainId;
        const entries = Object.entries(ACCOUNTS).map(async ([actor, index]) => [
          actor,
          await parts.provider.getSigner(index),
        ]);
        parts.accounts = Object.fromEntries(await Promise.all(entries)) as Parts["accounts"];
        report.say(`${url}, chain ${parts.chainId}`);
      },
    },
    {
      title: "Deploy the protocol",
      run: async (_context, report) => {
        const hre = await import("hardhat");
        const deployment = await deployLocally(hre);
        parts.deployment = deployment;
        const { book } = deployment;
        parts.client = (actor) => new MarketClient(book, parts.accounts[actor]);
        report.spentGas(await gasSince(parts.provider, book.block));
        report.say(`${Object.keys(namesIn(book)).length} contracts; ${await deployersPowers(parts)}`);
      },
    },
    {
      title: "Load the model from one packed file",
      run: async (_context, report) => {
        const file = await packModel();
        parts.analyse = loadModelFrom(file);
        report.say(`${winkCard.name} ${winkCard.version}, ${file.length.toLocaleString("en")} bytes`);
      },
    },
    {
      title: "List the model with its card",
      run: async (context, report) => {
        const store = folderStore(join(context.root, ".isonomy", "store"));
        parts.version = await parts.client("creator").listModel(winkCard, store, { royaltyBps: 500n });
        const card = await parts.client("buyer").card(parts.version.versionId, store);
        report.spent(parts.version.receipt);
        report.say(`"${card.name}" is model ${parts.version.modelId}, its card ${parts.version.cid}`);
      },
    },
    {
      title: "Offer licences",
      run: async (_context, report) => {
        const { receipt, ...listed } = await parts.client("creator").createOffer({
          versionId: parts.version.versionId,
          payToken: parts.deployment.book.tokens.TestToken.address,
          price: PRICE,
          supply: 1_000n,
          referrerBps: 1_000n,
        });
        parts.listed = listed;
        report.spent(receipt);
        report.say(`1,000 at ${amount(PRICE, DECIMALS, UNIT)} each, a tenth to the referrer`);
      },
    },
    {
      title: "Serve the model to licensees",
      run: async (context, report) => {
        context.server = await serveInference({
          analyse: parts.analyse,
          deployment: parts.deployment.book,
          provider: parts.provider,
          versionId: parts.version.versionId,
        });
        report.say(context.server.origin);
      },
    },
    {
      title: "Ask as a second account, without a licence",
      run: async (context, report) => {
        parts.refusal = await refused(asUser("buyer", 1n, context));
        report.say(`refused with 403 ${parts.refusal.code}`);
      },
    },
    {
      title: "Buy the licence",
      run: async (_context, report) => {
        const { token } = parts.deployment;
        const buyer = parts.accounts.buyer;
        const minted = await (await token.connect(buyer).mint(buyer.address, POCKET_MONEY)).wait();
        report.spent(minted!);
        // What the buyer agrees to is read back from the chain, not handed over by the creator.
        const [standing] = await parts.client("buyer").offersOf(parts.version.versionId);
        parts.bought = await parts.client("buyer").purchase(standing!.offer, {
          maxPrice: PRICE,
          referrer: parts.accounts.referrer.address,
        });
        if (parts.bought.approval !== undefined) report.spent(parts.bought.approval);
        report.spent(parts.bought.receipt);
        report.say(
          `${amount(parts.bought.price, DECIMALS, UNIT)}; the purchase alone took ${parts.bought.receipt.gasUsed.toLocaleString("en")} gas`,
        );
      },
    },
    {
      title: "Ask again, with the licence",
      run: async (context, report) => {
        parts.results = await asUser("buyer", parts.bought.licenseId, context);
        const original = originalAnalyser();
        const expected = SENTENCES.map((sentence) => original(sentence));
        if (JSON.stringify(parts.results) !== JSON.stringify(expected)) {
          throw new Error("The served answers differ from the original model's. The packed model is damaged.");
        }
        await refused(asUser("stranger", parts.bought.licenseId, context));
        report.say("served, equal to the original; a stranger with the same licence gets 403");
        report.show(parts.results.flat().flatMap(shownAnalysis));
      },
    },
    {
      title: "Withdraw the income",
      run: async (context, report) => {
        const token = parts.deployment.book.tokens.TestToken.address;
        const { amount: withdrawn, receipt } = await parts.client("creator").withdraw(token);
        parts.withdrawn = withdrawn;
        report.spent(receipt);
        parts.credited = await creditedOf(parts, token);
        report.say(`the creator has ${amount(withdrawn, DECIMALS, UNIT)}`);
        context.summary = (steps) => summarise(parts, steps);
      },
    },
    ...fileSale(parts),
    ...waysToPay(parts),
    ...rights(parts),
    ...reputation(parts),
    ...meter(parts),
    ...government(parts),
    ...page(parts),
  ];
}

async function summarise(parts: Parts, steps: readonly StepRecord[]): Promise<{ receipt: unknown; tables: string }> {
  const token = parts.deployment.book.tokens.TestToken.address;
  const reader = parts.client("creator");
  const people = await Promise.all(
    (["creator", "buyer", "referrer", "treasury", "cheated", "forgotten"] as const).map(async (actor) => {
      const address = addressOf(parts, actor);
      return {
        actor,
        address,
        wallet: await parts.deployment.token.balanceOf(address),
        ledger: await reader.earned(token, address),
        native: await parts.provider.getBalance(address),
      };
    }),
  );
  const { creator, buyer, treasury, referrer } = parts.credited;
  const shared = parts.withdrawn + creator + buyer + treasury + referrer;
  if (shared !== PRICE) {
    throw new Error(`The shares add up to ${shared}, not to the price of ${PRICE}. Report this as a fault.`);
  }
  const totalGas = steps.reduce((sum, { gas }) => sum + BigInt(gas), 0n);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);

  const tables = [
    table(
      ["contract", "address"],
      Object.entries(namesIn(parts.deployment.book)).map(([name, address]) => [name, address]),
    ),
    table(
      ["account", "address", `${UNIT} held`, `${UNIT} to withdraw`, "native coin"],
      people.map(({ actor, address, wallet, ledger, native }) =>
        [actor, address, amount(wallet, DECIMALS, ""), amount(ledger, DECIMALS, ""), amount(native, 18, "")].map(
          (cell) => cell.trim(),
        ),
      ),
    ),
    table(
      ["of the price of " + amount(PRICE, DECIMALS, UNIT), "amount", "share"],
      [
        ["creator", parts.withdrawn],
        ["protocol", treasury],
        ["referrer", referrer],
      ].map(([who, value]) => [
        String(who),
        amount(value as bigint, DECIMALS, UNIT),
        `${formatUnits(((value as bigint) * BPS) / PRICE, 2)} %`,
      ]),
    ),
    `${steps.length} steps, ${seconds.toFixed(1)} s, ${totalGas.toLocaleString("en")} gas.`,
  ].join("\n");

  const receipt = {
    network: { name: "localhost", chainId: parts.chainId },
    contracts: namesIn(parts.deployment.book),
    accounts: Object.fromEntries(Object.entries(parts.accounts).map(([actor, { address }]) => [actor, address])),
    model: {
      modelId: parts.version.modelId,
      versionId: parts.version.versionId,
      metadataHash: parts.version.metadataHash,
      cardCid: parts.version.cid,
      card: winkCard,
    },
    offer: { termsHash: parts.listed.termsHash, terms: parts.listed.offer },
    license: {
      licenseId: parts.bought.licenseId,
      holder: parts.accounts.buyer.address,
      price: parts.bought.price,
      transaction: parts.bought.receipt.hash,
      gasUsed: parts.bought.receipt.gasUsed,
    },
    inference: {
      refusedBefore: parts.refusal.toJSON(),
      sentences: SENTENCES,
      results: parts.results,
      equalToOriginal: true,
    },
    income: {
      token,
      creator: parts.withdrawn,
      credited: { creator, buyer, referrer, treasury },
    },
    fileSale: parts.fileSale,
    balances: people,
    steps,
    totals: { seconds, gas: totalGas },
  };
  return { receipt, tables };
}

async function creditedOf(parts: Parts, token: string): Promise<Record<Party, bigint>> {
  const parties = [...(Object.keys(parts.accounts) as Actor[]), "treasury"] as const;
  const entries = parties.map(async (party) => [
    party,
    await parts.client("creator").earned(token, addressOf(parts, party)),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<Party, bigint>;
}

function addressOf({ accounts, deployment }: Parts, party: Party): string {
  return party === "treasury" ? deployment.book.contracts.Treasury : accounts[party].address;
}

async function refused(answer: Promise<unknown>): Promise<IsonomyError> {
  try {
    await answer;
  } catch (error) {
    if (isIsonomyError(error, "NOT_LICENSED")) return error;
    throw error;
  }
  throw new Error("An account without a licence was served. The endpoint is broken; do not use it.");
}

function shownAnalysis({ sentence, sentiment, tokens }: Analysis): string[] {
  const tagged = tokens.map(({ text, pos }) => `${text}/${pos}`).join(" ");
  return [`"${sentence}" sentiment ${sentiment.toFixed(2)}`, `  ${tagged}`];
}

async function gasSince(provider: JsonRpcProvider, fromBlock: number): Promise<bigint> {
  const last = await provider.getBlockNumber();
  const blocks = await Promise.all(
    Array.from({ length: last - fromBlock }, (_, index) => provider.getBlock(fromBlock + 1 + index)),
  );
  return blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n);
}

async function deployersPowers({ deployment, accounts }: Parts): Promise<string> {
  const { Authority } = deployment.protocol;
  const { isMember } = await Authority.hasRole(0n, accounts.deployer.address);
  if (isMember) throw new Error("The deployer still administers the Authority. The deployment is not safe to use.");
  return "the deployer keeps no power";
}
