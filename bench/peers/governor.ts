import { Contract, type Wallet, id } from "ethers";
import type { Chain } from "../lib/chain";
import { compile } from "../lib/compile";
import type { Figures } from "../lib/types";

const ONE = 10n ** 18n;
const SUPPLY = 1_000_000n * ONE;
const NOBODY = "0x0000000000000000000000000000000000000000";
const FOR = 1;

export type GovernorOperation =
  "delegate" | "transfer" | "transferDelegated" | "propose" | "voteFirst" | "vote" | "queue" | "execute";

/** OpenZeppelin's ERC20Votes and Governor as they come, with our compiler: one house, one ballot. */
export async function governor(chain: Chain): Promise<Figures<GovernorOperation>> {
  const [owner, first, second, third, fourth] = await chain.actors(5, "governor");
  const token = await chain.deploy(await compile("PlainVotes.sol"), owner, owner.address, SUPPLY);
  const timelock = await chain.deploy(
    await compile("@openzeppelin/contracts/governance/TimelockController.sol"),
    owner,
    1n,
    [],
    [NOBODY],
    owner.address,
  );
  const house = await chain.deploy(
    await compile("PlainGovernor.sol"),
    owner,
    await token.getAddress(),
    await timelock.getAddress(),
  );
  for (const role of ["PROPOSER_ROLE", "CANCELLER_ROLE"]) {
    await chain.gas(owner, timelock, "grantRole", [id(role), await house.getAddress()]);
  }

  const voters = [first, second, third, fourth];
  for (const voter of voters) await chain.gas(owner, token, "transfer", [voter.address, SUPPLY / 10n]);
  const transfer = await chain.gas(first, token, "transfer", [second.address, ONE]);
  const delegates: number[] = [];
  for (const voter of voters) delegates.push(await chain.gas(voter, token, "delegate", [voter.address]));
  await chain.gas(first, token, "transfer", [second.address, ONE]);
  const transferDelegated = await chain.gas(first, token, "transfer", [second.address, ONE]);

  // two proposals, since the first of a kind fills slots that stay
  await decide(chain, house, timelock, voters, "the first");
  const decided = await decide(chain, house, timelock, voters, "the second");
  return { delegate: delegates[3], transfer, transferDelegated, ...decided };
}

async function decide(
  chain: Chain,
  house: Contract,
  timelock: Contract,
  voters: Wallet[],
  description: string,
): Promise<Record<"propose" | "voteFirst" | "vote" | "queue" | "execute", number>> {
  const delay = 1n;
  const call = timelock.interface.encodeFunctionData("updateDelay", [delay]);
  const action = [[await timelock.getAddress()], [0n], [call]];
  const [targets, values, calldatas] = action;
  const propose = await chain.gas(voters[0], house, "propose", [targets, values, calldatas, description]);
  const proposal = await house.getProposalId(targets, values, calldatas, id(description));
  await mine(chain, 2);
  const votes: number[] = [];
  for (const voter of voters.slice(0, 3)) {
    votes.push(await chain.gas(voter, house, "castVote(uint256,uint8)", [proposal, FOR]));
  }
  await mine(chain, 100);
  const queue = await chain.gas(voters[0], house, "queue(address[],uint256[],bytes[],bytes32)", [
    ...action,
    id(description),
  ]);
  await chain.wait(10);
  const execute = await chain.gas(voters[0], house, "execute(address[],uint256[],bytes[],bytes32)", [
    ...action,
    id(description),
  ]);
  return { propose, voteFirst: votes[0], vote: votes[2], queue, execute };
}

export async function mine(chain: Chain, blocks: number): Promise<void> {
  await chain.send("hardhat_mine", [`0x${blocks.toString(16)}`]);
}
