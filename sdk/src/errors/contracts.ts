import type { ContractSentences, Entry } from "../base/template";
import { domains } from "../domains";
import { standardSentences } from "./standards";

/** The custom errors by the domain whose contracts raise them; those of tokens and libraries come last. */
export const contractErrorGroups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  ...Object.fromEntries(domains.map(({ name, contractErrors }) => [name, entries(contractErrors)])),
  standards: entries(standardSentences),
};

/** The entry of each custom error, by its name. */
export const contractErrors: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(contractErrorGroups));

function entries(sentences: ContractSentences): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(sentences).map(([name, [message, reason, fix]]) => [name, { message, reason, fix }]),
  );
}
