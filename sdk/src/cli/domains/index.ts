import { commands as escrow } from "./escrow";
import { commands as exchange } from "./exchange";
import { commands as governance } from "./governance";
import { commands as identity } from "./identity";
import { commands as ledger } from "./ledger";
import { commands as license } from "./license";
import { commands as market } from "./market";
import { commands as lineage } from "./lineage";
import { commands as registry } from "./registry";
import { commands as reputation } from "./reputation";
import { commands as resale } from "./resale";
import { commands as rights } from "./rights";
import type { Commands } from "../commands";

/** What belongs to no domain alone. */
const general: Commands = ({ add, under }) => {
  add(
    under("status", "Where things stand: the deployment, an account, a version, a deal or a proposal.")
      .option("--account <address>", "whose affairs; the keystore's when left out")
      .option("--listing <version>", "a version and its offers")
      .option("--deal <licence>", "a sale and its deal")
      .option("--update", "the deal is of an update")
      .option("--transaction <hash>", "what became of a transaction, and which licences it issued")
      .option("--proposal <id>", "a proposal"),
    () => import("../commands/status"),
  );
  add(
    under("keystore", "Make an encrypted keystore with a fresh key, or with one from standard input.")
      .argument("<file>", "where to write it")
      .option("--import", "read the private key from standard input"),
    () => import("../commands/keystore"),
  );
};

/** The commands of each domain that has some, in the order of the help page: first what a seller and a buyer need. */
export const commandsOf: Readonly<Record<string, Commands>> = {
  registry,
  market,
  license,
  rights,
  lineage,
  reputation,
  resale,
  escrow,
  ledger,
  exchange,
  governance,
  identity,
  general,
};
