import { getBytes, toBigInt, type Provider } from "ethers";

import { IERC20Metadata__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import { isContractName } from "../addresses/contracts";
import type { Deployment } from "../addresses/deployment";
import { isIsonomyError } from "../base/error";
import { isAway } from "../errors/away";
import { decodeError } from "../errors/decode";
import { decodingErrors } from "../errors/explain";
import { printable } from "../text/printable";
import { cliError } from "./errors";
import { NATIVE, amount, written } from "./values";

export interface Token {
  readonly address: string;
  /** What the token calls itself; a stranger's token may call itself anything. */
  readonly symbol: string;
  readonly decimals: number;
  /** How it is shown, and how it can be named: as the deployment names it, else with its address. */
  readonly label: string;
  /** False when it does not say how many decimals it has: amounts are then in its smallest unit. */
  readonly readable: boolean;
}

const NATIVE_TOKEN: Token = { address: NATIVE, symbol: "native", decimals: 18, label: "native", readable: true };
/** More decimals than any token needs that is worth something; with more of them amounts cannot be read. */
const MAX_DECIMALS = 36;
/** A symbol is a few letters: a longer one is cut. */
const MAX_SYMBOL = 16;
/** What a token answers is a word or a short text; what is longer is not read. */
const MAX_WORD_BYTES = 4_096;
const METADATA = IERC20Metadata__factory.createInterface();
/** Whether the node did not answer, as opposed to the token: over a token that counts for ever a node gives up too. */
const isNodeAway = (code: string): boolean => isAway(code) && code !== "NODE_FAILED" && code !== "TIMEOUT";

/** The chain that tokens are asked about. */
export interface TokenSource {
  deployment(): Promise<Deployment>;
  provider(): Promise<Provider>;
}

/** What a command knows of tokens: their names, decimals and symbols, and how amounts of them are written. */
export class Tokens {
  readonly #source: TokenSource;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /**
   * A token by its address, by its name in the deployment, or "native". Never by the symbol that it gives itself: two
   * tokens can have the same one.
   */
  async named(named: string, name: string): Promise<Token> {
    if (/^native$/i.test(named)) return NATIVE_TOKEN;
    const { contracts, tokens = {} } = await this.#source.deployment();
    if (Object.hasOwn(tokens, named)) return this.at(tokens[named]!.address);
    if (isContractName(named)) return this.at(contracts[named]);
    try {
      return await this.at(canonicalAddress(named, name));
    } catch (error) {
      if (!isIsonomyError(error, "ADDRESS_INVALID")) throw error;
      const names = Object.keys(tokens).concat(Object.keys(contracts).filter((one) => /Token$/.test(one)));
      const example = ["native", ...new Set(names), "an address"].join(", ");
      throw cliError("VALUE_INVALID", { value: named, name, expected: "a token that is known here", example });
    }
  }

  /** What is known of a token, by the address book first and by the token itself where that says nothing. */
  async at(spelled: string): Promise<Token> {
    const where = canonicalAddress(spelled, "token");
    if (isZeroAddress(where)) return NATIVE_TOKEN;
    const { contracts, tokens = {} } = await this.#source.deployment();
    const is = (one: string): boolean => sameAddress(one, where);
    const [listed, entry] = Object.entries(tokens).find(([, one]) => is(one.address)) ?? [];
    if (entry !== undefined) return { ...entry, address: where, label: listed!, readable: true };
    const [named] = Object.entries(contracts).find(([, one]) => is(one)) ?? [];
    const [decimals, said] = await Promise.all([this.#said(where, "decimals"), this.#said(where, "symbol")]);
    const symbol = symbolIn(said) ?? where.slice(0, 8);
    const readable = /^0x[0-9a-f]{64}/i.test(decimals) && BigInt(decimals.slice(0, 66)) <= MAX_DECIMALS;
    const label = named ?? (readable ? `${symbol} (${where})` : `smallest units of ${where}`);
    return { address: where, symbol, decimals: readable ? Number(decimals.slice(0, 66)) : 0, label, readable };
  }

  /**
   * What a token's contract answers, as it is: of no kind that can be relied on. Nothing when it refuses, when the node gives up
   * on it, or when it is longer than any word. Only a node that is away throws: one token must not stop a list.
   */
  async #said(token: string, method: "decimals" | "symbol"): Promise<string> {
    const provider = await this.#source.provider();
    try {
      const answer = await decodingErrors(() =>
        provider.call({ to: token, data: METADATA.encodeFunctionData(method as "symbol") }),
      );
      return answer.length > 2 + 2 * MAX_WORD_BYTES ? "0x" : answer;
    } catch (error) {
      if (isNodeAway(decodeError(error).code)) throw error;
      return "0x";
    }
  }

  /**
   * An amount that a person wrote, with its token. The token is a part of it ("25 TestToken"), unless the command names
   * it beside the amount; then it may be repeated, and must be the same.
   */
  async amount(text: string, name: string, beside?: Token): Promise<{ value: bigint; token: Token }> {
    const { digits, unit } = written(text, name);
    const own = unit === undefined ? undefined : await this.named(unit, name);
    const token = own ?? beside;
    if (token === undefined) throw cliError("UNIT_MISSING", { name, value: text });
    if (own !== undefined && beside !== undefined && !sameAddress(own.address, beside.address)) {
      throw cliError("UNIT_OTHER", { name, value: text, expected: beside.label });
    }
    if (!token.readable) throw cliError("TOKEN_UNREADABLE", { token: token.address, name });
    return { value: amount(digits, token.decimals, name), token };
  }
}

/** The symbol in an answer: a text, or as older tokens have it the bytes of one word. Bytes that are no text are shown as such. */
function symbolIn(answer: string): string | undefined {
  const bytes = getBytes(answer);
  const number = (at: number): number => Number(toBigInt(bytes.slice(at, at + 32)));
  const offset = bytes.length > 32 ? number(0) : 0;
  const start = offset + 32;
  const text = bytes.length > 32 ? bytes.slice(start, start + (start <= bytes.length ? number(offset) : 0)) : bytes;
  const end = bytes.length > 32 ? -1 : text.indexOf(0);
  const symbol = printable(new TextDecoder().decode(end < 0 ? text : text.slice(0, end))).slice(0, MAX_SYMBOL);
  return symbol === "" ? undefined : symbol;
}
