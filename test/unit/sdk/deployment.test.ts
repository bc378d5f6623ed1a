import { expect } from "chai";
import { ZeroHash } from "ethers";

import type { ContractName as Deployed } from "../../../deploy/protocol";
import {
  CONTRACT_NAMES,
  addressBook,
  deploymentOn,
  parseDeployment,
  type ContractName,
} from "../../../sdk/src/addresses";
import { imaginaryBook } from "../../support/bookOf";
import { caught } from "../../support/caught";

const CHAIN = 11_155_111;
const book = imaginaryBook(CHAIN);
const { contracts, codeHashes } = book;
/** A record of a deployment without one of its contracts. */
const without = (values: object, name: string): object =>
  Object.fromEntries(Object.entries(values).filter(([one]) => one !== name));

/** Files that are refused, and what the sentence says of each. */
const WRONG: Record<string, readonly [written: unknown, detail: string]> = {
  "one that was cut short": [JSON.stringify(book).slice(0, 99), "it is not JSON: it was cut short"],
  "another text": ["not json", "it is not JSON"],
  nothing: [null, "it holds no deployment."],
  "a list": [[book], "it holds no deployment."],
  "several by chain id": [{ [CHAIN]: book }, "chainId is not the number of a chain."],
  "no chain": [{ ...book, chainId: undefined }, "chainId is not the number of a chain."],
  "a chain in words": [{ ...book, chainId: "11155111" }, "chainId is not the number of a chain."],
  "a negative chain": [{ ...book, chainId: -1 }, "chainId is not the number of a chain."],
  "half a chain": [{ ...book, chainId: 1.5 }, "chainId is not the number of a chain."],
  "an object for a chain": [{ ...book, chainId: {} }, "chainId is not the number of a chain."],
  "null for a chain": [{ ...book, chainId: null }, "chainId is not the number of a chain."],
  "an empty chain": [{ ...book, chainId: "" }, "chainId is not the number of a chain."],
  "a chain that is none": [{ ...book, chainId: 0 }, "chainId is not the number of a chain."],
  "no block": [{ ...book, block: undefined }, "block is not the number of a block."],
  "a negative block": [{ ...book, block: -1 }, "block is not the number of a block."],
  "half a block": [{ ...book, block: 0.5 }, "block is not the number of a block."],
  "no contracts": [{ ...book, contracts: undefined }, "it has no contracts."],
  "contracts in a list": [{ ...book, contracts: [] }, "it has no contracts."],
  "a contract too few": [{ ...book, contracts: without(contracts, "Market") }, "contracts lacks Market."],
  "an unknown contract": [
    { ...book, contracts: { ...contracts, Bazaar: contracts.Market } },
    "contracts names Bazaar, which the protocol does not have.",
  ],
  "a contract at no address": [
    { ...book, contracts: { ...contracts, Market: "0x01" } },
    'Market is at "0x01", which is not an address.',
  ],
  "a contract at a number": [
    { ...book, contracts: { ...contracts, Market: 5 } },
    'Market is at "5", which is not an address.',
  ],
  "two contracts at one address": [
    { ...book, contracts: { ...contracts, Market: contracts.Timelock } },
    "Market and Timelock are at the same address.",
  ],
  "no code hashes": [{ ...book, codeHashes: undefined }, "it has no codeHashes."],
  "a code hash too few": [{ ...book, codeHashes: without(codeHashes, "Panel") }, "codeHashes lacks Panel."],
  "a code hash that is none": [
    { ...book, codeHashes: { ...codeHashes, Panel: "0x00" } },
    "the code hash of Panel is not 32 bytes in hexadecimal digits.",
  ],
  "null for tokens": [{ ...book, tokens: null }, "tokens is not a list of tokens by name."],
  "null for a token": [{ ...book, tokens: { Dollar: null } }, 'the token "Dollar" does not have'],
  "tokens in words": [{ ...book, tokens: "none" }, "tokens is not a list of tokens by name."],
  "a token without decimals": [
    { ...book, tokens: { Dollar: { address: contracts.Market, symbol: "USD" } } },
    'the token "Dollar" does not have',
  ],
  "a token with a blank in its name": [
    { ...book, tokens: { "A B": { address: contracts.Market, symbol: "USD", decimals: 6 } } },
    'the token "A B" does not have',
  ],
  "a token at no address": [
    { ...book, tokens: { Dollar: { address: "usd.eth", symbol: "USD", decimals: 6 } } },
    'Dollar is at "usd.eth", which is not an address.',
  ],
  "one former market": [{ ...book, formerMarkets: contracts.Market }, "formerMarkets is not a list."],
  "a former market at no address": [
    { ...book, formerMarkets: ["old"] },
    'formerMarkets is at "old", which is not an address.',
  ],
};

describe("a deployment in a file", () => {
  it("is read as it was written, with its addresses in one spelling and without what it does not define", () => {
    const tokens = { Dollar: { address: contracts.Market, symbol: "USD", decimals: 6 } };
    const written = { ...book, tokens, formerMarkets: [contracts.Exchange], deployer: contracts.Market };
    const read = parseDeployment(JSON.stringify(written), "book.json", CHAIN);
    expect(read).to.deep.equal({ ...book, tokens, formerMarkets: [contracts.Exchange] });
    expect(parseDeployment(written)).to.deep.equal(read);
    const upper = Object.fromEntries(Object.entries(contracts).map(([name, one]) => [name, one.replace("0x", "0X")]));
    expect(parseDeployment({ ...book, contracts: upper }).contracts).to.deep.equal(contracts);
    expect(
      parseDeployment({ ...book, codeHashes: { ...codeHashes, Panel: ZeroHash.toUpperCase().replace("0X", "0x") } }),
    )
      .to.have.property("codeHashes")
      .that.deep.equals(codeHashes);
  });

  for (const [what, [written, detail]] of Object.entries(WRONG)) {
    it(`of ${what} is refused by its path`, async () => {
      const { message, args } = await caught(async () => parseDeployment(written, "book.json"), "DEPLOYMENT_INVALID");
      expect(message).to.contain(detail).and.contain("book.json");
      expect(args.source).to.equal("book.json");
    });
  }

  it("of another chain is refused by both chains", async () => {
    const { message } = await caught(async () => parseDeployment(book, "book.json", 1n), "DEPLOYMENT_OTHER_CHAIN");
    expect(message).to.equal(`book.json is for chain ${CHAIN}, and the node is on chain 1.`);
  });

  it("comes before the package's own book, which knows no chain yet", async () => {
    expect(addressBook).to.deep.equal({});
    await caught(async () => deploymentOn(CHAIN), "NO_DEPLOYMENT");
    const file = { path: "book.json", text: JSON.stringify(book) };
    expect(deploymentOn(BigInt(CHAIN), file)).to.deep.equal(book);
    await caught(async () => deploymentOn(1, file), "DEPLOYMENT_OTHER_CHAIN");
  });

  it("has exactly the contracts that the deployment makes", () => {
    // neither list may have a name that the other has not: this is checked by the compiler
    const same: [Deployed] extends [ContractName] ? ([ContractName] extends [Deployed] ? true : never) : never = true;
    expect(same).to.equal(true);
    expect(new Set(CONTRACT_NAMES).size).to.equal(CONTRACT_NAMES.length);
  });
});
