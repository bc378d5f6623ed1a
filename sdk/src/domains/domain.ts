import type { ContractSentences, Entries } from "../base/template";
import type { Permission } from "./roles";

/** What this package knows of one part of the protocol. Lists that name every part are derived from these. */
export interface Domain {
  /** As its folder in `contracts/` and here is called. */
  readonly name: string;
  /** The contracts that a deployment of it has. */
  readonly contracts: readonly string[];
  /** Who may call what not everybody may call. */
  readonly permissions: readonly Permission[];
  /** What is read of its contracts to say who has which power, as fragments of their ABIs. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** What its contracts refuse. */
  readonly contractErrors: ContractSentences;
  /** What its clients find wrong. */
  readonly clientErrors: Entries;
  /** The commands that it adds to the command line; `commands.ts` beside it has them. */
  readonly commands: readonly string[];
}

/** The manifest of a domain; what it does not have may be left out. */
export function domain(name: string, manifest: Pick<Domain, "contracts" | "contractErrors"> & Partial<Domain>): Domain {
  return { name, permissions: [], reads: {}, clientErrors: {}, commands: [], ...manifest };
}
