import type { Commands } from "../commands";

/** How licences are offered and bought. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("offer", "Offer a version for sale, or revoke an offer.")
      .argument("[version]", "id of the version")
      .option("--price <amount>", 'price with its token, such as "25 native"; a number alone beside --token')
      .option("--token <token>", "pay token: address, name in the deployment, or native")
      .option("--supply <count>", "how many can be sold", "1000")
      .option("--expires <time>", "how long the offer is valid, such as 30d; for ever when left out")
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
      .option("--subscription <time>", "sell for this time, such as 30d, instead of for ever")
      .option(
        "--renewable <time>",
        "how long renewals at this price are promised: 365d, never, or forever when left out",
      )
      .option("--cancellable", "a subscription that its holder can end, and gets back what is left; needs --soulbound")
      .option("--units <count>", "sell by the unit: this many for the price; needs --soulbound")
      .option("--grace <time>", "how long vouchers of such units are redeemed after the channel is closed", "1d")
      .option("--provider <account>", "the node that serves such units")
      .option("--provider-share <bps>", "its share of what the protocol and the referrer leave, in basis points", "0")
      .option("--seats <count>", "how many may use it besides its holder")
      .option("--min-stay <time>", "how long a seat that was given is kept, such as 1d")
      .option(
        "--policy <issuer>",
        "sell only to accounts that this issuer has cleared; for a policy of another number than 0, as in 0x...:7",
      )
      .option("--sign <file>", "sign the offer into a file and list nothing")
      .option("--revoke <hash>", "revoke the listed offer with this hash")
      .option("--revoke-signed <file>", "revoke the offer that was signed into this file")
      .option("--revoke-all-signed", "revoke every offer that this account has signed"),
    () => import("../commands/offer"),
  );
  const repeated = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
  add(
    under(
      "buy",
      "Buy a licence; with a file, fetch and verify the sealed file first. Several versions are bought at once.",
    )
      .argument("<version...>", "id of the version, or of several: all are bought, or none")
      .option(
        "--terms <hash>",
        "the offer whose terms are agreed to; without it they are shown and a yes is wanted. Once for each version",
        repeated,
      )
      .option(
        "--max-price <amount>",
        'refuse to pay more, or in another token, such as "25 TestToken"; of several, their sum',
      )
      .option("-y, --yes", "do not ask for a yes to the terms; only with --max-price")
      .option("--again", "buy another licence of a version of which there is one already")
      .option("--signed <file>", "an offer that `offer --sign` wrote")
      .option(
        "--quantity <count>",
        "how often to buy the periods, the units or the seats of the offer; once when left out",
      )
      .option("--permit", "sign an allowance for the price instead of sending an approval first")
      .option("--sponsored <file>", "sign the purchase into a file, for `sponsor` to send; you need no native coin")
      .option("--pay-with <token>", "pay in another token, through the exchange")
      .option("--max-spent <amount>", "refuse to spend more of that token")
      .option("--slippage <bps>", "how much more than the quote the swap may cost, in basis points", "50")
      .option("--recipient <address>", "who gets the licence")
      .option("--referrer <address>", "who sent you"),
    () => import("../commands/buy"),
  );
  add(
    under("sponsor", "Send a purchase that somebody signed with `buy --sponsored`, and pay its gas.").argument(
      "<file>",
      "what `buy --sponsored` wrote",
    ),
    () => import("../commands/sponsor"),
  );
  add(
    under("transfer", "Give a licence, or the title of a model, to another account for good.")
      .argument("<id>", "id of the licence; of the model with --title")
      .argument("<to>", "address of who gets it")
      .option("--title", "give the title of a model, with the income of later sales")
      .option("-y, --yes", "do not ask for a yes"),
    () => import("../commands/transfer"),
  );
  const clearance = under("clearance", "Who may buy under an offer with a policy: sign, present, revoke, show.");
  const number = ["--number <number>", "which policy of the issuer", "0"] as const;
  add(
    under("sign", "Sign a clearance of an account for an offer into a file, as the policy's issuer.", clearance)
      .argument("<terms>", "hash of the offer")
      .argument("<account>", "address that may receive licences")
      .argument("<file>", "new file for the clearance")
      .requiredOption("--valid <time>", "how long it is good, such as 30d; a year at most")
      .option(...number),
    async () => (await import("../commands/clearance")).sign,
  );
  add(
    under("present", "Present what an issuer signed, before the purchase.", clearance).argument(
      "<file>",
      "file that `clearance sign` wrote",
    ),
    async () => (await import("../commands/clearance")).present,
  );
  add(
    under("revoke", "Take the clearances of an account for an offer back, as the policy's issuer.", clearance)
      .argument("<terms>", "hash of the offer")
      .argument("<account>", "address that was cleared")
      .option(...number)
      .option("-y, --yes", "do it without being asked"),
    async () => (await import("../commands/clearance")).revoke,
  );
  add(
    under("show", "Whether an account is cleared for an offer.", clearance)
      .argument("<terms>", "hash of the offer")
      .argument("<account>", "address that wants to buy")
      .option("--issuer <address>", "issuer of the policy; the keystore's account when left out")
      .option(...number),
    async () => (await import("../commands/clearance")).show,
  );
  add(
    under("watch", "Say what happens on the market, until it is told to stop; what a reorg undid is said too.")
      .option("--from <block>", "the first block, or latest for what is yet to come", "latest")
      .option("--events <names>", "only these events, such as OfferListed,LicenseSold")
      .option("--confirmations <count>", "blocks on top of an event before it is told, or safe, or finalized", "0")
      .option("--every <seconds>", "pause between two looks at the chain", "4")
      .option("--cursor <file>", "go on where an earlier run with this file ended")
      .option("--once", "end once everything up to now is told"),
    () => import("../commands/watch"),
  );
};
