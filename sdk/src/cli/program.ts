import { Command } from "commander";

import type { Interruption } from "./interruption";
import type { Io } from "./io";
import type { GlobalOptions, Session } from "./session";

/** What a command's module exports: it does the work and shows the result. */
interface CommandModule {
  run(session: Session, parameters: readonly string[], options: never): Promise<void>;
}

/** Nothing here loads the library: each command does when it runs, so that a help page is there at once. */
type Load = () => Promise<CommandModule>;

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
      // a failure is reported once, by whoever runs the program
      outputError: () => undefined,
      writeErr: () => undefined,
    })
    .exitOverride();

  const add = (command: Command, load: Load): void => {
    command.copyInheritedSettings(program).action(async () => {
      refuseEmpty(command);
      const [{ Session }, { run }] = await Promise.all([import("./session"), load()]);
      const session = new Session(io, program.opts<GlobalOptions>(), interruption);
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

  add(
    under("prepare", "Seal a file under a fresh key and put it into the store; the key goes to the keyring.")
      .argument("<file>", "the model's file")
      .option("--out <file>", "where to write what to list (<file>.isonomy.json)"),
    () => import("./commands/prepare"),
  );
  add(
    under("list", "Publish a card as a new model, or as the next version of one.")
      .argument("<card>", "JSON file with the card")
      .option("--prepared <file>", "what `prepare` wrote, for a version with a file")
      .option("--model <id>", "publish the next version of this model")
      .option("--royalty <bps>", "share of later sales of licences, in basis points", "0"),
    () => import("./commands/list"),
  );
  add(
    under("offer", "Offer a version for sale, or revoke an offer.")
      .argument("[version]", "id of the version")
      .option("--price <amount>", 'price with its token, such as "25 native"; a number alone beside --token')
      .option("--token <token>", "pay token: address, name in the deployment, or native")
      .option("--supply <count>", "how many can be sold", "1000")
      .option("--expires <time>", "how long the offer stands, such as 30d; for ever when left out")
      .option("--for <address>", "the only account that may buy")
      .option("--referrer <bps>", "share of a referrer, in basis points", "0")
      .option("--deliver <time>", "window for the delivery of the version's file, such as 1d")
      .option("--licence-only", "sell licences at once, and never owe the key of the version's file")
      .option("--complain <time>", "window for complaints after the delivery", "2d")
      .option("--arbitrator <address>", "who rules when the buyer says that the model is not what its card says")
      .option("--bond <amount>", "the seller's half of a dispute, in native coin; each sale holds so much", "0")
      .option("--bond-sales <count>", "post the bond for this many sales at once together with the offer")
      .option("--updates", "include later versions")
      .option("--soulbound", "licences cannot be given away")
      .option("--salt <number>", "tells two offers of equal terms apart", "0")
      .option("--sign <file>", "sign the offer into a file and list nothing")
      .option("--revoke <hash>", "revoke the listed offer with this hash")
      .option("--revoke-signed <file>", "revoke the offer that was signed into this file")
      .option("--revoke-all-signed", "revoke every offer that this account has signed"),
    () => import("./commands/offer"),
  );
  const bond = under("bond", "The seller's half of a dispute: an offer with an arbitrator sells only with it.");
  bond.copyInheritedSettings(program);
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
    async () => (await import("./commands/bond")).showBond,
  );
  add(
    under("post", "Post what is missing until an offer can be sold.", bond)
      .argument("<version>", "id of the version")
      .option(...offerTerms)
      .option(...offerFile)
      .option("--sales <count>", "how many sales at once it is to cover; what is free counts", "1")
      .option("--yes", "post without being asked")
      .option("--check", "only say what would be posted"),
    async () => (await import("./commands/bond")).postBond,
  );
  add(
    under("withdraw", "Take back what no sale holds; it waits in the ledger then.", bond)
      .argument("<version>", "id of the version")
      .option(...offerTerms)
      .option(...offerFile)
      .option(...former)
      .option("--amount <amount>", 'only so much, such as "0.1 native"; all that is free when left out'),
    async () => (await import("./commands/bond")).withdrawBond,
  );
  add(
    under("buy", "Buy a licence; with a file, fetch and verify the sealed file first.")
      .argument("<version>", "id of the version")
      .option("--terms <hash>", "the offer whose terms are agreed to; without it they are shown and a yes is wanted")
      .option("--signed <file>", "an offer that `offer --sign` wrote")
      .option("--max-price <amount>", 'refuse to pay more, or in another token, such as "25 TestToken"')
      .option("--pay-with <token>", "pay in another token, through the exchange")
      .option("--max-spent <amount>", "refuse to spend more of that token")
      .option("--slippage <bps>", "how much dearer the swap may end", "50")
      .option("--recipient <address>", "who gets the licence")
      .option("--referrer <address>", "who sent you"),
    () => import("./commands/buy"),
  );
  add(
    under("open", "Decrypt a delivered file and verify every part of it.")
      .argument("<licence>", "id of the licence, or of the update's deal")
      .requiredOption("--out <file>", "where to write the file")
      .option("--update", "the id is of an update"),
    () => import("./commands/open"),
  );
  add(
    under("complain", "Prove that a delivered file is not what was promised, and get the money back.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    () => import("./commands/complain"),
  );
  add(
    under(
      "settle",
      "End a deal: accept it, pay the seller, refund what came too late or is defective, or carry out a ruling.",
    )
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    () => import("./commands/settle"),
  );
  add(
    under("dispute", "Go to the deal's arbitrator, as the holder of the licence.")
      .argument("<licence>", "id of the licence")
      .option(
        "--max-cost <amount>",
        "refuse to prepay more, in native coin; without it the price is shown and asked for",
      )
      .option("--update", "the id is of an update"),
    () => import("./commands/dispute"),
  );
  add(
    under("concede", "In a dispute, move one's offer towards the other side's.")
      .argument("<licence>", "id of the licence")
      .argument("<refund>", 'the refund that one would settle for, such as "5 TestToken"')
      .option("--update", "the id is of an update"),
    () => import("./commands/concede"),
  );
  add(
    under("decline", "As the seller, return the price instead of delivering.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    async () => (await import("./commands/giveBack")).decline,
  );
  add(
    under("refund", "As the seller, return the price of what was delivered.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    async () => (await import("./commands/giveBack")).refund,
  );
  add(
    under("report", "As the buyer, have a delivery that never came counted against the seller.")
      .argument("<licence>", "id of the licence")
      .option("--yes", "report without being asked; the secret of the purchase is public then")
      .option("--update", "the id is of an update"),
    () => import("./commands/report"),
  );
  add(
    under("reclaim", "Fetch the arbitrator's fee, once it returns it, of a dispute that ended undecided.")
      .argument("<licence>", "id of the licence")
      .option("--update", "the id is of an update"),
    () => import("./commands/reclaim"),
  );
  add(
    under("update", "Ask for a later version that a licence includes; fetch and verify its sealed file first.")
      .argument("<licence>", "id of the licence")
      .argument("<version>", "id of the later version"),
    () => import("./commands/update"),
  );
  add(
    under("withdraw", "Withdraw what sales earned or refunds gave back.")
      .option("--token <token>", "address, name in the deployment, or native; native when left out")
      .option("--to <address>", "pay to another account")
      .option("--amount <amount>", 'only so much, such as "5 native"; all when left out'),
    () => import("./commands/withdraw"),
  );
  add(
    under("swap", "Swap tokens by the best route through the pools.")
      .argument("<amount>", "how much to sell, or with --exact-out how much to get")
      .argument("<from>", "token that is sold")
      .argument("<to>", "token that is bought")
      .option("--exact-out", "the amount is of the token that is bought")
      .option("--slippage <bps>", "how much worse than the quote it may end; 50 when left out")
      .option("--min-out <amount>", 'refuse to get less, such as "24 TestToken", whatever the quote says')
      .option("--max-in <amount>", "refuse to pay more, whatever the quote says")
      .option("--recipient <address>", "who gets what is bought")
      .option("--quote", "only say what it would give"),
    () => import("./commands/swap"),
  );

  const pool = under("pool", "Pools of the exchange.");
  pool.copyInheritedSettings(program);
  const fee = ["--fee <bps>", "fee tier of the pool, in basis points", "30"] as const;
  add(under("list", "List the pools.", pool), () => import("./commands/poolList"));
  add(
    under("create", "Make a pool of two tokens.", pool)
      .argument("<token>")
      .argument("<token>")
      .option(...fee),
    () => import("./commands/poolCreate"),
  );
  add(
    under("add", "Deposit at most these amounts, in the pool's ratio.", pool)
      .argument("<amount>")
      .argument("<token>")
      .argument("<amount>")
      .argument("<token>")
      .option(...fee)
      .option("--slippage <bps>", "how many fewer shares than quoted are accepted; 50 when left out"),
    () => import("./commands/poolAdd"),
  );
  add(
    under("remove", "Redeem shares of a pool.", pool)
      .argument("<token>")
      .argument("<token>")
      .option(...fee)
      .option("--percent <number>", "how much of one's shares", "100")
      .option("--slippage <bps>", "how much less than quoted is accepted; 50 when left out"),
    () => import("./commands/poolRemove"),
  );
  add(
    under("positions", "What an account holds in the pools, and what it earned.", pool).option(
      "--account <address>",
      "whose; the keystore's when left out",
    ),
    () => import("./commands/poolPositions"),
  );

  add(
    under("delegate", "Let somebody vote with one's tokens: oneself, or another.").argument(
      "[to]",
      "address, or self",
      "self",
    ),
    () => import("./commands/delegate"),
  );
  add(
    under("propose", "Propose what a file says.")
      .argument("<file>", "JSON file with title, why and calls")
      .option("--check", "only say what it would call"),
    () => import("./commands/propose"),
  );
  add(
    under("vote", "Vote on a proposal, in both houses at once.")
      .argument("<proposal>", "its number")
      .argument("<vote>", "for, against or abstain")
      .option("--as-citizen <vote>", "another vote in the citizens' house")
      .option("--reason <text>", "why, for everybody to read"),
    () => import("./commands/vote"),
  );
  add(
    under("enact", "Queue a proposal that passed, or execute one whose wait is over.").argument("<proposal>"),
    () => import("./commands/enact"),
  );
  add(
    under("permissions", "Who can call what and after which delay, read from the chain."),
    () => import("./commands/permissions"),
  );
  add(
    under("status", "Where things stand: the deployment, an account, a version, a deal or a proposal.")
      .option("--account <address>", "whose affairs; the keystore's when left out")
      .option("--listing <version>", "a version and its offers")
      .option("--deal <licence>", "a sale and its deal")
      .option("--update", "the deal is of an update")
      .option("--transaction <hash>", "what became of a transaction, and which licences it brought")
      .option("--proposal <id>", "a proposal"),
    () => import("./commands/status"),
  );
  add(
    under("seller", "The seller's agent: deliver the keys of one's sales.")
      .option("--watch", "go on until it is told to stop; otherwise look once")
      .option("--state <file>", "what the agent remembers")
      .option("--confirmations <count>", "blocks on top of a purchase, or safe, or finalized", "64")
      .option("--margin <time>", "deliver nothing with less time left", "10m")
      .option("--alert-before <time>", "raise an alert when a deadline is so near", "2h")
      .option("--every <seconds>", "pause between two looks at the chain", "12")
      .option("--log-range <blocks>", "blocks that the node answers for in one request", "10000")
      .option(
        "--declines-per-day <count>",
        "most paid sales given back in 24 hours because they are refused for good",
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
    () => import("./commands/seller"),
  );
  add(
    under("keystore", "Make an encrypted keystore with a fresh key, or with one from standard input.")
      .argument("<file>", "where to write it")
      .option("--import", "read the private key from standard input"),
    () => import("./commands/keystore"),
  );
  return { program, mute: () => mute() };
}

/** An option without a value would be taken for something: an empty folder is the one that the program runs in. */
function refuseEmpty(command: Command): void {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      const value: unknown = at.getOptionValue(option.attributeName());
      if (typeof value !== "string" || value.trim() !== "" || option.long === "--reason") continue;
      command.error(`error: option '${option.flags}' is empty`);
    }
  }
}
