import { cliError } from "./errors";
import type { Session } from "./session";

/** What a command does that cannot be taken back, as a person is asked about it. */
export interface Act {
  /** What is done, as a sentence without its full stop: "Give licence 7 to 0x…". */
  readonly what: string;
  /** What that means, in whole sentences. */
  readonly means: string;
}

/**
 * Asks for a yes before something is given away for good, or power over it. It is given beforehand by `--yes`; where there is
 * neither that nor a terminal, the command is refused with its complete form.
 */
export async function consent(session: Session, yes: boolean | undefined, { what, means }: Act): Promise<void> {
  if (yes === true) return;
  await session.output.agree(`${what}? ${means}`, {
    absent: cliError("NOT_CONFIRMED", { what, means, command: session.again("--yes") }),
    refused: cliError("NOT_AGREED", { what }),
  });
}
