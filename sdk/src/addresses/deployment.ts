import { checked } from "../base/checked";
import { withoutMark } from "../text/decode";
import { addressKey, canonicalAddress } from "./address";
import { CONTRACT_NAMES, isContractName, type ContractName } from "./contracts";
import { addressError } from "./errors";

/** A token that a deployment vouches for. */
export interface KnownToken {
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number;
}

/**
 * One deployment of the protocol, as `npm run deploy` writes it and every tool reads it.
 * @typeParam N The contracts that it names; all of the protocol where nothing is said.
 */
export interface Deployment<N extends ContractName = ContractName> {
  /** The chain that it is on. */
  readonly chainId: number;
  /** The block of its first transaction: events are read from here on. */
  readonly block: number;
  /** Where each contract is. */
  readonly contracts: Readonly<Record<N, string>>;
  /** Keccak-256 of the code at each address. It differs between chains where the code holds the chain's id. */
  readonly codeHashes: Readonly<Record<N, string>>;
  /** Tokens by the names they go by here. What they say of themselves is then not asked. */
  readonly tokens?: Readonly<Record<string, KnownToken>>;
  /** Markets that a vote replaced: their licences still get updates. */
  readonly formerMarkets?: readonly string[];
}

/**
 * What a client needs of a deployment: the contracts that it calls. A whole `Deployment` is one. Without `chainId` the client
 * stays on the first chain on which it finds the contracts, without `block` it reads events from the first block on, and
 * without a hash it does not compare the code.
 */
export interface PartialDeployment<N extends ContractName> {
  readonly chainId?: number | bigint;
  readonly block?: number;
  readonly contracts: Readonly<Record<N, string>>;
  readonly codeHashes?: Readonly<Partial<Record<N, string>>>;
  readonly formerMarkets?: readonly string[];
}

/** The same deployment with another market, such as one that a vote replaced and that still holds bonds. */
export function atMarket(deployment: Deployment, Market: string): PartialDeployment<ContractName> {
  const others = Object.entries(deployment.codeHashes).filter(([name]) => name !== "Market");
  return {
    ...deployment,
    contracts: { ...deployment.contracts, Market },
    codeHashes: Object.fromEntries(others) as Partial<Record<ContractName, string>>,
  };
}

const CODE_HASH = /^0x[0-9a-f]{64}$/i;

/**
 * Reads what `npm run deploy` wrote: the one place where a deployment from outside this program is checked. Fields that are
 * not of a `Deployment`, such as the record of the deployer, are left out.
 * @param written The text of the file, or what it holds as JSON.
 * @param source What the file is called in a sentence, such as its path.
 * @param chainId The chain of the node; a deployment of another chain is refused as `DEPLOYMENT_OTHER_CHAIN`.
 * @throws `DEPLOYMENT_INVALID` for anything else than a whole deployment: not JSON, an address or a hash that is none, a contract
 * that is missing, and a name that no contract of the protocol has.
 * @example
 * ```ts
 * const deployment = parseDeployment(await readFile("deployment.json", "utf8"), "deployment.json", 31_337);
 * const market = new MarketClient(deployment, signer);
 * ```
 */
export const parseDeployment = /* @__PURE__ */ checked(
  (written: unknown, source = "the deployment", chainId?: number | bigint): Deployment => {
    const invalid = (detail: string, error?: unknown) => addressError("DEPLOYMENT_INVALID", { source, detail }, error);
    const content = typeof written === "string" ? json(written, invalid) : written;
    if (!isRecord(content)) throw invalid("it holds no deployment.");
    const { chainId: own, block, contracts, codeHashes, tokens, formerMarkets } = content;
    if (!isNumber(own) || own === 0) throw invalid("chainId is not the number of a chain.");
    // the file of one chain would name strangers' contracts on another
    if (chainId !== undefined && BigInt(own) !== BigInt(chainId)) {
      throw addressError("DEPLOYMENT_OTHER_CHAIN", { source, chain: own, actual: chainId });
    }
    if (!isNumber(block)) throw invalid("block is not the number of a block.");
    const hash = (value: unknown, name: string): string => {
      if (typeof value === "string" && CODE_HASH.test(value)) return value.toLowerCase();
      throw invalid(`the code hash of ${name} is not 32 bytes in hexadecimal digits.`);
    };
    const address = (value: unknown, name: string): string => {
      try {
        return canonicalAddress(String(value), name);
      } catch (error) {
        throw invalid(`${name} is at "${String(value)}", which is not an address.`, error);
      }
    };
    const known: Deployment = {
      chainId: own,
      block,
      contracts: byContract(contracts, "contracts", address),
      codeHashes: byContract(codeHashes, "codeHashes", hash),
    };
    const places = new Map<string, string>();
    for (const [name, where] of Object.entries(known.contracts)) {
      const other = places.get(addressKey(where));
      if (other !== undefined) throw invalid(`${other} and ${name} are at the same address.`);
      places.set(addressKey(where), name);
    }
    return {
      ...known,
      ...(tokens === undefined ? {} : { tokens: tokensIn(tokens) }),
      ...(formerMarkets === undefined ? {} : { formerMarkets: marketsIn(formerMarkets) }),
    };

    function byContract(
      values: unknown,
      field: string,
      read: (value: unknown, name: string) => string,
    ): Record<ContractName, string> {
      if (!isRecord(values)) throw invalid(`it has no ${field}.`);
      const unknown = Object.keys(values).filter((name) => !isContractName(name));
      if (unknown.length > 0) throw invalid(`${field} names ${unknown.join(", ")}, which the protocol does not have.`);
      const missing = CONTRACT_NAMES.filter((name) => !Object.hasOwn(values, name));
      if (missing.length > 0) throw invalid(`${field} lacks ${missing.join(", ")}.`);
      const entries = CONTRACT_NAMES.map((name) => [name, read(values[name], name)]);
      return Object.fromEntries(entries) as Record<ContractName, string>;
    }

    function tokensIn(value: unknown): Record<string, KnownToken> {
      if (!isRecord(value)) throw invalid("tokens is not a list of tokens by name.");
      const entries = Object.entries(value).map(([name, token]): [string, KnownToken] => {
        const { address: where, symbol, decimals } = isRecord(token) ? token : {};
        if (!/^\S+$/.test(name) || typeof symbol !== "string" || !isNumber(decimals)) {
          throw invalid(`the token "${name}" does not have a name without blanks, an address, a symbol and decimals.`);
        }
        return [name, { address: address(where, name), symbol, decimals }];
      });
      return Object.fromEntries(entries);
    }

    function marketsIn(value: unknown): string[] {
      if (!Array.isArray(value)) throw invalid("formerMarkets is not a list.");
      return value.map((one) => address(one, "formerMarkets"));
    }
  },
);

function json(text: string, invalid: (detail: string, error?: unknown) => Error): unknown {
  try {
    return JSON.parse(withoutMark(text));
  } catch (error) {
    throw invalid("it is not JSON: it was cut short, or it is another file.", error);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
