import { isHexData, layersOf, type Layer } from "./layers";

/**
 * What a node means by refusing to answer:
 * - `later`: it has too much to do now, or the caller asked too often. The same request is answered later.
 * - `too-much`: the request covers too many blocks or events. Halves of it are answered.
 * - `behind`: it has not reached the block that another node of the same endpoint has. It will.
 * - `unclear`: a limit is reached, and it does not say which: of requests, which waiting fixes, or of blocks and events, which
 *   asking for less does. Nodes have one code for both.
 * - `batch`: it takes no JSON-RPC batches, or none of this size. One by one it answers.
 */
export type ReadRefusal = "later" | "too-much" | "behind" | "unclear" | "batch";

/** One phrase, with those who are known to say it. The first row that fits decides. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly means: ReadRefusal;
  readonly saidBy: string;
}

/**
 * What nodes and providers say, by meaning. A code alone decides nothing: -32005 is a rate limit for one and too many
 * events for another.
 */
export const READ_REFUSALS: readonly Phrase[] = [
  {
    pattern:
      /batch.{0,40}(not supported|unsupported|disabled|not allowed|not permitted|too large|exceed)|batch (size|limit)/i,
    means: "batch",
    saidBy: "geth, Erigon, reth, QuickNode, PublicNode",
  },
  {
    pattern: /(too many|number of).{0,20}(rpc calls|requests) in (a )?batch|batch of more than/i,
    means: "batch",
    saidBy: "Besu, proxyd, dRPC",
  },

  {
    pattern:
      /(beyond|exceeds|past|after|greater than|above|ahead of).{0,20}(current|latest|last|chain) .{0,10}(head|block)/i,
    means: "behind",
    saidBy: "geth, reth, Avalanche",
  },
  {
    pattern: /header (for hash )?not found|unknown block|invalid block range/i,
    means: "behind",
    saidBy: "geth, Nethermind, Erigon",
  },
  {
    pattern: /block.{0,40}(not found|cannot be found|could not be found|not yet available|does not exist)/i,
    means: "behind",
    saidBy: "Besu, Erigon, reth, Nethermind, OpenEthereum",
  },
  {
    pattern: /BlockOutOfRange|block height is \d+ but requested|larger than current block/i,
    means: "behind",
    saidBy: "anvil, Hardhat",
  },
  {
    pattern: /block.{0,20}(is )?in the future|future block|unfinalized/i,
    means: "behind",
    saidBy: "Erigon, Avalanche",
  },

  {
    pattern: /query returned more than|log response size|response size is larger|this block range should work/i,
    means: "too-much",
    saidBy: "Infura, Alchemy, zkSync",
  },
  { pattern: /exceeds max (results|block range)|query exceeds/i, means: "too-much", saidBy: "reth, LlamaRPC" },
  {
    pattern: /too many (logs|results|events|blocks)|logs matched by query exceeds/i,
    means: "too-much",
    saidBy: "Nethermind, Avalanche, Fantom",
  },
  {
    pattern: /range.{0,40}(too (large|wide|big)|exceed|greater than|bigger than|limit|not supported)/i,
    means: "too-much",
    saidBy: "Besu, Erigon, Ankr, Cloudflare, Chainstack, Scroll, dRPC",
  },
  {
    pattern: /blocks? range|exceed.{0,40}range|limited to.{0,20}range|(fewer|less|more than [\d,]+) blocks/i,
    means: "too-much",
    saidBy: "BNB Smart Chain, QuickNode, Alchemy, 1RPC",
  },
  {
    pattern: /(response|result).{0,20}too (large|big)/i,
    means: "too-much",
    saidBy: "Infura, proxyd",
  },
  { pattern: /query timeout exceeded/i, means: "too-much", saidBy: "Alchemy" },
  {
    pattern:
      /(response|result|payload|reply).{0,20}size.{0,30}(should not|exceed|limit|too|max)|(response|result).{0,20}exceed.{0,20}size/i,
    means: "too-much",
    saidBy: "Alchemy, BNB Smart Chain, Blast, Moralis",
  },
  {
    pattern:
      /(more than|limit of|maximum of|max(imum)?:?) [\d,_]+k? (logs|events|results|records|entries|blocks)|(logs|events|blocks|results) (count )?limit/i,
    means: "too-much",
    saidBy: "Fantom, Moonbeam, Klaytn, Harmony",
  },
  {
    pattern:
      /blocks? (distance|difference|diff|span|interval|gap|count)|(from|start) ?block.{0,40}to ?block.{0,60}(less|more|within|exceed|greater|larger|differ|apart)/i,
    means: "too-much",
    saidBy: "Klaytn, Tron, Oasis, Aurora",
  },
  {
    pattern:
      /(less|fewer|smaller|lower|reduce|narrow)( the)?( number of)? (blocks|addresses|block range|range|topics)/i,
    means: "too-much",
    saidBy: "1RPC, BlastAPI, Chainstack",
  },

  {
    pattern:
      /^(request )?(limit exceeded|limit reached|exceeds (the )?defined limit)[.:]?( request exceeds defined limit\.?)?$/i,
    means: "unclear",
    saidBy: "BNB Smart Chain, MetaMask and others, by EIP-1474",
  },

  {
    pattern: /rate.?limit|too many requests|request rate|requests? per (second|minute)|throughput|compute units/i,
    means: "later",
    saidBy: "Infura, Alchemy, proxyd, LlamaRPC",
  },
  {
    pattern: /(request|quota|capacity).{0,20}(reached|exceeded|exhausted)|(?<!gas )limit (exceeded|reached)/i,
    means: "later",
    saidBy: "QuickNode, Infura, Ankr, MetaMask",
  },
  {
    pattern: /try again later|retry (in|after)|temporarily|overloaded|server (is )?busy|service unavailable/i,
    means: "later",
    saidBy: "public endpoints",
  },
  { pattern: /no backends? available|backend is (offline|not healthy)/i, means: "later", saidBy: "proxyd" },
];

/** Codes of JSON-RPC that mean "later" when the words say nothing. */
const LATER_CODES = new Set<unknown>([429, -32_016, -32_029, -32_097, -32_007]);
/** The code for a limit of either kind. */
const LIMIT_CODE = -32_005;
/** Statuses of HTTP that mean "later". */
const LATER_STATUS = new Set<unknown>([429, 502, 503, 504]);
/** What this package calls an answer that it stopped to read. */
const TOO_MUCH_CODE = "ANSWER_TOO_LARGE";
/** Statuses by which an endpoint says that what it was sent is too large for it. */
const TOO_MUCH_STATUS = new Set<unknown>([413]);

/**
 * What a refusal means; undefined for anything else: a contract's revert, a lost connection, words never heard.
 * @example
 * ```ts
 * try {
 *   await provider.getLogs({ fromBlock: 0 });
 * } catch (error) {
 *   if (readRefusalOf(error) === undefined) throw error;
 * }
 * ```
 */
export function readRefusalOf(error: unknown): ReadRefusal | undefined {
  const layers = layersOf(error);
  if (layers.some(({ code }) => code === TOO_MUCH_CODE)) return "too-much";
  // what a contract said in a revert is no word of the node
  if (layers.some(isRevert)) return undefined;
  const texts = layers.flatMap(textsOf);
  for (const { pattern, means } of READ_REFUSALS) if (texts.some((text) => pattern.test(text.trim()))) return means;
  if (layers.some(({ status, statusCode }) => TOO_MUCH_STATUS.has(status) || TOO_MUCH_STATUS.has(statusCode))) {
    return "too-much";
  }
  const late = ({ code, status, statusCode }: Layer): boolean =>
    LATER_CODES.has(code) || LATER_STATUS.has(status) || LATER_STATUS.has(statusCode);
  if (layers.some(late)) return "later";
  return layers.some(({ code }) => code === LIMIT_CODE) ? "unclear" : undefined;
}

/** Words by which a node says that it was the contract, or the machine that ran it, and not the node. */
const CONTRACTS_WORDS = new RegExp(
  [
    ...["revert", "opcode", "out ?of ?gas", "gas required exceeds", "stack ?(over|under)flow", "stack limit"],
    ...["(bad|invalid) ?(jump|instruction|code)", "(vm|evm) ?(execution )?(error|exception)", "write protection"],
    ...["static ?(context|call|state)", "return ?data ?out ?of ?bounds", "code size", "execution (failed|halted)"],
  ].join("|"),
  "i",
);

/** Whether an error of JSON-RPC, or one layer around it, says that a contract refused. */
export function isRevert({ code, data, message, error, info }: Layer): boolean {
  if (code === 3 || code === -32_015) return true;
  if (isHexData(data) && data.length >= 10) return true;
  // ethers calls every failed call a revert, whatever the node said: what that was is inside
  if (code === "CALL_EXCEPTION" && isObject((info as Layer | undefined)?.error ?? error)) return false;
  return typeof message === "string" && CONTRACTS_WORDS.test(message);
}

/** Whether a call failed for what the node said, and none of its words is about the contract; or what came is no answer of a node. */
export function isNodesFailure(layers: readonly Layer[]): boolean {
  if (
    layers.some(({ code, shortMessage }) => code === "UNSUPPORTED_OPERATION" && /body|JSON/.test(String(shortMessage)))
  ) {
    return true;
  }
  const said = layers.some(
    ({ code, info }) => code === "CALL_EXCEPTION" && isObject((info as Layer | undefined)?.error),
  );
  return said && !layers.some(isRevert);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** The words of one level; a body that came with an error of HTTP is one of them. */
function textsOf({ message, shortMessage, responseBody }: Layer): string[] {
  // an error of ethers repeats the whole request in its message, and the request's words are nobody's answer
  const text = shortMessage ?? message;
  const texts = typeof text === "string" ? [text] : [];
  return typeof responseBody === "string" ? [...texts, responseBody] : texts;
}
