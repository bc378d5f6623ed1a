import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, refusal, runHere, type Environment } from "../../support/cli";
import { startRpcProxy } from "../../support/rpcProxy";
import { imaginaryBook } from "../../support/bookOf";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

// claim(invariants#command-line-package-and-sellers-agent): a command that refuses has sent nothing | nobody; the user
//   pays for nothing
describe("isonomy, when it cannot do what it was asked", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let poor: Person;
  let folder: string;
  let version: string;
  let terms: string;
  let snapshot: string;
  let card: string;
  let counts: number[];

  /** A command line for each command that reads the chain, complete enough to get to its end. */
  const reading: Record<string, () => string[]> = {
    status: () => ["status", "--listing", version],
    "pool list": () => ["pool", "list"],
    "bond show": () => ["bond", "show", version],
    "swap --quote": () => ["swap", "1", "native", "TestToken", "--quote"],
  };
  /** The same for each command that signs. */
  const signing: Record<string, () => string[]> = {
    list: () => ["list", card],
    offer: () => ["offer", version, "--price", "1 native"],
    "offer --sign": () => ["offer", version, "--price", "1 native", "--sign", join(folder, "never.json")],
    "offer --revoke": () => ["offer", version, "--revoke", `0x${"00".repeat(32)}`],
    buy: () => ["buy", version, "--terms", terms],
    "bond post": () => ["bond", "post", version, "--terms", terms, "--yes"],
    "bond withdraw": () => ["bond", "withdraw", version, "--terms", terms],
    report: () => ["report", "1", "--yes"],
    reclaim: () => ["reclaim", "1"],
    complain: () => ["complain", "1"],
    settle: () => ["settle", "1"],
    withdraw: () => ["withdraw"],
    swap: () => ["swap", "1", "native", "TestToken", "--slippage", "50"],
    "pool create": () => ["pool", "create", "native", "TestToken"],
    "pool add": () => ["pool", "add", "1", "native", "1", "TestToken", "--slippage", "50"],
    "pool remove": () => ["pool", "remove", "native", "TestToken", "--slippage", "50"],
    seller: () => ["seller"],
  };
  const all = { ...reading, ...signing };

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    folder = chain.folder;
    const at = { rpc: chain.node.url, addresses: join(folder, "deployment.json") };
    seller = await person(folder, "seller", at, localWallet(7));
    buyer = await person(folder, "buyer", at, localWallet(8));
    poor = await person(folder, "poor", at);
    card = join(folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    version = (await json<{ versionId: string }>(["list", card], seller.env)).versionId;
    const offer = ["offer", version, "--price", "1 native"];
    terms = (await json<{ termsHash: string }>(offer, seller.env)).termsHash;
    await json(["pool", "create", "native", "TestToken"], seller.env);
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(7));
    await (await token.mint(seller.address, 1_000_000_000n)).wait();
    await json(["pool", "add", "1", "native", "400", "TestToken", "--slippage", "50"], seller.env);
  });

  after(() => chain.close());

  const transactions = () =>
    Promise.all([seller, buyer, poor].map(({ address }) => chain.provider.getTransactionCount(address)));

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
    counts = await transactions();
  });
  afterEach(async () => {
    expect(await transactions()).to.deep.equal(counts);
    await chain.provider.send("evm_revert", [snapshot]);
  });

  const without = (env: Environment, ...names: string[]): Environment =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

  async function each(commands: Record<string, () => string[]>, env: Environment, code: string, ...more: string[]) {
    const codes: Record<string, string> = {};
    for (const [name, parameters] of Object.entries(commands))
      codes[name] = await refusal([...parameters(), ...more], env);
    expect(codes).to.deep.equal(Object.fromEntries(Object.keys(commands).map((name) => [name, code])));
  }

  describe("the network", () => {
    it("asks every command for a node", () => each(all, without(buyer.env, "ISONOMY_RPC_URL"), "RPC_MISSING"));

    it("says so of a node that does not answer", () =>
      each(all, { ...buyer.env, ISONOMY_RPC_URL: "http://127.0.0.1:9" }, "RPC_UNREACHABLE"));

    // claim(attacks#command-line-package-and-sellers-agent): a node of another chain than the expected one
    it("refuses another chain than the one that was meant", () =>
      each(all, buyer.env, "WRONG_NETWORK", "--chain", "1"));

    it("sends nothing when the node's address leads to another chain by the time of sending", async () => {
      for (const command of ["buy", "swap", "offer"]) {
        const proxy = await startRpcProxy(chain.node.url);
        proxy.rule(({ method, nth }) =>
          method === "eth_chainId" && nth > 1 ? { kind: "answer", result: "0x1" } : undefined,
        );
        const env = { ...(command === "offer" ? seller : buyer).env, ISONOMY_RPC_URL: proxy.url };
        expect(await refusal(signing[command]!(), env), command).to.equal("WRONG_NETWORK");
        expect(proxy.calls.eth_sendRawTransaction, command).to.equal(undefined);
        await proxy.close();
      }
    });

    it("knows no deployment on this chain without a file", () =>
      each(all, without(buyer.env, "ISONOMY_ADDRESSES"), "NO_DEPLOYMENT"));

    // claim(attacks#command-line-package-and-sellers-agent): addresses of another network, or of nothing
    it("finds no contract where another network has one, nor one of another deployment", async () => {
      const elsewhere = join(folder, "elsewhere.json");
      // precompiles have no code
      await writeFile(elsewhere, JSON.stringify(imaginaryBook(31_337)));
      await each(all, buyer.env, "CONTRACT_MISSING", "--addresses", elsewhere);
      const { codeHashes } = chain.deployment;
      const changed = { ...chain.deployment, codeHashes: { ...codeHashes, Market: codeHashes.Exchange } };
      await writeFile(elsewhere, JSON.stringify(changed));
      expect(await refusal(["status", "--addresses", elsewhere], buyer.env)).to.equal("CONTRACT_FOREIGN");
    });

    // claim(attacks#command-line-package-and-sellers-agent): addresses of another network, or of nothing
    it("refuses the deployment of another chain, and a file that holds none", async () => {
      const other = join(folder, "other.json");
      await writeFile(other, JSON.stringify({ ...chain.deployment, chainId: 1 }));
      expect(await refusal(["status", "--addresses", other], buyer.env)).to.equal("DEPLOYMENT_OTHER_CHAIN");
      expect(await refusal(["status", "--addresses", card], buyer.env)).to.equal("DEPLOYMENT_INVALID");
      expect(await refusal(["status", "--addresses", join(folder, "none")], buyer.env)).to.equal("FILE_UNREADABLE");
      await writeFile(other, "not json");
      expect(await refusal(["status", "--addresses", other], buyer.env)).to.equal("DEPLOYMENT_INVALID");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a secret in the node's address, shown in an error
    it("never shows what the node's address may hide", async () => {
      const { err } = await runHere(["status"], { ...buyer.env, ISONOMY_RPC_URL: "http://127.0.0.1:9/v2/secret" });
      expect(err).to.contain("127.0.0.1:9").and.not.contain("secret");
    });
  });

  describe("the key", () => {
    it("asks every command that signs for a keystore", () =>
      each(signing, without(buyer.env, "ISONOMY_KEYSTORE"), "KEYSTORE_MISSING"));

    it("asks for its password", () => each(signing, without(buyer.env, "ISONOMY_PASSWORD"), "PASSWORD_MISSING"));

    it("is refused a signature by a wrong password", () =>
      each(signing, { ...buyer.env, ISONOMY_PASSWORD: "wrong" }, "PASSWORD_WRONG"));

    // claim(attacks#command-line-package-and-sellers-agent): another file instead of the keystore, the card, the offer
    //   or the prepared file
    it("refuses a keystore that is missing, or is another file", async () => {
      await each(signing, buyer.env, "FILE_UNREADABLE", "--keystore", join(folder, "nowhere"));
      const other = join(folder, "other-kind.json");
      await writeFile(other, JSON.stringify(winkCard), { mode: 0o600 });
      await each(signing, buyer.env, "KEYSTORE_INVALID", "--keystore", other);
    });

    it("takes a password from a file, without its last line break", async () => {
      const file = join(folder, "password");
      await writeFile(file, `${buyer.env.ISONOMY_PASSWORD}\n`, { mode: 0o600 });
      const env = without(buyer.env, "ISONOMY_PASSWORD");
      expect(await refusal(["withdraw", "--password-file", file], env)).to.equal("NOTHING_TO_WITHDRAW");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a key or a password among the arguments, where other users
    //   of the machine and the shell's history see it
    it("takes neither a key nor a password from the command line", async () => {
      for (const option of ["--password", "--private-key", "--mnemonic"]) {
        const { code, err } = await runHere(["withdraw", option, "hunter2"], buyer.env);
        expect(code).to.equal(2);
        expect(err).to.contain("Unknown option").and.not.contain("hunter2");
      }
    });

    // claim(attacks#command-line-package-and-sellers-agent): a wrong key repeated in the message; a keystore in plain
    //   text, or overwritten
    it("makes a keystore from a key on standard input, and shows no key that is wrong", async () => {
      const path = join(folder, "imported.json");
      const env = without(buyer.env, "ISONOMY_KEYSTORE");
      expect(await refusal(["keystore", path, "--import"], env, "0x1234")).to.equal("KEY_INVALID");
      expect(await refusal(["keystore", path, "--import"], env, "f".repeat(64))).to.equal("KEY_INVALID");
      const { code, out } = await runHere(["keystore", path, "--import"], env, { input: `${buyer.privateKey}\n` });
      expect(code).to.equal(0);
      expect(out).to.contain(buyer.address).and.not.contain(buyer.privateKey.slice(2));
      expect(await refusal(["keystore", path], env)).to.equal("FILE_EXISTS");
      expect(await refusal(["withdraw", "--keystore", path], env)).to.equal("NOTHING_TO_WITHDRAW");
      expect(await readFile(path, "utf8")).to.not.contain(buyer.privateKey.slice(2));
    });
  });

  describe("the money", () => {
    it("stops every command that sends when the account is empty", async () => {
      const { list, buy, "pool create": create } = signing;
      const pool = () => [...create!(), "--fee", "5"];
      await each({ list: list!, buy: buy!, "pool create": pool }, poor.env, "INSUFFICIENT_FUNDS");
      expect(await refusal(signing.swap!(), poor.env)).to.equal("INSUFFICIENT_FUNDS");
      expect(await refusal(["swap", "1", "TestToken", "native", "--slippage", "50"], poor.env)).to.equal(
        "TOKEN_BALANCE_TOO_LOW",
      );
      expect(await refusal(signing["pool add"]!(), poor.env)).to.equal("TOKEN_BALANCE_TOO_LOW");
      expect(await refusal(signing["pool remove"]!(), poor.env)).to.equal("SHARES_MISSING");
      expect(await refusal(signing.withdraw!(), poor.env)).to.equal("NOTHING_TO_WITHDRAW");
    });

    // claim(attacks#command-line-package-and-sellers-agent): an allowance left behind by a purchase that is impossible
    it("gives no allowance for a purchase that the account cannot pay", async () => {
      const terms = ["offer", version, "--price", "5", "--token", "TestToken", "--salt", "2"];
      const { termsHash } = await json<{ termsHash: string }>(terms, seller.env);
      counts[0]!++;
      expect(await refusal(["buy", version, "--terms", termsHash], buyer.env)).to.equal("TOKEN_BALANCE_TOO_LOW");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a price above the user's bound
    it("refuses a price above the bound", async () => {
      expect(await refusal(["buy", version, "--max-price", "0.9 native"], buyer.env)).to.equal("TOO_DEAR");
    });
  });

  describe("the offer", () => {
    it("says what is wrong with one that is expired, listed or signed", async () => {
      const file = join(folder, "expiring.json");
      const terms = ["offer", version, "--price", "2 native", "--expires", "1h", "--salt", "3"];
      const { termsHash } = await json<{ termsHash: string }>(terms, seller.env);
      await json([...terms, "--sign", file, "--supply", "3"], seller.env);
      counts[0]!++;
      await chain.provider.send("evm_increaseTime", [3_700]);
      await chain.provider.send("evm_mine", []);
      expect(await refusal(["buy", version, "--terms", termsHash], buyer.env)).to.equal("Market_OfferExpired");
      expect(await refusal(["buy", version, "--signed", file], buyer.env)).to.equal("Market_OfferExpired");
    });

    // claim(attacks#command-line-package-and-sellers-agent): terms changed in the file of a signed offer
    it("says so of a signature that is not the creator's", async () => {
      const file = join(folder, "signed.json");
      await json(["offer", version, "--price", "2 native", "--salt", "4", "--sign", file], seller.env);
      const signed = JSON.parse(await readFile(file, "utf8")) as { signature: string; offer: { price: string } };
      const cheaper = join(folder, "cheaper.json");
      await writeFile(cheaper, JSON.stringify({ ...signed, offer: { ...signed.offer, price: "1" } }));
      expect(await refusal(["buy", version, "--signed", cheaper], buyer.env)).to.equal("Market_BadSignature");
    });

    // claim(attacks#licences-listings-offers-and-signatures): a signed offer for another version than the buyer named
    it("refuses a signed offer of another version than the one that was named, whatever it costs", async () => {
      const file = join(folder, "another.json");
      await json(["offer", version, "--price", "2 native", "--salt", "5", "--sign", file], seller.env);
      const other = (BigInt(version) + 1n).toString();
      expect(await refusal(["buy", other, "--signed", file], buyer.env)).to.equal("OFFER_OF_ANOTHER");
    });

    it("refuses a signed offer for another market, and one whose signature is cut short", async () => {
      const file = join(folder, "first-market.json");
      await json(["offer", version, "--price", "2 native", "--salt", "6", "--sign", file], seller.env);
      const signed = JSON.parse(await readFile(file, "utf8")) as { market: string; signature: string };
      const other = join(folder, "second-market.json");
      await writeFile(other, JSON.stringify({ ...signed, market: poor.address.toLowerCase() }));
      expect(await refusal(["buy", version, "--signed", other], buyer.env)).to.equal("OFFER_OF_ANOTHER_MARKET");
      await writeFile(other, JSON.stringify({ ...signed, signature: signed.signature.slice(0, -1) }));
      expect(await refusal(["buy", version, "--signed", other], buyer.env)).to.equal("SIGNATURE_INVALID");
    });

    // claim(attacks#command-line-package-and-sellers-agent): an offer signed for nothing by an account whose code does
    //   not accept it (EIP-7702)
    it("signs no offer for an account whose code does not accept it (EIP-7702), and tells a buyer so", async () => {
      const file = join(folder, "before.json");
      await json(["offer", version, "--price", "2 native", "--salt", "7", "--sign", file], seller.env);
      const code = `0xef0100${chain.addresses.TestToken!.slice(2)}`;
      await chain.provider.send("hardhat_setCode", [seller.address, code]);
      const never = join(folder, "never.json");
      const args = ["offer", version, "--price", "2 native", "--salt", "8", "--sign", never];
      expect(await refusal(args, seller.env)).to.equal("SIGNATURE_DELEGATED");
      expect((await readFile(never, "utf8").catch((error: NodeJS.ErrnoException) => error.code))!).to.equal("ENOENT");
      expect(await refusal(["buy", version, "--signed", file], buyer.env)).to.equal("SIGNATURE_DELEGATED");
    });

    it("refuses an offer of what is somebody else's", async () => {
      expect(await refusal(signing.offer!(), buyer.env)).to.equal("Market_NotTitleHolder");
    });

    it("refuses a version that is not there, and one of several offers without a choice", async () => {
      expect(await refusal(["buy", "999999"], buyer.env)).to.equal("NO_OFFER");
      expect(await refusal(["buy", version, "--terms", `0x${"12".repeat(32)}`], buyer.env)).to.equal("NO_OFFER");
      await json(["offer", version, "--price", "3 native", "--salt", "5"], seller.env);
      counts[0]!++;
      expect(await refusal(["buy", version], buyer.env)).to.equal("OFFER_AMBIGUOUS");
    });

    it("refuses terms that the market does not allow", async () => {
      const short = ["offer", version, "--price", "1 native", "--deliver", "10m"];
      expect(await refusal(short, seller.env)).to.equal("Market_BadTerms");
    });
  });

  describe("the file", () => {
    it("refuses to seal what is missing, empty, or sealed before", async () => {
      const empty = join(folder, "empty.bin");
      await writeFile(empty, "");
      expect(await refusal(["prepare", join(folder, "none.bin")], seller.env)).to.equal("FILE_UNREADABLE");
      expect(await refusal(["prepare", folder], seller.env)).to.equal("FILE_UNREADABLE");
      expect(await refusal(["prepare", empty], seller.env)).to.equal("FILE_EMPTY");
      expect(await refusal(["prepare", card, "--out", empty], seller.env)).to.equal("FILE_EXISTS");
      const silent = without(seller.env, "ISONOMY_PASSWORD");
      expect(await refusal(["prepare", card], silent)).to.equal("PASSWORD_MISSING");
    });

    // claim(attacks#command-line-package-and-sellers-agent): another file instead of the keystore, the card, the offer
    //   or the prepared file
    it("refuses a card that is none, and a prepared file that is another", async () => {
      const broken = join(folder, "broken.json");
      await writeFile(broken, JSON.stringify({ ...winkCard, name: "" }));
      expect(await refusal(["list", broken], seller.env)).to.equal("CARD_INVALID");
      expect(await refusal(["list", seller.keystore], seller.env)).to.equal("CARD_INVALID");
      expect(await refusal(["list", join(folder, "none.json")], seller.env)).to.equal("FILE_UNREADABLE");
      expect(await refusal(["list", card, "--prepared", card], seller.env)).to.equal("FILE_INVALID");
      expect(await refusal(["buy", version, "--signed", card], buyer.env)).to.equal("FILE_INVALID");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a version published although its key was not kept
    it("publishes no version whose key it does not have", async () => {
      const file = join(folder, "mine.bin");
      await writeFile(file, "a model");
      await json(["prepare", file], seller.env);
      const prepared = ["--prepared", `${file}.isonomy.json`];
      expect(await refusal(["list", card, ...prepared], buyer.env)).to.equal("KEY_FILE_LOST");
      const wrong = { ...seller.env, ISONOMY_KEYRING_PASSWORD: "wrong" };
      expect(await refusal(["list", card, ...prepared], wrong)).to.equal("KEY_FILE_PASSWORD");
    });

    // claim(attacks#command-line-package-and-sellers-agent): a sealed file that is missing, cut short or another, and
    //   paid for
    // claim(invariants#command-line-package-and-sellers-agent): what is paid for was verified to the last byte before
    //   the payment
    it("pays nothing for a sealed file that is missing or damaged", async () => {
      const file = join(folder, "sold.bin");
      await writeFile(file, "a model that is sold");
      await json(["prepare", file], seller.env);
      const listed = await json<{ versionId: string }>(
        ["list", card, "--prepared", `${file}.isonomy.json`],
        seller.env,
      );
      const offer = ["offer", listed.versionId, "--price", "1 native", "--deliver", "1d"];
      const { termsHash } = await json<{ termsHash: string }>(offer, seller.env);
      const buy = ["buy", listed.versionId, "--terms", termsHash];
      counts[0]! += 2;
      const elsewhere = { ...buyer.env, ISONOMY_STORE: join(folder, "another-store") };
      expect(await refusal(buy, elsewhere)).to.equal("BLOB_MISSING");
      expect(await refusal([...buy, "--store", "ftp://somewhere"], buyer.env)).to.equal("STORE_UNREACHABLE");
    });
  });

  it("knows no deal and no key that is not there", async () => {
    expect(await refusal(["open", "12345", "--out", join(folder, "x")], buyer.env)).to.equal("DEAL_UNKNOWN");
    expect(await refusal(["complain", "12345"], buyer.env)).to.equal("DEAL_UNKNOWN");
    expect(await refusal(["settle", "12345"], buyer.env)).to.equal("DEAL_UNKNOWN");
    expect(await refusal(["reclaim", "12345"], buyer.env)).to.equal("DEAL_UNKNOWN");
    expect(await refusal(["status", "--deal", "12345"], buyer.env)).to.equal("DEAL_UNKNOWN");
  });

  it("says which value it does not understand", async () => {
    const wrong: string[][] = [
      ["buy", "one"],
      ["buy", version, "--max-price", "-1"],
      ["buy", version, "--recipient", "0x12"],
      ["buy", version, "--terms", "0x12"],
      ["offer", version, "--price", "1e18 native"],
      ["offer", version, "--price", "1 native", "--deliver", "soon"],
      ["offer", version, "--price", "1 native", "--referrer", "10001"],
      ["offer", version, "--price", "0.0000000000000000001 native"],
      ["swap", "all", "native", "TestToken"],
      ["swap", "1", "native", "Nothing"],
      ["pool", "remove", "native", "TestToken", "--percent", "0"],
      ["withdraw", "--to", "me"],
      ["seller", "--confirmations", "many"],
      ["seller", "--watch", "--http", "9464"],
      ["seller", "--alert-to", "me"],
      ["status", "--account", "me"],
      ["bond", "show", version, "--market", "me"],
      ["bond", "withdraw", version, "--market", "me"],
    ];
    for (const parameters of wrong)
      expect(await refusal(parameters, buyer.env), parameters.join(" ")).to.equal("VALUE_INVALID");
    const conflict = ["buy", version, "--pay-with", "native", "--signed", card];
    expect(await refusal(conflict, buyer.env)).to.equal("OPTION_CONFLICT");
    expect(await refusal(["status", "--deal", "1", "--listing", "1"], buyer.env)).to.equal("OPTION_CONFLICT");
    expect(await refusal(["offer", version], seller.env)).to.equal("USAGE");
    for (const parameters of [
      ["fly"],
      [],
      ["buy"],
      ["pool"],
      ["open", "1"],
      ["open", "1", "2"],
      ["buy", "1", "--fast"],
    ]) {
      expect(await refusal(parameters, buyer.env), parameters.join(" ")).to.equal("USAGE");
    }
  });

  it("ends in one line that says what to do", async () => {
    for (const [exit, parameters] of [
      [2, ["fly"]],
      [2, ["buy", "x"]],
      [2, ["swap", "1"]],
      [1, ["withdraw"]],
      [1, ["open", "1", "--out", join(folder, "x")]],
    ] as const) {
      const { code, out, err } = await runHere(parameters, buyer.env);
      expect(code, parameters.join(" ")).to.equal(exit);
      expect(out).to.equal("");
      expect(err).to.match(/^isonomy: \S.+[.`?)]\n$/);
    }
  });
});
