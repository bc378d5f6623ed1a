import { HDNodeWallet, Mnemonic, Wallet, encryptKeystoreJson } from "ethers";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { runCli } from "../../sdk/src/cli/run";

/** What local chains give money to. */
const PHRASE = "test test test test test test test test test test test junk";
export const PASSWORD = "correct horse";
/** Guessing is made cheap so that the tests are short. */
const COST = 1_024;

/** How a command ended. */
export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type Environment = Record<string, string>;

/** Runs a command line in this process, as the program does, with an environment of its own. */
export async function runHere(
  parameters: readonly string[],
  env: Environment = {},
  more: {
    input?: string;
    signal?: AbortSignal;
    onLine?: (text: string) => void;
    /** Answers a question that is asked on a terminal; without it there is none. */
    onQuestion?: (question: string) => boolean;
  } = {},
): Promise<CliResult> {
  let [out, err] = ["", ""];
  const code = await runCli(parameters, {
    env,
    out: (text) => {
      out += text;
      more.onLine?.(text);
    },
    err: (text) => void (err += text),
    interactive: more.onQuestion !== undefined,
    input: async () => more.input ?? "",
    ask: async () => {
      throw new Error("Nobody is there to be asked.");
    },
    confirm: async (question) => {
      err += question;
      return more.onQuestion!(question);
    },
    signal: more.signal ?? new AbortController().signal,
    closed: new AbortController().signal,
    flushed: async () => true,
  });
  return { code, out, err };
}

/** The object that a command printed with --json; fails unless the command succeeded. */
export async function json<T = Record<string, unknown>>(parameters: readonly string[], env: Environment): Promise<T> {
  const { code, out, err } = await runHere([...parameters, "--json"], env);
  if (code !== 0 || err !== "") throw new Error(`isonomy ${parameters.join(" ")} failed: ${out}${err}`);
  return JSON.parse(out) as T;
}

/** The code of the error that a command must end with, with nothing on standard output but it. */
export async function refusal(parameters: readonly string[], env: Environment, input?: string): Promise<string> {
  const { code, out } = await runHere([...parameters, "--json"], env, input === undefined ? {} : { input });
  if (code === 0) throw new Error(`isonomy ${parameters.join(" ")} was expected to fail, and said: ${out}`);
  const { error } = JSON.parse(out) as { error: { code: string; message: string; fix: string } };
  if (error.message === "" || error.fix === "") throw new Error(`${error.code} has no sentence or no fix.`);
  return error.code;
}

/** One of the local chain's accounts. */
export function localWallet(index: number): HDNodeWallet {
  return HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PHRASE), `m/44'/60'/0'/0/${index}`);
}

/** A person with a keystore and a home folder; the store is shared by all. */
export async function person(
  folder: string,
  name: string,
  chain: { rpc: string; addresses: string },
  wallet: { address: string; privateKey: string } = Wallet.createRandom(),
): Promise<{ env: Environment; address: string; privateKey: string; keystore: string }> {
  const { address, privateKey } = wallet;
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  const keystore = join(home, "keystore.json");
  const text = await encryptKeystoreJson({ address, privateKey }, PASSWORD, { scrypt: { N: COST } });
  await writeFile(keystore, text, { mode: 0o600 });
  const env = {
    ISONOMY_RPC_URL: chain.rpc,
    ISONOMY_ADDRESSES: chain.addresses,
    ISONOMY_KEYSTORE: keystore,
    ISONOMY_PASSWORD: PASSWORD,
    ISONOMY_HOME: home,
    ISONOMY_STORE: join(folder, "store"),
    ISONOMY_SCRYPT_COST: String(COST),
  };
  return { env, address, privateKey, keystore };
}
