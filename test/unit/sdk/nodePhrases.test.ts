import { expect } from "chai";
import { makeError } from "ethers";

import { decodeError, refusalOf, TRANSACTION_PHRASES, type TransactionRefusal } from "../../../sdk/src/errors";

/** Whole messages as the clients send them, with the figures that they put in. */
const SAID: readonly [client: string, message: string, refusal: TransactionRefusal, code: string][] = [
  ["geth", "already known", "known", "TRANSACTION_KNOWN"],
  ["geth", "nonce too low: next nonce 5, tx nonce 3", "nonceUsed", "NONCE_EXPIRED"],
  ["geth", "nonce too low: address 0x01, tx: 3 state: 5", "nonceUsed", "NONCE_EXPIRED"],
  ["geth", "nonce too high: address 0x01, tx: 9 state: 5", "nonceTooHigh", "NONCE_TOO_HIGH"],
  ["geth", "replacement transaction underpriced: new tx gas fee cap 1", "replacement", "REPLACEMENT_UNDERPRICED"],
  ["geth", "transaction underpriced: gas tip cap 1, minimum needed 1000000", "feeTooLow", "FEE_TOO_LOW"],
  [
    "geth",
    "max fee per gas less than block base fee: address 0x01, maxFeePerGas: 1, baseFee: 7",
    "feeTooLow",
    "FEE_TOO_LOW",
  ],
  [
    "geth",
    "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000",
    "insufficientFunds",
    "INSUFFICIENT_FUNDS",
  ],
  ["geth", "insufficient balance for transfer", "insufficientFunds", "INSUFFICIENT_FUNDS"],
  ["geth", "intrinsic gas too low: gas 20000, minimum needed 21000", "gasTooLow", "GAS_LIMIT_TOO_LOW"],
  ["geth", "exceeds block gas limit", "gasTooHigh", "GAS_LIMIT_TOO_HIGH"],
  ["geth", "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", "feeTooHigh", "FEE_ABOVE_NODE_CAP"],
  ["geth", "txpool is full", "later", "POOL_FULL"],
  ["geth", "in-flight transaction limit reached for delegated accounts", "later", "POOL_FULL"],
  ["Nethermind", "AlreadyKnown", "known", "TRANSACTION_KNOWN"],
  ["Nethermind", "OldNonce, Current nonce: 5, nonce of rejected tx: 3", "nonceUsed", "NONCE_EXPIRED"],
  ["Nethermind", "OwnNonceAlreadyUsed", "nonceUsed", "NONCE_EXPIRED"],
  ["Nethermind", "NonceGap, Future nonce. Expected nonce: 5", "nonceTooHigh", "NONCE_TOO_HIGH"],
  ["Nethermind", "ReplacementNotAllowed, existing tx", "replacement", "REPLACEMENT_UNDERPRICED"],
  ["Nethermind", "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 0, BaseFee: 7", "feeTooLow", "FEE_TOO_LOW"],
  ["Nethermind", "FeeTooLowToCompete", "later", "POOL_FULL"],
  [
    "Nethermind",
    "InsufficientFunds, Account balance: 0, cumulative cost: 1",
    "insufficientFunds",
    "INSUFFICIENT_FUNDS",
  ],
  ["Nethermind", "GasLimitExceeded, Gas limit: 9, gas limit of rejected tx: 10", "gasTooHigh", "GAS_LIMIT_TOO_HIGH"],
  ["Besu", "Known transaction", "known", "TRANSACTION_KNOWN"],
  ["Besu", "Nonce too low", "nonceUsed", "NONCE_EXPIRED"],
  ["Besu", "Transaction nonce is too distant from current sender nonce", "nonceTooHigh", "NONCE_TOO_HIGH"],
  ["Besu", "Replacement transaction underpriced", "replacement", "REPLACEMENT_UNDERPRICED"],
  ["Besu", "Gas price below configured minimum gas price", "feeTooLow", "FEE_TOO_LOW"],
  ["Besu", "Gas price below current base fee", "feeTooLow", "FEE_TOO_LOW"],
  ["Besu", "Upfront cost exceeds account balance", "insufficientFunds", "INSUFFICIENT_FUNDS"],
  ["Besu", "Intrinsic gas exceeds gas limit", "gasTooLow", "GAS_LIMIT_TOO_LOW"],
  ["Besu", "Transaction gas limit exceeds block gas limit", "gasTooHigh", "GAS_LIMIT_TOO_HIGH"],
  ["Besu", "Transaction fee cap exceeded", "feeTooHigh", "FEE_ABOVE_NODE_CAP"],
  ["Besu", "Initial sync is still in progress", "later", "POOL_FULL"],
  ["Erigon", "INTERNAL_ERROR: existing tx with same hash", "known", "TRANSACTION_KNOWN"],
  ["Erigon", "existing txn with same hash", "known", "TRANSACTION_KNOWN"],
  ["Erigon", "could not replace existing tx", "replacement", "REPLACEMENT_UNDERPRICED"],
  ["Erigon", "underpriced", "feeTooLow", "FEE_TOO_LOW"],
  ["Erigon", "fee too low", "feeTooLow", "FEE_TOO_LOW"],
  ["Erigon", "IntrinsicGas", "gasTooLow", "GAS_LIMIT_TOO_LOW"],
  ["Erigon", "baseFee sub-pool is full", "later", "POOL_FULL"],
  ["Erigon", "insufficient funds", "insufficientFunds", "INSUFFICIENT_FUNDS"],
  ["Erigon", "mined", "nonceUsed", "NONCE_EXPIRED"],
  ["reth", "already known", "known", "TRANSACTION_KNOWN"],
  ["reth", "nonce too low: next nonce 5, tx nonce 3", "nonceUsed", "NONCE_EXPIRED"],
  ["reth", "insufficient funds for gas * price + value: have 0 want 21000", "insufficientFunds", "INSUFFICIENT_FUNDS"],
  ["reth", "gas limit too high", "gasTooHigh", "GAS_LIMIT_TOO_HIGH"],
  ["anvil", "transaction already imported", "known", "TRANSACTION_KNOWN"],
  ["anvil", "replacement transaction underpriced", "replacement", "REPLACEMENT_UNDERPRICED"],
  ["anvil", "Insufficient funds for gas * price + value", "insufficientFunds", "INSUFFICIENT_FUNDS"],
  ["anvil", "max fee per gas less than block base fee", "feeTooLow", "FEE_TOO_LOW"],
  ["Hardhat", "Known transaction: 0x1234", "known", "TRANSACTION_KNOWN"],
  ["Hardhat", "Nonce too low. Expected nonce to be 5 but got 3.", "nonceUsed", "NONCE_EXPIRED"],
  [
    "Hardhat",
    "Nonce too high. Expected nonce to be 5 but got 9. Note that transactions can't be queued when automining.",
    "nonceTooHigh",
    "NONCE_TOO_HIGH",
  ],
  [
    "Hardhat",
    "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary",
    "replacement",
    "REPLACEMENT_UNDERPRICED",
  ],
  [
    "Hardhat",
    "Sender doesn't have enough funds to send tx. The max upfront cost is: 2 and the sender's balance is: 1.",
    "insufficientFunds",
    "INSUFFICIENT_FUNDS",
  ],
  [
    "Hardhat",
    "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7",
    "feeTooLow",
    "FEE_TOO_LOW",
  ],
  ["Hardhat", "Transaction requires at least 21064 gas but got 21000", "gasTooLow", "GAS_LIMIT_TOO_LOW"],
];

describe("What nodes say of a transaction", () => {
  for (const [client, message, refusal, code] of SAID) {
    // claim(attacks#command-line-package-and-sellers-agent): a refusal worded by another node client, taken for a
    //   failure
    it(`understands ${client}: ${message}`, () => {
      expect(refusalOf(new Error(message))).to.equal(refusal);
      // as ethers hands on what it does not know
      const wrapped = makeError("could not coalesce error", "UNKNOWN_ERROR", {
        error: { code: -32_000, message },
      } as never);
      expect(refusalOf(wrapped)).to.equal(refusal);
      expect(decodeError(wrapped).code).to.equal(code);
    });
  }

  it("has a whole message of every client that the table names first, and of every kind", () => {
    const kinds = new Set(TRANSACTION_PHRASES.map(({ refusal }) => refusal));
    expect(new Set(SAID.map(([, , refusal]) => refusal))).to.deep.equal(kinds);
    for (const client of ["geth", "Nethermind", "Besu", "Erigon", "reth", "anvil", "Hardhat"]) {
      expect(
        TRANSACTION_PHRASES.some(({ clients }) => clients.includes(client)),
        client,
      ).to.equal(true);
    }
  });

  it("believes the node, whose words are innermost, and not what a library or a proxy made of them", () => {
    const node = { code: -32_000, message: "replacement transaction underpriced" };
    const proxy = Object.assign(new Error("insufficient funds"), { error: node });
    expect(refusalOf(proxy)).to.equal("replacement");
    expect(refusalOf(Object.assign(new Error("nonce too low"), { info: { error: proxy } }))).to.equal("replacement");
    // and a library's own code only where nobody said anything
    const coded = makeError("no", "INSUFFICIENT_FUNDS", { transaction: {} as never });
    expect(refusalOf(coded)).to.equal("insufficientFunds");
    expect(refusalOf(Object.assign(coded, { info: { error: node } }))).to.equal("replacement");
  });

  it("takes no contract's own words for the pool's", () => {
    for (const message of [
      "execution reverted: insufficient funds",
      "VM Exception while processing transaction: reverted with reason string 'insufficient balance for transfer'",
      "Error: the contract is determined",
      "the block was mined late",
    ]) {
      expect(refusalOf(new Error(message)), message).to.equal(undefined);
    }
  });
});
