import type { Commands } from "../commands";

/** What anyone can do so that citizens are counted as they are. */
export const commands: Commands = ({ add, under }) => {
  const citizens = under(
    "citizens",
    "Keep the count of citizens, their majorities and the phase up to date: anyone may.",
  );
  add(
    under(
      "reweigh",
      "Count a citizen whose credential has seasoned, or stop counting one whose credential ended.",
      citizens,
    ).argument("<account>", "address of the citizen"),
    async () => (await import("../commands/citizens")).reweigh,
  );
  add(
    under("majority", "Record that an issuer vouches for more than half of the citizens.", citizens).argument(
      "<issuer>",
      "number of the issuer",
    ),
    async () => (await import("../commands/citizens")).majority,
  );
  add(
    under("advance", "Move the DAO to its next phase, once there are enough citizens.", citizens),
    async () => (await import("../commands/citizens")).advance,
  );
};
