import { resolve } from "node:path";

import { settings } from "../../deploy/engine/environment";
import type { KeySources } from "../../deploy/engine/keys";
import { acceptedText, fileAccessOf, type FileAccess } from "../../sdk/src/files";
import { askHidden } from "./prompt";
import { complain } from "./terminal";

/** Whether a person can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Where this machine keeps the keys of accounts that sign: `.env`, the keystores it names, and Hardhat's variables. */
export async function keySources(): Promise<KeySources> {
  const { vars } = await import("hardhat/config");
  const environment = settings();
  const access: FileAccess | undefined = fileAccessOf(environment, (path, mode) =>
    complain(`WARNING: ${acceptedText(access!, path, mode)}`),
  );
  return {
    environment,
    settings: resolve(".env"),
    access,
    variable: (name) => (vars.has(name) ? vars.get(name) : undefined),
    ask: canAsk() ? askHidden : undefined,
  };
}
