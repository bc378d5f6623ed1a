import type { Entry } from "./template";

type Sentences = readonly [message: string, cause: string, cure: string];

const MARKET: Record<string, Sentences> = {
  Market_BadTerms: [
    'The offer\'s field "{field}" cannot be as it is.',
    "The market sells only offers whose terms fit one another and lie within its bounds.",
    "Correct the field; the offer's other fields were not judged yet.",
  ],
  Market_TokenNotListed: [
    "The market does not take the token {token}.",
    "Only tokens that the DAO has put on the list of pay tokens can be used, and this one is not or no longer on it.",
    "Choose a listed token or the native coin.",
  ],
  Market_NotTitleHolder: [
    "{caller} cannot offer version {versionId}: its title belongs to {holder}.",
    "Only whoever holds a model's title may sell licences of its versions.",
    "Sign with the account that holds the title, or have the title transferred first.",
  ],
  Market_VersionDefective: [
    "Version {versionId} is not sold any more.",
    "Somebody proved on chain that its file is not what was promised.",
    "Look for a newer version of the model.",
  ],
  Market_AlreadyListed: [
    "The offer {termsHash} is listed already.",
    "An offer is known by its terms, and these terms were listed before.",
    "Use the listed offer, or change the salt to list the same terms once more.",
  ],
  Market_OfferRevoked: [
    "The offer {termsHash} was revoked.",
    "Its creator took it back for good.",
    "Read the model's current offers; to sell again under the same terms, use another salt.",
  ],
  Market_NotListed: [
    "There is no listed offer {termsHash}.",
    "It was never listed on this market, or it was signed off chain and its signature is missing.",
    "Check the network, or buy with the creator's signature.",
  ],
  Market_TermsMismatch: [
    "The offer's terms hash to {actual}, not to {expected} that the buyer agreed to.",
    "One of the terms differs from what the buyer was shown.",
    "Read the offer again and agree to it only if you still want it; nothing was paid.",
  ],
  Market_BadSignature: [
    "{creator} did not sign the offer {termsHash} for this market.",
    "The terms were changed after signing, or the signature is for another market or chain.",
    "Ask the creator for a fresh signature of exactly these terms.",
  ],
  Market_WrongEpoch: [
    "The offer was signed for epoch {offered} of {creator}; the current one is {current}.",
    "The creator has revoked everything that was signed before.",
    "Ask the creator for an offer signed for epoch {current}.",
  ],
  Market_OfferExpired: [
    "The offer {termsHash} could be bought until {expiresAt} (seconds since 1970).",
    "Its last second has passed.",
    "Read the model's current offers.",
  ],
  Market_SoldOut: [
    "All {supply} licences of the offer {termsHash} are sold.",
    "An offer sells no more licences than it said, and others were faster.",
    "Look for another offer of the same version, or ask a holder whose licence is transferable.",
  ],
  Market_NotTheBuyer: [
    "The offer is for {buyer}; {caller} cannot buy it.",
    "Its creator made it for one account.",
    "Pay from {buyer}, or ask the creator for an offer of your own.",
  ],
  Market_PriceAboveBound: [
    "The price is {price}, above the buyer's bound of {maxPrice}.",
    "The bound that came with the purchase is lower than the offer's price.",
    "Raise the bound to {price} if the price is acceptable; nothing was paid.",
  ],
  Market_FeeAboveBound: [
    "The protocol's fee of {feeBps} basis points is above the {maxFeeBps} that the creator accepts.",
    "The fee was raised after the offer was made.",
    "The creator can make a new offer with a higher bound.",
  ],
  Market_TitleMoved: [
    "The offer of version {versionId} is dead: {creator} no longer holds the title, {holder} does.",
    "Offers end when the title they rest on changes hands.",
    "Read the new holder's offers.",
  ],
  Market_PadNotNeeded: [
    "A licence that is sold at once takes no key and no pad.",
    "The order carries the fields of a purchase through the escrow, but the offer settles at once.",
    "Leave buyerKey and pad zero.",
  ],
  Market_WrongValue: [
    "{sent} wei were sent where {expected} were due.",
    "A price in native coin must be sent exactly, and with a price in a token nothing may be sent.",
    "Send exactly {expected} wei.",
  ],
  Market_BadCart: [
    "A cart cannot have {items} lines.",
    "It must have at least one line, and no more than the market's bound.",
    "Split the cart.",
  ],
  Market_Paused: [
    "Purchases are paused until {until} (seconds since 1970).",
    "The guardian has paused them; withdrawals and refunds go on.",
    "Try again then; a pause lasts at most 7 days in any 60.",
  ],
  Market_PauseTooLong: [
    "A pause of {duration} seconds is longer than {maximum}.",
    "The guardian may pause only briefly.",
    "Pause for at most {maximum} seconds.",
  ],
  Market_PauseTooSoon: [
    "The next pause may start at {notBefore} (seconds since 1970).",
    "Pauses must lie far apart, so that purchases cannot stay closed.",
    "Wait, or let the DAO decide.",
  ],
  Market_ProtocolFeeTooHigh: [
    "A protocol fee of {feeBps} basis points is above the bound of {maximum}.",
    "The bound is a constant of the contract.",
    "Propose at most {maximum}.",
  ],
  Market_BadAddress: [
    "{account} cannot be used here.",
    "The treasury must not be the zero address, and a pay token must be a contract.",
    "Check the address and the network.",
  ],
  Market_NotEscrow: [
    "{caller} is not the escrow.",
    "Only the escrow reports to the market how a deal ended.",
    "Call the escrow instead.",
  ],
};

const REGISTRY: Record<string, Sentences> = {
  ModelRegistry_EmptyCard: [
    "The version has no card.",
    "The hash of its card is zero, or it does not say where the card is found.",
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
    "Only whoever holds the title publishes versions.",
    "Sign with the account that holds the title.",
  ],
  ModelRegistry_UnknownVersion: [
    "There is no version {versionId} with what was asked for.",
    "It was never published on this network, or it has no file.",
    "Check the version's number and the network.",
  ],
  ModelRegistry_TooManyVersions: [
    "Model {modelId} has all the versions it can have.",
    "A version's number has 16 bits.",
    "Create a new model for further versions.",
  ],
  ModelRegistry_AlreadyDefective: [
    "Version {versionId} was proven defective already, at {defectiveAt} (seconds since 1970).",
    "One proof is enough, and somebody else brought it.",
    "Nothing is left to prove; open deals can be refunded.",
  ],
  ModelRegistry_ChunkIsRight: [
    "Chunk {index} of version {versionId} is what was promised.",
    "The proof is sound, but the chunk decrypts to the content that the version commits to.",
    "Check the whole file locally before complaining about a chunk.",
  ],
};

const LICENSES: Record<string, Sentences> = {
  LicenseToken_NotMinter: [
    "{caller} may not issue licences.",
    "Only modules that the DAO has admitted issue licences.",
    "Buy through the market.",
  ],
  LicenseToken_NotIssuer: [
    "{caller} has no power over licence {licenseId}, which {issuer} issued.",
    "A licence obeys only the module that sold it.",
    "Call {issuer}.",
  ],
  LicenseToken_Soulbound: [
    "Licence {licenseId} cannot be given away.",
    "It was sold to stay with its holder.",
    "Buy a transferable licence where one is offered.",
  ],
  LicenseToken_Locked: [
    "Licence {licenseId} cannot move yet.",
    "The deal it was bought in is still open.",
    "Wait until the deal is settled.",
  ],
  LicenseToken_NotAContract: [
    "{module} is not a contract.",
    "Only a contract can issue licences.",
    "Check the address and the network.",
  ],
};

const LEDGER: Record<string, Sentences> = {
  RevenueLedger_Unbacked: [
    "The ledger would owe {owed} of {token} but holds {held}.",
    "Fewer tokens arrived than were to be credited: the token takes a fee on transfers, or was not sent.",
    "Use a pay token that arrives in full.",
  ],
  RevenueLedger_UnexpectedValue: [
    "{value} wei were sent with credits in a token.",
    "Native coin can only back credits in native coin.",
    "Send no value.",
  ],
  RevenueLedger_ZeroAccount: [
    "The zero address cannot be credited or paid.",
    "An account was left empty.",
    "Name the account.",
  ],
  RevenueLedger_InsufficientBalance: [
    "{account} has {balance} of {token} in the ledger and needs {needed}.",
    "More was asked for than was earned and not yet withdrawn.",
    "Ask for at most {balance}.",
  ],
  RevenueLedger_NothingToWithdraw: [
    "{account} has nothing of {token} to withdraw.",
    "Nothing was earned in this token, or it was withdrawn already.",
    "Read the balance first; 0x0000000000000000000000000000000000000000 stands for the native coin.",
  ],
  RevenueLedger_ReceiverRefused: [
    "{to} refused {amount} wei.",
    "It is a contract that cannot take native coin.",
    "Withdraw to another address with withdrawTo.",
  ],
};

const ESCROW: Record<string, Sentences> = {
  Escrow_NotOpener: [
    "{caller} cannot open a deal of {opener}.",
    "A deal is opened by the module it names.",
    "Buy through the market.",
  ],
  Escrow_DealExists: ["{opener} has opened deal {id} before.", "A deal's number is used once.", "Use another number."],
  Escrow_ZeroParty: ["A party of the deal is the zero address.", "An account was left empty.", "Name every party."],
  Escrow_WrongKey: [
    "The deal's key {keyX} is not that of version {versionId}.",
    "The version has no file to deliver, or its key was taken from elsewhere.",
    "Read the key from the registry.",
  ],
  Escrow_EmptyPad: [
    "The buyer's key or the pad is missing.",
    "Without them the seller could not deliver the key to this buyer alone.",
    "Make a fresh key and its pad, and send both with the order.",
  ],
  Escrow_WindowOutOfBounds: [
    "A window of {window} seconds is outside {minimum} to {maximum}.",
    "Windows are bounded, so that neither side can be kept waiting or rushed.",
    "Offer a window within the bounds.",
  ],
  Escrow_SharesTooHigh: [
    "The protocol's {protocolFeeBps} and the referrer's {referrerBps} basis points are above their bounds.",
    "The shares of a deal are bounded by constants.",
    "Lower the referrer's share.",
  ],
  Escrow_BondWithoutArbitrator: [
    "The arbitrator {arbitrator} and the bond {bond} do not belong together.",
    "A deal has a bond exactly when it has an arbitrator.",
    "Set both, or neither.",
  ],
  Escrow_BondExhausted: [
    "{payee} has {free} wei of free bond where a deal needs {needed}.",
    "The seller's bond is bound in other deals.",
    "The seller can add bond; the buyer can wait until deals close.",
  ],
  Escrow_WrongValue: [
    "{sent} wei were sent where {expected} were due.",
    "The deal calls for an exact value.",
    "Send exactly {expected} wei.",
  ],
  Escrow_UnknownDeal: [
    "The deal {id} of {opener} is not the one that was opened.",
    "A deal is kept as a hash, and one of the fields that came differs; or it is closed.",
    "Read the deal from the event that opened it.",
  ],
  Escrow_WrongStatus: [
    "Deal {id} is in state {actual}, which does not allow this.",
    "Each step of a deal follows from the one before.",
    "Read the deal's state and take the step it allows.",
  ],
  Escrow_NotParty: [
    "{caller} cannot do this in deal {id}.",
    "Only one party of the deal may.",
    "Sign with that party's account.",
  ],
  Escrow_TooLate: [
    "The time for this in deal {id} ended at {deadline} (seconds since 1970).",
    "The window of this step has passed.",
    "Take the step that follows when a window ends, such as a refund or the settlement.",
  ],
  Escrow_TooEarly: [
    "This may be done in deal {id} after {deadline} (seconds since 1970).",
    "The other side still has time.",
    "Wait until then.",
  ],
  Escrow_WrongScalar: [
    "The delivered number does not open deal {id}.",
    "It does not lead to the version's key with this buyer's pad.",
    "Compute it again from the version's key and the buyer's key of this very deal.",
  ],
  Escrow_VersionDefective: [
    "Version {versionId} was proven defective at {defectiveAt} (seconds since 1970).",
    "Its file is not what was promised.",
    "Ask for the refund; nobody can deliver this version.",
  ],
  Escrow_NotDefective: [
    "Version {versionId} does not count as defective for this deal ({defectiveAt}).",
    "No proof was brought in the deal's time.",
    "Prove the defect in the registry first, within the complaint window.",
  ],
  Escrow_NoArbitrator: [
    "Deal {id} has no arbitrator.",
    "The offer was sold without one.",
    "Only what can be proven on chain is refunded in this deal.",
  ],
  Escrow_HalfTooSmall: [
    "{sent} wei were sent; this party's half of the dispute costs {needed}.",
    "Both sides prepay the arbitrator's fee.",
    "Send at least {needed} wei.",
  ],
  Escrow_DisputeExists: [
    "The arbitrator {arbitrator} gave the number {disputeId} twice.",
    "An arbitrator must number its disputes apart.",
    "Do not choose this arbitrator for further offers.",
  ],
  Escrow_UnknownDispute: [
    "{arbitrator} has no dispute {disputeId} here.",
    "Only the deal's arbitrator may rule, on the dispute it opened.",
    "Check the dispute's number.",
  ],
  Escrow_RulingOutOfRange: [
    "There is no choice {ruling}.",
    "A dispute has two choices; 0 is no decision.",
    "Rule 0, 1 or 2.",
  ],
  Escrow_AlreadyRuled: ["Deal {id} was ruled on already: {ruling}.", "A ruling is final.", "Carry the ruling out."],
  Escrow_NotRuled: [
    "There is no ruling on deal {id} to carry out.",
    "The arbitrator has not decided.",
    "Wait for the ruling or its deadline.",
  ],
  Escrow_NotAConcession: [
    "An offer of {refund} is no concession in deal {id}, where {standing} stands.",
    "Before a ruling each side may only move towards the other.",
    "The licensee may lower the refund, the seller may raise it.",
  ],
  Escrow_UnexpectedCoin: [
    "The escrow takes no coin from {sender}.",
    "Coin that belongs to no deal could not be given back.",
    "Send value only with the call that needs it.",
  ],
};

const COURT: Record<string, Sentences> = {
  Panel_BadMembers: [
    "{arbiters} arbiters with a threshold of {threshold} cannot be a panel.",
    "The threshold must be a majority of a bounded number of arbiters.",
    "Choose a threshold above half.",
  ],
  Panel_BadArbiter: ["{arbiter} cannot be an arbiter.", "It is zero, or named twice.", "Name different accounts."],
  Panel_WrongFee: ["{sent} wei were sent; the panel's fee is {fee}.", "The fee is exact.", "Send {fee} wei."],
  Panel_BadChoices: [
    "A dispute cannot have {choices} choices.",
    "The number of choices is bounded.",
    "Offer two choices.",
  ],
  Panel_UnknownDispute: [
    "There is no dispute {disputeId}.",
    "It was never opened at this panel.",
    "Check the number and the panel's address.",
  ],
  Panel_AlreadyDecided: ["Dispute {disputeId} is over.", "A decision is final.", "Read the ruling."],
  Panel_NotArbiter: [
    "{caller} is not an arbiter of this panel.",
    "Only the panel's members vote.",
    "Sign with an arbiter's account.",
  ],
  Panel_AlreadyVoted: [
    "{arbiter} has voted in dispute {disputeId}.",
    "Each arbiter votes once.",
    "Wait for the others.",
  ],
  Panel_RulingOutOfRange: [
    "There is no choice {ruling} among {choices}.",
    "Choices are numbered from 0 (no decision).",
    "Vote for one of them.",
  ],
  Panel_TooLate: [
    "Votes in dispute {disputeId} ended at {voteBy} (seconds since 1970).",
    "The time for votes is over.",
    "Close the dispute.",
  ],
  Panel_TooEarly: [
    "Votes in dispute {disputeId} last until {voteBy} (seconds since 1970).",
    "Arbiters still have time.",
    "Wait until then.",
  ],
  Panel_NoFeeToReclaim: [
    "{caller} has no fee to reclaim for dispute {disputeId}.",
    "Only the contract that paid may have it back, once, and only without a decision.",
    "Read how the dispute ended.",
  ],
  Panel_FeeRefused: [
    "The fee of dispute {disputeId} could not be given back.",
    "The contract that paid it refuses native coin.",
    "That contract must accept the coin first.",
  ],
};

const PROOFS: Record<string, Sentences> = {
  ChaCha20_ChunkTooLong: [
    "A chunk of {length} bytes is too long.",
    "Files are cut into chunks of a fixed size.",
    "Bring one chunk of the file.",
  ],
  ContentComplaint_WrongKey: [
    "The key does not belong to the version (its point has x = {keyX}).",
    "It is not the secret of the key that the version commits to.",
    "Use the key that was delivered for this version.",
  ],
  ContentComplaint_IndexOutOfRange: [
    "The file has {count} chunks; there is no chunk {index}.",
    "Chunks are numbered from 0.",
    "Bring a chunk of the file.",
  ],
  ContentComplaint_WrongChunkLength: [
    "Chunk {index} has {expected} bytes, not {actual}.",
    "The chunk was cut at the wrong place.",
    "Cut the encrypted file as the version says.",
  ],
  ContentComplaint_NotInTree: [
    "The evidence is not chunk {index} under the root {root}.",
    "Its path does not lead to the version's root.",
    "Take chunk, hash and path from the published file of this version.",
  ],
};

const UPDATES: Record<string, Sentences> = {
  UpdateDesk_NotLicensee: [
    "{caller} may not use licence {licenseId} now.",
    "Updates are delivered to whoever may use the licence.",
    "Sign with the holder's account, or wait until its deal is settled.",
  ],
  UpdateDesk_NotAnUpdate: [
    "Licence {licenseId} does not cover version {versionId} as an update.",
    "The version is of another model, not later, or the licence was sold without updates.",
    "Buy a licence of that version.",
  ],
  UpdateDesk_VersionDefective: [
    "Version {versionId} was proven defective.",
    "Its file is not what was promised.",
    "Wait for the next version.",
  ],
  UpdateDesk_AlreadyRequested: [
    "Version {versionId} was asked for under licence {licenseId} already, in deal {dealId}.",
    "A licence gets each version once.",
    "Follow deal {dealId}.",
  ],
  UpdateDesk_NotEscrow: [
    "{caller} is not the escrow.",
    "Only the escrow reports how a deal ended.",
    "Call the escrow instead.",
  ],
};

const POWERS: Record<string, Sentences> = {
  AccessManagedUnauthorized: [
    "{caller} may not call this function.",
    "It belongs to a role of the Authority that the account does not hold.",
    "Print the table of permissions to see who may; most changes go through the timelock.",
  ],
  AccessManagedRequiredDelay: [
    "{caller} must announce this call {delay} seconds ahead.",
    "The role carries a delay, so that everybody sees a change coming.",
    "Schedule the call with the Authority and execute it later.",
  ],
  AccessManagedInvalidAuthority: [
    "{authority} cannot be the Authority.",
    "It is not a contract.",
    "Check the address.",
  ],
  AccessManagerAlreadyScheduled: [
    "The operation {operationId} is scheduled already.",
    "The same call waits for its time.",
    "Wait, or cancel it first.",
  ],
  AccessManagerBadConfirmation: [
    "A role can be renounced only by its holder.",
    "The confirming address is not the caller.",
    "Confirm with your own address.",
  ],
  AccessManagerExpired: [
    "The operation {operationId} came too late.",
    "A scheduled call expires when it is not executed in time.",
    "Schedule it again.",
  ],
  AccessManagerInvalidInitialAdmin: [
    "{initialAdmin} cannot be the first admin.",
    "It is the zero address.",
    "Name an account.",
  ],
  AccessManagerLockedFunction: [
    "The function {selector} cannot be given away.",
    "It protects the Authority itself.",
    "Choose another function.",
  ],
  AccessManagerLockedRole: [
    "Role {roleId} cannot be changed.",
    "It is the admin's or the public's.",
    "Choose another role.",
  ],
  AccessManagerNotReady: ["The operation {operationId} has to wait.", "Its delay has not passed.", "Execute it later."],
  AccessManagerNotScheduled: [
    "The operation {operationId} was never scheduled.",
    "A call under a delay must be announced first.",
    "Schedule it.",
  ],
  AccessManagerUnauthorizedAccount: [
    "{msgsender} does not hold role {roleId}.",
    "The function belongs to that role.",
    "Print the table of permissions.",
  ],
  AccessManagerUnauthorizedCall: [
    "{caller} may not call {selector} of {target}.",
    "The function belongs to a role the account does not hold.",
    "Print the table of permissions.",
  ],
  AccessManagerUnauthorizedCancel: [
    "{msgsender} may not cancel the call {selector} of {target} that {caller} scheduled.",
    "Only whoever scheduled it, the admin or a guardian may.",
    "Ask one of them.",
  ],
  AccessManagerUnauthorizedConsume: [
    "{target} may not use up a scheduled call.",
    "Only the called contract does.",
    "Execute it through the Authority.",
  ],
  AccessControlBadConfirmation: [
    "A role can be renounced only by its holder.",
    "The confirming address is not the caller.",
    "Confirm with your own address.",
  ],
  AccessControlUnauthorizedAccount: [
    "{account} does not hold the role {neededRole}.",
    "The timelock's functions belong to roles.",
    "Print the table of permissions.",
  ],
  TimelockInsufficientDelay: [
    "A delay of {delay} seconds is below the timelock's {minDelay}.",
    "Every change waits.",
    "Schedule with at least {minDelay}.",
  ],
  TimelockInvalidOperationLength: [
    "The operation names {targets} targets, {payloads} payloads and {values} values.",
    "Each call needs one of each.",
    "Send lists of equal length.",
  ],
  TimelockUnauthorizedCaller: [
    "{caller} may not change the timelock.",
    "Only the timelock changes itself.",
    "Schedule the change.",
  ],
  TimelockUnexecutedPredecessor: [
    "The operation {predecessorId} must be executed first.",
    "The order was fixed when it was scheduled.",
    "Execute it first.",
  ],
  TimelockUnexpectedOperationState: [
    "The operation {operationId} is not in a state that allows this ({expectedStates}).",
    "It is not scheduled, not ready, or done.",
    "Read its state from the timelock.",
  ],
};

const TOKENS: Record<string, Sentences> = {
  ERC20InsufficientAllowance: [
    "{spender} may spend {allowance} of the account's tokens and needs {needed}.",
    "The allowance is too small or was used up.",
    "Approve at least {needed} for {spender}, or buy with a permit.",
  ],
  ERC20InsufficientBalance: [
    "{sender} has {balance} of the pay token and needs {needed}.",
    "The account does not hold the price.",
    "Fetch more of the token first.",
  ],
  ERC20InvalidApprover: ["{approver} cannot approve.", "It is the zero address.", "Check the address."],
  ERC20InvalidReceiver: ["{receiver} cannot receive the token.", "It is the zero address.", "Check the address."],
  ERC20InvalidSender: ["{sender} cannot send the token.", "It is the zero address.", "Check the address."],
  ERC20InvalidSpender: ["{spender} cannot be allowed to spend.", "It is the zero address.", "Check the address."],
  ERC2612ExpiredSignature: [
    "The permit was valid until {deadline} (seconds since 1970).",
    "It was sent too late.",
    "Sign a new permit.",
  ],
  ERC2612InvalidSigner: [
    "The permit was signed by {signer}, not by {owner}.",
    "Its fields differ from what was signed.",
    "Sign a new permit.",
  ],
  ERC721IncorrectOwner: [
    "{sender} does not own token {tokenId}; {owner} does.",
    "It changed hands.",
    "Read the owner first.",
  ],
  ERC721InsufficientApproval: [
    "{operator} may not move token {tokenId}.",
    "Its owner has not approved this account.",
    "Let the owner approve, or sign with the owner's account.",
  ],
  ERC721InvalidApprover: ["{approver} cannot approve.", "It does not own the token.", "Sign with the owner's account."],
  ERC721InvalidOperator: ["{operator} cannot be an operator.", "It is the zero address.", "Check the address."],
  ERC721InvalidOwner: ["{owner} cannot own a token.", "It is the zero address.", "Check the address."],
  ERC721InvalidReceiver: [
    "{receiver} cannot receive the licence or title.",
    "It is the zero address, or a contract without the ERC-721 receiver hook; nothing was paid.",
    "Name an account that can hold ERC-721 tokens.",
  ],
  ERC721InvalidSender: ["{sender} cannot send the token.", "It is the zero address.", "Check the address."],
  ERC721NonexistentToken: [
    "There is no token {tokenId}.",
    "It was never issued, or it was refunded and burned.",
    "Check the number and the network.",
  ],
  SafeERC20FailedOperation: [
    "The token {token} did not carry out a transfer.",
    "It returned false: the account may be frozen, or the token paused.",
    "Check with the token's issuer, or pay in another token.",
  ],
};

const GENERAL: Record<string, Sentences> = {
  AddressEmptyCode: [
    "There is no contract at {target}.",
    "Nothing is deployed there.",
    "Check the address and the network.",
  ],
  FailedCall: [
    "A call to another contract failed without a reason.",
    "The called contract refused.",
    "Check the call's target and data.",
  ],
  InsufficientBalance: [
    "The contract holds {balance} wei and needs {needed}.",
    "It cannot pay more than it has.",
    "Send the value along.",
  ],
  InvalidAccountNonce: [
    "{account}'s next number is {currentNonce}.",
    "The signed request uses another one: it was sent before, or requests were mixed up.",
    "Sign again with {currentNonce}.",
  ],
  InvalidShortString: ["A short text is damaged.", "Its length does not fit.", "Report this as a fault."],
  StringTooLong: ["The text {str} is too long.", "It has to fit 31 bytes.", "Shorten it."],
  ReentrancyGuardReentrantCall: [
    "The contract was called again from within its own call.",
    "A token or receiver tried to call back before the first call was over.",
    "Do not use that token or receiver.",
  ],
  SafeCastOverflowedUintDowncast: [
    "{value} does not fit {bits} bits.",
    "The number is larger than its field.",
    "Use a smaller number.",
  ],
  ERC2771ForwarderExpiredRequest: [
    "The request was valid until {deadline} (seconds since 1970).",
    "It was sent too late.",
    "Sign a new request.",
  ],
  ERC2771ForwarderInvalidSigner: [
    "The request was signed by {signer}, not by {from}.",
    "Its fields differ from what was signed.",
    "Sign it again.",
  ],
  ERC2771ForwarderMismatchedValue: [
    "The requests need {requestedValue} wei; {msgValue} came.",
    "The values must add up.",
    "Send {requestedValue} wei.",
  ],
  ERC2771ForwarderNoRefundReceiver: [
    "Nobody is named for unused value.",
    "A batch that may fail in part needs a receiver.",
    "Name one.",
  ],
  ERC2771UntrustfulTarget: [
    "{target} does not trust the forwarder {forwarder}.",
    "It takes no forwarded requests.",
    "Call it directly.",
  ],
};

const EXCHANGE: Record<string, Sentences> = {
  Exchange_Expired: [
    "The deadline {deadline} has passed; it is {timestamp}.",
    "A trade may only run until the second its sender named.",
    "Quote again and send it with a later deadline.",
  ],
  Exchange_BadRecipient: [
    "{recipient} cannot receive this.",
    "What is sent to nobody or to the exchange itself would be lost.",
    "Name the account that shall have it.",
  ],
  Exchange_BadPair: [
    "{token0} and {token1} do not name a pool.",
    "A pool names two different tokens in ascending order; the native coin is the zero address and comes first.",
    "Put the lower address first.",
  ],
  Exchange_NoCode: [
    "There is no token at {token}.",
    "The address has no code on this chain, so nothing could be deposited.",
    "Check the address and the network.",
  ],
  Exchange_TierNotListed: [
    "Pools with a fee of {feeBps} basis points cannot be created.",
    "Only the fee tiers on the list can be used, and the DAO extends it by vote.",
    "Choose a listed tier: 1, 5, 30 and 100 basis points always are.",
  ],
  Exchange_TierOutOfRange: [
    "A fee tier of {feeBps} basis points cannot be listed.",
    "A tier is 1 to {maximumBps} basis points by constant.",
    "Propose a tier within that range.",
  ],
  Exchange_PoolExists: [
    "The pool {poolId} exists already.",
    "There is one pool for a pair and a tier, and somebody created it.",
    "Use the pool as it is.",
  ],
  Exchange_PoolEmpty: [
    "The pool {poolId} holds nothing.",
    "It was never created, or nobody has deposited yet.",
    "Choose another tier or path, or make the first deposit.",
  ],
  Exchange_PathEmpty: [
    "The path has no hop.",
    "A swap crosses at least one pool.",
    "Name the tokens and tiers to cross, or let the SDK find a route.",
  ],
  Exchange_PoolRepeated: [
    "The path crosses the pool {poolId} twice.",
    "A second crossing would meet a price that the first one moved, and no quote would hold.",
    "Choose a path whose pools differ.",
  ],
  Exchange_ZeroAmount: [
    "The amount is nothing, or buys nothing.",
    "Nothing arrived, or what arrived is worth less than one unit of what it buys.",
    "Trade a larger amount.",
  ],
  Exchange_ReserveOverflow: [
    "The pool {poolId} cannot take {amount} more.",
    "A reserve stays below 2^112 units.",
    "Trade or deposit less, or split it over pools.",
  ],
  Exchange_OutputAboveReserve: [
    "The pool {poolId} cannot pay {amountOut}: it holds {reserve}.",
    "A pool never pays its last unit.",
    "Ask for less, or choose a deeper pool.",
  ],
  Exchange_OutputBelowBound: [
    "The swap would pay {amountOut}, less than the {minimum} asked for.",
    "The price moved between the quote and the transaction.",
    "Quote again, and accept a lower bound only if the new price is fair.",
  ],
  Exchange_InputAboveBound: [
    "The swap would cost {amountIn}, more than the {maximum} allowed.",
    "The price moved between the quote and the transaction.",
    "Quote again, and allow more only if the new price is fair.",
  ],
  Exchange_SharesBelowBound: [
    "The deposit would mint {shares} shares, and {minimum} are asked for.",
    "The price moved, or the deposit is too small to be worth a share.",
    "Quote again or deposit more; a pool's first deposit must be worth more than 1,000 shares.",
  ],
  Exchange_AmountBelowBound: [
    "The withdrawal would pay {amount} of {token}, less than the {minimum} asked for.",
    "The pool's price moved between the quote and the transaction.",
    "Quote again and set the bounds anew.",
  ],
  Exchange_TokenTookFee: [
    "{received} of {token} arrived where {expected} were due.",
    "The token takes a part of what is sent, or moved less than it said.",
    "Use an exact-in swap, which counts what arrives, or another token.",
  ],
  Exchange_WrongValue: [
    "The transaction carries {value} of native coin and should carry {expected}.",
    "Native coin is paid with the call, exactly; a token is paid by allowance, without any.",
    "Send exactly the amount expected.",
  ],
  Exchange_NativeNotAccepted: [
    "The native coin cannot be used here.",
    "Flash loans are of tokens, and the price of a flash swap is pulled, which native coin cannot be.",
    "Use a token, for instance the wrapped coin.",
  ],
  Exchange_NativeTransferFailed: [
    "{recipient} refused {amount} of native coin.",
    "The recipient is a contract that does not accept it.",
    "Name another recipient.",
  ],
  Exchange_TokenNotInPool: [
    "{token} is not one of the pool's tokens.",
    "A one-sided deposit is made in a token of the pool.",
    "Deposit one of the two, or swap first.",
  ],
  Exchange_NothingToPay: [
    "There is nothing of {token} to pay out.",
    "No claim or fee is open in this token, or it was paid already.",
    "Check the balance before calling.",
  ],
  Exchange_CallbackRefused: [
    "{receiver} did not accept the loan.",
    "Its callback did not return what ERC-3156 asks for.",
    "Name a receiver that implements ERC-3156 and agrees to this loan.",
  ],
  Exchange_LoanAboveBalance: [
    "{amount} of {token} cannot be lent: there are {available}.",
    "A loan is at most what the exchange holds of the token.",
    "Borrow less.",
  ],
  Exchange_LoanNotRepaid: [
    "The exchange holds {balance} of {token} after the loan and should hold {expected}.",
    "The token took something from the exchange that the borrower did not return.",
    "Do not borrow this token.",
  ],
  Exchange_WindowOutOfRange: [
    "A window of {window} seconds is outside {minimum} to {maximum}.",
    "The oracle answers for five minutes to one day.",
    "Choose a window within that range.",
  ],
  Exchange_HistoryTooShort: [
    "The pool {poolId} has {available} seconds of history, and {window} are asked for.",
    "Its first deposit was more recent than the window is long.",
    "Wait, or ask for a shorter window.",
  ],
  Exchange_SettingAboveMaximum: [
    "{value} is above the maximum of {maximum}.",
    "The setting is bounded by a constant that no vote changes.",
    "Propose a value within the bound.",
  ],
  Exchange_ZeroAddress: [
    "The treasury cannot be nobody.",
    "What the protocol earns would be lost.",
    "Name an account that can receive it.",
  ],
  Exchange_DepositsPaused: [
    "New deposits are paused until {until}.",
    "The guardian has paused them; swaps, withdrawals and claims go on.",
    "Deposit after that time: the pause ends by itself.",
  ],
  Exchange_PauseTooSoon: [
    "Deposits cannot be paused again before {allowedAt}.",
    "They may be paused for 7 days in any 60.",
    "Wait until then.",
  ],
  ERC6909InsufficientBalance: [
    "{sender} holds {balance} shares of the pool {id}, and {needed} are needed.",
    "Shares can be withdrawn or sent only by whoever holds them.",
    "Use at most what the account holds.",
  ],
  ERC6909InsufficientAllowance: [
    "{spender} may move {allowance} shares of the pool {id}, and {needed} are needed.",
    "The holder allowed less, or nothing.",
    "Ask the holder to approve the amount.",
  ],
  ERC6909InvalidApprover: [
    "{approver} cannot approve shares.",
    "The zero address owns nothing.",
    "Approve from the account that holds the shares.",
  ],
  ERC6909InvalidReceiver: [
    "{receiver} cannot receive shares.",
    "Shares sent to the zero address would be lost.",
    "Name the account that shall have them.",
  ],
  ERC6909InvalidSender: [
    "{sender} cannot send shares.",
    "The zero address owns nothing.",
    "Send from the account that holds the shares.",
  ],
  ERC6909InvalidSpender: [
    "{spender} cannot be allowed to move shares.",
    "The zero address can do nothing.",
    "Name the account that shall move them.",
  ],
};

/** The custom errors by the part of the protocol that raises them, in the order of the documentation. */
export const contractErrorGroups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Market: entries(MARKET),
  "Model registry": entries(REGISTRY),
  Licences: entries(LICENSES),
  "Revenue ledger": entries(LEDGER),
  Escrow: entries(ESCROW),
  Updates: entries(UPDATES),
  Proofs: entries(PROOFS),
  Exchange: entries(EXCHANGE),
  Panel: entries(COURT),
  Powers: entries(POWERS),
  Tokens: entries(TOKENS),
  General: entries(GENERAL),
};

/** The entry of each custom error, by its name. */
export const contractErrors: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(contractErrorGroups));

function entries(sentences: Record<string, Sentences>): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(sentences).map(([name, [message, cause, cure]]) => [name, { message, cause, cure }]),
  );
}
