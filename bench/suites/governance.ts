import { AbiCoder, Contract, type Wallet, ZeroAddress, getCreateAddress, id } from "ethers";
import type { Chain } from "../lib/chain";
import { compare, type Context } from "../lib/context";
import { PEER } from "../lib/peers";
import type { Entry } from "../lib/types";
import { governorPlain, governorSame, tokens } from "../peers/governorSame";

const DAY = 86_400;
const ISO = 10n ** 18n;
const VOTERS = 10_000;
const CITIZENS = 1_000;
/** What an issuer may add within thirty days. */
const QUOTA = 50;

/** The government in phase 1, with two citizens who vote for themselves. */
interface Government {
  chain: Chain;
  whale: Wallet;
  citizens: [Wallet, Wallet];
  token: Contract;
  registry: Contract;
  governor: Contract;
  ballots: Contract;
  knob: Contract;
  adapters: number[];
  owner: Wallet;
}

/** Voting, proposing and moving tokens, beside OpenZeppelin's. */
export async function run(context: Context): Promise<Entry[]> {
  const plainTokens = await context.peer("OpenZeppelin tokens", tokens);
  const plain = await context.peer("OpenZeppelin Governor by timestamp", governorPlain);
  const same = await context.peer(PEER.governorSame, governorSame);

  context.say("deploying the government");
  const deployed = await deployGovernment(context.chain);
  context.say("moving tokens");
  const moved = await moveTokens(deployed);
  context.say("deciding");
  await decide(deployed, "the first");
  const decided = await decide(deployed, "the other");
  const crowded = await voteAmong(context, deployed);

  const vote = { [PEER.governor]: plain.vote, [PEER.twoBallots]: 2 * plain.vote };
  return [
    ...compare("gov.vote", decided.vote, vote),
    ...compare("gov.voteFirst", decided.voteFirst, { [PEER.governor]: plain.voteFirst }),
    ...compare("token.transfer", moved.transfer, { [PEER.erc20]: plainTokens.erc20Transfer }),
    ...compare("token.transferDelegated", moved.transferDelegated, { [PEER.votes]: plainTokens.transferDelegated }),
    ...compare("token.transferCitizens", moved.transferCitizens, { [PEER.votes]: plainTokens.transferDelegated }),
    ...compare("token.delegate", moved.delegate, { [PEER.votes]: plainTokens.delegate }),
    ...compare("gov.propose", decided.propose, { [PEER.governorSame]: same.propose }),
    ...compare("gov.queue", decided.queue, { [PEER.governorSame]: same.queue }),
    ...compare("gov.execute", decided.execute, { [PEER.governorSame]: same.execute }),
    ...compare("gov.vote@10000", crowded),
  ];
}

async function deployGovernment(chain: Chain): Promise<Government> {
  const [owner, whale, first, second, guardian] = await chain.actors(5, "government");
  const authority = await chain.ours("Authority", owner, owner.address);
  const genesis = [{ holder: whale.address, amount: 1_000_000_000n * ISO, cliff: 0n, duration: 0n }];
  const token = await chain.ours("GovernanceToken", owner, await authority.getAddress(), genesis);
  const addressOf = (contract: Contract) => contract.getAddress();
  const registry = await chain.ours("CitizenRegistry", owner, await addressOf(authority), await addressOf(token));
  await chain.gas(owner, token, "setRegistry", [await addressOf(registry)]);
  const treasury = await chain.ours(
    "Treasury",
    owner,
    await addressOf(authority),
    await addressOf(registry),
    owner.address,
  );
  const knob = await chain.ours("Knob", owner, await addressOf(authority));
  const foreseen = getCreateAddress({ from: owner.address, nonce: (await owner.getNonce()) + 1 });
  const timelock = await chain.ours("Timelock", owner, 2 * DAY, [foreseen], [foreseen], ZeroAddress);
  const governor = await chain.ours("IsonomyGovernor", owner, {
    token: await addressOf(token),
    timelock: await addressOf(timelock),
    authority: await addressOf(authority),
    treasury: await addressOf(treasury),
    guardian: guardian.address,
    votingDelay: 2 * DAY,
    votingPeriod: 7 * DAY,
    proposalThreshold: 1n,
    quorumPercent: 4n,
  });
  const { abi } = await chain.hre.artifacts.readArtifact("BallotBox");
  const ballots = new Contract(await governor.BALLOTS(), abi, owner);
  const setter = knob.interface.getFunction("setFeeBps")!.selector;
  await chain.gas(owner, authority, "setTargetFunctionRole", [await addressOf(knob), [setter], 1n]);
  await chain.gas(owner, authority, "grantRole", [1n, await addressOf(timelock), 0]);

  const adapters: number[] = [];
  for (let i = 1; i <= 3; i++) {
    const adapter = await chain.ours("OpenAdapter", owner);
    await chain.gas(owner, registry, "appointIssuer", [await addressOf(adapter), id("persons"), true]);
    adapters.push(i);
  }
  const deployed: Government = {
    chain,
    whale,
    citizens: [first, second],
    token,
    registry,
    governor,
    ballots,
    knob,
    adapters,
    owner,
  };
  await reachPhaseOne(deployed);
  return deployed;
}

/** A hundred citizens, the two of ours among them, then the bonus counts. */
async function reachPhaseOne({ chain, owner, whale, citizens, token, registry, adapters }: Government): Promise<void> {
  const until = (await chain.now()) + 600 * DAY;
  for (const citizen of citizens) {
    const proof = AbiCoder.defaultAbiCoder().encode(["bytes32", "uint48"], [id(citizen.address), until]);
    await chain.gas(citizen, registry, "claim", [3, proof]);
    await chain.gas(whale, token, "transfer", [citizen.address, 1_000n * ISO]);
  }
  const crowd = await chain.ours("Crowd", owner);
  await chain.gas(owner, crowd, "grow", [50]);
  await chain.gas(owner, crowd, "grow", [50]);
  for (const [index, start] of [0, 25, 50, 75].entries()) {
    const issuer = adapters[Math.floor(index / 2)];
    await chain.gas(owner, crowd, "claim", [start, start + 25, await registry.getAddress(), issuer, until]);
  }
  await chain.wait(31 * DAY);
  for (const start of [0, 50]) await chain.gas(owner, crowd, "reweigh", [start, start + 50, await token.getAddress()]);
  await chain.gas(owner, registry, "advancePhase", []);
}

async function moveTokens({ chain, whale, citizens, token }: Government) {
  const [first, second] = await chain.actors(2, "mover");
  for (const one of [first, second]) await chain.gas(whale, token, "transfer", [one.address, 1_000n * ISO]);
  const transfer = await chain.gas(first, token, "transfer", [second.address, 5n]);
  await chain.gas(second, token, "delegate", [second.address]);
  const delegate = await chain.gas(first, token, "delegate", [first.address]);
  await chain.gas(first, token, "transfer", [second.address, 5n]);
  const transferDelegated = await chain.gas(first, token, "transfer", [second.address, 5n]);
  for (const citizen of citizens) {
    await chain.gas(citizen, token, "delegate", [citizen.address]);
    await chain.gas(citizen, token, "reweigh", [citizen.address]);
  }
  await chain.gas(citizens[0], token, "transfer", [citizens[1].address, 5n]);
  const transferCitizens = await chain.gas(citizens[0], token, "transfer", [citizens[1].address, 5n]);
  await chain.gas(whale, token, "delegate", [whale.address]);
  await chain.wait(4 * DAY);
  return { transfer, delegate, transferDelegated, transferCitizens };
}

async function open(
  { chain, whale, governor, knob }: Government,
  title: string,
): Promise<{ propose: number; proposal: bigint }> {
  const calls = [knob.interface.encodeFunctionData("setFeeBps", [title.length])];
  const description = `${title}\n#proposer=${whale.address}`;
  const propose = await chain.gas(whale, governor, "propose", [[await knob.getAddress()], [0n], calls, description]);
  await chain.wait(2 * DAY + 1);
  return { propose, proposal: await governor.latestProposalId() };
}

/** One parameter from proposal to execution; both citizens vote in both houses. */
async function decide(deployed: Government, title: string) {
  const { chain, whale, citizens, governor } = deployed;
  const { propose, proposal } = await open(deployed, title);
  const voteFirst = await chain.gas(citizens[0], governor, "castVote", [proposal, 1]);
  const vote = await chain.gas(citizens[1], governor, "castVote", [proposal, 1]);
  await chain.gas(whale, governor, "castVote", [proposal, 1]);
  await chain.wait(7 * DAY + 1);
  const queue = await chain.gas(whale, governor, "queue(uint256)", [proposal]);
  await chain.wait(9 * DAY);
  const execute = await chain.gas(whale, governor, "execute(uint256)", [proposal]);
  return { propose, voteFirst, vote, queue, execute };
}

/** The same vote after 10,000 others voted, a thousand of them citizens: a tally is a counter, whatever it holds. */
async function voteAmong(context: Context, deployed: Government): Promise<number> {
  const { chain, owner, whale, citizens, token, registry, governor, ballots } = deployed;
  const crowds: Contract[] = [];
  context.say(`letting ${VOTERS} accounts hold tokens and vote for themselves`);
  for (let made = 0; made < VOTERS; made += 500) {
    const crowd = await chain.ours("Crowd", owner);
    for (let i = 0; i < 500; i += 50) {
      await chain.gas(owner, crowd, "grow", [50]);
    }
    await chain.gas(whale, token, "approve", [await crowd.getAddress(), 10n ** 30n]);
    for (let i = 0; i < 500; i += 50) {
      await chain.gas(whale, crowd, "give", [i, Array(50).fill(ISO), await token.getAddress()]);
      await chain.gas(owner, crowd, "delegateToSelf", [i, i + 50, await token.getAddress()]);
    }
    crowds.push(crowd);
  }
  context.say(`making ${CITIZENS} of them citizens, as fast as three issuers may`);
  await makeCitizens(deployed, crowds);
  await chain.wait(4 * DAY);
  const { proposal } = await open(deployed, "the crowd");
  const ballot = governor.interface.encodeFunctionData("castVote", [proposal, 1]);
  for (const [index, crowd] of crowds.entries()) {
    for (let i = 0; i < 500; i += 50) {
      await chain.gas(owner, crowd, "act", [i, i + 50, await governor.getAddress(), ballot]);
    }
    if (index % 5 === 4) context.say(`${(index + 1) * 500} of ${VOTERS} have voted`);
  }
  const { forCitizens } = await ballots.tallyOf(proposal);
  if (forCitizens !== BigInt(CITIZENS)) throw new Error(`${forCitizens} citizens have voted, not ${CITIZENS}.`);
  if ((await registry.phase()) !== 1n)
    throw new Error("The vote is in another phase than the one it is compared with.");
  await chain.gas(citizens[0], governor, "castVote", [proposal, 1]);
  return chain.gas(citizens[1], governor, "castVote", [proposal, 1]);
}

/** A hundred and fifty a month, as the issuers' limits have it; the phase stays, so that the vote is the one it is compared with. */
async function makeCitizens(
  { chain, owner, token, registry, adapters }: Government,
  crowds: Contract[],
): Promise<void> {
  const until = (await chain.now()) + 600 * DAY;
  const perMonth = QUOTA * adapters.length;
  for (let first = 0; first < CITIZENS; first += perMonth) {
    const last = Math.min(first + perMonth, CITIZENS);
    for (let from = first; from < last; from += QUOTA) {
      // the last issuer has the fewest, and none may vouch for more than half of all
      const issuer = adapters[adapters.length - 1 - (from - first) / QUOTA];
      const [crowd, at] = [crowds[Math.floor(from / 500)], from % 500];
      await chain.gas(owner, crowd, "claim", [at, at + QUOTA, await registry.getAddress(), issuer, until]);
    }
    await chain.wait(31 * DAY);
    for (let from = first; from < last; from += QUOTA) {
      const [crowd, at] = [crowds[Math.floor(from / 500)], from % 500];
      await chain.gas(owner, crowd, "reweigh", [at, at + QUOTA, await token.getAddress()]);
    }
  }
}
