import { loadFixture, setBalance, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { ISO, STATE, SUPPORT, almostAThousand } from "../unit/governance/fixture";
import type { Call } from "../unit/governance/fixture";
import { selectorOf } from "../support/untyped";

const FUNDS = 1_000n * ISO;
const NATIVE = ethers.ZeroAddress;
/** One citizen is missing, and has seasoned: anyone who counts this person and asks for it begins phase 2. */
const MISSING = 999;

/** A DAO one counted citizen short of phase 2, a payee and a token that count this person and ask for the phase while they are paid. */
async function oneShort() {
  const base = await almostAThousand();
  const { contracts, actors, actions, crowd } = base;
  const { governor, registry, token, treasury } = contracts;
  await setBalance(await treasury.getAddress(), FUNDS);
  const payee = await ethers.deployContract("Meddler");
  const coin = await ethers.deployContract("MeddlingToken", [payee]);
  await coin.mint(treasury, FUNDS);
  await payee.arm([
    {
      target: await token.getAddress(),
      data: token.interface.encodeFunctionData("reweigh", [await crowd.people(MISSING)]),
    },
    { target: await registry.getAddress(), data: registry.interface.encodeFunctionData("advancePhase") },
  ]);

  const pay = async (of: string, to: string, amount: bigint): Promise<Call> => ({
    target: await treasury.getAddress(),
    data: treasury.interface.encodeFunctionData("pay", [of, to, amount]),
  });
  const appoint = async (count: number): Promise<Call[]> => {
    const target = await registry.getAddress();
    return Array.from({ length: count }, (_, i) => ({
      target,
      data: registry.interface.encodeFunctionData("appointIssuer", [ethers.toBeHex(i + 1, 20), ethers.ZeroHash, false]),
    }));
  };
  /** One holder votes for all of them while no citizen has to agree, and their waits are over. */
  async function due(...proposals: Call[][]): Promise<bigint[]> {
    const ids: bigint[] = [];
    for (const [index, calls] of proposals.entries()) {
      ids.push((await actions.propose(actors.whale, calls, `Proposal ${index}`)).id);
    }
    await actions.toVoting(ids.at(-1)!);
    for (const id of ids) await governor.connect(actors.whale).castVote(id, SUPPORT.inFavour);
    await actions.toEnd(ids.at(-1)!);
    for (const id of ids) await governor["queue(uint256)"](id);
    for (const id of ids) {
      const eta = await governor.proposalEta(id);
      if (eta > BigInt(await time.latest())) await time.increaseTo(eta);
    }
    return ids;
  }
  return { ...base, payee, coin, pay, appoint, due };
}

describe("A treasury was emptied by a batch in whose middle the DAO grew up", () => {
  // claim(attacks#government-and-citizens): a batch whose first call changes the rules for the next: the phase, a
  //   limit, a role
  it("keeps the limit of the first call for the second, in coin and in a token, whatever a payee calls between them", async () => {
    const { contracts, actors, payee, coin, pay, due } = await loadFixture(oneShort);
    const { governor, registry, treasury } = contracts;
    const thief = actors.stranger.address;
    const token = await coin.getAddress();
    const ids = await due(
      [await pay(NATIVE, await payee.getAddress(), 0n), await pay(NATIVE, thief, FUNDS)],
      [await pay(token, await payee.getAddress(), 0n), await pay(token, thief, FUNDS)],
      [await pay(token, await payee.getAddress(), 0n), await pay(NATIVE, thief, FUNDS)],
    );
    for (const [index, of] of [NATIVE, token, NATIVE].entries()) {
      await expect(governor["execute(uint256)"](ids[index]!))
        .to.be.revertedWithCustomError(treasury, "Treasury_EarlyLimit")
        .withArgs(of, FUNDS, FUNDS / 100n);
    }
    expect(await ethers.provider.getBalance(treasury)).to.equal(FUNDS);
    expect(await coin.balanceOf(treasury)).to.equal(FUNDS);
    expect(await registry.phase()).to.equal(1n);
  });

  it("lets the payee begin the phase, which counts from the next second on: for payments as for everything", async () => {
    const { contracts, actors, payee, pay, appoint, due } = await loadFixture(oneShort);
    const { governor, registry, rules, treasury } = contracts;
    const [tip, later, issuers] = await due(
      [await pay(NATIVE, await payee.getAddress(), 0n), await pay(NATIVE, actors.stranger.address, FUNDS / 100n)],
      [await pay(NATIVE, actors.stranger.address, 1n)],
      await appoint(1),
    );
    const execution = governor["execute(uint256)"](tip!);
    await expect(execution).to.emit(registry, "PhaseReached").withArgs(2n, 1_000n);
    await expect(execution).to.changeEtherBalances([treasury, actors.stranger], [-FUNDS / 100n, FUNDS / 100n]);
    expect(await payee.done()).to.equal(0b11n);
    const { blockNumber } = (await (await execution).wait())!;
    const at = { blockTag: blockNumber };
    expect(await registry.phase(at)).to.equal(1n);
    expect(await treasury.available(NATIVE, at)).to.equal(0n);

    for (const id of [later!, issuers!]) {
      await expect(governor["execute(uint256)"](id))
        .to.be.revertedWithCustomError(rules, "ProposalRules_VotedTooEarly")
        .withArgs(0n, 1n);
    }
    expect(await registry.phase()).to.equal(2n);
    expect(await treasury.available(NATIVE)).to.equal((FUNDS * 99n) / 100n);
  });

  // claim(attacks#government-and-citizens): a batch whose first call changes the rules for the next: the phase, a
  //   limit, a role
  it("keeps the eight issuers of a young DAO, in one vote or in several within that second", async () => {
    const { contracts, payee, pay, appoint, due } = await loadFixture(oneShort);
    const { governor, registry } = contracts;
    const tip = await pay(NATIVE, await payee.getAddress(), 0n);
    const [all, begin, rest] = await due([tip, ...(await appoint(19))], [tip], await appoint(6));
    await expect(governor["execute(uint256)"](all!))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);

    // in one block: three issuers are there, so five more fit, and six do not
    await ethers.provider.send("evm_setAutomine", [false]);
    const first = await governor["execute(uint256)"](begin!, { gasLimit: 5_000_000 });
    const second = await governor["execute(uint256)"](rest!, { gasLimit: 5_000_000 });
    await ethers.provider.send("evm_mine", []);
    await ethers.provider.send("evm_setAutomine", [true]);
    const receipts = await Promise.all([first, second].map(({ hash }) => ethers.provider.getTransactionReceipt(hash)));
    expect(receipts.map((receipt) => receipt!.status)).to.deep.equal([1, 0]);
    expect(new Set(receipts.map((receipt) => receipt!.blockNumber)).size).to.equal(1);
    expect(await registry.issuerCount()).to.equal(3n);
    await time.increase(1n);
    expect(await registry.phase()).to.equal(2n);
  });

  // claim(attacks#government-and-citizens): a batch whose first call changes the rules for the next: the phase, a
  //   limit, a role
  it("asks again after the calls what kind they are of, and executes nothing within an execution", async () => {
    const { contracts, actors, payee, pay, due, actions } = await loadFixture(oneShort);
    const { authority, governor, knob, rules, treasury } = contracts;
    const fee = await actions.feeCall(500n);
    const [outer, inner, light] = await due(
      [await pay(NATIVE, await payee.getAddress(), 0n)],
      [await pay(NATIVE, actors.stranger.address, 1n)],
      [fee],
    );
    const execution = governor.interface.encodeFunctionData("execute(uint256)", [inner!]);
    await payee.arm([{ target: await governor.getAddress(), data: execution }]);
    await governor["execute(uint256)"](outer!);
    expect(await payee.done()).to.equal(0n);
    expect(await payee.answers(0)).to.equal(governor.interface.encodeErrorResult("ReentrancyGuardReentrantCall", []));
    expect(await governor.state(inner!)).to.equal(STATE.queued);
    await expect(governor["execute(uint256)"](inner!)).to.changeEtherBalances([treasury, actors.stranger], [-1n, 1n]);

    // what the DAO's module does when it is called: the same function is a constitutional one afterwards
    const data = authority.interface.encodeFunctionData("setTargetFunctionRole", [
      await knob.getAddress(),
      [selectorOf(knob, "setFeeBps")],
      0n,
    ]);
    const changing = await ethers.deployContract("RoleChanger", [authority, data]);
    await authority.connect(actors.dao).grantRole(0n, changing, 0);
    const set = selectorOf(changing, "setFeeBps");
    await authority.connect(actors.dao).setTargetFunctionRole(changing, [set], 1n);
    expect(await governor.state(light!)).to.equal(STATE.queued);
    const [both] = await due([{ target: await changing.getAddress(), data: set }, fee]);
    await expect(governor["execute(uint256)"](both!))
      .to.be.revertedWithCustomError(rules, "ProposalRules_NotYetAllowed")
      .withArgs(1n, 1n);
    expect(await knob.feeBps()).to.equal(0n);
  });
});
