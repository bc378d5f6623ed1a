import type { Command } from "commander";

import { redact } from "../text/redact";
import { quoted } from "./quoted";

/** The words of the command line that was given, for hints that repeat it: the command, its arguments and its options. */
export function wordsOf(command: Command): string[] {
  const [names, options]: [string[], string[]] = [[], []];
  for (let at: Command | null = command; at !== null; at = at.parent) {
    names.unshift(at.name());
    for (const option of at.options) {
      const name = option.attributeName();
      // what an environment variable or a default says will be said again
      if (at.getOptionValueSource(name) !== "cli" || option.long === undefined) continue;
      options.push(...optionWords(option.long, at.getOptionValue(name)));
    }
  }
  return [...names, ...command.args, ...options];
}

function optionWords(long: string, value: unknown): string[] {
  if (value === true) return [long];
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  // an address may hold a key: it is left out, and named again by who has it
  return values.flatMap((one) => (typeof one === "string" && redact(one) === one ? [long, one] : []));
}

/** A complete command to paste: words of a command line and what has to be added to them. */
export function commandLine(words: readonly string[], ...more: readonly string[]): string {
  return [...words, ...more].map((word) => quoted(word)).join(" ");
}
