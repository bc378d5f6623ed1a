import { readRefusalOf, type ReadRefusal } from "../errors/refusals";

/** How long a refused read is repeated. */
export interface ReadPatience {
  /** Milliseconds in all for a node that says "later". */
  readonly busyMs: number;
  /** Milliseconds in all for a node that has not reached the block yet. */
  readonly behindMs: number;
}

/** A minute of rate limits is common with hosted nodes; a second node that is further behind than 15 s is broken. */
export const READ_PATIENCE: ReadPatience = { busyMs: 60_000, behindMs: 15_000 };

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

const isRead = ({ method }: Payload): boolean => READS.test(method);

/** What a batch may repeat: reads, and a signed transaction, which has one number and is mined once however often it comes. */
const isRepeatable = ({ method }: Payload): boolean => READS.test(method) || method === "eth_sendRawTransaction";

/** Methods that change nothing, and answer the same when they are asked twice. */
const READS =
  /^(eth_(call|chainId|blockNumber|estimateGas|gasPrice|maxPriorityFeePerGas|feeHistory|createAccessList|get(?!Filter)\w+)|net_version)$/;

interface Payload {
  readonly id: number;
  readonly method: string;
}

interface Answer {
  readonly id: number;
  readonly error?: unknown;
  readonly result?: unknown;
}

type Send = (payload: Payload | Payload[]) => Promise<Answer[]>;

/** A provider of ethers that speaks JSON-RPC: `_send` is the point that its documentation names for overriding. */
interface JsonRpcLike {
  _send: Send;
  readonly _getOption?: unknown;
}

const settings = new WeakMap<object, { patience: ReadPatience }>();

/**
 * Makes a provider of ethers wait for a node that says "later" or is a few blocks behind, and ask one by one where a
 * batch is refused. Reads are repeated; a transaction is never sent twice. A provider that speaks no JSON-RPC itself is
 * left as it is. The provider is changed and returned: every contract and signer that uses it gains the same.
 * @param patience How long reads are repeated, in milliseconds.
 * @example
 * ```ts
 * const provider = patient(new JsonRpcProvider(rpcRequest("http://127.0.0.1:8545")));
 * ```
 */
export function patient<P>(provider: P, patience: ReadPatience = READ_PATIENCE): P {
  const one = provider as Partial<JsonRpcLike> & { providerConfigs?: readonly { provider: unknown }[] };
  // several providers behind one: each speaks for itself
  if (Array.isArray(one?.providerConfigs)) for (const each of one.providerConfigs) patient(each.provider, patience);
  if (typeof one?._send !== "function" || typeof one._getOption !== "function") return provider;

  const known = settings.get(one);
  if (known !== undefined) {
    if (patience !== READ_PATIENCE) known.patience = patience;
    return provider;
  }
  const own = { patience };
  settings.set(one, own);
  one._send = patientSend(one._send.bind(one), () => own.patience);
  return provider;
}

function patientSend(send: Send, patience: () => ReadPatience): Send {
  let oneByOne = false;

  /** Sends reads again while the node says that it helps to wait. */
  const repeated = async (payload: Payload | Payload[]): Promise<Answer[]> => {
    const repeatable = [payload].flat().every(isRead);
    const started = Date.now();
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      let answers: Answer[] | undefined;
      let thrown: unknown;
      try {
        answers = await send(payload);
      } catch (error) {
        thrown = error;
      }
      // of a batch only what was thrown speaks for all of it
      const refusal = readRefusalOf(
        answers === undefined ? thrown : Array.isArray(payload) ? undefined : answers[0]?.error,
      );
      // of events less can be asked for: the pager does that
      const unclear = refusal === "unclear" && [payload].flat().some(({ method }) => method === "eth_getLogs");
      const left = started + (unclear ? 0 : limitOf(refusal, patience())) - Date.now();
      if (!repeatable || left <= 0) {
        if (answers === undefined) throw thrown;
        return answers;
      }
      // so that many who were refused together do not come back together
      await sleep(Math.min(wait * (0.75 + Math.random() / 2), left));
    }
  };

  /** One by one; `answers` are those of the same request that came before. */
  const each = async (
    payloads: readonly Payload[],
    answers: readonly Answer[] = [],
    taken = false,
  ): Promise<Answer[]> => {
    const all = [...answers];
    let sent = taken;
    for (const payload of payloads) {
      try {
        all.push(...(await repeated(payload)));
      } catch (error) {
        // thrown, it would be told of a transaction too that a node may have taken before, such as that it never left
        if (sent) return all;
        throw error;
      }
      sent ||= !isRead(payload);
    }
    return all;
  };

  return async (payload) => {
    if (!Array.isArray(payload)) return repeated(payload);
    if (oneByOne) return each(payload);
    // what a node signs itself must not be asked for twice, and of a batch that failed nobody knows how much was done
    const once = payload.filter((one) => !isRepeatable(one));
    if (once.length > 0) {
      const rest = payload.filter(isRepeatable);
      return each(once, await batched(rest), !rest.every(isRead));
    }
    return batched(payload);
  };

  async function batched(payload: Payload[]): Promise<Answer[]> {
    if (payload.length === 0) return [];
    let answers: Answer[];
    try {
      answers = await repeated(payload);
    } catch (error) {
      if (!refusesBatch(error)) throw error;
      oneByOne = true;
      return each(payload).catch((later: unknown) => {
        throw payload.every(isRead) ? later : error;
      });
    }
    const answerTo = ({ id }: Payload): Answer | undefined => answers.find((one) => one.id === id);
    const refused = payload.filter((one) => {
      const answer = answerTo(one);
      return answer === undefined || readRefusalOf(answer.error) === "batch";
    });
    if (refused.length > 0) oneByOne = true;
    const late = payload.filter((one) => {
      const refusal = readRefusalOf(answerTo(one)?.error);
      return READS.test(one.method) && limitOf(refusal, patience()) > 0;
    });
    const again = [...refused, ...late];
    if (again.length === 0) return answers;
    const asked = new Set(again.map(({ id }) => id));
    const kept = answers.filter(({ id }) => !asked.has(id));
    return each(again, kept, !payload.every(isRead));
  }
}

function limitOf(refusal: ReadRefusal | undefined, { busyMs, behindMs }: ReadPatience): number {
  if (refusal === "later" || refusal === "unclear") return busyMs;
  return refusal === "behind" ? behindMs : 0;
}

/** Whether an endpoint answered a batch with an error of HTTP: it is there, and it does not take this. */
function refusesBatch(error: unknown): boolean {
  const refusal = readRefusalOf(error);
  if (refusal === "later" || refusal === "behind" || refusal === "unclear") return false;
  const { code } = error as { code?: unknown };
  // UNSUPPORTED_OPERATION is ethers' word for an answer that is no JSON
  return refusal !== undefined || code === "SERVER_ERROR" || code === "UNSUPPORTED_OPERATION";
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** An answer, or the error that `late` makes when there is none in time. */
export async function inTime<T>(milliseconds: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([answer, over]);
  } finally {
    // a clock that runs on would keep a program alive that has nothing left to do
    clearTimeout(timer);
  }
}
