import { errorsOf, type Entries } from "../base/template";

/** What the command line itself refuses, before anything is sent. */
export const cliErrors = {
  USAGE: {
    message: "{detail}",
    reason: "The command line could not be understood.",
    fix: "Read `isonomy {command}--help`.",
  },
  VALUE_INVALID: {
    message: '"{value}" is not {expected}.',
    reason: "The value of {name} has another form.",
    fix: "Give {name} as {example}.",
  },
  RPC_MISSING: {
    message: "No node was named.",
    reason: "The command reads the chain or sends to it.",
    fix: "Add --rpc with the address of a node, or set ISONOMY_RPC_URL.",
  },
  RPC_UNREACHABLE: {
    message: "The node at {url} does not answer: {detail}",
    reason: "It is not running, its address is wrong, or the connection was lost.",
    fix: "Check --rpc or ISONOMY_RPC_URL, and try again.",
  },
  FILE_UNREADABLE: {
    message: "The file {path} cannot be read: {detail}",
    reason: "It is missing, or this account may not read it.",
    fix: "Check the path of {name}.",
  },
  FILE_EXISTS: {
    message: "There is a file at {path} already.",
    reason: "The command never writes over one.",
    fix: "Choose another name, or move the old file away.",
  },
  FILE_UNWRITABLE: {
    message: "The file {path} cannot be written: {detail}",
    reason: "Its folder cannot be made or written to, or the disk is full.",
    fix: "Choose another place; nothing was sent.",
  },
  FILE_INVALID: {
    message: "The file {path} is not {expected}: {detail}",
    reason: "It is another kind of file, or it was cut short.",
    fix: "Give the file that `isonomy {writer}` wrote.",
  },
  KEYSTORE_MISSING: {
    message: "No keystore was named, and this command signs.",
    reason: "Keys are taken from an encrypted keystore and from nowhere else.",
    fix: "Add --keystore with the file, or set ISONOMY_KEYSTORE; `isonomy keystore` makes one.",
  },
  KEYSTORE_INVALID: {
    message: "{path} is not a keystore.",
    reason: "It is not a JSON keystore of version 3.",
    fix: "Export one from the wallet, or make one with `isonomy keystore`.",
  },
  PASSWORD_MISSING: {
    message: "No password was given for {what}.",
    reason: "There is no terminal to ask at, and passwords are never taken from the command line.",
    fix: "Set ISONOMY_PASSWORD_FILE or ISONOMY_PASSWORD, or add --password-file.",
  },
  UNANSWERED: {
    message: "The question was not answered.",
    reason: "The terminal was closed, or the input ended.",
    fix: "Run it again; nothing was done.",
  },
  PASSWORDS_DIFFER: {
    message: "The two passwords differ.",
    reason: "A password that is chosen is typed twice, because nobody could open the file with one that was mistyped.",
    fix: "Run it again; nothing was written.",
  },
  PASSWORD_WRONG: {
    message: "The password does not open {path}.",
    reason: "It is mistyped, or for another keystore.",
    fix: "Try again with the right password; nothing was signed.",
  },
  KEY_INVALID: {
    message: "What was read is not a private key.",
    reason: "A private key is 32 bytes in hexadecimal.",
    fix: "Pass it on standard input, as one line.",
  },
  STORE_UNREACHABLE: {
    message: "{path} is not a folder or an address that this command can use.",
    reason: "A store is a folder, or the HTTP API of an IPFS node; a host without http:// could be either.",
    fix: "Give --store as http://host:port or https://host, or a folder of such a name as ./name; nothing was written.",
  },
  UNIT_MISSING: {
    message: '{name} is "{value}", which names no token.',
    reason: "An amount without its token is read in whatever token the other side chose, which may be worth far more.",
    fix: 'Write the token behind it, such as "{value} native", by its name in the deployment or by its address.',
  },
  UNIT_OTHER: {
    message: '{name} is "{value}", but what is paid here is {expected}.',
    reason: "A bound in one token does not bound what is paid in another.",
    fix: "Look at the terms again; if they are what you want, write the amount in {expected}. Nothing was sent.",
  },
  TOKEN_UNREADABLE: {
    message: "The token {token} does not say how many decimals it has.",
    reason: "It is not an ERC-20 token with its metadata, or it answers with a number that no token needs.",
    fix: "Check the address; {name} cannot be read in it.",
  },
  TERMS_NOT_NAMED: {
    message: "Nobody has agreed to the terms of this offer: {terms}.",
    reason: "Without --terms a purchase needs a yes to the terms that are shown, and there is no terminal to ask at.",
    fix: "Read them, in full with `isonomy status --listing {versionId}`, and add --terms {termsHash}; nothing was sent.",
  },
  TERMS_REFUSED: {
    message: "The terms were not agreed to.",
    reason: "The question was answered with something else than yes.",
    fix: "Nothing was sent. Other offers are shown by `isonomy status --listing {versionId}`.",
  },
  SPENDING_UNBOUND: {
    message: "Nothing bounds what is spent of {token}.",
    reason: "The pools set the price of a swap, and there is no terminal to show it at and ask.",
    fix: 'Add --max-spent with an amount and its token, such as "1 {token}"; nothing was sent.',
  },
  QUOTE_UNBOUND: {
    message: "Nobody has agreed to this price: {quote}.",
    reason: "The pools set it at this moment, anybody can move it, and there is no terminal to show it at and ask.",
    fix: "Add {bound}; nothing was sent.",
  },
  QUOTE_REFUSED: {
    message: "The price was not agreed to: {quote}.",
    reason: "The question was answered with something else than yes.",
    fix: "Nothing was sent. Ask again when the price is another.",
  },
  SWAP_OUTSIDE_BOUND: {
    message: "With the slippage the swap may end at {worst}, and {name} is {bound}.",
    reason: "The pools' price is worse than the bound, or the slippage leaves too much room.",
    fix: "Swap less, lower --slippage, or change {name}; nothing was sent.",
  },
  FILE_WITHOUT_DELIVERY: {
    message: "Version {versionId} has a file of {size} bytes, and under this offer its key would never be owed.",
    reason: "Without a window for the delivery a licence is sold at once, and no buyer gets the file.",
    fix: "Add --deliver with a time such as 1d, or --licence-only if the file is not for sale.",
  },
  NO_OFFER: {
    message: "Version {versionId} has no offer{which} that is listed.",
    reason: "Its creator listed none on this deployment, or the hash is of another version.",
    fix: "See `isonomy status --listing {versionId}`, or ask the creator for a signed offer.",
  },
  OFFER_OF_ANOTHER: {
    message: "The offer in {path} is for version {actual}, not for {versionId}.",
    reason: "It is another file than the expected one, or its sender put another version into it.",
    fix: "Read the file; name version {actual} if that is what you want. Nothing was sent.",
  },
  OFFER_OF_ANOTHER_MARKET: {
    message: "The offer in {path} was signed for the market at {actual}, not for the one at {market}.",
    reason: "A signature counts on one market of one chain, so no other market would sell under it.",
    fix: "Name the deployment that the offer is for with --addresses, or ask its creator for a new one. Nothing was sent.",
  },
  OFFER_AMBIGUOUS: {
    message: "Version {versionId} has {count} open offers.",
    reason: "They differ in their terms.",
    fix: "Choose one with --terms: {choices}.",
  },
  DEAL_IN_ANOTHER_STATE: {
    message: "Deal {id} is {status}, and this command is for another state.",
    reason:
      "Each command of a deal belongs to a state: the seller declines what is open and refunds what is delivered.",
    fix: "Use `isonomy {command} {id}`; nothing was sent.",
  },
  NO_ARBITRATOR: {
    message: "Deal {id} has no arbitrator.",
    reason: "The terms of its offer name none, so nothing but a proof can undo the sale.",
    fix: "Prove a wrong part with `isonomy complain {id}`, or ask the seller for a refund; nothing was sent.",
  },
  COST_UNBOUND: {
    message: "The arbitrator asks for {cost} in advance, and nothing bounds that.",
    reason: "The arbitrator sets its own price, and there is no terminal to ask at.",
    fix: 'Add --max-cost "{cost}" if that is right; nothing was sent.',
  },
  COST_REFUSED: {
    message: "The price of the dispute, {cost}, was not agreed to.",
    reason: "The question was answered with something else than yes.",
    fix: "Nothing was sent. The dispute can be opened until the window for complaints ends.",
  },
  DISPUTE_TOO_DEAR: {
    message: "The arbitrator asks for {cost} in advance, and the bound is {bound}.",
    reason: "It raised its price, or the bound is too low.",
    fix: "Raise --max-cost if the dispute is worth it; nothing was sent.",
  },
  BOND_NOT_CONFIRMED: {
    message: "Nobody agreed to post {sum} as bond.",
    reason: "It leaves the account, and there is no terminal to ask at.",
    fix: "Add --yes if that is right; nothing was sent.",
  },
  BOND_REFUSED: {
    message: "The bond of {sum} was not agreed to.",
    reason: "The question was answered with something else than yes.",
    fix: "Nothing was sent. Until the bond is posted nobody can buy under the offer.",
  },
  BOND_OF_ANOTHER: {
    message: "The offer is by {seller}, and the keystore is of {account}.",
    reason: "A bond belongs to the seller of its offer, no matter who paid for it.",
    fix: "Use the seller's keystore; nothing was sent.",
  },
  BOND_NOT_NEEDED: {
    message: "The offer {termsHash} of version {versionId} asks for no bond.",
    reason: "Its terms name no arbitrator.",
    fix: "Nothing has to be posted for it, and nothing was sent.",
  },
  BOND_USELESS: {
    message: "The offer {termsHash} is {state}.",
    reason: "A bond is held for sales, and there is none any more under this offer.",
    fix: "Take back what is free with `isonomy bond withdraw`; nothing was sent.",
  },
  BOND_NOT_FREE: {
    message: "Nothing of the bond for offer {termsHash} is free; open sales hold {held}.",
    reason: "None was posted, or it is held until those sales have ended.",
    fix: "See `isonomy bond show`; nothing was sent.",
  },
  BOND_TERMS: {
    message: "This offer cannot have a bond: {detail}",
    reason: "A bond is the seller's half of a dispute about a file that was paid for and is delivered.",
    fix: "Give --arbitrator, --bond and --deliver together, and a price above 0; nothing was sent.",
  },
  REPORT_NOT_CONFIRMED: {
    message: "Nobody agreed to publish the secret of deal {id}.",
    reason: "A report shows with it that the seller could have delivered, and there is no terminal to ask at.",
    fix: "Add --yes if that is right; nothing was sent.",
  },
  REPORT_REFUSED: {
    message: "The report about deal {id} was not agreed to.",
    reason: "The question was answered with something else than yes.",
    fix: "Nothing was sent; it can be reported later.",
  },
  NO_FILE: {
    message: "The card of version {versionId} names no file.",
    reason: "The version is sold as a licence only.",
    fix: "There is nothing to fetch; `isonomy status --deal` shows the licence.",
  },
  FILE_WRONG: {
    message: "Chunk {chunk} is not what version {versionId} promised, so nothing was written.",
    reason: "The seller published a file that does not match its own commitment.",
    fix: "Run `isonomy complain {licenseId}` to prove it and get the money back.",
  },
  COMPLAINT_NOTHING: {
    message: "Every chunk of version {versionId} is what was promised.",
    reason: "The whole file was opened and checked.",
    fix: "There is nothing to complain of; nothing was sent.",
  },
  NOTHING_TO_WITHDRAW: {
    message: "{account} has nothing to withdraw in {token}.",
    reason: "Nothing was earned or refunded in it, or it was withdrawn before.",
    fix: "See `isonomy status`; nothing was sent.",
  },
  PROPOSAL_INVALID: {
    message: "The proposal in {path} cannot be made: {detail}",
    reason: "It names a contract, a function or arguments that do not fit together.",
    fix: "Write title, why and calls, each with contract, function and args; try it with --check.",
  },
  PROPOSAL_NOT_DUE: {
    message: "Proposal {id} is {state}, so nobody can take it further now.",
    reason: "Only a proposal that has passed is queued, and only a queued one is executed.",
    fix: "See `isonomy status --proposal {id}`.",
  },
  PERMISSIONS_DIFFER: {
    message: "{count} permissions are not what the sources say: {list}",
    reason: "A vote changed them, or the deployment is of another release.",
    fix: "Find the vote that changed them, or read the table of the release that was deployed; --json prints all of it.",
  },
  OPTION_CONFLICT: {
    message: "{first} and {second} do not go together.",
    reason: "They ask for different things.",
    fix: "Leave one of them out.",
  },
  OPTION_MISSING: {
    message: "{option} is of use only with {needed}.",
    reason: "Alone it would bound nothing.",
    fix: "Add {needed}, or leave {option} out; nothing was sent.",
  },
  INTERRUPTED: {
    message: "It was interrupted, and nothing was sent.",
    reason: "The process was told to stop before the first transaction left.",
    fix: "Run it again when you want it.",
  },
  INTERRUPTED_AFTER_SENDING: {
    message: "It was interrupted after {count} of its transactions had left: {transactions}.",
    reason: "The process was told to stop; what has left may still be mined, and nothing else was sent.",
    fix: "Run `isonomy status --transaction {last}`: it says what became of it, and which licence it brought.",
  },
  OUTPUT_CLOSED: {
    message: "Nobody reads the output any more, and {count} transactions of this command have left: {transactions}.",
    reason: "The program behind the pipe ended before this one.",
    fix: "Run `isonomy status --transaction {last}`: it says what became of it, and which licence it brought.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const cliError = errorsOf(cliErrors);
