import { Command } from "commander";

import type { Load } from "./commands";
import { commandsOf } from "./domains";
import type { Interruption } from "./interruption";
import type { Io } from "./io";
import type { GlobalOptions } from "./settings";
import { wordsOf } from "./words";

const VERSION = "0.1.0";

/** Everything that `isonomy` understands; `mute` makes the command that runs say nothing more. */
export function buildProgram(io: Io, interruption: Interruption): { program: Command; mute: () => void } {
  let mute = (): void => undefined;
  const program = new Command("isonomy")
    .description("Sell, buy and use licences to models; trade; take part in the government.")
    .version(VERSION, "-V, --version", "print the version")
    .option("--rpc <url>", "node to talk to (ISONOMY_RPC_URL)")
    .option("--addresses <file>", "addresses of a deployment that the package does not know (ISONOMY_ADDRESSES)")
    .option("--chain <id>", "refuse to work on any other chain (ISONOMY_CHAIN_ID)")
    .option("--keystore <file>", "encrypted keystore of the account that signs (ISONOMY_KEYSTORE)")
    .option("--password-file <file>", "file with its password (ISONOMY_PASSWORD_FILE, ISONOMY_PASSWORD)")
    .option("--keyring <file>", "encrypted file with the keys of versions and purchases (ISONOMY_KEYRING)")
    .option("--store <place>", "folder or IPFS node where cards and sealed files are published (ISONOMY_STORE)")
    .option(
      "--store-headers <file>",
      "file with headers for that node, `Name: value` on a line each (ISONOMY_STORE_HEADERS_FILE, ISONOMY_STORE_HEADERS)",
    )
    .option(
      "--gateway <url>",
      "IPFS gateway to read what the store does not have; may be repeated (ISONOMY_GATEWAYS)",
      (one: string, before: readonly string[] = []) => [...before, one],
    )
    .option("--held <folder>", "folder for the sealed files that were bought (ISONOMY_HELD)")
    .option("--timeout <seconds>", "how long to wait for an answer of the node (ISONOMY_TIMEOUT)")
    .option(
      "--wait <seconds>",
      "how long to look for a transaction of which the node says nothing; 60 when left out (ISONOMY_WAIT)",
    )
    .option(
      "--max-fee <amount>",
      "most that one transaction may cost in gas, in native coin; 1 when left out (ISONOMY_MAX_FEE)",
    )
    .option(
      "--max-tip <gwei>",
      "most that a unit of gas may pay beyond the chain's price; 100 when left out (ISONOMY_MAX_TIP)",
    )
    .option("--json", "print one JSON object and no progress")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.out(text),
      // a failure is reported once, by the caller of the program
      outputError: () => undefined,
      // a help page that nobody asked for by name: a command was left out
      writeErr: (text) => {
        if (program.opts<GlobalOptions>().json !== true) io.out(text);
      },
    })
    .exitOverride();

  const add = (command: Command, load: Load): void => {
    command.action(async () => {
      refuseEmpty(command);
      const [{ Session }, { run }] = await Promise.all([import("./session"), load()]);
      const session = new Session(io, program.opts<GlobalOptions>(), interruption, wordsOf(command));
      mute = () => {
        session.output.mute();
        session.close();
      };
      try {
        await run(session, command.args, command.opts() as never);
      } finally {
        session.close();
      }
    });
  };
  const under = (name: string, description: string, parent: Command = program): Command =>
    parent.command(name).description(description);
  for (const addCommands of Object.values(commandsOf)) addCommands({ under, add });
  return { program, mute: () => mute() };
}

/** An option without a value would be taken for something: an empty folder is the one that the program runs in. */
function refuseEmpty(command: Command): void {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      const given: unknown = at.getOptionValue(option.attributeName());
      const isEmpty = (value: unknown): boolean => typeof value === "string" && value.trim() === "";
      if (!(Array.isArray(given) ? given : [given]).some(isEmpty) || option.long === "--reason") continue;
      command.error(`error: option '${option.flags}' is empty`);
    }
  }
}
