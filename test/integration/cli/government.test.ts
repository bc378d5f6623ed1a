import { expect } from "chai";
import { Interface, type Fragment, type FunctionFragment } from "ethers";
import { artifacts } from "hardhat";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { privilegedAbis } from "../../../sdk/src/governance";
import { IMarket__factory } from "../../../typechain-types/factories/contracts/market/IMarket__factory";
import { json, localWallet, person, refusal } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

describe("isonomy, in the government", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let proposer: Person;
  let other: Person;
  let poor: Person;
  let file: string;
  let snapshot: string;

  const proposal = {
    title: "A lower fee",
    why: "Sales pay for what the protocol costs.",
    calls: [{ contract: "Market", function: "setProtocolFee(uint16)", args: ["200"] }],
  };

  before(async function () {
    this.timeout(180_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    // two of those to whom the local deployment gives tokens
    proposer = await person(chain.folder, "proposer", at, localWallet(1));
    other = await person(chain.folder, "other", at, localWallet(19));
    poor = await person(chain.folder, "poor", at);
    file = join(chain.folder, "fee.json");
    await writeFile(file, JSON.stringify(proposal));
  });

  after(() => chain.close());

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const until = async (second: bigint): Promise<void> => {
    await chain.provider.send("evm_setNextBlockTimestamp", [`0x${(second + 1n).toString(16)}`]);
    await chain.provider.send("evm_mine", []);
  };
  const status = (id: string) =>
    json<{ state: string; votingFrom: string; votingUntil: string; executableFrom: string; units: { for: string } }>(
      ["status", "--proposal", id],
      other.env,
    );

  async function proposed(): Promise<string> {
    await json(["delegate"], proposer.env);
    await json(["delegate", "self"], other.env);
    const { timestamp } = (await chain.provider.getBlock("latest"))!;
    // votes count from three days after they were acquired
    await until(BigInt(timestamp) + 3n * 86_400n + 10n);
    return (await json<{ proposalId: string }>(["propose", file], proposer.env)).proposalId;
  }

  it("delegates, proposes, votes, queues and executes", async () => {
    const id = await proposed();
    const pending = await status(id);
    expect(pending.state).to.equal("pending");
    expect(await refusal(["enact", id], other.env)).to.equal("PROPOSAL_NOT_DUE");
    await until(BigInt(pending.votingFrom));
    await json(["vote", id, "for", "--reason", "cheaper"], proposer.env);
    await json(["vote", id, "for"], other.env);
    const voted = await status(id);
    expect(voted.state).to.equal("active");
    expect(BigInt(voted.units.for) > 0n).to.equal(true);
    await until(BigInt((await status(id)).votingUntil));
    expect((await json<{ state: string }>(["enact", id], other.env)).state).to.equal("queued");
    await until(BigInt((await status(id)).executableFrom));
    expect((await json<{ state: string }>(["enact", id], other.env)).state).to.equal("executed");
    const market = IMarket__factory.connect(chain.addresses.Market!, chain.provider);
    expect((await market.config()).protocolFeeBps).to.equal(200n);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a proposal that says one thing and calls another
  it("says what a proposal would call, and refuses one that cannot be encoded", async () => {
    const { calls } = await json<{ calls: string[] }>(["propose", file, "--check"], poor.env);
    expect(calls).to.have.length(1);
    expect(calls[0]).to.match(/\.setProtocolFee\(.*200\)$/);
    const wrong = join(chain.folder, "wrong.json");
    const variants = [
      { ...proposal, title: undefined },
      { ...proposal, calls: [{ contract: "Nothing", function: "f()" }] },
      { ...proposal, calls: [{ contract: "Market", function: "setProtocolFee(uint16)", args: ["70000"] }] },
      { ...proposal, calls: [{ contract: "Market", function: "not a function" }] },
    ];
    for (const variant of variants) {
      await writeFile(wrong, JSON.stringify(variant));
      expect(await refusal(["propose", wrong], proposer.env), JSON.stringify(variant)).to.equal("PROPOSAL_INVALID");
    }
    await writeFile(wrong, "no json");
    expect(await refusal(["propose", wrong], proposer.env)).to.equal("FILE_INVALID");
    expect(await refusal(["propose", join(chain.folder, "none.json")], proposer.env)).to.equal("FILE_UNREADABLE");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a permission that was granted on the chain and is not in the
  //   sources
  it("prints who can call what, as the sources say", async () => {
    const table = await json<{ functions: { contract: string; signature: string; role: string }[]; others: unknown[] }>(
      ["permissions"],
      poor.env,
    );
    expect(table.functions.find(({ signature }) => signature === "setProtocolFee(uint16)")).to.include({
      contract: "Market",
      role: "PARAMETER",
    });
    expect(table.functions.length).to.be.greaterThan(15);
    expect(table.others.length).to.be.greaterThan(5);
  });

  it("reads the contracts as they are compiled", async () => {
    for (const [name, fragments] of Object.entries(privilegedAbis)) {
      const compiled = new Interface((await artifacts.readArtifact(name)).abi);
      for (const fragment of new Interface(fragments).fragments) {
        const signature = fragment.format("sighash");
        const own = fragment.type === "event" ? compiled.getEvent(signature) : compiled.getFunction(signature);
        expect(own, `${name}.${signature}`).to.not.equal(null);
        if (fragment.type === "event") {
          const indexed = (one: Fragment) => one.inputs.map((input) => input.indexed === true);
          expect(indexed(own!), `${name}.${signature}`).to.deep.equal(indexed(fragment));
        } else if ((fragment as FunctionFragment).outputs.length > 0) {
          const types = (one: FunctionFragment) => one.outputs.map(({ type }) => type);
          expect(types(fragment as FunctionFragment), `${name}.${signature}`).to.deep.equal(
            types(own as FunctionFragment),
          );
        }
      }
    }
  });

  it("keeps the count of citizens up to date, as far as the contract lets it", async () => {
    const before = await chain.provider.getTransactionCount(other.address);
    expect(await refusal(["citizens", "advance"], other.env)).to.equal("CitizenRegistry_PhaseNotReached");
    expect(await refusal(["citizens", "majority", "1"], other.env)).to.equal("CitizenRegistry_NoMajority");
    for (const wrong of ["0", "4294967296", "me"]) {
      expect(await refusal(["citizens", "majority", wrong], other.env)).to.equal("VALUE_INVALID");
    }
    expect(await refusal(["citizens", "reweigh", "me"], other.env)).to.equal("VALUE_INVALID");
    expect(await chain.provider.getTransactionCount(other.address)).to.equal(before);
    const { isCitizen } = await json<{ isCitizen: boolean }>(["citizens", "reweigh", poor.address], other.env);
    expect(isCitizen).to.equal(false);
    expect(await chain.provider.getTransactionCount(other.address)).to.equal(before + 1);
  });

  it("refuses who may not, and spends nothing", async () => {
    const id = await proposed();
    const all = [["delegate"], ["propose", file], ["vote", id, "for"], ["enact", id], ["citizens", "advance"]];
    const without = (name: string) => Object.fromEntries(Object.entries(poor.env).filter(([one]) => one !== name));
    for (const parameters of all) {
      const name = parameters.join(" ");
      expect(await refusal(parameters, without("ISONOMY_KEYSTORE")), name).to.equal("KEYSTORE_MISSING");
      expect(await refusal(parameters, { ...poor.env, ISONOMY_PASSWORD: "wrong" }), name).to.equal("PASSWORD_WRONG");
      expect(await refusal([...parameters, "--chain", "1"], poor.env), name).to.equal("WRONG_NETWORK");
      expect(await refusal(parameters, without("ISONOMY_ADDRESSES")), name).to.equal("NO_DEPLOYMENT");
      expect(await refusal(parameters, without("ISONOMY_RPC_URL")), name).to.equal("RPC_MISSING");
    }
    for (const parameters of [["permissions"], ["status", "--proposal", id]]) {
      expect(await refusal(parameters, without("ISONOMY_ADDRESSES"))).to.equal("NO_DEPLOYMENT");
    }
    expect(await refusal(["delegate"], poor.env)).to.equal("INSUFFICIENT_FUNDS");
    const tooFew = await refusal(["propose", file], poor.env);
    expect(tooFew).to.match(/Governor|INSUFFICIENT_FUNDS/);
    const early = await refusal(["vote", id, "for"], other.env);
    expect(early).to.match(/Governor/);
    expect(await refusal(["vote", id, "maybe"], other.env)).to.equal("VALUE_INVALID");
    expect(await refusal(["delegate", "me"], other.env)).to.equal("VALUE_INVALID");
    expect(await chain.provider.getTransactionCount(poor.address)).to.equal(0);
  });
});
