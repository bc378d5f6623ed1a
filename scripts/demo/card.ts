import { CARD_FORMAT, type ModelCard } from "../../sdk/src/card";

const README = "https://github.com/winkjs/wink-eng-lite-web-model";
const MODEL_README = "The figure the model's makers publish in its README.";

/** The card of the real model that the demonstration sells: the English model of the package wink-eng-lite-web-model. */
export const winkCard: ModelCard = {
  format: CARD_FORMAT,
  kind: "model",
  name: "wink English lite",
  description:
    "A pre-trained English language model for winkNLP, 3.8 MB, that runs on one core without a GPU. " +
    "It splits text into sentences and tokens, tags parts of speech, and scores sentiment from -1 to 1.",
  version: "1.8.1",
  capabilities: [
    "Tokens and sentence boundaries",
    "Parts of speech, in the Universal POS tags",
    "Sentiment of a sentence, from -1 to 1",
    "Negation, lemmas and stems",
    "Named entities: dates, amounts, e-mail addresses, hashtags and the like",
  ],
  metrics: [
    {
      name: "Accuracy of parts of speech",
      value: 0.95,
      unit: "fraction of tokens",
      dataset: "A subset of the WSJ corpus",
      method: `Tags of raw text compared with the corpus, tokenisation included. ${MODEL_README}`,
      source: README,
    },
    {
      name: "F-score of sentiment",
      value: 0.845,
      unit: "fraction",
      dataset: "Amazon product reviews of the Sentiment Labelled Sentences Data Set, UCI Machine Learning Repository",
      method: `Sign of the score compared with the label. ${MODEL_README}`,
      source: README,
    },
  ],
  intendedUses: ["Reading reviews, comments and tickets", "Preparing text for search", "Teaching"],
  limits: [
    "English only",
    "General purpose: sentiment is not tuned to any trade, and irony is read literally",
    "Not for decisions about people",
  ],
  license: { spdx: "MIT" },
};
