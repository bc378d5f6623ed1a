import type { JsonRpcProvider, Provider, Signer } from "ethers";
import { homedir } from "node:os";
import { join } from "node:path";

import { deploymentOn } from "../addresses/book";
import type { ContractName } from "../addresses/contracts";
import { atMarket, type Deployment, type PartialDeployment } from "../addresses/deployment";
import type { ClientOptions } from "../chain/chain";
import { requireCode } from "../chain/deployed";
import { FEE_LIMITS, type BoundedWallet, type FeeLimits } from "../chain/fees";
import { DealClient } from "../deals/client";
import { FileKeyring } from "../deals/fileKeyring";
import type { Keyring } from "../deals/keyring";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";
import { ExchangeClient } from "../exchange/client";
import { nodePlatform } from "../fairexchange/node";
import { acceptedText, fileAccessOf, type FileAccess } from "../files/access";
import { MarketClient } from "../market/client";
import { PaymentClient } from "../market/payments";
import { ReadClient } from "../reading";
import type { BlobStore } from "../store";
import { folderStore } from "../store/folderStore";
import { namedStore } from "../store/named";
import { settingsOf } from "../text/settings";
import { cliError } from "./errors";
import { readText } from "./files";
import { Interruption } from "./interruption";
import type { Io } from "./io";
import { connect, type Connection } from "./node";
import { Output } from "./output";
import { Secrets } from "./secrets";
import type { GlobalOptions } from "./settings";
import { Tokens, type Token } from "./tokens";
import { address, amount, small } from "./values";
import { commandLine } from "./words";

/** A transaction that the node had and has no more is looked for no longer than this. */
const GONE_MS = 20_000;

/** What one command works with, each part made when it is first asked for. */
export class Session {
  readonly io: Io;
  readonly interruption: Interruption;
  readonly output: Output;
  readonly options: GlobalOptions;
  readonly #words: readonly string[];
  #provider: Promise<Connection> | undefined;
  #deployment: Promise<Deployment> | undefined;
  #access: FileAccess | undefined | "unread" = "unread";
  readonly #made: JsonRpcProvider[] = [];
  readonly #tokens = new Tokens(this);
  readonly #secrets: Secrets;

  /** @param words The command line that was given, as hints repeat it. */
  constructor(
    io: Io,
    options: GlobalOptions,
    interruption = new Interruption(io.signal),
    words: readonly string[] = ["isonomy"],
  ) {
    this.io = { ...io, env: settingsOf(io.env) };
    this.interruption = interruption;
    this.options = options;
    this.output = new Output(io, options.json === true);
    this.#words = words;
    this.#secrets = new Secrets({
      io: this.io,
      options,
      access: () => this.fileAccess(),
      keyringPath: () => this.keyringPath(),
      limits: () => this.feeLimits(),
    });
  }

  /** Frees what would keep the process alive. */
  close(): void {
    for (const provider of this.#made) provider.destroy();
  }

  /** This command with more options, complete, to be pasted. */
  again(...options: readonly string[]): string {
    return commandLine(this.#words, ...options);
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

  /** The time of the newest block, in Unix time: contracts know no other. */
  async now(): Promise<bigint> {
    const provider = await this.provider();
    const block = await decodingErrors(() => provider.getBlock("latest"));
    return BigInt(block!.timestamp);
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
    return this.#secrets.wallet();
  }

  async signer(): Promise<BoundedWallet> {
    // the node and the deployment first: no password is asked for a command that cannot go on
    await this.deployment();
    return (await this.wallet()).connect(await this.provider());
  }

  /** The account whose affairs are asked about: the one named, or the keystore's, without opening it. */
  async account(named?: string): Promise<string | undefined> {
    if (named !== undefined) return address(named, "--account");
    const path = this.#secrets.keystorePath;
    if (path === undefined) return undefined;
    return (await this.#secrets.keystoreAddress(path)) ?? (await this.wallet()).address;
  }

  /** @param at A market of the past; the deployment's own when left out. */
  async market(runner?: Signer | Provider, at?: string): Promise<MarketClient> {
    return new MarketClient(await this.#deploymentAt(at), runner ?? (await this.signer()), this.waiting());
  }

  /** For what only reads: models, offers, licences, deals, events. */
  async reading(): Promise<ReadClient> {
    return new ReadClient(await this.deployment(), await this.provider(), this.waiting());
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
      await this.#secrets.keyringPassword(),
      nodePlatform(),
      this.#cost(),
      this.fileAccess(),
    );
  }

  /** The same, opened: a wrong password is noticed before any work begins. */
  async openKeyring(): Promise<FileKeyring> {
    const keyring = await this.keyring();
    await keyring.requireOpen();
    return keyring;
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
  async store(): Promise<BlobStore> {
    return namedStore(this.#storeNamed() ?? this.home("store"), {
      headers: await this.#secrets.storeHeaders(),
      gateways: this.options.gateway ?? this.io.env.ISONOMY_GATEWAYS?.split(/\s+/).filter((one) => one !== "") ?? [],
      timeoutMs: this.#timeoutMs(),
    });
  }

  /** Warns of what is published where nobody else can read it: in the folder that is taken where no store was named. */
  warnOfOwnStore(): void {
    if (this.#storeNamed() !== undefined) return;
    const path = this.home("store");
    const command = this.again("--store", "http://127.0.0.1:5001");
    this.output.warn(
      `No store was named, so this is in ${path}, where nobody else can read it: no buyer gets the file. Publish it where others can read, such as an IPFS node (\`${command}\`) or a folder that you share.`,
      { event: "own-store", path, command },
    );
  }

  #storeNamed(): string | undefined {
    return this.options.store ?? this.io.env.ISONOMY_STORE;
  }

  /** Where a buyer keeps the sealed files it has verified. */
  held(): BlobStore {
    return folderStore(this.options.held ?? this.io.env.ISONOMY_HELD ?? this.home("held"));
  }

  /** A token by its address, by its name in the deployment, or "native"; never by the symbol that it gives itself. */
  async token(named: string, name: string): Promise<Token> {
    return this.#tokens.named(named, name);
  }

  /** What is known of a token, by the address book first and by the token itself where that says nothing. */
  async tokenAt(spelled: string): Promise<Token> {
    return this.#tokens.at(spelled);
  }

  /** An amount that a person wrote, with its token, which may be named beside it. */
  async amount(text: string, name: string, beside?: Token): Promise<{ value: bigint; token: Token }> {
    return this.#tokens.amount(text, name, beside);
  }

  /** The password of the keystore, and of the keyring unless that has one of its own. */
  password(): Promise<string> {
    return this.#secrets.password();
  }

  /** The same for a file that does not exist yet: a slip of the finger would close it for ever. */
  newPassword(): Promise<string> {
    return this.#secrets.newPassword();
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

  #connected(): Promise<Connection> {
    // a failure is not kept, so that an agent can try again
    this.#provider ??= this.#connect().catch((error: unknown) => {
      this.#provider = undefined;
      throw error;
    });
    return this.#provider;
  }

  async #connect(): Promise<Connection> {
    const url = this.options.rpc ?? this.io.env.ISONOMY_RPC_URL;
    if (url === undefined || url === "") throw cliError("RPC_MISSING");
    const made = await connect(url, this.#timeoutMs(), this.interruption, (chainId) => {
      const meant = this.options.chain ?? this.io.env.ISONOMY_CHAIN_ID;
      if (meant === undefined || BigInt(small(meant, "--chain")) === chainId) return;
      throw chainError("WRONG_NETWORK", { actual: chainId, expected: meant });
    });
    this.#made.push(made.provider);
    return made;
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

  /** What one transaction may cost in gas. */
  feeLimits(): FeeLimits {
    const { env } = this.io;
    const [fee, tip] = [this.options.maxFee ?? env.ISONOMY_MAX_FEE, this.options.maxTip ?? env.ISONOMY_MAX_TIP];
    return {
      maxFee: fee === undefined ? FEE_LIMITS.maxFee : amount(fee.replace(/ +native$/i, ""), 18, "--max-fee"),
      maxTip: tip === undefined ? FEE_LIMITS.maxTip : amount(tip, 9, "--max-tip"),
    };
  }
}
