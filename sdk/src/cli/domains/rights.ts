import type { Commands } from "../commands";

/** What holders do with rights: renew, cancel, give seats. */
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
    under("cancel", "End your subscription, if it was sold as one that can be; what is left comes back, apart from the first part.", subscription)
      .argument("<licence>", "id of the licence")
      .option(...signed)
      .option(...yes),
    async () => (await import("../commands/subscription")).cancel,
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
