import type { Commands } from "../commands";

/** Models that were made from others. */
export const commands: Commands = ({ add, under }) => {
  const lineage = under("lineage", "The models that a model was made from, and what they get of its income.");
  const repeated = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
  add(
    under(
      "show",
      "The parents of a model, their shares, and on what terms it may be a parent itself.",
      lineage,
    ).argument("<model>", "id of the model"),
    async () => (await import("../commands/lineage")).show,
  );
  add(
    under(
      "create",
      "Name the parents of your model for good, and send its income to the account that shares it.",
      lineage,
    )
      .argument("<model>", "id of your model, in its first week")
      .argument("<parent...>", "id of a parent and its share in basis points, such as 3:500")
      .option("--consent <file>", "what a parent's holder signed with `lineage consent`; may be repeated", repeated)
      .option("-y, --yes", "do not ask for a yes"),
    async () => (await import("../commands/lineage")).create,
  );
  add(
    under("consent", "Sign into a file that a model may name yours as a parent; nothing is sent.", lineage)
      .argument("<parent>", "id of your model")
      .argument("<child>", "id of the model that was made from it")
      .argument("<bps>", "its share of the child's income, in basis points")
      .argument("<file>", "new file for the consent")
      .option("--valid <time>", "how long it can be used", "30d"),
    async () => (await import("../commands/lineage")).consent,
  );
  add(
    under("open", "Let everybody name your model as a parent who gives it enough; 0 ends that.", lineage)
      .argument("<model>", "id of your model")
      .argument("<bps>", "smallest share of a child's income, in basis points")
      .option("--valid <time>", "how long the terms last", "365d"),
    async () => (await import("../commands/lineage")).open,
  );
  add(
    under("settle", "Pass on what a model's account has: shares to its parents, the rest to its holder.", lineage)
      .argument("<model>", "id of the model")
      .option("--token <token>", "pay token: address, name in the deployment, or native", "native"),
    async () => (await import("../commands/lineage")).settle,
  );
  add(
    under(
      "gather",
      "Put what came to a model's account by a plain transfer, such as a royalty, where settle finds it.",
      lineage,
    )
      .argument("<model>", "id of the model")
      .option("--token <token>", "pay token: address, name in the deployment, or native", "native"),
    async () => (await import("../commands/lineage")).gather,
  );
};
