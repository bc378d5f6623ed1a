import type { ContractSentences } from "../../base/template";

/** What the ledger refuses. */
export const ledgerSentences = {
  RevenueLedger_Unbacked: [
    "The ledger would owe {owed} of {token} but holds {held}.",
    "Fewer tokens arrived than were to be credited: the token takes a fee on transfers, or was not sent.",
    "Use a pay token that arrives in full.",
  ],
  RevenueLedger_UnexpectedValue: [
    "{value:coin} was sent with credits in a token.",
    "Native coin can only back credits in native coin.",
    "Send no value.",
  ],
  RevenueLedger_ZeroAccount: [
    "The zero address cannot be credited or paid.",
    "An account is missing.",
    "Name the account.",
  ],
  RevenueLedger_InsufficientBalance: [
    "{account} has {balance} of {token} in the ledger and needs {needed}, in its smallest unit.",
    "The amount is more than was earned and not yet withdrawn.",
    "Ask for at most {balance}.",
  ],
  RevenueLedger_NothingToWithdraw: [
    "{account} has nothing of {token} to withdraw.",
    "Nothing was earned in this token, or it was withdrawn already.",
    "Read the balance first; 0x0000000000000000000000000000000000000000 means the native coin.",
  ],
  RevenueLedger_ReceiverRefused: [
    "{to} refused {amount:coin}.",
    "It is a contract that cannot take native coin.",
    "Withdraw to another address with withdrawTo.",
  ],
} as const satisfies ContractSentences;
