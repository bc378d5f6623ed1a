import type { ContractSentences } from "../../base/template";

/** What the registry of lineages and the accounts of children refuse. */
export const lineageSentences = {
  Lineage_BadParents: [
    'The parents of a lineage are invalid: "{field}".',
    "There are 1 to 8, in ascending order, each older than the child; each gets 0.01 % to 50 %, and all together at most 50 %.",
    "Correct the list.",
  ],
  Lineage_BadOpenTerms: [
    'The open terms are invalid: "{field}".',
    "A parent can ask for at most half of a child's income.",
    "Ask for at most 5,000 basis points.",
  ],
  Lineage_NotTitleHolder: [
    "{caller} does not hold the title of model {modelId}: {holder} does.",
    "Only the holder speaks for a model.",
    "Sign with the holder's account.",
  ],
  Lineage_NoConsent: [
    "Model {parent} has not agreed to be a parent of model {child} for {bps} basis points.",
    "Its open terms do not cover the share, and no consent of the holder of its title that is valid now came along.",
    "Give at least what its open terms ask for, or get its holder's signature.",
  ],
  Lineage_Exists: [
    "Model {modelId} has a lineage already.",
    "A lineage is created once, for good.",
    "Read its parents; they never change.",
  ],
  CloneArgumentsTooLong: [
    "The account could not be made.",
    "It would carry more parents than a contract's code has room for.",
    "Name at most 8 parents.",
  ],
  Create2EmptyBytecode: [
    "The account could not be made.",
    "There is no code that it could have.",
    "Check the address of the lineages against the deployment.",
  ],
  FailedDeployment: [
    "The account could not be made.",
    "There is one already at its address, or the transaction had too little gas for it.",
    "Send it again with more gas; a lineage that exists is not made again.",
  ],
  Splitter_NoModel: [
    "This contract is nobody's account.",
    "The accounts of children are copies of it, and each has an address of its own.",
    "Call the account of the model.",
  ],
} as const satisfies ContractSentences;
