import { errorsOf, type Entries } from "../base/template";

/** What the command line itself refuses, before anything is sent. */
export const cliErrors = {
  USAGE: {
    message: "{detail}",
    reason: "The command line could not be understood.",
    fix: "Run `isonomy {command}--help` to see how it is used.",
  },
  VALUE_INVALID: {
    message: '"{value}" is not {expected}.',
    reason: "The value of {name} is written in another form.",
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
    fix: "Check the path of {name}, and that this account may read it.",
  },
  FILE_EXISTS: {
    message: "There is a file at {path} already.",
    reason: "The command never overwrites a file.",
    fix: "Choose another name, or move the old file away.",
  },
  FILE_UNWRITABLE: {
    message: "The file {path} cannot be written: {detail}",
    reason: "Its folder cannot be made or written to, or the disk is full.",
    fix: "Choose another place, or make room; nothing was sent.",
  },
  FILE_INVALID: {
    message: "The file {path} is not {expected}: {detail}",
    reason: "It is another kind of file, or it was cut short.",
    fix: "Give the file that `isonomy {writer}` wrote.",
  },
  PATH_MISSING: {
    message: "There is nothing at {path}.",
    reason: "It was moved, deleted or never made, or the path is mistyped.",
    fix: "Check the path, and run the command again.",
  },
  PATH_FORBIDDEN: {
    message: "{path} cannot be used: {detail}",
    reason: "It belongs to another account, or its disk is mounted for reading alone.",
    fix: "Choose another place, or change its permissions; `ls -ld` shows them.",
  },
  PATH_IS_FOLDER: {
    message: "{path} is a folder.",
    reason: "A file is read or written there.",
    fix: "Name a file, such as one in that folder.",
  },
  PATH_IS_FILE: {
    message: "{path} cannot be used: {detail}",
    reason: "A folder belongs there, and a part of the path is a file.",
    fix: "Name a folder, or move the file away.",
  },
  PATH_REFUSED: {
    message: "{path} cannot be used: {detail}",
    reason: "The system refused it.",
    fix: "Choose another place, or try again.",
  },
  DISK_FULL: {
    message: "{path} cannot be written: the disk is full.",
    reason: "There is no room left, or none for this account.",
    fix: "Make room, and run the command again.",
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
    reason:
      "There is no terminal to ask at, and a password is never read from the arguments, which other programs can see.",
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
  UNIT_MISSING: {
    message: '{name} is "{value}", which names no token.',
    reason:
      "An amount without its token would be read in the token that the other side chose, which may be worth far more.",
    fix: 'Write the token behind it, such as "{value} native", by its name in the deployment or by its address.',
  },
  UNIT_OTHER: {
    message: '{name} is "{value}", but what is paid here is {expected}.',
    reason: "A limit in one token does not limit what is paid in another.",
    fix: "Look at the terms again; if they are what you want, write the amount in {expected}. Nothing was sent.",
  },
  TOKEN_UNREADABLE: {
    message: "The token {token} does not say how many decimals it has.",
    reason: "It is not an ERC-20 token with its metadata, or it answers with a number that no token needs.",
    fix: "Check the address of the token; without its decimals {name} cannot be read.",
  },
  TERMS_NOT_NAMED: {
    message: "The terms of this offer have not been agreed to: {terms}.",
    reason: "Without --terms the command shows the terms and asks, and there is no terminal to ask at.",
    fix: "If they are what you want, run `{command}`; nothing was sent.",
  },
  TERMS_REFUSED: {
    message: "The terms were not agreed to.",
    reason: "The question was answered with anything other than yes.",
    fix: "Nothing was sent. Other offers are shown by `isonomy status --listing {versionId}`.",
  },
  LICENCE_HELD: {
    message: "{account} holds licence {licenseId} of version {versionId} already{state}.",
    reason: "A second purchase pays the price again, for a second licence.",
    fix: "Use the one that is there: `{use}`. To pay for another: `{command}`; nothing was sent.",
  },
  LICENCE_NOT_WANTED: {
    message: "A second licence of version {versionId} was not agreed to.",
    reason: "The question was answered with anything other than yes.",
    fix: "Nothing was sent. Use the one that is there: `{use}`.",
  },
  ONE_VERSION_ALONE: {
    message: "{option} is for one version, and several are named.",
    reason:
      "Several versions are bought in one transaction, once each, under listed offers, with allowances that are approved first.",
    fix: "Buy that version with a command of its own, or leave {option} out; nothing was sent.",
  },
  TOO_DEAR: {
    message: "The price is {price}, and --max-price is {bound}.",
    reason: "The bound was given so that no higher price is paid.",
    fix: "Raise --max-price to {price} if the price is right; nothing was sent.",
  },
  CART_TOO_DEAR: {
    message: "Together they cost {sum}, and --max-price is {bound}.",
    reason: "The sum of all that is bought at once is bounded by --max-price.",
    fix: "Buy fewer, or raise --max-price; nothing was sent.",
  },
  NOT_HELD: {
    message: "{account} does not hold {what}; {owner} does.",
    reason: "Only its holder can give it away.",
    fix: "Name the holder's keystore with --keystore; nothing was sent.",
  },
  RECIPIENT_SAME: {
    message: "{recipient} cannot be given {what}.",
    reason: "It is the zero address, which nobody holds the key of, or the account that has it already.",
    fix: "Check the address of whom it is for; nothing was sent.",
  },
  ATTESTATION_OF_ANOTHER: {
    message: "The attestation in {path} is for {account}, and the keystore is of {signer}.",
    reason: "A credential goes to the account that its issuer signed it for, and only that account can present it.",
    fix: "Name the keystore of {account} with --keystore, or ask issuer {issuerId} for one of your own; nothing was sent.",
  },
  ATTESTATION_OF_ANOTHER_REGISTRY: {
    message: "The attestation in {path} was signed for the registry at {actual}, not for the one at {registry}.",
    reason: "A signature counts with one registry of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask issuer {issuerId} for a new one; nothing was sent.",
  },
  OFFER_NOT_OF_LICENCE: {
    message: "The offer that licence {licenseId} was sold under is not {where}.",
    reason: "The terms of a licence are proven by the offer of its own sale, which the chain keeps only as a hash.",
    fix: "Name the file of a signed offer with --signed, or check the id; nothing was sent.",
  },
  NOT_A_SUBSCRIPTION: {
    message: "Licence {licenseId} is no subscription.",
    reason: "It names no rights module, or another one than this deployment's subscriptions.",
    fix: "See what it is with `isonomy licences`; nothing was sent.",
  },
  NOT_BY_THE_UNIT: {
    message: "Licence {licenseId} is not sold by the unit.",
    reason: "It names no rights module, or another one than this deployment's usage channels.",
    fix: "See what it is with `isonomy licences`; nothing was sent.",
  },
  NOT_ITS_KEY: {
    message: "{account} is not the key of slot {slot} of licence {licenseId}, which is {signer}.",
    reason: "A node takes only vouchers of the key that the channel has in the slot.",
    fix: "Sign with that key's keystore, or name its slot with --slot; nothing was signed.",
  },
  VOUCHER_TOO_HIGH: {
    message: "{units} units are more than the key of slot {slot} of licence {licenseId} can sign for, which is {most}.",
    reason: "A key has a cap, all keys together have the units that were bought, and a voucher above that is refused.",
    fix: "Sign for at most {most} units, or buy more with `isonomy usage add`; nothing was signed.",
  },
  VOUCHER_OF_ANOTHER: {
    message: "The voucher in {path} is for {actual}, and not for {usage}.",
    reason: "A signature counts with one contract of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask for a new one; nothing was sent.",
  },
  NO_SEATS: {
    message: "Licence {licenseId} has no seats.",
    reason: "It names no rights module that this deployment knows, so its holder alone may use it.",
    fix: "See what it is with `isonomy licences`; nothing was sent.",
  },
  NOT_RENEWABLE: {
    message: "Licence {licenseId} cannot be renewed: {reason}.",
    reason: "A subscription is renewed under the terms it was sold for, and only as long as the seller promised.",
    fix: "Look at it with `isonomy subscription show {licenseId}`, or buy a new licence; nothing was sent.",
  },
  CONSENT_OF_ANOTHER: {
    message: "The consent in {path} was signed for the lineages at {actual}, not for those at {lineage}.",
    reason: "A signature counts with one contract of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask the parent's holder for a new one; nothing was sent.",
  },
  METRIC_OF_ANOTHER: {
    message: "The metric in {path} was signed for the metrics at {actual}, not for those at {metrics}.",
    reason: "A signature counts with one contract of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask the evaluator for a new one; nothing was sent.",
  },
  ASK_OF_ANOTHER: {
    message: "The ask in {path} was signed for the resale at {actual}, not for the one at {resale}.",
    reason: "A signature counts with one contract of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask the seller for a new one; nothing was sent.",
  },
  RESALE_UNKNOWN: {
    message: "Licence {licenseId} was never sold by a holder with a delivery of its key.",
    reason: "A licence that is sold at once has no deal, so nothing is to be delivered or claimed.",
    fix: "See who holds it with `isonomy licences`; nothing was sent.",
  },
  CLEARANCE_OF_ANOTHER: {
    message: "The clearance in {path} was signed for the policies at {actual}, not for those at {policies}.",
    reason: "A signature counts with one contract of one chain, so no other would take it.",
    fix: "Name the deployment that it is for with --addresses, or ask the issuer for a new one; nothing was sent.",
  },
  ATTESTATION_USED: {
    message: "The attestation in {path} has nonce {nonce}, and the next one of {account} has to have nonce {expected}.",
    reason: "Each counts once, and in turn: this one was presented before, or another one was presented in its place.",
    fix: "See what came of it with `isonomy citizens show {account}`, and ask issuer {issuerId} for a new one; nothing was sent.",
  },
  NOT_CONFIRMED: {
    message: "{what}: this was not confirmed.",
    reason: "{means} There is no terminal to ask at.",
    fix: "If that is right, run `{command}`; nothing was sent.",
  },
  NOT_AGREED: {
    message: "{what}: this was not agreed to.",
    reason: "The question was answered with anything other than yes.",
    fix: "Nothing was sent.",
  },
  SPENDING_UNBOUND: {
    message: "No limit is set on how much {token} is spent.",
    reason: "The pools set the price of a swap, and there is no terminal to show the price at and ask.",
    fix: "They ask about {quote} now. If that is right, run `{command}`; nothing was sent.",
  },
  QUOTE_UNBOUND: {
    message: "No limit is set on the price, which is now: {quote}.",
    reason: "The pools set the price, anyone can move it, and there is no terminal to show it at and ask.",
    fix: "If that is right, run `{command}`; nothing was sent.",
  },
  QUOTE_REFUSED: {
    message: "The price was not agreed to: {quote}.",
    reason: "The question was answered with anything other than yes.",
    fix: "Nothing was sent. Try again when the price has changed.",
  },
  SWAP_OUTSIDE_BOUND: {
    message: "With the slippage the swap may end at {worst}, and {name} is {bound}.",
    reason: "The pools' price is worse than the limit, or the slippage leaves too much room.",
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
  NOT_PUBLISHED: {
    message: "There is no {what} on this deployment.",
    reason: "The id is mistyped, or of another chain.",
    fix: "See `isonomy models`, and check --rpc and --addresses.",
  },
  OFFER_OF_ANOTHER: {
    message: "The offer in {path} is for version {actual}, not for {versionId}.",
    reason: "The wrong file was named, or its sender put another version into it.",
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
    message: "Deal {id} is {status}, and this command is for a deal in another state.",
    reason:
      "Each command of a deal belongs to a state: the seller declines what is open and refunds what is delivered.",
    fix: "Use `isonomy {command} {id}`; nothing was sent.",
  },
  NO_ARBITRATOR: {
    message: "Deal {id} has no arbitrator.",
    reason: "The terms of its offer name none, so only a proof or the seller can undo the sale.",
    fix: "Prove a wrong part with `isonomy complain {id}`, or ask the seller for a refund; nothing was sent.",
  },
  COST_UNBOUND: {
    message: "The arbitrator asks for {cost} in advance, and no limit is set on that.",
    reason: "The arbitrator sets its own price, and there is no terminal to ask at.",
    fix: "If that is right, run `{command}`; nothing was sent.",
  },
  COST_REFUSED: {
    message: "The price of the dispute, {cost}, was not agreed to.",
    reason: "The question was answered with anything other than yes.",
    fix: "Nothing was sent. The dispute can be opened until the window for complaints ends.",
  },
  DISPUTE_TOO_DEAR: {
    message: "The arbitrator asks for {cost} in advance, and the limit is {bound}.",
    reason: "It raised its price, or the limit is too low.",
    fix: "Raise --max-cost if the dispute is worth it; nothing was sent.",
  },
  BOND_NOT_CONFIRMED: {
    message: "The bond of {sum} was not confirmed.",
    reason: "A bond is paid out of the account, and there is no terminal to ask at.",
    fix: "If that is right, run `{command}`; nothing was sent.",
  },
  BOND_REFUSED: {
    message: "The bond of {sum} was not agreed to.",
    reason: "The question was answered with anything other than yes.",
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
    reason: "A bond is held for sales, and nothing more can be sold under this offer.",
    fix: "Take back what is free with `isonomy bond withdraw`; nothing was sent.",
  },
  BOND_NOT_FREE: {
    message: "No part of the bond for offer {termsHash} is free; open sales hold {held}.",
    reason: "None was posted, or it is held until those sales have ended.",
    fix: "See `isonomy bond show`; nothing was sent.",
  },
  BOND_TERMS: {
    message: "This offer cannot have a bond: {detail}",
    reason: "A bond is the seller's half of a dispute about a file that was paid for and is delivered.",
    fix: "Give --arbitrator, --bond and --deliver together, and a price above 0; nothing was sent.",
  },
  REPORT_NOT_CONFIRMED: {
    message: "Publishing the secret of deal {id} was not confirmed.",
    reason: "A report proves with the secret that the seller could have delivered, and there is no terminal to ask at.",
    fix: "If that is right, run `{command}`; nothing was sent.",
  },
  REPORT_REFUSED: {
    message: "The report about deal {id} was not agreed to.",
    reason: "The question was answered with anything other than yes.",
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
    fix: "Find the vote that changed them, or compare with the sources of the release that was deployed; --json prints the whole table.",
  },
  OPTION_CONFLICT: {
    message: "{first} and {second} do not go together.",
    reason: "They ask for different things.",
    fix: "Leave one of them out.",
  },
  OPTION_MISSING: {
    message: "{option} can be used only with {needed}.",
    reason: "Alone it would limit nothing.",
    fix: "Add {needed}, or leave {option} out; nothing was sent.",
  },
  INTERRUPTED: {
    message: "The command was interrupted, and nothing was sent.",
    reason: "The process was told to stop before the first transaction left.",
    fix: "Run the command again when you want to.",
  },
  INTERRUPTED_AFTER_SENDING: {
    message: "The command was interrupted after {count} of its transactions were sent: {transactions}.",
    reason: "The process was told to stop. What was sent may still be mined; nothing else was sent.",
    fix: "Run `isonomy status --transaction {last}`: it says what became of it, and which licences it issued.",
  },
  OUTPUT_CLOSED: {
    message: "Nobody reads the output any more, and {count} transactions of this command were sent: {transactions}.",
    reason: "The program behind the pipe ended before this one.",
    fix: "Run `isonomy status --transaction {last}`: it says what became of it, and which licences it issued.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const cliError = errorsOf(cliErrors);
