import type { Io } from "./io";

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

/** Passwords may be any text; of every other setting white space alone says nothing. */
const ANY_TEXT = /PASSWORD$/;

/** The environment without the settings that are empty: a variable that was emptied is one that is not set. */
export function settings(env: Io["env"]): Io["env"] {
  const set = Object.entries(env).filter(
    ([name, value]) => !name.startsWith("ISONOMY_") || (ANY_TEXT.test(name) ? value : value?.trim()) !== "",
  );
  return Object.fromEntries(set);
}
