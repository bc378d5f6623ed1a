import type { Commands } from "../commands";

/** Licences that their holders sell. */
export const commands: Commands = ({ add, under }) => {
  const resale = under("resale", "Sell a licence that you hold, or buy one from its holder.");
  const yes = ["-y, --yes", "do not ask for a yes"] as const;
  add(
    under("ask", "Sign into a file on what terms you sell a licence; anyone with the file can buy, once.", resale)
      .argument("<licence>", "id of the licence")
      .argument("<file>", "new file for the ask")
      .requiredOption("--price <amount>", "price with its token, such as 5 TUSD or 0.1 native")
      .option("--valid <time>", "how long it can be bought, at most 180d", "30d")
      .option("--buyer <address>", "the only account that may pay")
      .option("--delivery <time>", "sell with the file: how long you have to deliver its key again")
      .option("--complaints <time>", "with --delivery: how long the buyer has to complain", "3d")
      .option("--file-version <version>", "with --delivery: the version that you deliver; the licence's own")
      .option("--bit <number>", "which of your 224 bits the ask uses up; the licence's next one")
      .option(...yes),
    async () => (await import("../commands/resale")).ask,
  );
  add(
    under("buy", "Buy a licence from its holder, on the terms of an ask.", resale)
      .argument("<file>", "what the holder signed with `resale ask`")
      .option("--runs-for <time>", "the least time that a subscription must still run")
      .option("--recipient <address>", "who gets the licence; you when left out")
      .option(...yes),
    async () => (await import("../commands/resaleBuy")).buy,
  );
  add(
    under("deliver", "Deliver the key of a file again, to the buyer of your licence.", resale)
      .argument("<licence>", "id of the licence")
      .option("--confirmations <count>", "blocks on top of the purchase, or safe, or finalized", "64"),
    async () => (await import("../commands/resale")).deliver,
  );
  add(
    under("claim", "Hand out the licence of a resale whose deal has ended; anyone may.", resale).argument(
      "<licence>",
      "id of the licence",
    ),
    async () => (await import("../commands/resale")).claim,
  );
  add(
    under("cancel", "Cancel an ask that you signed, or all of them.", resale)
      .argument("[file]", "the ask")
      .option("--all", "cancel everything that you signed so far")
      .option(...yes),
    async () => (await import("../commands/resale")).cancel,
  );
};
