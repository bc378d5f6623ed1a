import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { HOME } from "../../deploy/engine/book";
import { NETWORK_NAMES, networkOf, type Network } from "../../deploy/engine/networks";
import { quoted } from "../../sdk/src/cli/quoted";

/** What `npm run deploy` and `npm run verify-deployment` were asked for. */
export interface DeployOptions {
  readonly network: Network;
  readonly yes: boolean;
  readonly home: string;
  readonly parameters: string | undefined;
  readonly release: string;
  readonly compile: boolean;
  /** Only on a copy of the chain. */
  readonly rehearse: boolean;
}

export const DEPLOY_USAGE = `npm run deploy -- --network NAME [options]

  --network NAME      ${NETWORK_NAMES.join(", ")}
  --yes               do not ask before sending
  --rehearse          deploy to a copy of the chain on this machine, and throw it away
  --parameters FILE   instead of deploy/parameters/NAME.json
  --home FOLDER       for the journal and the address book, instead of deploy/
  --release NAME      another name gives other addresses; "1" when left out
  --no-compile        the contracts are compiled already
  --help`;

export const VERIFY_USAGE = `npm run verify-deployment -- --network NAME [options]

  --network NAME      ${NETWORK_NAMES.join(", ")}
  --home FOLDER       where the address book is, instead of deploy/
  --no-compile        the contracts are compiled already
  --help`;

/** Reads the arguments; undefined when only help was asked for. Throws a sentence for what it does not understand. */
export function readDeployOptions(args: readonly string[], usage: string): DeployOptions | undefined {
  const known = new Set(usage.match(/--[a-z-]+/g)!.map((flag) => flag.slice(2)));
  const options = {
    network: { type: "string" },
    yes: { type: "boolean" },
    rehearse: { type: "boolean" },
    parameters: { type: "string" },
    home: { type: "string" },
    release: { type: "string" },
    "no-compile": { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") throw new Error(`"${token.value}" is not understood.\n\n${usage}`);
    if (token.kind !== "option") continue;
    if (!known.has(token.name)) throw new Error(`${token.rawName} is not understood.\n\n${usage}`);
    const wantsValue = options[token.name as keyof typeof options]?.type === "string";
    if (wantsValue && (token.value === undefined || token.value.startsWith("--"))) {
      throw new Error(`${token.rawName} needs a value.\n\n${usage}`);
    }
  }
  if (values.help === true) return undefined;
  const text = (value: string | boolean | undefined): string | undefined =>
    typeof value === "string" ? value : undefined;
  return {
    network: networkOf(text(values.network)),
    yes: values.yes === true,
    home: resolve(text(values.home) ?? HOME),
    parameters: text(values.parameters),
    release: text(values.release) ?? "1",
    compile: values["no-compile"] !== true,
    rehearse: values.rehearse === true,
  };
}

/** A command of the project with its arguments, to be pasted into a shell. */
export function npmRun(script: string, args: readonly string[]): string {
  return `npm run ${script} -- ${args.map((word) => quoted(word)).join(" ")}`;
}

/** The arguments that say which deployment is meant, for the hint to another command. */
export function sameDeployment({ network, home }: Pick<DeployOptions, "network" | "home">): string[] {
  return ["--network", network.name, ...(home === HOME ? [] : ["--home", home])];
}
