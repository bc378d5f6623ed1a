import type { ContractSentences } from "../../base/template";

/** What the registry of titles and the proofs of a wrong file refuse. */
export const registrySentences = {
  ModelRegistry_EmptyCard: [
    "The version has no card.",
    "The hash of its card is zero, or its address is missing.",
    "Put the card into a store and publish its hash and address.",
  ],
  ModelRegistry_UriTooLong: [
    "The card's address has {length} bytes; {maximum} are allowed.",
    "The address is kept on chain and therefore bounded.",
    "Use the content identifier, such as ipfs://… .",
  ],
  ModelRegistry_BadFile: [
    "The version's file fields do not belong together.",
    "Root, content root, key and size must be all zero (no file is sold) or all set, with a key on the curve.",
    "Take all four from the tool that prepared the file.",
  ],
  ModelRegistry_RoyaltyTooHigh: [
    "A royalty of {royaltyBps} basis points is above the bound of {maximum}.",
    "The bound is a constant of the contract.",
    "Ask for at most {maximum}.",
  ],
  ModelRegistry_NotTitleHolder: [
    "{caller} cannot publish for model {modelId}: its title belongs to {holder}.",
    "Only the holder of the title may publish versions.",
    "Sign with the account that holds the title.",
  ],
  ModelRegistry_UnknownVersion: [
    "Version {versionId} does not exist, or has no file.",
    "It was never published on this network, or it has no file.",
    "Check the version's number and the network.",
  ],
  ModelRegistry_TooManyVersions: [
    "Model {modelId} has all the versions it can have.",
    "A version's number has 16 bits.",
    "Create a new model for further versions.",
  ],
  ModelRegistry_AlreadyDefective: [
    "Version {versionId} was proven defective already, at {defectiveAt:time}.",
    "One proof is enough, and somebody else gave it.",
    "Nothing is left to prove; open deals can be refunded.",
  ],
  ModelRegistry_ChunkIsRight: [
    "Chunk {index} of version {versionId} is what was promised.",
    "The proof is sound, but the chunk decrypts to the content that the version commits to.",
    "Check the whole file locally before complaining about a chunk.",
  ],
  ChaCha20_ChunkTooLong: [
    "A chunk of {length} bytes is too long.",
    "Files are cut into chunks of a fixed size.",
    "Pass one chunk of the file.",
  ],
  ModelRegistry_NotCreator: [
    "{caller} cannot fix the payee of model {modelId}.",
    "Only its creator {creator} can, while holding the title.",
    "Sell under the title instead: its holder is paid.",
  ],
  ModelRegistry_PayeeFixed: [
    "The payee of model {modelId} is {payee} for good.",
    "It was fixed before, and that is irrevocable.",
    "Have {payee} pass the income on, or create another model.",
  ],
  ModelRegistry_PayeeWindowOver: [
    "The payee of model {modelId} can no longer be fixed.",
    "That is possible in the first 7 days of a model, and before its second version.",
    "The holder of the title stays its payee; or create another model.",
  ],
  ModelRegistry_ZeroPayee: [
    "The payee is the zero address.",
    "Money that is credited to it would be lost.",
    "Name an account.",
  ],
  ModelRegistry_FileTooLarge: [
    "A file of {size} bytes is too large.",
    "A version holds a file of at most 2^48 - 1 bytes.",
    "Split the model over several versions.",
  ],
  ContentComplaint_WrongKey: [
    "The key does not belong to the version (its point has x = {keyX}).",
    "It is not the secret of the key that the version commits to.",
    "Use the key that was delivered for this version.",
  ],
  ContentComplaint_IndexOutOfRange: [
    "The file has {count} chunks; there is no chunk {index}.",
    "Chunks are numbered from 0.",
    "Pass a chunk of the file.",
  ],
  ContentComplaint_WrongChunkLength: [
    "Chunk {index} has {expected} bytes, not {actual}.",
    "The chunk was cut at the wrong position.",
    "Cut the encrypted file as the version says.",
  ],
  ContentComplaint_NotInTree: [
    "The evidence is not chunk {index} under the root {root}.",
    "Its path does not lead to the version's root.",
    "Take chunk, hash and path from the published file of this version.",
  ],
} as const satisfies ContractSentences;
