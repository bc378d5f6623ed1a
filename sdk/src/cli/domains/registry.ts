import type { Commands } from "../commands";

/** How a model is published. */
export const commands: Commands = ({ add, under }) => {
  add(
    under("card", "Begin, complete or check a model's card; without a flag, check it.")
      .argument("<card>", "JSON file with the card")
      .option("--init", "write a card to fill in")
      .option("--kind <kind>", "what the card describes: model, dataset or content", "model")
      .option("--from <readme>", "begin it from a Hugging Face model card, a README.md with YAML at its top")
      .option(
        "--set <field=value>",
        "change a field, such as version=1.0.0 or metrics/0/unit=fraction; a value in JSON, or text. May be repeated",
        (assignment: string, before: readonly string[]) => [...before, assignment],
        [],
      )
      .option("--check", "check it, and say all that is wrong"),
    () => import("../commands/card"),
  );
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
  add(
    under("models", "The models that were published, with the price of the newest version of each.")
      .option("--limit <count>", "most models of a page", "20")
      .option("--after <model>", "go on after this model")
      .option("--newest", "begin with the newest"),
    () => import("../commands/models"),
  );
  add(
    under("show", "A model with its versions, or a version, and what of it can be bought.")
      .argument("<id>", "id of a model, such as 3, or of a version, such as 3.1")
      .option("--all", "also offers that cannot be bought, each with the reason")
      .option("--model", "the id is a model's, however large it is"),
    () => import("../commands/show"),
  );
  add(
    under("payee", "Who is paid for licences of a model; with an address, fix it for good, in the model's first week.")
      .argument("<model>", "id of the model")
      .argument("[address]", "who is paid from now on, whoever holds the title")
      .option("-y, --yes", "do not ask for a yes"),
    () => import("../commands/payee"),
  );
  const store = under("store", "The local store of cards and sealed files.");
  add(
    under("gc", "Remove what no version and no keyring needs; shows it and asks.", store)
      .option("--dry-run", "show it and remove nothing")
      .option("--yes", "remove it without a question")
      .option("--older-than <hours>", "keep what was written within these hours", "24"),
    () => import("../commands/storeGc"),
  );
};
