import type { Commands } from "../commands";

/** Votes, and who may do what. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("delegate", "Let an account vote with your tokens: your own, or another.")
      .argument("[to]", "address, or self", "self")
      .option("-y, --yes", "delegate to another account without being asked"),
    () => import("../commands/delegate"),
  );
  add(
    under("propose", "Propose what a file says.")
      .argument("<file>", "JSON file with title, why and calls")
      .option("--check", "only say what it would call"),
    () => import("../commands/propose"),
  );
  add(
    under("vote", "Vote on a proposal, in both houses at once.")
      .argument("<proposal>", "its number")
      .argument("<vote>", "for, against or abstain")
      .option("--as-citizen <vote>", "another vote in the citizens' house")
      .option("--reason <text>", "why, for everybody to read"),
    () => import("../commands/vote"),
  );
  add(
    under("enact", "Queue a proposal that passed, or execute one whose wait is over.").argument("<proposal>"),
    () => import("../commands/enact"),
  );
  add(
    under("permissions", "Who can call what and after which delay, read from the chain."),
    () => import("../commands/permissions"),
  );
};
