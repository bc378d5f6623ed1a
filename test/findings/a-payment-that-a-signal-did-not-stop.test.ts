import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { winkCard } from "../../scripts/demo/card";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, runHere } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { rows } from "../support/extent";
import { startRpcProxy, type RpcProxy } from "../support/rpcProxy";
import { separateNode, type SeparateNode } from "../support/separate-node";
import { inPipe, onTerminal, type Started } from "../support/terminal";

type Person = Awaited<ReturnType<typeof person>>;

/** How long a command that was interrupted is watched for what it may still send. */
const WATCHED_MS = 1_500;
const SHOW_CURSOR = "\u001b[?25h";
const HIDE_CURSOR = "\u001b[?25l";

/**
 * What was lost: the price of a licence. A buyer saw at the last moment what was being bought and stopped it, by Ctrl-C or
 * by the signal of a supervisor; the command took note of the signal, paid seconds later, and ended with 0.
 */
describe("Finding: a signal does not stop a payment", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let cli: BuiltCli;
  let proxy: RpcProxy;
  let seller: Person;
  let buyer: Person;
  let version: string;
  let terms: string;
  let proposal: string;
  let card: string;
  let sponsored: string;
  let attestation: string;
  let clearance: string;
  let metric: string;
  let ask: string;
  let subscription: string;
  let seated: string;
  let metered: string;
  let voucher: string;

  before(async function () {
    this.timeout(240_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    proxy = await startRpcProxy(chain.node.url);
    const at = { rpc: proxy.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    proposal = join(chain.folder, "proposal.json");
    sponsored = join(chain.folder, "sponsored.json");
    const numbers = { value: "0", gas: "1", deadline: "1", price: "1" };
    const request = { from: buyer.address, to: chain.addresses.Market!, data: "0x", signature: "0x", ...numbers };
    await writeFile(sponsored, JSON.stringify({ format: "isonomy.sponsored.v1", chainId: "31337", request }));
    attestation = join(chain.folder, "attestation.json");
    const attested = {
      ...{ account: buyer.address, issuerId: "1", nullifier: ZeroHash, claimHash: ZeroHash },
      ...{ validUntil: "1", deadline: "1", nonce: "0" },
    };
    const registry = chain.addresses.CitizenRegistry!;
    const head = { format: "isonomy.attestation.v1", chainId: "31337", registry };
    await writeFile(attestation, JSON.stringify({ ...head, attestation: attested, signature: "0x" }));
    clearance = join(chain.folder, "clearance.json");
    const cleared = { policy: ZeroHash, termsHash: ZeroHash, recipient: buyer.address, nonce: "1", validUntil: "1" };
    const policies = chain.addresses.OfferPolicies!;
    const top = { format: "isonomy.clearance.v1", chainId: "31337", policies };
    await writeFile(clearance, JSON.stringify({ ...top, clearance: cleared, signature: "0x" }));
    metric = join(chain.folder, "metric.json");
    const measured = {
      ...{ evaluator: buyer.address, versionId: "65537", dataSet: ZeroHash, metric: ZeroHash, value: "1" },
      ...{ decimals: "0", method: ZeroHash, measuredAt: "1", validUntil: "2" },
    };
    const metrics = { format: "isonomy.metric.v1", chainId: "31337", metrics: chain.addresses.Metrics! };
    await writeFile(metric, JSON.stringify({ ...metrics, metric: measured, signature: "0x" }));
    ask = join(chain.folder, "ask.json");
    const account = { seller: seller.address, payToken: ZeroAddress, buyer: ZeroAddress };
    const names = ["licenseId", "price", "expiresAt", "maxFeeBps", "maxRoyaltyBps", "versionId", "deliveryWindow"];
    const zeros = Object.fromEntries([...names, "complaintWindow", "epoch", "bit"].map((name) => [name, "0"]));
    const asking = { format: "isonomy.ask.v1", chainId: "31337", resale: chain.addresses.Resale! };
    await writeFile(ask, JSON.stringify({ ...asking, ask: { ...zeros, ...account }, signature: "0x" }));
    const calls = [{ contract: "Market", function: "setProtocolFee(uint16)", args: ["200"] }];
    await writeFile(proposal, JSON.stringify({ title: "A fee", why: "For a test.", calls }));
    version = (await json<{ versionId: string }>(["list", card], seller.env)).versionId;
    const offer = ["offer", version, "--price", "1", "--token", "native"];
    terms = (await json<{ termsHash: string }>(offer, seller.env)).termsHash;
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    await json(["pool", "create", "native", "TestToken"], buyer.env);
    await json(["pool", "add", "1", "native", "400", "TestToken", "--slippage", "50"], buyer.env);
    await json(["buy", version, "--terms", terms, "--again"], buyer.env);
    subscription = await licenceWith("--subscription", "30d", "--cancellable", "--soulbound");
    seated = await licenceWith("--seats", "2");
    await json(["seats", "give", seated, seller.address], buyer.env);
    metered = await licenceWith("--units", "1000", "--soulbound");
    voucher = join(chain.folder, "voucher.json");
    await json(["usage", "voucher", metered, "1", voucher, "--yes"], buyer.env);
    await json(["usage", "key", metered, "1", seller.address, "--cap", "10", "--yes"], buyer.env);
  });

  /** A licence of the buyer's with some rights. */
  async function licenceWith(...rights: string[]): Promise<string> {
    const offering = ["offer", version, "--price", "1 native", ...rights];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    const buying = ["buy", version, "--terms", termsHash, "--again"];
    return (await json<{ licenseId: string }>(buying, buyer.env)).licenseId;
  }

  after(async () => {
    await proxy.close();
    await chain.close();
  });

  const transactions = () =>
    Promise.all([seller, buyer].map(({ address }) => chain.provider.getTransactionCount(address, "pending")));
  const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Calls once when the node is asked for something, and answers it late. */
  function atCall(method: RegExp, act: () => void): () => void {
    let acted = false;
    return proxy.rule((call) => {
      if (!method.test(call.method)) return undefined;
      if (!acted) {
        acted = true;
        act();
      }
      return { kind: "delay", ms: 400 };
    });
  }

  describe("before anything is sent", () => {
    /** Every command that signs, complete enough to ask the chain for something. */
    const commands: Record<string, () => string[]> = {
      list: () => ["list", card],
      payee: () => ["payee", "1", buyer.address, "--yes"],
      offer: () => ["offer", version, "--price", "2", "--token", "native"],
      "offer --revoke": () => ["offer", version, "--revoke", terms],
      "offer --revoke-all-signed": () => ["offer", "--revoke-all-signed"],
      buy: () => ["buy", version, "--terms", terms, "--again"],
      "buy --pay-with": () => [
        "buy",
        version,
        "--terms",
        terms,
        "--again",
        "--pay-with",
        "TestToken",
        "--max-spent",
        "500",
      ],
      open: () => ["open", "1", "--out", join(chain.folder, "never")],
      "buy several": () => ["buy", version, version, "--terms", terms, "--again"],
      "buy --quantity": () => ["buy", version, "--terms", terms, "--quantity", "2", "--again"],
      "buy --permit": () => ["buy", version, "--terms", terms, "--permit"],
      "buy --sponsored": () => ["buy", version, "--terms", terms, "--sponsored", join(chain.folder, "never.json")],
      sponsor: () => ["sponsor", sponsored],
      "clearance sign": () => [
        ...["clearance", "sign", terms, buyer.address, join(chain.folder, "never.json"), "--valid", "30d"],
      ],
      "clearance present": () => ["clearance", "present", clearance],
      "clearance revoke": () => ["clearance", "revoke", terms, buyer.address, "--yes"],
      renew: () => ["renew", subscription, "--yes"],
      "subscription release": () => ["subscription", "release", subscription],
      "subscription cancel": () => ["subscription", "cancel", subscription, "--yes"],
      "standing set": () => ["standing", "set", subscription, "--yes"],
      "standing run": () => ["standing", "run", subscription, "--yes"],
      "standing cancel": () => ["standing", "cancel", subscription],
      "usage add": () => ["usage", "add", metered, "--yes"],
      "usage voucher": () => ["usage", "voucher", metered, "2", join(chain.folder, "never.json"), "--yes"],
      "usage redeem": () => ["usage", "redeem", voucher],
      "usage key": () => ["usage", "key", metered, "1", "--revoke"],
      "usage close": () => ["usage", "close", metered, "--yes"],
      "usage finish": () => ["usage", "finish", metered],
      "seats give": () => ["seats", "give", seated, ZeroHash.slice(0, 41) + "1"],
      "seats take": () => ["seats", "take", seated, seller.address],
      "lineage create": () => ["lineage", "create", "2", "1:1000", "--yes"],
      "lineage consent": () => ["lineage", "consent", "1", "2", "1000", join(chain.folder, "never.json")],
      "lineage open": () => ["lineage", "open", "1", "300"],
      "lineage settle": () => ["lineage", "settle", "1"],
      "lineage gather": () => ["lineage", "gather", "1"],
      "review write": () => ["review", "write", seated, "5"],
      "review erase": () => ["review", "erase", seated],
      "metric sign": () => [
        ...["metric", "sign", version, "accuracy", join(chain.folder, "never.json"), "--value", "1"],
        ...["--data-set", ZeroHash],
      ],
      "metric submit": () => ["metric", "submit", metric],
      "metric revoke": () => ["metric", "revoke", metric, "--yes"],
      "resale ask": () => [...["resale", "ask", "1", join(chain.folder, "never.json"), "--price", "1 native", "--yes"]],
      "resale buy": () => ["resale", "buy", ask, "--yes"],
      "resale deliver": () => ["resale", "deliver", "1"],
      "resale claim": () => ["resale", "claim", "1"],
      "resale cancel": () => ["resale", "cancel", "--all", "--yes"],
      transfer: () => ["transfer", "1", seller.address, "--yes"],
      "bond post": () => ["bond", "post", version, "--terms", terms, "--yes"],
      "bond withdraw": () => ["bond", "withdraw", version, "--terms", terms],
      report: () => ["report", "1", "--yes"],
      reclaim: () => ["reclaim", "1"],
      complain: () => ["complain", "1"],
      settle: () => ["settle", "1"],
      decline: () => ["decline", "1"],
      refund: () => ["refund", "1"],
      dispute: () => ["dispute", "1"],
      concede: () => ["concede", "1", "1 native"],
      update: () => ["update", "1", version],
      withdraw: () => ["withdraw", "--token", "native"],
      swap: () => ["swap", "1", "native", "TestToken", "--slippage", "50"],
      "pool create": () => ["pool", "create", "native", "IsonomyToken"],
      "pool add": () => ["pool", "add", "1", "native", "1", "TestToken", "--slippage", "50"],
      "pool remove": () => ["pool", "remove", "native", "TestToken", "--slippage", "50"],
      delegate: () => ["delegate", "self"],
      propose: () => ["propose", proposal],
      vote: () => ["vote", "1", "for"],
      enact: () => ["enact", "1"],
      "citizens reweigh": () => ["citizens", "reweigh", buyer.address],
      "citizens majority": () => ["citizens", "majority", "1"],
      "citizens advance": () => ["citizens", "advance"],
      "citizens attest": () => [
        ...["citizens", "attest", buyer.address, join(chain.folder, "never.json"), "--issuer", "1"],
        ...["--nullifier", ZeroHash, "--valid", "365d"],
      ],
      "citizens present": () => ["citizens", "present", attestation],
      "citizens claim": () => ["citizens", "claim", "1", "0x00"],
      "citizens renounce": () => ["citizens", "renounce", "--yes"],
      "citizens revoke": () => ["citizens", "revoke", buyer.address, "--yes"],
      seller: () => ["seller"],
    };

    for (const [name, parameters] of Object.entries(commands)) {
      it(`${name} ends with INTERRUPTED and 130, and sends nothing afterwards`, async () => {
        const before = await transactions();
        const stop = new AbortController();
        // the last of what every command asks before it looks at its own matter
        const forget = atCall(/^eth_getCode$/, () => stop.abort());
        try {
          const { code, out } = await runHere([...parameters(), "--json"], buyer.env, { signal: stop.signal });
          expect(stop.signal.aborted).to.equal(true);
          const { error } = JSON.parse(out) as { error: { code: string } };
          expect({ code, error: error.code }).to.deep.equal({ code: 130, error: "INTERRUPTED" });
          await rest(50);
        } finally {
          forget();
        }
        expect(await transactions()).to.deep.equal(before);
      });
    }

    it("the table above has every command that signs", async () => {
      const { out } = await runHere(["--help"]);
      const listed = [...out.slice(out.indexOf("Commands:")).matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
      const silent = ["help", "card", "prepare", "permissions", "status", "keystore"].concat([
        "store",
        "models",
        "show",
        "licences",
        "deals",
        "watch",
      ]);
      expect(new Set(Object.keys(commands).map((name) => name.split(" ")[0]))).to.deep.equal(
        new Set(listed.filter((name) => !silent.includes(name))),
      );
    });

    const program = (...parameters: string[]) => [process.execPath, cli.bin, ...parameters];
    const environment = () => ({ PATH: process.env.PATH, ...buyer.env });
    const bought = async (run: Started, act: () => void, moment: RegExp) => {
      const before = await transactions();
      const forget = atCall(moment, act);
      try {
        const { code } = await run.ended;
        await rest(WATCHED_MS);
        expect(await transactions(), run.said()).to.deep.equal(before);
        return code;
      } finally {
        forget();
      }
    };

    for (const [nth, signal] of (["SIGTERM", "SIGINT", "SIGHUP"] as const).entries()) {
      for (const moment of rows([/^eth_chainId$/, /^eth_estimateGas$/, /^eth_getTransactionCount$/], nth)) {
        it(`buy in a pipe pays nothing after ${signal} at ${moment.source.slice(1, -1)}`, async () => {
          const run = inPipe(program("buy", version, "--terms", terms, "--again"), environment());
          expect(await bought(run, () => run.process.kill(signal), moment)).to.equal(130);
          expect(run.said()).to.match(/isonomy: The command was interrupted, and nothing was sent\. .+\n$/);
        });
      }
    }

    for (const moment of [/^eth_call$/, /^eth_estimateGas$/, /^eth_getTransactionCount$/]) {
      it(`buy on a terminal pays nothing after Ctrl-C at ${moment.source.slice(1, -1)}, and shows the cursor again`, async () => {
        const run = onTerminal(program("buy", version, "--terms", terms, "--again"), environment());
        expect(await bought(run, () => run.type("\u0003"), moment)).to.equal(130);
        expect(run.said()).to.contain("The command was interrupted, and nothing was sent.");
        const [shown, hidden] = [run.said().lastIndexOf(SHOW_CURSOR), run.said().lastIndexOf(HIDE_CURSOR)];
        expect(shown).to.be.at.least(hidden);
      });
    }

    // claim(attacks#proofs-of-the-fair-exchange): a payment that its buyer stopped and that is sent anyway
    it("ends at the question for a password, with the terminal as it was", async () => {
      const env: Record<string, string | undefined> = { ...environment(), ISONOMY_PASSWORD: undefined };
      const run = onTerminal(["sh", "-c", `${program("withdraw").join(" ")}; echo "code $?"; stty -a`], env);
      await run.until(/Password of the keystore: /);
      run.type("\u0003");
      await run.ended;
      expect(run.said()).to.contain("The command was interrupted, and nothing was sent.").and.contain("code 130");
      expect(run.said())
        .to.match(/ icanon/)
        .and.match(/ echo /);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a payment that its buyer stopped and that is sent anyway
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      it(`buy ends with 130 and a sentence after ${signal} while the program is loaded`, async () => {
        const loading = join(chain.folder, `${signal}.cjs`);
        // the first that most of the program needs
        await writeFile(
          loading,
          `const Module = require("node:module");
           const load = Module._load;
           Module._load = function (name, ...rest) {
             if (name === "commander") process.kill(process.pid, "${signal}");
             return load.call(this, name, ...rest);
           };`,
        );
        const before = await transactions();
        const [node, ...more] = program("buy", version, "--terms", terms, "--again");
        const run = inPipe([node!, "--require", loading, ...more], environment());
        expect(await run.ended).to.deep.equal({ code: 130, signal: null });
        expect(run.said()).to.match(/^isonomy: The command was interrupted, and nothing was sent\. .+\n$/);
        expect(await transactions()).to.deep.equal(before);
      });
    }

    it("a second signal ends a command that cannot end", async () => {
      let asked!: () => void;
      const reached = new Promise<void>((resolve) => (asked = resolve));
      const forget = proxy.rule(() => (asked(), { kind: "timeout" }));
      try {
        const run = inPipe(program("seller", "--watch", "--http", "off"), environment());
        await Promise.race([reached, run.ended]);
        run.process.kill("SIGTERM");
        run.process.kill("SIGINT");
        expect((await run.ended).code).to.equal(130);
      } finally {
        forget();
      }
    });
  });

  describe("after it was sent", () => {
    it("the hash is said, and what finds the licence by it", async () => {
      const before = await chain.provider.getTransactionCount(buyer.address);
      const program = [process.execPath, cli.bin, "buy", version, "--terms", terms, "--again"];
      const run = inPipe(program, { PATH: process.env.PATH, ...buyer.env });
      let hash = "";
      const forget = proxy.onTransaction((sent) => void (hash = sent));
      // the node has it, and the answer is late
      const late = proxy.rule(({ method }) => {
        if (method !== "eth_getTransactionReceipt") return undefined;
        run.process.kill("SIGTERM");
        return { kind: "delay", ms: 500 };
      });
      try {
        expect((await run.ended).code).to.equal(130);
      } finally {
        forget();
        late();
      }
      expect(await chain.provider.getTransactionCount(buyer.address)).to.equal(before + 1);
      expect(run.said()).to.contain(hash).and.contain(`isonomy status --transaction ${hash}`);
      const found = await json<{ state: string; licenses: { licenseId: string; versionId: string }[] }>(
        ["status", "--transaction", hash],
        buyer.env,
      );
      expect(found.state).to.equal("mined");
      expect(found.licenses.map((one) => one.versionId)).to.deep.equal([version]);
    });

    // claim(attacks#proofs-of-the-fair-exchange): a payment that its buyer stopped and that is sent anyway
    it("an approval that had left is named, and the purchase behind it is not made", async () => {
      const inTokens = ["offer", version, "--price", "2", "--token", "TestToken"];
      const { termsHash } = await json<{ termsHash: string }>(inTokens, seller.env);
      const stop = new AbortController();
      const before = await chain.provider.getTransactionCount(buyer.address);
      const forget = atCall(/^eth_getTransactionReceipt$/, () => stop.abort());
      const { code, out } = await runHere(["buy", version, "--terms", termsHash, "--again", "--json"], buyer.env, {
        signal: stop.signal,
      });
      forget();
      const { error } = JSON.parse(out) as { error: { code: string; args: { count: number; transactions: string } } };
      expect({ code, error: error.code }).to.deep.equal({ code: 130, error: "INTERRUPTED_AFTER_SENDING" });
      expect(error.args.count).to.equal(1);
      await rest(WATCHED_MS);
      expect(await chain.provider.getTransactionCount(buyer.address)).to.equal(before + 1);
      const found = await json<{ licenses: unknown[] }>(
        ["status", "--transaction", error.args.transactions],
        buyer.env,
      );
      expect(found.licenses).to.deep.equal([]);
    });
  });

  describe("when nobody reads the output", () => {
    const shell = (line: string) =>
      promisify(execFile)("bash", ["--norc", "--noprofile", "-c", line], {
        env: { PATH: process.env.PATH, ...buyer.env },
      });

    it("what only reads ends in silence", async () => {
      const line = `${process.execPath} ${cli.bin} status | true; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await shell(line);
      expect({ stdout, stderr }).to.deep.equal({ stdout: "141\n", stderr: "" });
    });

    it("what paid says on the other stream what it sent", async () => {
      const line = `${process.execPath} ${cli.bin} buy ${version} --terms ${terms} --again | true; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await shell(line);
      expect(stdout).to.equal("141\n");
      expect(stderr).to.match(
        /isonomy: Nobody reads the output any more, .+`isonomy status --transaction 0x[0-9a-f]{64}/s,
      );
    });
  });
});
