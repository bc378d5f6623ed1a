import { FAR_DEADLINE, type Chain } from "../lib/chain";
import type { Figures } from "../lib/types";
import { mine } from "./governor";

const BUILD = "@uniswap/governance/build";
const ONE = 10n ** 18n;
const TWO_DAYS = 172_800n;

/** GovernorAlpha with Uni: what the first DAOs ran on. */
export async function governorAlpha(chain: Chain): Promise<Figures<"propose" | "voteFirst" | "vote">> {
  const [owner, first, second, third] = await chain.actors(4, "alpha");
  const token = await chain.deploy(`${BUILD}/Uni.json`, owner, owner.address, owner.address, FAR_DEADLINE);
  const timelock = await chain.deploy(`${BUILD}/Timelock.json`, owner, owner.address, TWO_DAYS);
  const house = await chain.deploy(
    `${BUILD}/GovernorAlpha.json`,
    owner,
    await timelock.getAddress(),
    await token.getAddress(),
  );
  const voters = [first, second, third];
  for (const voter of voters) {
    await chain.gas(owner, token, "transfer", [voter.address, 50_000_000n * ONE]);
    await chain.gas(voter, token, "delegate", [voter.address]);
  }
  await chain.gas(owner, token, "transfer", [third.address, ONE]);

  // each proposer may have one proposal at a time; the second is the steady state
  const call = [[await token.getAddress()], [0n], ["transfer(address,uint256)"], ["0x"], "a decision"];
  let propose = 0;
  const votes: number[] = [];
  for (const [i, proposer] of [first, second].entries()) {
    propose = await chain.gas(proposer, house, "propose", call);
    await mine(chain, 2);
    votes.length = 0;
    for (const voter of voters) votes.push(await chain.gas(voter, house, "castVote", [BigInt(i + 1), true]));
  }
  return { propose, voteFirst: votes[0], vote: votes[2] };
}
