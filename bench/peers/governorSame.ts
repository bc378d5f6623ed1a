import { ZeroAddress, getCreateAddress, id } from "ethers";
import type { Chain } from "../lib/chain";
import { compile } from "../lib/compile";
import type { Figures } from "../lib/types";

const DAY = 86_400;
const SUPPLY = 1_000_000_000n * 10n ** 18n;

/** OpenZeppelin's Governor with the same extensions as ours and its own counting: fractional votes, storage, sequential ids. */
export async function governorSame(chain: Chain): Promise<Figures<"propose" | "vote" | "queue" | "execute">> {
  const [owner, voter] = await chain.actors(2, "governorSame");
  const token = await chain.ours("PlainVotes", owner, SUPPLY);
  const authority = await chain.ours("Authority", owner, owner.address);
  const knob = await chain.ours("Knob", owner, await authority.getAddress());
  const foreseen = getCreateAddress({ from: owner.address, nonce: (await owner.getNonce()) + 1 });
  const timelock = await chain.ours("Timelock", owner, 2 * DAY, [foreseen], [foreseen], ZeroAddress);
  const governor = await chain.deploy(
    await compile("PlainExtendedGovernor.sol", { runs: 200 }),
    owner,
    await token.getAddress(),
    await timelock.getAddress(),
    2 * DAY,
    7 * DAY,
    1n,
  );
  const setter = knob.interface.getFunction("setFeeBps")!.selector;
  await chain.gas(owner, authority, "setTargetFunctionRole", [await knob.getAddress(), [setter], 1n]);
  await chain.gas(owner, authority, "grantRole", [1n, await timelock.getAddress(), 0]);
  await chain.gas(owner, token, "transfer", [voter.address, 10n ** 18n]);
  for (const one of [owner, voter]) await chain.gas(one, token, "delegate", [one.address]);
  await chain.wait(1);

  // two proposals, since the first of a kind fills slots that stay
  let figures = { propose: 0, vote: 0, queue: 0, execute: 0 };
  for (const title of ["the first", "the other"]) {
    const description = `${title}\n#proposer=${owner.address}`;
    const calls = [knob.interface.encodeFunctionData("setFeeBps", [title.length])];
    const action = [[await knob.getAddress()], [0n], calls];
    const propose = await chain.gas(owner, governor, "propose", [...action, description]);
    const proposal = await governor.getProposalId(...action, id(description));
    await chain.wait(2 * DAY + 1);
    await chain.gas(owner, governor, "castVote(uint256,uint8)", [proposal, 1]);
    const vote = await chain.gas(voter, governor, "castVote(uint256,uint8)", [proposal, 1]);
    await chain.wait(7 * DAY + 1);
    const queue = await chain.gas(owner, governor, "queue(uint256)", [proposal]);
    await chain.wait(3 * DAY);
    const execute = await chain.gas(owner, governor, "execute(uint256)", [proposal]);
    figures = { propose, vote, queue, execute };
  }
  return figures;
}

/** An ERC-20 without anything, and one with votes on the same clock as ours, moved between the same kinds of accounts. */
export async function tokens(chain: Chain): Promise<Figures<"erc20Transfer" | "delegate" | "transferDelegated">> {
  const [owner, first, second] = await chain.actors(3, "tokens");
  const plain = await chain.ours("PlainCoin", owner, SUPPLY);
  const votes = await chain.ours("PlainVotes", owner, SUPPLY);
  for (const token of [plain, votes]) {
    for (const one of [first, second]) await chain.gas(owner, token, "transfer", [one.address, 10n ** 21n]);
  }
  const erc20Transfer = await chain.gas(first, plain, "transfer", [second.address, 5n]);
  await chain.gas(second, votes, "delegate", [second.address]);
  const delegate = await chain.gas(first, votes, "delegate", [first.address]);
  await chain.gas(first, votes, "transfer", [second.address, 5n]);
  const transferDelegated = await chain.gas(first, votes, "transfer", [second.address, 5n]);
  return { erc20Transfer, delegate, transferDelegated };
}

/** OpenZeppelin's Governor with its timelock on our clock: one house, one ballot, and what two such ballots cost. */
export async function governorPlain(chain: Chain): Promise<Figures<"voteFirst" | "vote">> {
  const [owner, first, second] = await chain.actors(3, "governorPlain");
  const token = await chain.ours("PlainVotes", owner, SUPPLY);
  const governor = await chain.ours(
    "PlainGovernor",
    owner,
    await token.getAddress(),
    ZeroAddress,
    2 * DAY,
    7 * DAY,
    0n,
  );
  const voters = [first, second];
  for (const voter of voters) {
    await chain.gas(owner, token, "transfer", [voter.address, 10n ** 21n]);
    await chain.gas(voter, token, "delegate", [voter.address]);
  }
  const action = [[owner.address], [0n], ["0x"]];
  await chain.gas(owner, governor, "propose", [...action, "a plain one"]);
  const proposal = await governor.hashProposal(...action, id("a plain one"));
  await chain.wait(2 * DAY + 1);
  const [voteFirst, vote] = [
    await chain.gas(first, governor, "castVote(uint256,uint8)", [proposal, 1]),
    await chain.gas(second, governor, "castVote(uint256,uint8)", [proposal, 1]),
  ];
  return { voteFirst, vote };
}
