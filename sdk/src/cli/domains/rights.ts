import type { Commands } from "../commands";

/** What holders do with rights: renew, cancel, sign vouchers, give seats. */
export const commands: Commands = ({ add, under }) => {
  const signed = ["--signed <file>", "the offer that the licence was sold under, where it was never listed"] as const;
  const yes = ["-y, --yes", "do not ask for a yes"] as const;
  add(
    under("renew", "Renew a subscription, at the price that it was sold for.")
      .argument("<licence>", "id of the licence")
      .option("--periods <count>", "how many periods to add", "1")
      .option(...signed)
      .option(...yes),
    () => import("../commands/renew"),
  );
  const subscription = under("subscription", "How a subscription stands; end it, or pay out what it earned.");
  add(
    under("show", "Until when it runs, and whether it can be renewed.", subscription)
      .argument("<licence>", "id of the licence")
      .option(...signed),
    async () => (await import("../commands/subscription")).show,
  );
  add(
    under("release", "Pay out what the time that has passed earned, to the seller; anyone may.", subscription)
      .argument("<licence>", "id of the licence")
      .option(...signed),
    async () => (await import("../commands/subscription")).release,
  );
  add(
    under(
      "cancel",
      "End your subscription, if it was sold as one that can be; what is left comes back, apart from the first part.",
      subscription,
    )
      .argument("<licence>", "id of the licence")
      .option(...signed)
      .option(...yes),
    async () => (await import("../commands/subscription")).cancel,
  );
  const standing = under("standing", "Standing orders: subscriptions that renew themselves.");
  add(
    under("show", "What a payer has allowed for a licence.", standing)
      .argument("<licence>", "id of the licence")
      .option("--payer <address>", "whose order; yours where nothing is said")
      .option(...signed),
    async () => (await import("../commands/standing")).show,
  );
  add(
    under("set", "Allow anyone to renew a subscription when it is due, at your cost.", standing)
      .argument("<licence>", "id of the licence")
      .option("--periods <count>", "how many renewals to allow and approve", "12")
      .option("--ahead <duration>", "how long before the end of the term", "1d")
      .option("--tip <amount>", "what the sender of a renewal gets, in the offer's token")
      .option(...signed)
      .option(...yes),
    async () => (await import("../commands/standing")).set,
  );
  add(
    under("run", "Send a renewal that is due; the tip is yours.", standing)
      .argument("<licence>", "id of the licence")
      .option("--payer <address>", "whose order; yours where nothing is said")
      .option(...signed)
      .option(...yes),
    async () => (await import("../commands/standing")).run,
  );
  add(
    under("cancel", "Take your standing order back.", standing)
      .argument("<licence>", "id of the licence")
      .option("--holder <address>", "under whom it was set, if somebody else holds the licence now")
      .option(...signed),
    async () => (await import("../commands/standing")).cancel,
  );
  const usage = under("usage", "Licences by the unit: channels, their keys and vouchers.");
  add(
    under("show", "What is left of a channel, and its keys.", usage).argument("<licence>", "id of the licence"),
    async () => (await import("../commands/usage")).show,
  );
  add(
    under("add", "Buy more units, at the price that the channel was opened with; anyone may.", usage)
      .argument("<licence>", "id of the licence")
      .option("--times <count>", "how often to buy the units of the offer", "1")
      .option(...signed)
      .option(...yes),
    async () => (await import("../commands/usage")).add,
  );
  add(
    under("voucher", "Sign for what your key has used of a channel in all, into a file.", usage)
      .argument("<licence>", "id of the licence")
      .argument("<units>", "units that the key has used since the channel was opened")
      .argument("<file>", "file to write")
      .option("--slot <number>", "slot of the key", "0")
      .option("--valid <time>", "how long it can be redeemed", "7d")
      .option(...yes),
    async () => (await import("../commands/usageVoucher")).voucher,
  );
  add(
    under(
      "redeem",
      "Redeem vouchers: what they add is credited to the seller and the node; anyone may.",
      usage,
    ).argument("<files...>", "files that users signed"),
    async () => (await import("../commands/usageVoucher")).redeem,
  );
  add(
    under("key", "Give a slot of your channel a key, or revoke it.", usage)
      .argument("<licence>", "id of the licence")
      .argument("<slot>", "slot of the key, from 1 on")
      .argument("[key]", "address of the key")
      .option("--cap <units>", "most units that the key may sign for")
      .option("--revoke", "revoke the key of the slot: its vouchers are redeemed for the grace")
      .option(...yes),
    async () => (await import("../commands/usage")).key,
  );
  add(
    under("close", "End a channel that you hold or have paid; vouchers are redeemed for the grace.", usage)
      .argument("<licence>", "id of the licence")
      .option(...yes),
    async () => (await import("../commands/usage")).close,
  );
  add(
    under("finish", "Give back what is left of a closed channel, after its grace; anyone may.", usage).argument(
      "<licence>",
      "id of the licence",
    ),
    async () => (await import("../commands/usage")).finish,
  );
  const seats = under("seats", "Who may use a licence besides its holder.");
  add(
    under("show", "How many seats a licence has, and whether a user may use it.", seats)
      .argument("<licence>", "id of the licence")
      .argument("[user]", "address of a user")
      .option(...signed),
    async () => (await import("../commands/seats")).show,
  );
  add(
    under("give", "Give a user a seat of your licence.", seats)
      .argument("<licence>", "id of the licence")
      .argument("<user>", "address of the user, or of a device")
      .option(...signed),
    async () => (await import("../commands/seats")).give,
  );
  add(
    under("take", "Take a user's seat.", seats)
      .argument("<licence>", "id of the licence")
      .argument("<user>", "address of the user, or of a device")
      .option(...signed),
    async () => (await import("../commands/seats")).take,
  );
};
