import type { ContractSentences } from "../base/template";

/** What parts that several contracts share, tokens, and the libraries beneath the contracts refuse. */
export const standardSentences = {
  BoundedPause_TooLong: [
    "A pause of {duration} seconds is longer than {maximum}.",
    "The guardian may pause only briefly.",
    "Pause for at most {maximum} seconds.",
  ],
  BoundedPause_TooSoon: [
    "The next pause may start at {notBefore:time}.",
    "The pauses of one mandate must be far apart, so that nothing stays closed.",
    "Wait, or let the DAO decide.",
  ],
  TreasuryPointer_ZeroAddress: [
    "The treasury cannot be the zero address.",
    "What is paid to it would be lost.",
    "Name the account that receives the protocol's part.",
  ],
  ERC20InsufficientAllowance: [
    "{spender} may spend {allowance} of the account's tokens and needs {needed}, in their smallest unit.",
    "The allowance is too small or was used up.",
    "Approve at least {needed} for {spender}, or buy with a permit.",
  ],
  ERC20InsufficientBalance: [
    "{sender} has {balance} of the pay token and needs {needed}, in its smallest unit.",
    "The account does not hold the price.",
    "Fetch more of the token first.",
  ],
  ERC20InvalidApprover: ["{approver} cannot approve.", "It is the zero address.", "Check the address."],
  ERC20InvalidReceiver: ["{receiver} cannot receive the token.", "It is the zero address.", "Check the address."],
  ERC20InvalidSender: ["{sender} cannot send the token.", "It is the zero address.", "Check the address."],
  ERC20InvalidSpender: ["{spender} cannot be allowed to spend.", "It is the zero address.", "Check the address."],
  ERC2612ExpiredSignature: [
    "The permit was valid until {deadline:time}.",
    "It was sent too late.",
    "Sign a new permit.",
  ],
  ERC2612InvalidSigner: [
    "The permit was signed by {signer}, not by {owner}.",
    "Its fields differ from what was signed.",
    "Sign a new permit.",
  ],
  ERC6909InsufficientAllowance: [
    "{spender} may move {allowance} of pool share {id} and needs {needed}.",
    "The allowance is too small.",
    "Approve at least {needed}, or make it an operator.",
  ],
  ERC6909InsufficientBalance: [
    "{sender} has {balance} of pool share {id} and needs {needed}.",
    "The account does not hold as much.",
    "Use at most {balance}.",
  ],
  ERC6909InvalidApprover: ["{approver} cannot approve.", "It is the zero address.", "Check the address."],
  ERC6909InvalidReceiver: ["{receiver} cannot receive shares.", "It is the zero address.", "Check the address."],
  ERC6909InvalidSender: ["{sender} cannot send shares.", "It is the zero address.", "Check the address."],
  ERC6909InvalidSpender: [
    "{spender} cannot be allowed to move shares.",
    "It is the zero address.",
    "Check the address.",
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
    "It is the zero address, or has code without the ERC-721 receiver hook (a contract, or an account delegated by EIP-7702); nothing was paid.",
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
  ECDSAInvalidSignature: ["The signature is not valid.", "No account could have made it.", "Sign again."],
  ECDSAInvalidSignatureLength: [
    "A signature of {length} bytes is not valid.",
    "It has 65 bytes.",
    "Sign again with a common wallet.",
  ],
  ECDSAInvalidSignatureS: [
    "The signature is not in its one accepted form ({s}).",
    "A second form of the same signature is refused everywhere.",
    "Sign again with a common wallet.",
  ],
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
    "The contract holds {balance:coin} and needs {needed:coin}.",
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
    "The request was valid until {deadline:time}.",
    "It was sent too late.",
    "Sign a new request.",
  ],
  ERC2771ForwarderInvalidSigner: [
    "The request was signed by {signer}, not by {from}.",
    "Its fields differ from what was signed, or the signature is not of 65 bytes.",
    "Sign it again.",
  ],
  ERC2771ForwarderMismatchedValue: [
    "The requests need {requestedValue:coin}; {msgValue:coin} came.",
    "The values must add up.",
    "Send {requestedValue:coin}.",
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
} as const satisfies ContractSentences;
