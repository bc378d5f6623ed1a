import type { ContractSentences } from "../../base/template";

/** What the exchange refuses. */
export const exchangeSentences = {
  Exchange_Expired: [
    "The call was good until {deadline:time}; it is {timestamp:time} now.",
    "It was mined too late, and the price may have moved.",
    "Ask for a new quote and send again.",
  ],
  Exchange_BadRecipient: [
    "{recipient} cannot receive.",
    "It is the zero address or the exchange itself.",
    "Name your own account.",
  ],
  Exchange_BadPair: [
    "{token0} and {token1} cannot be a pool.",
    "A pool has two different tokens, the smaller address first.",
    "Sort the tokens by address.",
  ],
  Exchange_NoCode: [
    "There is no token at {token}.",
    "Nothing is deployed there.",
    "Check the address and the network.",
  ],
  Exchange_TierNotListed: [
    "A fee of {feeBps} is not offered.",
    "Pools can be created only with the listed fees.",
    "Choose a listed fee.",
  ],
  Exchange_TierOutOfRange: [
    "A fee of {feeBps} is above {maximumBps}.",
    "The bound is a constant of the contract.",
    "Propose a lower fee.",
  ],
  Exchange_PoolExists: [
    "The pool {poolId} exists already.",
    "There is one pool for each pair and fee.",
    "Add liquidity to it.",
  ],
  Exchange_PoolEmpty: [
    "The pool {poolId} has no liquidity.",
    "Nobody has added any, or it was never created.",
    "Choose another pool, or add liquidity first.",
  ],
  Exchange_PathEmpty: ["The path names no pool.", "A swap goes through one pool at least.", "Name the pools in order."],
  Exchange_PoolRepeated: [
    "The path goes through pool {poolId} twice.",
    "A swap may use a pool once.",
    "Choose another path.",
  ],
  Exchange_ZeroAmount: [
    "The amount is zero, or so small that nothing would come out.",
    "Amounts are rounded down.",
    "Use a larger amount.",
  ],
  Exchange_ReserveOverflow: [
    "Pool {poolId} cannot hold {amount} of a token's smallest unit.",
    "Its reserves have a bounded size.",
    "Use a smaller amount.",
  ],
  Exchange_OutputAboveReserve: [
    "Pool {poolId} cannot give {amountOut}; it holds {reserve}, in the token's smallest unit.",
    "The swap asks for more than the pool has.",
    "Ask for less, or use a deeper pool.",
  ],
  Exchange_OutputBelowBound: [
    "The swap would give {amountOut}, below the bound of {minimum}, in the token's smallest unit.",
    "The price moved since the quote.",
    "Ask for a new quote; nothing was paid.",
  ],
  Exchange_InputAboveBound: [
    "The swap would cost {amountIn}, above the bound of {maximum}, in the token's smallest unit.",
    "The price moved since the quote.",
    "Ask for a new quote; nothing was paid.",
  ],
  Exchange_SharesBelowBound: [
    "The deposit would give {shares} shares, below the bound of {minimum}.",
    "The pool moved since the quote, or this is its first and too small deposit.",
    "Ask for a new quote.",
  ],
  Exchange_AmountBelowBound: [
    "{amount} of {token} is below the bound of {minimum}, in its smallest unit.",
    "The pool moved since the quote.",
    "Ask for a new quote.",
  ],
  Exchange_TokenTookFee: [
    "{received} of {token} arrived where {expected} were expected, in its smallest unit.",
    "The token takes a fee on transfers, and this call would misprice it.",
    "Use the call for an exact input, or another token.",
  ],
  Exchange_WrongValue: [
    "{value:coin} was sent where {expected:coin} was due.",
    "The native coin must be sent exactly.",
    "Send exactly {expected:coin}.",
  ],
  Exchange_NativeNotAccepted: [
    "Native coin was sent where none is taken.",
    "The exchange accepts it only as part of a call that needs it.",
    "Send no value.",
  ],
  Exchange_NativeTransferFailed: [
    "{recipient} refused {amount:coin}.",
    "It is a contract that cannot take native coin.",
    "Name another recipient.",
  ],
  Exchange_TokenNotInPool: [
    "{token} is in none of the pools that were named.",
    "The path does not fit the token.",
    "Choose pools that hold it.",
  ],
  Exchange_NothingToPay: [
    "There is nothing of {token} to pay out.",
    "No fee was collected in it.",
    "Wait until there is.",
  ],
  Exchange_CallbackRefused: [
    "{receiver} did not accept the loan.",
    "Its callback did not return the value of ERC-3156.",
    "Correct the borrowing contract.",
  ],
  Exchange_LoanAboveBalance: [
    "{amount} of {token} cannot be lent; {available} can, in its smallest unit.",
    "A loan is bounded by what is here.",
    "Borrow less.",
  ],
  Exchange_LoanNotRepaid: [
    "{balance} of {token} is here after the loan; {expected} must be, in its smallest unit.",
    "The borrower did not repay the loan and its fee.",
    "Approve loan and fee for the exchange in the callback.",
  ],
  Exchange_WindowOutOfRange: [
    "A window of {window} seconds is outside {minimum} to {maximum}.",
    "The oracle answers only over windows that cannot be moved cheaply.",
    "Choose a window within the bounds.",
  ],
  Exchange_HistoryTooShort: [
    "Pool {poolId} knows {available} seconds of prices, not {window}.",
    "It is too new, or has not been used for long enough.",
    "Choose a shorter window, or wait.",
  ],
  Exchange_SettingAboveMaximum: [
    "{value} is above the bound of {maximum}.",
    "The bound is a constant of the contract.",
    "Propose at most {maximum}.",
  ],
  Exchange_DepositsPaused: [
    "Deposits are paused until {until:time}.",
    "The guardian has paused them; swaps and withdrawals continue.",
    "Try again then.",
  ],
} as const satisfies ContractSentences;
