import {
  deploy,
  DeploymentResultType,
  IgnitionError,
  trackTransaction,
  wipe,
  type ArtifactResolver,
  type EIP1193Provider,
  type IgnitionModule,
} from "@nomicfoundation/ignition-core";
import { toQuantity } from "ethers";
import { join } from "node:path";

import { sleep } from "../../sdk/src/rpc/patient";
import { refusalOf } from "../../sdk/src/errors/nodePhrases";
import { confirmedTransactions, hasJournal, lostTransactions, repairJournal, type LostTransaction } from "./journal";
import { findByNonce, NonceTaken, type Outbox } from "./outbox";
import { addressesOf, listener, StepsFailed, shortId, type Plan } from "./plan";
import { RpcError } from "./rpc";

/** Ignition's numbers for errors that a later run recovers from. */
const DROPPED = 401;
const WAITING = new Set([403, 404]);
const NONCE_MOVED = 405;
const NOT_ESTIMATED = 410;
const LOST = 411;
/** What Ignition says of a step of which nothing was sent, because a node refused it beforehand. */
const REFUSED = /^(Simulating the transaction|Static call) failed/;
/**
 * How often a step is simulated that a node refuses, while nothing else moves. Each time is waited for twice as long as the time before,
 * in all for a minute on a public network: a node that is further behind than that is broken.
 */
const MAX_SIMULATIONS = 6;
/** How long nothing may happen before the person is told what to do. */
const PATIENCE_MS = 15 * 60_000;
/** Automatic restarts before giving up; in practice the time limit comes first. */
const MAX_RECOVERIES = 10_000;

export interface RunOptions {
  readonly module: IgnitionModule;
  readonly artifacts: ArtifactResolver;
  readonly plan: Plan;
  readonly outbox: Outbox;
  readonly salt: string;
  /** Where the journal is. */
  readonly folder: string;
  readonly confirmations: number;
  /** Polling interval, in milliseconds. */
  readonly pollMs: number;
  readonly say: (sentence: string) => void;
}

/** Deploys, or resumes where an earlier run stopped, until every step is confirmed. Returns the addresses by step. */
export async function run(options: RunOptions): Promise<Record<string, string>> {
  const { outbox, folder, say, pollMs } = options;
  let progressAt = Date.now();
  const refusals = new Refusals();
  const progress = progressOf(options, () => {
    progressAt = Date.now();
    refusals.clear();
  });
  const explained = new Set<string>();
  const explain = (sentence: string): void => {
    if (!explained.has(sentence)) say(sentence);
    explained.add(sentence);
  };

  for (let recoveries = 0; ; recoveries++) {
    let sentence: string;
    try {
      if (hasJournal(folder)) {
        await repairJournal(folder);
        await outbox.sendForgotten();
        for (const lost of lostTransactions(folder)) await recover(lost, options, explain);
      }
      const result = await deploy({
        artifactResolver: options.artifacts,
        provider: outbox as EIP1193Provider,
        deploymentDir: folder,
        ignitionModule: options.module,
        deploymentParameters: {},
        accounts: [outbox.address],
        strategy: "create2",
        strategyConfig: { salt: options.salt },
        config: {
          blockPollingInterval: pollMs,
          requiredConfirmations: options.confirmations,
          // The outbox raises fees: Ignition would give a transaction up that can still get in.
          timeBeforeBumpingFees: Number.MAX_SAFE_INTEGER,
          maxRetries: 10,
          retryInterval: pollMs,
        },
        executionEventListener: progress,
      });
      const addresses = addressesOf(result);
      if (await allStepsConfirmed(options)) return addresses;
      sentence = "The chain was reorganised and lost steps that were confirmed; they are sent again.";
    } catch (error) {
      const found = await recoverable(error, options, refusals);
      if (found === undefined) throw error;
      sentence = found;
    }
    if (recoveries >= MAX_RECOVERIES || Date.now() - progressAt > PATIENCE_MS) {
      throw new Error(`${sentence} It did not get better. Run the same command again: it resumes where it stopped.`);
    }
    explain(sentence);
    await sleep(pollMs * refusals.patience);
  }
}

/** How often each step was refused before anything of it was sent, since something moved last. */
class Refusals {
  readonly #times = new Map<string, number>();

  /** Counts one more for each of the steps; whether one of them has been refused so often that it is not for want of time. */
  add(steps: readonly string[]): boolean {
    for (const step of steps) this.#times.set(step, (this.#times.get(step) ?? 0) + 1);
    return this.#most >= MAX_SIMULATIONS;
  }

  clear(): void {
    this.#times.clear();
  }

  /** How many times as long as usual is waited before the next simulation. */
  get patience(): number {
    return 2 ** Math.max(0, this.#most - 1);
  }

  get #most(): number {
    return Math.max(0, ...this.#times.values());
  }
}

/** A sentence about an error that another run recovers from, after preparing that run; undefined for all others. */
async function recoverable(error: unknown, options: RunOptions, refusals: Refusals): Promise<string | undefined> {
  const { outbox, folder, artifacts } = options;
  if (error instanceof NonceTaken) {
    return `${error.message} The step is sent again with another nonce once that one is confirmed.`;
  }
  if (error instanceof StepsFailed) {
    const { result } = error;
    if (result.type === DeploymentResultType.PREVIOUS_RUN_ERROR) {
      await forget(Object.keys(result.errors), folder, artifacts);
      return `${error.message} Those steps are tried again.`;
    }
    if (result.type !== DeploymentResultType.EXECUTION_ERROR) return undefined;
    const failed = result.failed.map(({ futureId }) => futureId);
    // A step can fail only because an earlier one is gone: then the cause is not ours, and another run recovers.
    if ((await outbox.sendForgotten()) > 0 || !(await allStepsConfirmed(options))) {
      await forget(failed, folder, artifacts);
      return "The chain was reorganised and lost steps that others build on; they are sent again.";
    }
    // What was gone may be back already, or the node that was asked is behind: the rehearsal found nothing that reverts.
    if (failed.length === 0 || !result.failed.every(({ error: reason }) => REFUSED.test(reason))) return undefined;
    if (refusals.add(failed)) throw refused(error);
    await forget(failed, folder, artifacts);
    return `${refusedSentence(failed)} Nothing of it was sent; it is simulated again.`;
  }
  const refusal = error instanceof RpcError || error instanceof IgnitionError ? refusalOf(error) : undefined;
  if (refusal === "feeTooLow") return "The chain's fee rose while a transaction was prepared; it is prepared again.";
  if (refusal === "later" || refusal === "nonceTooHigh") {
    return "The node takes no transaction of this account now, or waits for an earlier one; it is sent again.";
  }
  if (!(error instanceof IgnitionError)) return undefined;
  const { errorNumber } = error;
  // the node refused the estimate, and not what was asked right after it
  if (errorNumber === NOT_ESTIMATED && refusal === undefined) {
    if (refusals.add([error.message])) throw refused(error);
    return `${refusedSentence(["a step"])} Nothing of it was sent; it is simulated again.`;
  }
  if (errorNumber === DROPPED || errorNumber === LOST) {
    return "The network has lost a transaction of ours. It is looked up, and sent again if need be.";
  }
  if (WAITING.has(errorNumber)) {
    const [latest, pending] = await Promise.all(
      ["latest", "pending"].map(async (block) =>
        Number(await outbox.rpc.request({ method: "eth_getTransactionCount", params: [outbox.address, block] })),
      ),
    );
    return latest !== undefined && pending !== undefined && pending > latest
      ? `${outbox.address} has transactions waiting from elsewhere (nonces ${latest} to ${pending - 1}). The deployment continues when they ` +
          "are confirmed; if they are stuck, replace them in the wallet that sent them with a higher fee."
      : `Waiting until the last transactions of ${outbox.address} have ${options.confirmations} confirmations.`;
  }
  if (errorNumber === NONCE_MOVED) {
    return `The count of transactions of ${outbox.address} moved: one was sent from elsewhere, or the endpoint is a block behind.`;
  }
  return undefined;
}

function refusedSentence(steps: readonly string[]): string {
  const names = steps.map(shortId).join(", ");
  return `The node refuses ${names}, which did not revert in the rehearsal: it may not show yet what earlier steps made.`;
}

/** The end of a deployment of which the node refuses a step, however long it is waited. */
function refused(error: Error): Error {
  return new Error(
    `${error.message.replace(/\.$/, "")}. The rehearsal did not revert, and ${MAX_SIMULATIONS} simulations on the network did. Nothing of it ` +
      "was sent. Compare with another endpoint, and run the same command again: it resumes where it stopped.",
    { cause: error },
  );
}

/** Failed steps have changed nothing on the chain, so their record can go. */
async function forget(futures: readonly string[], folder: string, artifacts: ArtifactResolver): Promise<void> {
  for (const future of futures) await wipe(folder, artifacts, future);
}

/** Finds out what became of a transaction that was about to be sent when the process ended, and tells the journal. */
async function recover(lost: LostTransaction, options: RunOptions, explain: (sentence: string) => void): Promise<void> {
  const { outbox, folder, confirmations, pollMs } = options;
  const { futureId, nonce, to, data, value } = lost;
  const provider = outbox as EIP1193Provider;
  const signed = outbox.signedWith(nonce);
  if (signed !== undefined) {
    const known = await outbox.request({ method: "eth_getTransactionByHash", params: [signed.hash] });
    if (known !== null) return void (await trackTransaction(folder, signed.hash, provider, confirmations));
  }

  const count = async (block: string): Promise<number> =>
    Number(await outbox.rpc.request({ method: "eth_getTransactionCount", params: [outbox.address, block] }));
  if ((await count("pending")) > nonce) {
    explain(
      `A transaction that was sent from elsewhere has nonce ${nonce}, which ${shortId(futureId)} was to have. ` +
        `Waiting until it has ${confirmations} confirmations.`,
    );
    for (let waited = 0; (await count("latest")) <= nonce; waited += pollMs) {
      if (waited > PATIENCE_MS)
        throw new Error(`The transaction with nonce ${nonce} is stuck; replace it in the wallet that sent it.`);
      await sleep(pollMs);
    }
    const other = await findByNonce(outbox.rpc, outbox.address, nonce);
    if (other === undefined) {
      throw new Error(
        `The transaction of ${outbox.address} with nonce ${nonce} cannot be found by this endpoint. Name another endpoint in .env and run ` +
          "the same command again.",
      );
    }
    await waitForConfirmations(other, options);
    // Ignition returns or throws a sentence of its own for a transaction that is not the step's; either way it is on record now
    await trackTransaction(folder, other, provider, confirmations);
    return;
  }

  // Nothing was ever signed for this nonce, so the step can still have it.
  const [gas, fees] = await Promise.all([
    outbox.rpc.request<string>({
      method: "eth_estimateGas",
      params: [{ from: outbox.address, to, data, value: toQuantity(value) }],
    }),
    outbox.currentFees(),
  ]);
  const hash = await outbox.request({
    method: "eth_sendTransaction",
    params: [{ to, data, value: toQuantity(value), nonce: toQuantity(nonce), gas, ...fees }],
  });
  await outbox.request({ method: "eth_getTransactionByHash", params: [hash] });
  await trackTransaction(folder, String(hash), provider, confirmations);
}

async function waitForConfirmations(hash: string, { outbox, confirmations, pollMs }: RunOptions): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += pollMs) {
    const receipt = await outbox.rpc.request<{ blockNumber: string } | null>({
      method: "eth_getTransactionReceipt",
      params: [hash],
    });
    const block = Number(await outbox.rpc.request<string>({ method: "eth_blockNumber" }));
    if (receipt !== null && block - Number(receipt.blockNumber) + 1 >= confirmations) return;
    await sleep(pollMs);
  }
  throw new Error(`The transaction ${hash} did not get ${confirmations} confirmations.`);
}

/** Whether every step that counts as done is still in the chain. */
async function allStepsConfirmed({ outbox, folder }: RunOptions): Promise<boolean> {
  let confirmed = true;
  for (const { hash } of confirmedTransactions(folder).values()) {
    if ((await outbox.request({ method: "eth_getTransactionReceipt", params: [hash] })) !== null) continue;
    confirmed = false;
    // asking for it sends it again
    await outbox.request({ method: "eth_getTransactionByHash", params: [hash] });
  }
  return confirmed;
}

/** Tells of each step as it is confirmed. */
function progressOf({ plan, folder, say }: RunOptions, moved: () => void) {
  const titles = new Map(
    plan.steps.map(({ id, title, creates }) => [id, creates === undefined ? title : `${title} at ${creates}`]),
  );
  const done = new Set(hasJournal(folder) ? confirmedTransactions(folder).keys() : []);
  const width = String(plan.steps.length).length;
  return listener({
    transactionSend: moved,
    onchainInteractionReplacedByUser: ({ futureId }) => {
      moved();
      say(`The transaction of ${shortId(futureId)} was replaced by one sent from elsewhere; the step is sent again.`);
    },
    onchainInteractionDropped: ({ futureId }) => {
      moved();
      say(`The transaction of ${shortId(futureId)} was dropped by the network; the step is sent again.`);
    },
    transactionConfirm: ({ futureId }) => {
      moved();
      done.add(futureId);
      say(`[${String(done.size).padStart(width)}/${plan.steps.length}] ${titles.get(futureId) ?? shortId(futureId)}`);
    },
  });
}

/** Where the journal of a network is. */
export function journalFolder(home: string, network: string): string {
  return join(home, "deployments", network);
}
