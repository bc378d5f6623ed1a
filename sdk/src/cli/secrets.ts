import { Wallet } from "ethers";
import { existsSync } from "node:fs";

import { BoundedWallet, type FeeLimits } from "../chain/fees";
import type { FileAccess } from "../files/access";
import { headersIn, type StoreHeaders } from "../store";
import { cliError } from "./errors";
import { readSecret } from "./files";
import type { Io } from "./io";
import { useNativeScrypt } from "./scrypt";
import type { GlobalOptions } from "./settings";
import { address } from "./values";

/** What passwords and keystores are read with. */
export interface SecretsOf {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly access: () => FileAccess | undefined;
  readonly keyringPath: () => string;
  readonly limits: () => FeeLimits;
}

/** The passwords of a command, and the keystore that one of them opens. */
export class Secrets {
  readonly #of: SecretsOf;
  #password: Promise<string> | undefined;
  #wallet: Promise<BoundedWallet> | undefined;

  constructor(of: SecretsOf) {
    this.#of = of;
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
    const { env } = this.#of.io;
    const file = (prefix === "" ? this.#of.options.passwordFile : undefined) ?? env[`ISONOMY_${prefix}PASSWORD_FILE`];
    if (file !== undefined) return (await readSecret(file, "--password-file", this.#of.access())).replace(/\r?\n$/, "");
    const given = env[`ISONOMY_${prefix}PASSWORD`];
    if (given !== undefined) return given;
    if (!this.#of.io.interactive) throw cliError("PASSWORD_MISSING", { what });
    const typed = await this.#of.io.ask(isNew ? `New password of ${what}: ` : `Password of ${what}: `);
    if (isNew && (await this.#of.io.ask("The same password again: ")) !== typed) throw cliError("PASSWORDS_DIFFER");
    return typed;
  }

  /** The password of the keyring: the keystore's, unless it has one of its own. */
  async keyringPassword(): Promise<string> {
    const { env } = this.#of.io;
    const own = env.ISONOMY_KEYRING_PASSWORD ?? env.ISONOMY_KEYRING_PASSWORD_FILE;
    if (own !== undefined) return this.#readPassword("KEYRING_", "the keyring");
    if (existsSync(this.#of.keyringPath())) return this.password();
    // a new keyring gets the keystore's password, which is proven there first: nobody could open it with one that was mistyped
    if (this.keystorePath !== undefined) await this.wallet();
    else this.#password ??= this.#readPassword("", "the keyring", true);
    return this.password();
  }

  /** What the store is sent with each request; out of a file or the environment, because other programs see the command line. */
  async storeHeaders(): Promise<StoreHeaders> {
    const file = this.#of.options.storeHeaders ?? this.#of.io.env.ISONOMY_STORE_HEADERS_FILE;
    const text =
      file === undefined
        ? (this.#of.io.env.ISONOMY_STORE_HEADERS ?? "")
        : await readSecret(file, "--store-headers", this.#of.access());
    return headersIn(text);
  }

  /** The path of the keystore, if one was named. */
  get keystorePath(): string | undefined {
    return this.#of.options.keystore ?? this.#of.io.env.ISONOMY_KEYSTORE;
  }

  /** The account of the keystore, where the file says it; without opening it. */
  async keystoreAddress(path: string): Promise<string | undefined> {
    return (await this.#keystore(path)).address;
  }

  /** Who signs, out of the keystore. */
  wallet(): Promise<BoundedWallet> {
    this.#wallet ??= this.#unlock();
    return this.#wallet;
  }

  async #unlock(): Promise<BoundedWallet> {
    const path = this.keystorePath;
    if (path === undefined) throw cliError("KEYSTORE_MISSING");
    const limits = this.#of.limits();
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

  async #keystore(path: string): Promise<{ text: string; address?: string }> {
    const text = await readSecret(path, "--keystore", this.#of.access());
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
}
