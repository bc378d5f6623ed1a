import type { Commands } from "../commands";

/** What both sides of a deal do, and the agent that does it for a seller. */
export const commands: Commands = ({ add, under }) => {
  const bond = under("bond", "The seller's half of a dispute: an offer with an arbitrator sells only with it.");
  const offerTerms = ["--terms <hash>", "the listed offer; needless where only one asks for a bond"] as const;
  const offerFile = ["--signed <file>", "the offer that was signed into this file"] as const;
  const former = [
    "--market <address>",
    "the market that the bond was posted for; the present one when left out",
  ] as const;
  add(
    under("show", "What the offers of a version need, what is free, and how many sales it covers.", bond)
      .argument("<version>", "id of the version")
      .option(...offerFile)
      .option(...former),
    async () => (await import("../commands/bond")).showBond,
  );
  add(
    under("post", "Post what is missing until an offer can be sold.", bond)
      .argument("<version>", "id of the version")
      .option(...offerTerms)
      .option(...offerFile)
      .option("--sales <count>", "how many sales at once it is to cover; what is free counts", "1")
      .option("-y, --yes", "post without being asked")
      .option("--check", "only say what would be posted"),
    async () => (await import("../commands/bond")).postBond,
  );
  add(
    under("withdraw", "Take back what no sale holds; it waits in the ledger then.", bond)
      .argument("<version>", "id of the version")
      .option(...offerTerms)
      .option(...offerFile)
      .option(...former)
      .option("--amount <amount>", 'only so much, such as "0.1 native"; all that is free when left out'),
    async () => (await import("../commands/bond")).withdrawBond,
  );
  add(
    under("deals", "The deals of an account: what it bought, was given or sold, and where each stands.")
      .option("--account <address>", "whose deals; the keystore's when left out")
      .option("--role <role>", "only those in which it is the buyer, the recipient or the seller")
      .option("--limit <count>", "most deals of a page", "50")
      .option("--after <place>", "go on where the page before ended")
      .option("--newest", "begin with the newest"),
    () => import("../commands/deals"),
  );
  add(
    under("open", "Decrypt a delivered file and verify every part of it.")
      .argument("<licence>", "id of the licence, or of the update's deal")
      .requiredOption("--out <file>", "where to write the file")
      .option("--update", "the id is of an update"),
    () => import("../commands/open"),
  );
  add(
    under("complain", "Prove that a delivered file is not what was promised, and get the money back.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    () => import("../commands/complain"),
  );
  add(
    under(
      "settle",
      "End a deal: accept it, pay the seller, refund what came too late or is defective, or carry out a ruling.",
    )
      .argument("<licence>", "id of the licence")
      .option("-y, --yes", "accept the file without being asked while you could still complain")
      .option("--update", "the id is of an update"),
    () => import("../commands/settle"),
  );
  add(
    under("dispute", "Go to the deal's arbitrator, as the holder of the licence.")
      .argument("<licence>", "id of the licence")
      .option(
        "--max-cost <amount>",
        "refuse to prepay more, in native coin; without it the price is shown and asked for",
      )
      .option("--update", "the id is of an update"),
    () => import("../commands/dispute"),
  );
  add(
    under("concede", "In a dispute, move your offer towards the other side's.")
      .argument("<licence>", "id of the licence")
      .argument("<refund>", 'the refund that one would settle for, such as "5 TestToken"')
      .option("--update", "the id is of an update"),
    () => import("../commands/concede"),
  );
  add(
    under("decline", "As the seller, return the price instead of delivering.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    async () => (await import("../commands/giveBack")).decline,
  );
  add(
    under("refund", "As the seller, return the price of what was delivered.")
      .argument("<licence>", "id of the licence")
      .option("-y, --yes", "return it without being asked")
      .option("--update", "the id is of an update"),
    async () => (await import("../commands/giveBack")).refund,
  );
  add(
    under("report", "As the buyer, have a delivery that never came counted against the seller.")
      .argument("<licence>", "id of the licence")
      .option("-y, --yes", "report without being asked; the secret of the purchase is public then")
      .option("--update", "the id is of an update"),
    () => import("../commands/report"),
  );
  add(
    under("reclaim", "Fetch the arbitrator's fee, once it returns it, of a dispute that ended undecided.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    () => import("../commands/reclaim"),
  );
  add(
    under("update", "Ask for a later version that a licence includes; fetch and verify its sealed file first.")
      .argument("<licence>", "id of the licence")
      .argument("<version>", "id of the later version"),
    () => import("../commands/update"),
  );
  add(
    under("seller", "The seller's agent: deliver the keys of your sales.")
      .option("--watch", "go on until it is told to stop; otherwise look once")
      .option("--state <file>", "what the agent remembers")
      .option("--confirmations <count>", "blocks on top of a purchase, or safe, or finalized", "64")
      .option("--margin <time>", "deliver nothing with less time left", "10m")
      .option("--alert-before <time>", "raise an alert when a deadline is so near", "2h")
      .option("--every <seconds>", "pause between two looks at the chain", "12")
      .option("--log-range <blocks>", "blocks that the node answers for in one request", "10000")
      .option(
        "--declines-per-day <count>",
        "maximum of paid sales declined in 24 hours because they are finally refused",
        "20",
      )
      .option("--parallel <count>", "deliveries in the air at once", "8")
      .option("--patience <seconds>", "how long to wait for one delivery before the next look", "120")
      .option("--raise-after <seconds>", "raise the fee of a delivery that is not mined by then", "300")
      .option(
        "--max-gas-price <gwei>",
        "the most that is paid for a unit of gas; 1000 or the price of the sale when left out",
      )
      .option("--silence <seconds>", "how long the chain may be out of reach before that is an alert", "300")
      .option("--signed <folder>", "offers that were signed and never listed")
      .option("--http <host:port>", "where /health and /metrics answer; off turns them off", "127.0.0.1:9464")
      .option("--alert-to <url>", "address that alerts are posted to"),
    () => import("../commands/seller"),
  );
};
