import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, refusal, runHere } from "../support/cli";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

const word = (value: bigint | number): string => BigInt(value).toString(16).padStart(64, "0");

/** Code that answers every call with these bytes, which come behind it. */
function answering(bytes: string): string {
  const length = (bytes.length / 2).toString(16).padStart(4, "0");
  // CODECOPY(0, 10, length); RETURN(0, length)
  return `0x61${length}80600a5f395ff3${bytes}`;
}

/** A text as a token returns it, whatever its bytes are. */
const text = (bytes: string, length = bytes.length / 2): string =>
  word(32) + word(length) + bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0");

/**
 * What was lost: the list of pools, for everybody. Anybody makes a pool with a token of their own, and one whose symbol was
 * no text ended `pool list` as "unexpected".
 */
describe("Finding: a list that one token stopped", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let proxy: RpcProxy;
  let seller: Person;
  let token: string;
  let version: string;
  let snapshot: string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    proxy = await startRpcProxy(chain.node.url);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    const signer = await chain.provider.getSigner(7);
    const deployed = await (await new TestToken__factory(signer).deploy("Odd", "ODD", 18)).waitForDeployment();
    token = await deployed.getAddress();
    await (await deployed.mint(seller.address, 10n ** 20n)).wait();
    await json(["pool", "create", "native", token], seller.env);
    await json(["pool", "create", "native", "TestToken"], seller.env);
    await json(["pool", "add", "1", "native", "1", token, "--slippage", "50"], seller.env);
    const card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    version = (await json<{ versionId: string }>(["list", card], seller.env)).versionId;
    await json(["offer", version, "--price", "1 TestToken"], seller.env);
  });

  after(async () => {
    await proxy.close();
    await chain.close();
  });
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  /** Every list that names tokens. A listed pay token is one that a vote let in, and that changed its code since. */
  const lists: Record<string, (own: string) => string[]> = {
    "pool list": () => ["pool", "list"],
    "pool positions": () => ["pool", "positions"],
    status: () => ["status"],
    "status --listing": () => ["status", "--listing", version],
  };

  /** What a token can answer to `symbol`, `name` and `decimals`: all of them the same. */
  const answers: Record<string, string> = {
    "nothing, and reverts": "0x5f5ffd",
    "nothing at all": "0x00",
    "a symbol that is no UTF-8": answering(text("ff")),
    "a symbol cut in the middle of a letter": answering(text("e282")),
    "bytes of one word": answering("4f4444".padEnd(64, "0")),
    "bytes of one word that are no text": answering("ff".repeat(32)),
    "a text longer than the answer": answering(text("4f4444", 1_000_000)),
    "a text whose length is 2^256 - 1": answering(word(32) + "ff".repeat(32) + word(0)),
    "a text that is far away": answering("ff".repeat(32) + word(3)),
    "half a word": answering("12".repeat(16)),
    "a text of 20,000 letters": answering(text("4f".repeat(20_000))),
    "nothing, and burns all gas": "0xfe",
    "an error with a reason of its own": "0x62461bcd5f5260205ffd",
  };

  for (const [answer, code] of Object.entries(answers)) {
    // claim(attacks#command-line-package-and-sellers-agent): a token that returns no text, one word, far too much or
    //   nothing, to break every list that names it
    it(`goes on where a token answers with ${answer}`, async () => {
      await chain.provider.send("hardhat_setCode", [token, code]);
      await chain.provider.send("hardhat_setCode", [chain.addresses.TestToken!, code]);
      for (const [list, command] of Object.entries(lists)) {
        const { out, err, code: ended } = await runHere(command(token), seller.env);
        expect(ended, `${list}: ${err}`).to.equal(0);
        expect(out, list).to.not.contain("\ufffd\ufffd".repeat(20));
        await json(command(token), seller.env);
      }
      expect((await runHere(["pool", "list"], seller.env)).out)
        .to.contain(token)
        .and.contain("TestToken");
    });
  }

  it("shows the symbol that an older token has as the bytes of a word", async () => {
    // decimals answers the same word, which is no number that a token needs
    await chain.provider.send("hardhat_setCode", [token, answering("4f4444".padEnd(64, "0"))]);
    expect((await runHere(["pool", "list"], seller.env)).out).to.contain(`smallest units of ${token}`);
    // ODD for symbol() = 0x95d89b41, and 6 for everything else
    const code = `0x5f3560e01c6395d89b411460165760065f5260205ff35b624f444460e81b5f5260205ff3`;
    await chain.provider.send("hardhat_setCode", [token, code]);
    expect((await runHere(["pool", "list"], seller.env)).out).to.contain(`ODD (${token})`);
  });

  it("goes on where the node gives up on a token, and says so of an amount in it", async () => {
    const env = { ...seller.env, ISONOMY_RPC_URL: proxy.url };
    for (const message of ["execution aborted (timeout = 5s)", "out of gas", "stack underflow (0 <=> 1)"]) {
      const forget = proxy.rule(({ method, params }) =>
        method === "eth_call" && (params as { to: string }[])[0]!.to.toLowerCase() === token.toLowerCase()
          ? { kind: "error", code: -32_000, message }
          : undefined,
      );
      const { code, err, out } = await runHere(["pool", "list"], env);
      expect(code, `${message}: ${err}`).to.equal(0);
      expect(out).to.contain(`smallest units of ${token}`).and.contain("TestToken");
      expect(await refusal(["buy", version, "--max-price", `1 ${token}`], env), message).to.equal("TOKEN_UNREADABLE");
      forget();
    }
  });
});
