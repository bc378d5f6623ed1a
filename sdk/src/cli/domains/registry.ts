import type { Commands } from "../commands";

/** How a model is published. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("prepare", "Seal a file under a fresh key and put it into the store; the key goes to the keyring.")
      .argument("<file>", "the model's file")
      .option("--out <file>", "where to write what to list (<file>.isonomy.json)"),
    () => import("../commands/prepare"),
  );
  add(
    under("list", "Publish a card as a new model, or as the next version of one.")
      .argument("<card>", "JSON file with the card")
      .option("--prepared <file>", "what `prepare` wrote, for a version with a file")
      .option("--model <id>", "publish the next version of this model")
      .option("--royalty <bps>", "share of later sales of licences, in basis points", "0"),
    () => import("../commands/list"),
  );
};
