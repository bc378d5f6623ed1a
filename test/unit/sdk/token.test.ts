import { expect } from "chai";
import { AbiCoder, ZeroAddress, encodeBytes32String } from "ethers";

import { tokenInfo } from "../../../sdk/src/chain";
import { caught } from "../../support/caught";

const TOKEN = "0x8ba1f109551bD432803012645Ac136ddd64DBA72";
const SYMBOL = "0x95d89b41";
const coder = AbiCoder.defaultAbiCoder();
const text = (value: string): string => coder.encode(["string"], [value]);
const count = (value: bigint): string => coder.encode(["uint256"], [value]);

/** A node whose token answers like this. */
const answering = (symbol: unknown, decimals: unknown = count(6n)) => ({
  call: async ({ data }: { data?: string | null }): Promise<string> => {
    const answer = data === SYMBOL ? symbol : decimals;
    if (answer instanceof Error) throw answer;
    return answer as string;
  },
});
const reverting = Object.assign(new Error("execution reverted"), { code: "CALL_EXCEPTION", data: "0x" });

describe("What is known of a token", () => {
  it("is what the deployment vouches for, before what the token says", async () => {
    const tokens = { USDC: { address: TOKEN.toLowerCase(), symbol: "USDC", decimals: 6 } };
    const node = answering(text("SCAM"), count(18n));
    expect(await tokenInfo(node, TOKEN.toLowerCase(), { tokens })).to.deep.equal({
      ...{ address: TOKEN, symbol: "USDC", decimals: 6, name: "USDC", readable: true },
    });
    expect(await tokenInfo(node, TOKEN)).to.deep.equal({
      address: TOKEN,
      symbol: "SCAM",
      decimals: 18,
      readable: true,
    });
    const named = await tokenInfo(node, TOKEN, { contracts: { GovernanceToken: TOKEN } });
    expect(named).to.include({ name: "GovernanceToken", symbol: "SCAM" });
    expect(await tokenInfo(node, ZeroAddress)).to.include({ symbol: "native", decimals: 18, readable: true });
  });

  const beginning = TOKEN.slice(0, 8);
  const symbols: Record<string, [answer: unknown, symbol: string]> = {
    "none at all": ["0x", beginning],
    "an empty text": [text(""), beginning],
    "the bytes of a word, as older tokens do": [encodeBytes32String("MKR"), "MKR"],
    "control characters": [text("\u001b[2J\nOK"), "\\x1b[2J\\x0aOK"],
    "a text that turns the reading order round": [text("\u202eCDSU"), "\\u202eCDSU"],
    "letters beyond the first plane": [text("🪙".repeat(20)), "🪙".repeat(16)],
    "5,000 letters": [text("A".repeat(5_000)), beginning],
    "20 letters": [text("ABCDEFGHIJKLMNOPQRST"), "ABCDEFGHIJKLMNOP"],
    "bytes that are no text": [coder.encode(["bytes"], ["0xff41"]), "\ufffdA"],
    "a text whose length is 2^256 - 1": [`0x${"00".repeat(31)}20${"ff".repeat(32)}${"00".repeat(32)}`, beginning],
    "half a byte": ["0x123", beginning],
    "a refusal": [reverting, beginning],
  };
  for (const [what, [answer, symbol]] of Object.entries(symbols)) {
    it(`has a symbol that can be shown where the token answers ${what}`, async () => {
      expect(await tokenInfo(answering(answer), TOKEN)).to.deep.equal({
        ...{ address: TOKEN, symbol, decimals: 6, readable: true },
      });
    });
  }

  for (const [what, answer] of Object.entries({
    "no decimals": "0x",
    "37 of them": count(37n),
    "2^256 - 1 of them": count(2n ** 256n - 1n),
    "a refusal": reverting,
    "an enormous answer": `0x${"00".repeat(5_000)}`,
  })) {
    it(`says that its amounts cannot be read where it has ${what}`, async () => {
      const { decimals, readable } = await tokenInfo(answering(text("ODD"), answer), TOKEN);
      expect({ decimals, readable }).to.deep.equal({ decimals: 0, readable: false });
    });
  }

  it("reads 36 decimals still", async () => {
    expect(await tokenInfo(answering(text("ODD"), count(36n)), TOKEN)).to.include({ decimals: 36, readable: true });
  });

  it("throws where the node is away, and not where the token makes it give up", async () => {
    const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    await caught(() => tokenInfo(answering(away), TOKEN), "NETWORK_UNREACHABLE");
    const slow = Object.assign(new Error("could not coalesce error"), {
      ...{ code: "UNKNOWN_ERROR", error: { code: -32_000, message: "execution aborted (timeout = 5s)" } },
    });
    expect(await tokenInfo(answering(slow), TOKEN)).to.include({ symbol: beginning });
  });
});
