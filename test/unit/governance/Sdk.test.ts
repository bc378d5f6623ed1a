import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  GovernanceClient,
  type ProposalFile,
  type ProposalStatus,
  describeCalls,
  encodeBallot,
  encodeProposal,
  voteConcentration,
} from "../../../sdk/src/governance";
import { caught } from "../../support/caught";
import { ISO, delegated, phaseOne } from "./fixture";

/** The contracts of a vote, by their names in a deployment. */
async function contractsOf({ governor, ballots, token }: Awaited<ReturnType<typeof delegated>>["contracts"]) {
  const [IsonomyGovernor, BallotBox, GovernanceToken] = await Promise.all(
    [governor, ballots, token].map((contract) => contract.getAddress()),
  );
  return { IsonomyGovernor: IsonomyGovernor!, BallotBox: BallotBox!, GovernanceToken: GovernanceToken! };
}

async function clients() {
  const base = await delegated();
  const { knob } = base.contracts;
  const file: ProposalFile = {
    title: "Lower the fee",
    why: "It is high.",
    calls: [{ target: await knob.getAddress(), abi: knob.interface, call: "setFeeBps", args: [42n] }],
  };
  const deployment = { contracts: await contractsOf(base.contracts) };
  const client = new GovernanceClient(deployment, base.actors.whale);
  return { ...base, file, deployment, client };
}

describe("the governance client", () => {
  it("proposes from a file, votes, queues, executes and watches to the end", async () => {
    const { contracts, actors, actions, client, file, deployment } = await loadFixture(clients);
    const id = await client.propose(file);
    expect(await client.status(id)).to.include({ state: "pending", kind: "parameters", phase: 0 });
    await actions.toVoting(id);
    await client.vote(id, "for", { reason: "it is high" });
    const other = new GovernanceClient(deployment, actors.other);
    await other.vote(id, { against: 1n * ISO, for: 2n * ISO, abstain: 3n * ISO });
    expect((await client.status(id)).units).to.deep.equal({
      against: ISO,
      for: 400_000_002n * ISO,
      abstain: 3n * ISO,
    });
    await actions.toEnd(id);
    await client.queue(id);
    await time.increaseTo((await client.status(id)).executableFrom);
    await client.execute(id);
    expect(await contracts.knob.feeBps()).to.equal(42n);
    const seen: ProposalStatus[] = [];
    for await (const status of client.watch(id)) seen.push(status);
    expect(seen.map(({ state }) => state)).to.deep.equal(["executed"]);
  });

  it("reports a change while it watches, and stops when told", async () => {
    const { client, file } = await loadFixture(clients);
    const id = await client.propose(file);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { state } of client.watch(id, { everyMilliseconds: 5, signal: stop.signal })) {
      seen.push(state);
      if (seen.length === 1) await client.cancel(id);
      else stop.abort();
    }
    expect(seen).to.deep.equal(["pending", "canceled"]);
  });

  it("delegates and reweighs", async () => {
    const { contracts, actors, crowd } = await loadFixture(phaseOne);
    const client = new GovernanceClient({ contracts: await contractsOf(contracts) }, actors.poor);
    await client.delegate(actors.voter.address);
    expect(await contracts.token.delegates(actors.poor)).to.equal(actors.voter.address);
    await client.reweigh(await crowd.people(3));
    expect((await contracts.token.standingOf(await crowd.people(3))).counted).to.equal(true);
  });

  it("casts a citizen's own vote beside the units'", () => {
    expect(encodeBallot("for")).to.deep.equal({ support: 1, params: "0x" });
    expect(encodeBallot("for", "against")).to.deep.equal({ support: 1, params: "0x00" });
    expect(encodeBallot({ against: 1n, for: 2n, abstain: 3n }).params).to.have.lengthOf(2 + 96);
    expect(encodeBallot({ against: 1n, for: 2n, abstain: 3n }, "abstain").params).to.match(/02$/);
  });

  it("refuses a file without calls or with too many, an unknown function, and proposing without a signer", async () => {
    const { actors, client, file, deployment } = await loadFixture(clients);
    const { address: proposer } = actors.whale;
    expect(() => encodeProposal({ ...file, calls: [] }, proposer)).to.throw("makes no call");
    expect(() => encodeProposal({ ...file, calls: Array(21).fill(file.calls[0]) }, proposer)).to.throw("Split it");
    expect(() => describeCalls({ ...file, calls: [{ ...file.calls[0], call: "nothing" }] })).to.throw("no function");
    expect(describeCalls(file)[0]).to.match(/setFeeBps\(value: 42\)$/);
    expect(encodeProposal(file, proposer).description).to.match(new RegExp(`#proposer=${proposer}$`));
    const reader = new GovernanceClient(deployment, actors.whale.provider);
    await caught(() => reader.propose(file), "SIGNER_MISSING");
    expect(client.governor.target).to.equal(deployment.contracts.IsonomyGovernor);
  });

  it("measures concentration", () => {
    expect(voteConcentration([1n, 1n, 1n, 1n])).to.deep.equal({ topTen: 1, nakamoto: 3, gini: 0 });
    expect(() => voteConcentration([]))
      .to.throw("there are no votes")
      .with.property("code", "ARGUMENT_INVALID");
    expect(() => voteConcentration([0n]))
      .to.throw("nobody has any votes")
      .with.property("code", "ARGUMENT_INVALID");
  });
});
