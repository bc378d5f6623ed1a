import type { Provider } from "ethers";

import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import { isContractName } from "../addresses/contracts";
import type { Deployment } from "../addresses/deployment";
import { isIsonomyError } from "../base/error";
import { tokenInfo, type TokenInfo } from "../chain/token";
import { cliError } from "./errors";
import { NATIVE, amount, written } from "./values";

export interface Token extends Omit<TokenInfo, "name"> {
  /** How it is shown, and how it can be named: as the deployment names it, else with its address. */
  readonly label: string;
}

const NATIVE_TOKEN: Token = { address: NATIVE, symbol: "native", decimals: 18, label: "native", readable: true };

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
    if (isZeroAddress(canonicalAddress(spelled, "token"))) return NATIVE_TOKEN;
    const { name, ...token } = await tokenInfo(await this.#source.provider(), spelled, await this.#source.deployment());
    const { address: where, symbol, readable } = token;
    return { ...token, label: name ?? (readable ? `${symbol} (${where})` : `smallest units of ${where}`) };
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
