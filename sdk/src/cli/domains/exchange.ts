import type { Commands } from "../commands";

/** Trades and liquidity. */
export const commands: Commands = ({ add, under }) => {
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
    () => import("../commands/swap"),
  );

  const pool = under("pool", "Pools of the exchange.");
  const fee = ["--fee <bps>", "fee tier of the pool, in basis points", "30"] as const;
  add(under("list", "List the pools.", pool), () => import("../commands/poolList"));
  add(
    under("create", "Make a pool of two tokens.", pool)
      .argument("<token>")
      .argument("<token>")
      .option(...fee),
    () => import("../commands/poolCreate"),
  );
  add(
    under("add", "Deposit at most these amounts, in the pool's ratio.", pool)
      .argument("<amount>")
      .argument("<token>")
      .argument("<amount>")
      .argument("<token>")
      .option(...fee)
      .option("--slippage <bps>", "how many fewer shares than quoted are accepted; 50 when left out"),
    () => import("../commands/poolAdd"),
  );
  add(
    under("remove", "Redeem shares of a pool.", pool)
      .argument("<token>")
      .argument("<token>")
      .option(...fee)
      .option("--percent <number>", "how much of your shares", "100")
      .option("--slippage <bps>", "how much less than quoted is accepted; 50 when left out"),
    () => import("../commands/poolRemove"),
  );
  add(
    under("positions", "What an account holds in the pools, and what it earned.", pool).option(
      "--account <address>",
      "whose; the keystore's when left out",
    ),
    () => import("../commands/poolPositions"),
  );
};
