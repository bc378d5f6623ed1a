import type { Commands } from "../commands";

/** Withdrawals. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("withdraw", "Withdraw what sales earned or refunds gave back.")
      .option("--token <token>", "address, name in the deployment, or native; native when left out")
      .option("--to <address>", "pay to another account")
      .option("--amount <amount>", 'only so much, such as "5 native"; all when left out')
      .option("-y, --yes", "pay to another account without being asked"),
    () => import("../commands/withdraw"),
  );
};
