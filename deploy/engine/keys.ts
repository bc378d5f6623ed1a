import { existsSync } from "node:fs";

import { parse } from "dotenv";
import { Wallet } from "ethers";

import { readBounded, readPrivate, type FileAccess } from "../../sdk/src/files";
import type { Network } from "./networks";

/** The first account of every development node. Everybody who reads this owns it. */
const DEVELOPMENT_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const KEY = "DEPLOYER_PRIVATE_KEY";
const KEYSTORE = "DEPLOYER_KEYSTORE";
const PASSWORD = "DEPLOYER_KEYSTORE_PASSWORD";

/** Where settings come from, so that tests can stand in for a person's machine. */
export interface KeySources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A configuration variable of Hardhat (`npx hardhat vars set`), undefined when it is not set. */
  readonly variable: (name: string) => string | undefined;
  /** Asks the person for a secret; undefined when nobody can be asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** The file that the environment was filled from: one with a secret in it must be closed to others. */
  readonly settings?: string;
  /** Why a file of keys may be open to others than its owner; without it such a file is refused. */
  readonly access?: FileAccess | undefined;
}

/**
 * The account that deploys: from the settings, from an encrypted keystore, from Hardhat's configuration variables, in this order, and on a
 * local chain the first development account. Throws a sentence when there is none or it cannot be read.
 */
export async function deployerOf(network: Network, sources: KeySources): Promise<Wallet> {
  const { environment, variable } = sources;
  await requireClosedSettings(sources);
  const key = environment[KEY]?.trim();
  if (key !== undefined && key !== "") return walletOf(key, `${KEY} in .env`);

  const file = environment[KEYSTORE]?.trim();
  if (file !== undefined && file !== "") return unlocked(file, environment[PASSWORD], sources);

  const stored = variable(KEY);
  if (stored !== undefined) return walletOf(stored, `Hardhat's variable ${KEY}`);

  if (!network.isPublic) return new Wallet(DEVELOPMENT_KEY);
  throw new Error(
    `There is no key to deploy with to ${network.title}. Set ${KEY} or ${KEYSTORE} in .env (see .env.example), ` +
      `or run: npx hardhat vars set ${KEY}`,
  );
}

function walletOf(key: string, source: string): Wallet {
  const hex = `0x${key.replace(/^0x/i, "")}`;
  try {
    return new Wallet(hex);
  } catch {
    // the value is a secret, so the sentence does not repeat it
    throw new Error(`${source} is no private key: it must have 64 hexadecimal digits.`);
  }
}

/** Throws when a secret that is used was written into a file of settings that others may read. */
async function requireClosedSettings({ environment, settings, access }: KeySources): Promise<void> {
  if (settings === undefined || !existsSync(settings)) return;
  const written = parse(await readBounded(settings));
  const isSecret = (name: string): boolean => (written[name] ?? "") !== "" && written[name] === environment[name];
  if ([KEY, PASSWORD].some(isSecret)) await readPrivate(settings, access);
}

async function unlocked(file: string, given: string | undefined, { ask, access }: KeySources): Promise<Wallet> {
  if (!existsSync(file)) throw new Error(`${KEYSTORE} names "${file}", which does not exist.`);
  const text = await readPrivate(file, access);
  // a line of .env that stayed empty is no password
  const set = given === "" ? undefined : given;
  const password = set ?? (await ask?.(`Password of ${file}: `));
  if (password === undefined) {
    throw new Error(`${file} is encrypted and nobody can be asked for its password. Set ${PASSWORD}.`);
  }
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(text, password);
    return new Wallet(privateKey);
  } catch (error) {
    const wrong = /incorrect password/i.test((error as Error).message);
    throw new Error(wrong ? `The password of ${file} is wrong.` : `${file} is no encrypted keystore in JSON.`);
  }
}
