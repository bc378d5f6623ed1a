import type { Commands } from "../commands";

/** What an account holds. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("licences", "The licences that an account holds, and what it may do with each.")
      .option("--account <address>", "whose licences; the keystore's when left out")
      .option("--limit <count>", "most licences of a page", "50")
      .option("--after <place>", "go on where the page before ended")
      .option("--newest", "begin with the newest"),
    () => import("../commands/licences"),
  );
};
