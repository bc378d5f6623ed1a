import { Wallet, getBytes, scrypt, toBigInt, type JsonRpcProvider, type Provider, type Signer } from "ethers";
import { scrypt as nativeScrypt } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { IERC20Metadata__factory } from "../../../typechain-types/factories/@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata__factory";
import { canonicalAddress, isZeroAddress, sameAddress } from "../addresses/address";
import { deploymentOn } from "../addresses/book";
import { isContractName, type ContractName } from "../addresses/contracts";
import { atMarket, type Deployment, type PartialDeployment } from "../addresses/deployment";
import { isIsonomyError } from "../base/error";
import type { ClientOptions } from "../chain/chain";
import { requireCode } from "../chain/deployed";
import { BoundedWallet, FEE_LIMITS, type FeeLimits } from "../chain/fees";
import { DealClient } from "../deals/client";
import { FileKeyring } from "../deals/fileKeyring";
import type { Keyring } from "../deals/keyring";
import { isAway } from "../errors/away";
import { chainError } from "../errors/chainErrors";
import { decodeError } from "../errors/decode";
import { decodingErrors } from "../errors/explain";
import { ExchangeClient } from "../exchange/client";
import { nodePlatform } from "../fairexchange/node";
import { acceptedText, fileAccessOf, type FileAccess } from "../files/access";
import { MarketClient } from "../market/client";
import { PaymentClient } from "../market/payments";
import { readAnswer } from "../rpc/bounded";
import { endpointOf, type Endpoint } from "../rpc/endpoint";
import { rpcRequest } from "../rpc/request";
import type { BlobStore } from "../store";
import { folderStore } from "../store/folder";
import { IpfsStore } from "../store/ipfs";
import { printable } from "../text/printable";
import { redact } from "../text/redact";
import { cliError } from "./errors";
import { readSecret, readText } from "./files";
import { GuardedProvider } from "./guardedProvider";
import { Interruption } from "./interruption";
import type { Io } from "./io";
import { Output } from "./output";
import { NATIVE, address, amount, small, written } from "./values";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly rpc?: string;
  readonly addresses?: string;
  readonly chain?: string;
  readonly keystore?: string;
  readonly passwordFile?: string;
  readonly keyring?: string;
  readonly store?: string;
  readonly held?: string;
  readonly timeout?: string;
  readonly wait?: string;
  readonly maxFee?: string;
  readonly maxTip?: string;
  readonly json?: boolean;
}

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

/** The number of a chain is short; what is longer is no answer to the question. */
const MAX_ANSWER_BYTES = 65_536;
/** A transaction that the node had and has no more is looked for no longer than this. */
const GONE_MS = 20_000;
const LOCAL_POLL_MS = 100;
const REMOTE_POLL_MS = 2_000;
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

/** What one command works with, each part made when it is first asked for. */
export class Session {
  readonly io: Io;
  readonly interruption: Interruption;
  readonly output: Output;
  readonly options: GlobalOptions;
  #provider: Promise<{ provider: JsonRpcProvider; chainId: bigint }> | undefined;
  #deployment: Promise<Deployment> | undefined;
  #wallet: Promise<BoundedWallet> | undefined;
  #password: Promise<string> | undefined;
  #access: FileAccess | undefined | "unread" = "unread";
  readonly #made: JsonRpcProvider[] = [];

  constructor(io: Io, options: GlobalOptions, interruption = new Interruption(io.signal)) {
    this.io = { ...io, env: settings(io.env) };
    this.interruption = interruption;
    this.options = options;
    this.output = new Output(io, options.json === true);
  }

  /** Frees what would keep the process alive. */
  close(): void {
    for (const provider of this.#made) provider.destroy();
  }

  /** A folder of the person's own, for keys and held files. */
  home(...parts: string[]): string {
    return join(this.io.env.ISONOMY_HOME ?? join(homedir(), ".isonomy"), ...parts);
  }

  async provider(): Promise<JsonRpcProvider> {
    return (await this.#connected()).provider;
  }

  async chainId(): Promise<bigint> {
    return (await this.#connected()).chainId;
  }

  /** The deployment on the node's chain. */
  deployment(): Promise<Deployment> {
    this.#deployment ??= this.#findDeployment().catch((error: unknown) => {
      this.#deployment = undefined;
      throw error;
    });
    return this.#deployment;
  }

  /** The address of one contract of it. */
  async contract(name: ContractName): Promise<string> {
    return (await this.deployment()).contracts[name];
  }

  /** Who signs, out of the keystore. */
  wallet(): Promise<BoundedWallet> {
    this.#wallet ??= this.#unlock();
    return this.#wallet;
  }

  async signer(): Promise<BoundedWallet> {
    // the node and the deployment first: no password is asked for a command that cannot go on
    await this.deployment();
    return (await this.wallet()).connect(await this.provider());
  }

  /** The account whose affairs are asked about: the one named, or the keystore's, without opening it. */
  async account(named?: string): Promise<string | undefined> {
    if (named !== undefined) return address(named, "--account");
    const path = this.options.keystore ?? this.io.env.ISONOMY_KEYSTORE;
    if (path === undefined) return undefined;
    const inside = (await this.#keystore(path)).address;
    return inside === undefined ? (await this.wallet()).address : inside;
  }

  /** @param at A market of the past; the deployment's own when left out. */
  async market(runner?: Signer | Provider, at?: string): Promise<MarketClient> {
    return new MarketClient(await this.#deploymentAt(at), runner ?? (await this.signer()), this.waiting());
  }

  async payments(): Promise<PaymentClient> {
    return new PaymentClient(await this.deployment(), await this.signer(), this.waiting());
  }

  async exchange(runner?: Signer | Provider): Promise<ExchangeClient> {
    return new ExchangeClient(await this.deployment(), runner ?? (await this.signer()), this.waiting());
  }

  /** @param at A market of the past; the deployment's own when left out. */
  async deals(runner?: Signer | Provider, keyring?: Keyring, at?: string): Promise<DealClient> {
    const deployment = await this.#deploymentAt(at);
    const sender = runner ?? (await this.signer());
    const parts = { platform: nodePlatform(), keyring: keyring ?? (await this.keyring()) };
    return new DealClient(deployment, sender, { ...this.waiting(), ...parts });
  }

  async #deploymentAt(market: string | undefined): Promise<PartialDeployment<ContractName>> {
    const deployment = await this.deployment();
    return market === undefined ? deployment : atMarket(deployment, market);
  }

  /** The secrets of versions and purchases. */
  async keyring(): Promise<FileKeyring> {
    return new FileKeyring(
      this.keyringPath(),
      await this.#keyringPassword(),
      nodePlatform(),
      this.#cost(),
      this.fileAccess(),
    );
  }

  /** Why files of keys may be open to others than their owner; undefined when such files are refused. */
  fileAccess(): FileAccess | undefined {
    if (this.#access === "unread") {
      this.#access = fileAccessOf(this.io.env, (path, mode) => {
        const { reason } = this.#access as FileAccess;
        this.output.warn(acceptedText({ reason }, path, mode), { event: "file-access", path, mode, reason });
      });
    }
    return this.#access;
  }

  keyringPath(): string {
    return this.options.keyring ?? this.io.env.ISONOMY_KEYRING ?? this.home("keyring.json");
  }

  /** Where cards and sealed files are published and fetched. */
  store(): BlobStore {
    return storeAt(this.options.store ?? this.io.env.ISONOMY_STORE ?? this.home("store"), this.#timeoutMs());
  }

  /** Where a buyer keeps the sealed files it has verified. */
  held(): BlobStore {
    return folderStore(this.options.held ?? this.io.env.ISONOMY_HELD ?? this.home("held"));
  }

  /**
   * A token by its address, by its name in the deployment, or "native". Never by the symbol that it gives itself: two
   * tokens can have the same one.
   */
  async token(named: string, name: string): Promise<Token> {
    if (/^native$/i.test(named)) return NATIVE_TOKEN;
    const { contracts, tokens = {} } = await this.deployment();
    if (Object.hasOwn(tokens, named)) return this.tokenAt(tokens[named]!.address);
    if (isContractName(named)) return this.tokenAt(contracts[named]);
    try {
      return await this.tokenAt(canonicalAddress(named, name));
    } catch (error) {
      if (!isIsonomyError(error, "ADDRESS_INVALID")) throw error;
      const names = Object.keys(tokens).concat(Object.keys(contracts).filter((one) => /Token$/.test(one)));
      const example = ["native", ...new Set(names), "an address"].join(", ");
      throw cliError("VALUE_INVALID", { value: named, name, expected: "a token that is known here", example });
    }
  }

  /** What is known of a token, by the address book first and by the token itself where that says nothing. */
  async tokenAt(spelled: string): Promise<Token> {
    const where = canonicalAddress(spelled, "token");
    if (isZeroAddress(where)) return NATIVE_TOKEN;
    const { contracts, tokens = {} } = await this.deployment();
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
    const provider = await this.provider();
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
    const own = unit === undefined ? undefined : await this.token(unit, name);
    const token = own ?? beside;
    if (token === undefined) throw cliError("UNIT_MISSING", { name, value: text });
    if (own !== undefined && beside !== undefined && !sameAddress(own.address, beside.address)) {
      throw cliError("UNIT_OTHER", { name, value: text, expected: beside.label });
    }
    if (!token.readable) throw cliError("TOKEN_UNREADABLE", { token: token.address, name });
    return { value: amount(digits, token.decimals, name), token };
  }

  /** The password of the keystore, and of the keyring unless that has one of its own. */
  password(): Promise<string> {
    this.#password ??= this.#readPassword("", "the keystore");
    return this.#password;
  }

  /** The same for a file that does not exist yet: a slip of the finger would close it for ever. */
  newPassword(): Promise<string> {
    this.#password ??= this.#readPassword("", "the keystore", true);
    return this.#password;
  }

  /** A password; one that is chosen is asked for twice where a person types it. */
  async #readPassword(prefix: string, what: string, isNew = false): Promise<string> {
    const { env } = this.io;
    const file = (prefix === "" ? this.options.passwordFile : undefined) ?? env[`ISONOMY_${prefix}PASSWORD_FILE`];
    if (file !== undefined) return (await readSecret(file, "--password-file", this.fileAccess())).replace(/\r?\n$/, "");
    const given = env[`ISONOMY_${prefix}PASSWORD`];
    if (given !== undefined) return given;
    if (!this.io.interactive) throw cliError("PASSWORD_MISSING", { what });
    const typed = await this.io.ask(isNew ? `New password of ${what}: ` : `Password of ${what}: `);
    if (isNew && (await this.io.ask("The same password again: ")) !== typed) throw cliError("PASSWORDS_DIFFER");
    return typed;
  }

  async #keyringPassword(): Promise<string> {
    const { env } = this.io;
    const own = env.ISONOMY_KEYRING_PASSWORD ?? env.ISONOMY_KEYRING_PASSWORD_FILE;
    if (own !== undefined) return this.#readPassword("KEYRING_", "the keyring");
    // the keystore's password was proven by opening it; one that is typed for a new keyring alone was not
    const isNew = this.#password === undefined && !existsSync(this.keyringPath());
    if (isNew) this.#password = this.#readPassword("", "the keyring", true);
    return this.password();
  }

  /** scrypt's cost for new key files; smaller only for keys that are worth nothing. */
  #cost(): number | undefined {
    const given = this.io.env.ISONOMY_SCRYPT_COST;
    return given === undefined ? undefined : small(given, "ISONOMY_SCRYPT_COST", 2 ** 10, 2 ** 20);
  }

  get scryptCost(): number | undefined {
    return this.#cost();
  }

  /** How long the clients look for a transaction of which the node says nothing, and what a person is shown meanwhile. */
  waiting(): Pick<ClientOptions, "patience" | "onWait"> {
    const ms = 1_000 * small(this.options.wait ?? this.io.env.ISONOMY_WAIT ?? "60", "--wait", 1, 3_600);
    return {
      patience: { unseenMs: ms, silentMs: ms, goneMs: Math.min(ms, GONE_MS) },
      onWait: ({ hash, shown, leftMs }) => {
        const seconds = Math.ceil(leftMs / 1_000);
        const text = shown
          ? `waiting for ${hash} to be mined`
          : `the node does not show ${hash} yet: looking for ${seconds} s more`;
        this.output.waiting(hash, text);
      },
    };
  }

  #timeoutMs(): number {
    return 1_000 * small(this.options.timeout ?? this.io.env.ISONOMY_TIMEOUT ?? "30", "--timeout", 1, 3_600);
  }

  #connected(): Promise<{ provider: JsonRpcProvider; chainId: bigint }> {
    // a failure is not kept, so that an agent can try again
    this.#provider ??= this.#connect().catch((error: unknown) => {
      this.#provider = undefined;
      throw error;
    });
    return this.#provider;
  }

  async #connect(): Promise<{ provider: JsonRpcProvider; chainId: bigint }> {
    const url = this.options.rpc ?? this.io.env.ISONOMY_RPC_URL;
    if (url === undefined || url === "") throw cliError("RPC_MISSING");
    const endpoint = endpointOf(url);
    const chainId = await chainIdAt(endpoint, this.#timeoutMs());
    const meant = this.options.chain ?? this.io.env.ISONOMY_CHAIN_ID;
    if (meant !== undefined && BigInt(small(meant, "--chain")) !== chainId) {
      throw chainError("WRONG_NETWORK", { actual: chainId, expected: meant });
    }
    const settings = { staticNetwork: true, batchMaxCount: 10, cacheTimeout: -1 };
    const request = rpcRequest(url, this.#timeoutMs());
    const provider = new GuardedProvider(request, Number(chainId), settings, this.interruption);
    const local = /^(127\.|localhost$|\[::1\]$)/.test(new URL(endpoint.url).hostname);
    provider.pollingInterval = local ? LOCAL_POLL_MS : REMOTE_POLL_MS;
    this.#made.push(provider);
    return { provider, chainId };
  }

  async #findDeployment(): Promise<Deployment> {
    const { provider, chainId } = await this.#connected();
    const path = this.options.addresses ?? this.io.env.ISONOMY_ADDRESSES;
    const file = path === undefined ? undefined : { path, text: await readText(path, "--addresses") };
    const deployment = deploymentOn(chainId, file);
    const market = { name: "Market", address: deployment.contracts.Market, codeHash: deployment.codeHashes.Market };
    await decodingErrors(() => requireCode(provider, market, chainId));
    return deployment;
  }

  async #keystore(path: string): Promise<{ text: string; address?: string }> {
    const text = await readSecret(path, "--keystore", this.fileAccess());
    try {
      const inside = JSON.parse(text) as { version?: unknown; address?: string };
      if (Number(inside.version) !== 3) throw new Error("another version");
      return {
        text,
        address:
          inside.address === undefined ? undefined : address(`0x${inside.address.replace(/^0x/i, "")}`, "address"),
      };
    } catch (error) {
      throw cliError("KEYSTORE_INVALID", { path }, error);
    }
  }

  /** What one transaction may cost in gas. */
  feeLimits(): FeeLimits {
    const { env } = this.io;
    const [fee, tip] = [this.options.maxFee ?? env.ISONOMY_MAX_FEE, this.options.maxTip ?? env.ISONOMY_MAX_TIP];
    return {
      maxFee: fee === undefined ? FEE_LIMITS.maxFee : amount(fee.replace(/ +native$/i, ""), 18, "--max-fee"),
      maxTip: tip === undefined ? FEE_LIMITS.maxTip : amount(tip, 9, "--max-tip"),
    };
  }

  async #unlock(): Promise<BoundedWallet> {
    const path = this.options.keystore ?? this.io.env.ISONOMY_KEYSTORE;
    if (path === undefined) throw cliError("KEYSTORE_MISSING");
    const limits = this.feeLimits();
    const { text } = await this.#keystore(path);
    const password = await this.password();
    useNativeScrypt();
    try {
      const opened = await Wallet.fromEncryptedJson(text, password);
      return new BoundedWallet(opened.privateKey, limits);
    } catch (error) {
      if (/incorrect password/i.test(String(error))) throw cliError("PASSWORD_WRONG", { path }, error);
      throw cliError("KEYSTORE_INVALID", { path }, error);
    }
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

/** Passwords may be any text; of every other setting white space alone says nothing. */
const ANY_TEXT = /PASSWORD$/;

/** The environment without the settings that are empty: a variable that was emptied is one that is not set. */
function settings(env: Io["env"]): Io["env"] {
  const set = Object.entries(env).filter(
    ([name, value]) => !name.startsWith("ISONOMY_") || (ANY_TEXT.test(name) ? value : value?.trim()) !== "",
  );
  return Object.fromEntries(set);
}

let native = false;

/** Node's own scrypt is several times faster than the one in JavaScript. */
export function useNativeScrypt(): void {
  if (native) return;
  native = true;
  const derive = promisify<Uint8Array, Uint8Array, number, object, Buffer>(nativeScrypt);
  scrypt.register(
    (password, salt, N, r, p, length) =>
      derive(password, salt, length, { N, r, p, maxmem: 256 * N * r }).then(
        (key) => `0x${key.toString("hex")}`,
      ) as never,
  );
}

/** Asked by hand: a provider would go on trying for ever. */
async function chainIdAt({ url, headers, shown }: Endpoint, milliseconds: number): Promise<bigint> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(milliseconds),
    });
    if (!response.ok) throw new Error(`it answered with status ${response.status}.`);
    const answer = await readAnswer(response, MAX_ANSWER_BYTES);
    const { result } = JSON.parse(new TextDecoder().decode(answer)) as { result?: string };
    if (typeof result !== "string") throw new Error("it is not an Ethereum node.");
    return BigInt(result);
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const detail = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
    throw cliError("RPC_UNREACHABLE", { url: shown, detail: /[.!]$/.test(detail) ? detail : `${detail}.` }, error);
  }
}

/** A folder, or a node by its address: also as Kubo writes its own (`/ip4/127.0.0.1/tcp/5001`), and without a scheme. */
function storeAt(where: string, timeoutMs: number): BlobStore {
  const settings = { timeoutMs };
  const [, family, host, port, tls] = MULTIADDRESS.exec(where) ?? [];
  if (host !== undefined) {
    const name = family === "ip6" ? `[${host}]` : host;
    return new IpfsStore(`${tls === undefined ? "http" : "https"}://${name}:${port}`, {}, settings);
  }
  if (HOST_AND_PORT.test(where)) return new IpfsStore(`http://${where}`, {}, settings);
  if (/^https?:\/\//i.test(where)) return new IpfsStore(where, {}, settings);
  if (LIKE_AN_ADDRESS.test(where)) throw cliError("STORE_UNREACHABLE", { path: redact(where) });
  return folderStore(where);
}

const MULTIADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/(?:(https|tls\/http)|http))?\/?$/;
/**
 * What somebody means as a server, and what would quietly become a folder of that name: any scheme, a host with a port, a name
 * and a password, and addresses of a node that this command does not speak. A folder of such a name is written as `./name`.
 */
const LIKE_AN_ADDRESS = new RegExp(
  [
    "[a-z][a-z0-9+.-]+:/",
    "https?:",
    "//",
    "[^/\\\\]*:\\d+(?:[/?#]|$)",
    "[^/\\\\]+:[^/\\\\]*@",
    "/(?:ip4|ip6|dns|dns4|dns6|dnsaddr|unix|p2p)/",
  ]
    .map((one) => `^${one}`)
    .join("|"),
  "i",
);
const HOST_AND_PORT = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}(?:\/|$)/i;
