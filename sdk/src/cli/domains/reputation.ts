import type { Commands } from "../commands";

/** Reviews of models, and what evaluators measured. */
export const commands: Commands = ({ add, under }) => {
  const review = under("review", "What holders of licences say of a model, weighed by the fees that they paid.");
  add(
    under("write", "Give a model stars by a licence that you hold, or edit your review.", review)
      .argument("<licence>", "id of the licence")
      .argument("<stars>", "1 to 5")
      .option("--text <text>", "what you say of it; the chain keeps a salted hash")
      .option("--out <file>", "new file for the text and its salt")
      .option("--signed <file>", "the offer that the licence was sold under, where it was never listed"),
    async () => (await import("../commands/review")).write,
  );
  add(
    under(
      "show",
      "The reviews of a model and what it would cost to move their mean, or the review of a licence.",
      review,
    )
      .argument("<id>", "id of a model or of a licence")
      .option("--content <file>", "of a licence: whether this is the text of its review"),
    async () => (await import("../commands/review")).show,
  );
  add(
    under("erase", "Erase your review; nobody else can review the licence afterwards.", review).argument(
      "<licence>",
      "id of the licence",
    ),
    async () => (await import("../commands/review")).erase,
  );
  const metric = under("metric", "What evaluators measured of a version, and vouch for.");
  add(
    under("sign", "Sign into a file what you measured of a version; nothing is sent.", metric)
      .argument("<version>", "id of the version")
      .argument("<metric>", "what was measured, such as accuracy")
      .argument("<file>", "new file for the metric")
      .requiredOption("--value <number>", "the result, such as 0.9351 or -1.5")
      .requiredOption("--data-set <hash>", "hash of the data set, of 32 bytes")
      .option("--method <hash>", "hash of how it was measured, of 32 bytes")
      .option("--ago <time>", "how long ago it was measured", "0s")
      .option("--valid <time>", "how long you vouch for it", "365d"),
    async () => (await import("../commands/metric")).sign,
  );
  add(
    under("submit", "Submit what an evaluator signed with `metric sign`; anyone may.", metric).argument(
      "<file>",
      "the metric",
    ),
    async () => (await import("../commands/metric")).submit,
  );
  add(
    under("show", "What evaluators measured of a version, the newest first.", metric)
      .argument("<version>", "id of the version")
      .option(
        "--evaluator <address>",
        "only what this evaluator measured; may be repeated",
        (one: string, before: readonly string[] = []): readonly string[] => [...before, one],
      ),
    async () => (await import("../commands/metric")).show,
  );
  add(
    under("revoke", "Take back what you measured, for good, submitted or not.", metric)
      .argument("<metric>", "the metric's name of 32 bytes, or its file")
      .option("-y, --yes", "do not ask for a yes"),
    async () => (await import("../commands/metric")).revoke,
  );
};
