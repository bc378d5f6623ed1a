import type { Command } from "commander";

import type { Session } from "./session";

/** What a command's module exports: it does the work and shows the result. */
export interface CommandModule {
  run(session: Session, parameters: readonly string[], options: never): Promise<void>;
}

/** Nothing here loads the library: each command does when it runs, so that a help page is there at once. */
export type Load = () => Promise<CommandModule>;

/** With what a domain adds its commands. */
export interface CommandLine {
  /** Begins a command or a group of them; within a group when one is named. */
  under(name: string, description: string, parent?: Command): Command;
  /** Gives a command what it does. */
  add(command: Command, load: Load): void;
}

/** Adds the commands of a domain. */
export type Commands = (line: CommandLine) => void;
