import { existsSync } from "node:fs";

import { parse } from "dotenv";
import { Wallet } from "ethers";

import { readBounded, readPrivate, type FileAccess } from "../../sdk/src/files";
import { settingOf, type Environment } from "../../sdk/src/text/settings";
import type { Network } from "./networks";

/** The phrase of the accounts of every development node, which everybody knows. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
/** The first account of every development node. Everybody who reads this owns it. */
const DEVELOPMENT_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** What an account is for, as its settings and the sentences about them say it. */
interface Purpose {
  /** What the names of its settings begin with. */
  readonly prefix: string;
  readonly verb: string;
}

const DEPLOYER: Purpose = { prefix: "DEPLOYER", verb: "deploy with to" };
const SIGNER: Purpose = { prefix: "SIGNER", verb: "sign with on" };

const namesOf = ({ prefix }: Purpose) => ({
  key: `${prefix}_PRIVATE_KEY`,
  keystore: `${prefix}_KEYSTORE`,
  password: `${prefix}_KEYSTORE_PASSWORD`,
});

/** Where settings come from, so that tests can stand in for a person's machine. */
export interface KeySources {
  readonly environment: Environment;
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
  const found = await deployerIn(sources);
  if (found !== undefined) return found;
  if (!network.isPublic) return new Wallet(DEVELOPMENT_KEY);
  throw new Error(noKey(DEPLOYER, network));
}

/** The same, and undefined where none is set: a rehearsal takes any account. */
export function deployerIn(sources: KeySources): Promise<Wallet | undefined> {
  return walletFrom(DEPLOYER, sources);
}

/** The account that proposes and votes on a public network, from settings of its own: the deployer ends without any power. */
export async function signerOf(network: Network, sources: KeySources): Promise<Wallet> {
  const found = await walletFrom(SIGNER, sources);
  if (found === undefined) throw new Error(noKey(SIGNER, network));
  return found;
}

async function walletFrom(purpose: Purpose, sources: KeySources): Promise<Wallet | undefined> {
  const names = namesOf(purpose);
  const { environment, variable } = sources;
  await requireClosedSettings([names.key, names.password], sources);
  const key = settingOf(environment, names.key);
  if (key !== undefined) return walletOf(key, `${names.key} in .env`);

  const file = settingOf(environment, names.keystore);
  if (file !== undefined) return unlocked(file, purpose, sources);

  const stored = variable(names.key);
  return stored === undefined ? undefined : walletOf(stored, `Hardhat's variable ${names.key}`);
}

function noKey(purpose: Purpose, { title }: Network): string {
  const { key, keystore } = namesOf(purpose);
  return (
    `There is no key to ${purpose.verb} ${title}. Set ${key} or ${keystore} in .env (see .env.example), ` +
    `or run: npx hardhat vars set ${key}`
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
async function requireClosedSettings(
  secrets: readonly string[],
  { environment, settings, access }: KeySources,
): Promise<void> {
  if (settings === undefined || !existsSync(settings)) return;
  const written = parse(await readBounded(settings));
  const isUsed = (name: string): boolean => {
    const value = settingOf(written, name);
    return value !== undefined && value === settingOf(environment, name);
  };
  if (secrets.some(isUsed)) await readPrivate(settings, access);
}

async function unlocked(file: string, purpose: Purpose, { environment, ask, access }: KeySources): Promise<Wallet> {
  const names = namesOf(purpose);
  if (!existsSync(file)) throw new Error(`${names.keystore} names "${file}", which does not exist.`);
  const text = await readPrivate(file, access);
  const password = settingOf(environment, names.password) ?? (await ask?.(`Password of ${file}: `));
  if (password === undefined) {
    throw new Error(`${file} is encrypted and nobody can be asked for its password. Set ${names.password}.`);
  }
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(text, password);
    return new Wallet(privateKey);
  } catch (error) {
    const wrong = /incorrect password/i.test((error as Error).message);
    throw new Error(wrong ? `The password of ${file} is wrong.` : `${file} is no encrypted keystore in JSON.`);
  }
}
