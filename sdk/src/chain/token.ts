import { getBytes, isHexString, toBigInt, type Provider } from "ethers";

import { IERC20Metadata__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import type { Deployment } from "../addresses/deployment";
import { argumentError, checked } from "../base/checked";
import type { IsonomyError } from "../base/error";
import { isAway } from "../errors/away";
import { decodingErrors } from "../errors/explain";
import { printable } from "../text/printable";

/** What is known of a token. */
export interface TokenInfo {
  readonly address: string;
  /**
   * As the deployment writes it, else what the token calls itself, which may be anything: printable, at most 16 characters, and
   * the first digits of the address where it says nothing. Two tokens can have the same one.
   */
  readonly symbol: string;
  /** 0 where it does not say how many it has: amounts are then in its smallest unit. */
  readonly decimals: number;
  /** Its name in the deployment; undefined for a token that the deployment does not name. */
  readonly name?: string;
  /** False when it does not say how many decimals it has, or a number that no token needs. */
  readonly readable: boolean;
}

/** More decimals than any token needs that is worth something; with more of them amounts cannot be read. */
const MAX_DECIMALS = 36;
/** A symbol is a few letters: a longer one is cut. */
const MAX_SYMBOL = 16;
/** What a token answers is a word or a short text; what is longer is not read. */
const MAX_WORD_BYTES = 4_096;
const METADATA = IERC20Metadata__factory.createInterface();

/** Whether the node did not answer, as opposed to the token: over a token that counts for ever a node gives up too. */
const isNodeAway = (code: string): boolean => isAway(code) && code !== "NODE_FAILED" && code !== "TIMEOUT";

/**
 * Symbol and decimals of a token: by the deployment first, and by the token itself where that says nothing. The zero address is
 * the native coin. A token may answer whatever it likes, and never breaks a list: only a node that is away throws.
 * @param deployment The deployment whose names are used, with the tokens that it vouches for.
 * @throws `ADDRESS_INVALID` for what is no address, and what a node that is away fails with.
 * @example
 * ```ts
 * const { symbol, decimals } = await tokenInfo(provider, offer.payToken, deploymentOn(chainId));
 * console.log(`${formatUnits(offer.price, decimals)} ${symbol}`);
 * ```
 */
export const tokenInfo = /* @__PURE__ */ checked(
  async (
    provider: Pick<Provider, "call">,
    token: string,
    deployment: Pick<Deployment, "tokens"> & { readonly contracts?: Readonly<Record<string, string>> } = {},
  ): Promise<TokenInfo> => {
    if (typeof provider?.call !== "function") {
      throw argumentError("ARGUMENT_INVALID", { detail: "provider is none: it has no call." });
    }
    const address = canonicalAddress(token, "token");
    if (isZeroAddress(address)) return { address, symbol: "native", decimals: 18, name: "native", readable: true };
    const { contracts = {}, tokens = {} } = deployment;
    const [listed, entry] = Object.entries(tokens).find(([, one]) => sameAddress(one.address, address)) ?? [];
    if (entry !== undefined)
      return { address, symbol: entry.symbol, decimals: entry.decimals, name: listed!, readable: true };
    const [named] = Object.entries(contracts).find(([, one]) => sameAddress(one, address)) ?? [];
    const [decimals, said] = await Promise.all([
      saidOf(provider, address, "decimals"),
      saidOf(provider, address, "symbol"),
    ]);
    const readable = /^0x[0-9a-f]{64}/i.test(decimals) && BigInt(decimals.slice(0, 66)) <= MAX_DECIMALS;
    return {
      address,
      symbol: symbolIn(said) ?? address.slice(0, 8),
      decimals: readable ? Number(decimals.slice(0, 66)) : 0,
      ...(named === undefined ? {} : { name: named }),
      readable,
    };
  },
);

/**
 * What a token's contract answers, as it is: of no kind that can be relied on. Nothing when it refuses, when the node gives up
 * on it, or when it is longer than any word.
 */
async function saidOf(provider: Pick<Provider, "call">, token: string, method: "decimals" | "symbol"): Promise<string> {
  try {
    const data = METADATA.encodeFunctionData(method as "symbol");
    const answer = await decodingErrors(() => provider.call({ to: token, data }));
    return answer.length > 2 + 2 * MAX_WORD_BYTES ? "0x" : answer;
  } catch (error) {
    if (isNodeAway((error as IsonomyError).code)) throw error;
    return "0x";
  }
}

/** The symbol in an answer: a text, or as older tokens have it the bytes of one word. Bytes that are no text are shown as such. */
function symbolIn(answer: string): string | undefined {
  if (!isHexString(answer, true)) return undefined;
  const bytes = getBytes(answer);
  const number = (at: number): number => Number(toBigInt(bytes.slice(at, at + 32)));
  const offset = bytes.length > 32 ? number(0) : 0;
  const start = offset + 32;
  const text = bytes.length > 32 ? bytes.slice(start, start + (start <= bytes.length ? number(offset) : 0)) : bytes;
  const end = text.indexOf(0);
  // of a text that is cut, no letter is halved
  const letters = [...printable(new TextDecoder().decode(end < 0 ? text : text.slice(0, end)))];
  const symbol = letters.slice(0, MAX_SYMBOL).join("");
  return symbol === "" ? undefined : symbol;
}
