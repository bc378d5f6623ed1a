import { expect } from "chai";
import { AbiCoder, id, makeError } from "ethers";

import { readRefusalOf, type ReadRefusal } from "../../../sdk/src/chain";
import { decodeError } from "../../../sdk/src/errors";

/** What nodes and providers answer, with the code that comes with it, and what it means. */
const SAID: readonly [string, number, string, ReadRefusal][] = [
  ["geth", -32_602, "block range extends beyond current head block", "behind"],
  ["geth, for a call", -32_000, "header not found", "behind"],
  ["reth", -32_602, "block range exceeds current head block", "behind"],
  ["reth, for a call", -32_001, "block not found: 0x12d687", "behind"],
  ["Besu", -32_000, "Block not found", "behind"],
  ["Nethermind", -32_001, "Block 1234 could not be found.", "behind"],
  [
    "Erigon",
    -32_000,
    "One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found.",
    "behind",
  ],
  ["anvil", -32_602, "BlockOutOfRangeError: block height is 5 but requested was 10", "behind"],
  ["Hardhat", -32_000, "Received invalid block tag 99. Latest block number is 12. larger than current block", "behind"],
  ["Avalanche", -32_000, "requested from block 99 after last accepted block 12", "behind"],

  ["Infura", -32_005, "query returned more than 10000 results. Try with this block range [0x1, 0x9].", "too-much"],
  [
    "Alchemy",
    -32_602,
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the " +
      "response size, or you can request any block range with a cap of 10K logs in the response. Based on your " +
      "parameters and the response size limit, this block range should work: [0xc5dc00, 0xc614a7]",
    "too-much",
  ],
  [
    "Alchemy, without a plan",
    -32_600,
    "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
    "too-much",
  ],
  ["Alchemy, slowly", -32_000, "Query timeout exceeded. Consider reducing your block range.", "too-much"],
  ["QuickNode", -32_614, "eth_getLogs is limited to a 10,000 range", "too-much"],
  ["reth", -32_602, "query exceeds max block range 100000", "too-much"],
  ["reth, by results", -32_602, "query exceeds max results 20000, retry with the range 1-2", "too-much"],
  ["Nethermind", -32_005, "Too many logs requested. Max logs per response is 20000.", "too-much"],
  ["Besu", -32_005, "Requested range exceeds maximum RPC range limit", "too-much"],
  ["Erigon", -32_000, "block range greater than max allowed: 10000", "too-much"],
  ["BNB Smart Chain", -32_000, "exceed maximum block range: 50000", "too-much"],
  ["Ankr", -32_600, "block range is too wide", "too-much"],
  ["Avalanche", -32_000, "requested too many blocks from 0 to 5000, maximum is set to 2048", "too-much"],
  ["Chainstack", -32_000, "Block range limit exceeded. See more details in the documentation", "too-much"],
  [
    "Cloudflare",
    -32_047,
    "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
    "too-much",
  ],
  ["Scroll", -32_000, "block range is bigger than maxBlockRange", "too-much"],
  ["dRPC", 35, "ranges over 10000 blocks are not supported on freetier: block range too large", "too-much"],
  ["1RPC", -32_000, "Please, specify less blocks range", "too-much"],
  ["proxyd", -32_020, "backend response too large", "too-much"],
  ["BlastAPI", -32_000, "Response size should not exceed 10000000 bytes", "too-much"],
  ["Alchemy, older", -32_602, "Response size is larger than 150MB limit.", "too-much"],
  ["BNB Smart Chain, by size", -32_000, "response size limit exceeded", "too-much"],
  ["LlamaRPC", -32_000, "eth_getLogs request exceeded max allowed range of 1000", "too-much"],
  ["zkSync", -32_602, "Query returned more than 10000 results. Try with this block range [0x1, 0x2].", "too-much"],
  ["Moonbeam", -32_603, "query returned more than 10000 results", "too-much"],
  ["1RPC, in ranges", -32_602, "eth_getLogs is limited to 0 - 10000 blocks range", "too-much"],
  ["publicnode", -32_701, "exceed maximum block range: 50000", "too-much"],
  ["Ankr, for free", -32_000, "Block range is too large", "too-much"],
  ["Polygon", -32_000, "invalid argument: exceeds maximum block range of 500 blocks", "too-much"],
  ["Klaytn", -32_000, "block distance is over the limit", "too-much"],
  ["Aurora", -32_000, "The difference between fromBlock and toBlock must be less than 2000", "too-much"],
  ["a gateway", -32_000, "fromBlock and toBlock must be within 1000 blocks", "too-much"],
  ["a gateway, by events", -32_000, "more than 10000 logs", "too-much"],
  ["Harmony", -32_000, "query must be smaller than size 1024: reduce the block range", "too-much"],
  ["GetBlock", -32_000, "too many blocks, max is 2000", "too-much"],
  ["Fantom", -32_000, "logs matched by query exceeds limit of 10000", "too-much"],

  ["Infura", -32_005, "project ID request rate exceeded", "later"],
  ["Infura, for a day", -32_005, "daily request count exceeded, request rate limited", "later"],
  ["Alchemy", 429, "Your app has exceeded its compute units per second capacity.", "later"],
  ["QuickNode", -32_007, "15/second request limit reached - reduce calls per second or upgrade your account", "later"],
  ["MetaMask", -32_005, "Request limit exceeded.", "unclear"],
  ["BNB Smart Chain", -32_005, "limit exceeded", "unclear"],
  ["EIP-1474", -32_005, "Limit exceeded", "unclear"],
  ["proxyd", -32_016, "over rate limit", "later"],
  ["proxyd, without nodes", -32_011, "no backends available for method", "later"],
  ["LlamaRPC", -32_000, "call rate limit exhausted, retry in 10s", "later"],
  ["a public endpoint", -32_000, "Too Many Requests, please try again later", "later"],
  ["a code alone", -32_005, "sorry", "unclear"],
  ["a rate limit's code alone", -32_016, "sorry", "later"],

  ["geth", -32_600, "batch too large", "batch"],
  ["Erigon", -32_000, "batch limit 100 exceeded (can increase by --rpc.batch.limit)", "batch"],
  ["proxyd", -32_014, "too many RPC calls in batch request", "batch"],
  ["dRPC", -32_600, "Batch of more than 3 requests are not allowed on free tier", "batch"],
  ["a gateway", -32_600, "batch requests are not supported", "batch"],
];

/** What is no refusal to read, and must not be waited for or halved. */
const NOT_REFUSED: readonly [string, unknown][] = [
  [
    "a fee below the block's",
    { code: -32_000, message: "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1" },
  ],
  ["too much gas", { code: -32_000, message: "exceeds block gas limit" }],
  ["too little coin", { code: -32_000, message: "insufficient funds for gas * price + value" }],
  ["a used number", { code: -32_000, message: "nonce too low" }],
  ["a revert with such words", { code: 3, message: "execution reverted: rate limit", data: "0x" }],
  [
    "a revert that a contract worded so",
    {
      code: -32_000,
      message: "rate limit",
      data: id("Error(string)").slice(0, 10) + AbiCoder.defaultAbiCoder().encode(["string"], ["rate limit"]).slice(2),
    },
  ],
  ["a wallet that was closed", { code: 4001, message: "User rejected the request." }],
  ["an unknown method", { code: -32_601, message: "the method eth_getLogs does not exist/is not available" }],
  ["nothing", undefined],
];

describe("What nodes refuse, and what they mean", () => {
  const CODES: Readonly<Record<ReadRefusal, string>> = {
    later: "NODE_BUSY",
    behind: "NODE_BEHIND",
    "too-much": "RANGE_REFUSED",
    unclear: "NODE_BUSY",
    batch: "BATCH_REFUSED",
  };

  for (const [who, code, message, means] of SAID) {
    it(`${who}: "${message.slice(0, 60)}" means ${means}`, () => {
      const answer = { code, message };
      // as ethers hands it on, with the words of the request beside it, which are nobody's answer
      const request = { method: "eth_getLogs", params: [{ fromBlock: "0x1", toBlock: "latest" }] };
      const wrapped = makeError("could not coalesce error", "UNKNOWN_ERROR", {
        error: answer,
        payload: request,
      } as never);
      for (const error of [answer, wrapped]) {
        expect(readRefusalOf(error)).to.equal(means);
        const decoded = decodeError(error);
        expect(decoded.code).to.equal(CODES[means]);
        expect(decoded.message).to.include(message.slice(0, 100));
      }
    });
  }

  for (const [status, means] of [
    [429, "later"],
    [503, "later"],
    [413, "too-much"],
  ] as const) {
    it(`a status ${status} of HTTP means ${means}`, () => {
      const error = makeError(`server response ${status}`, "SERVER_ERROR", {
        response: { statusCode: status },
      } as never);
      expect(readRefusalOf(error)).to.equal(means);
    });
  }

  it("reads the words that came with a status of HTTP", () => {
    const responseBody = '{"error":{"code":-32602,"message":"eth_getLogs is limited to a 10,000 range"}}';
    const error = makeError("server response 400", "SERVER_ERROR", { info: { responseBody } } as never);
    expect(readRefusalOf(error)).to.equal("too-much");
  });

  for (const [what, error] of NOT_REFUSED) {
    it(`takes ${what} for no refusal`, () => {
      expect(readRefusalOf(error)).to.equal(undefined);
    });
  }
});
