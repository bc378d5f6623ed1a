import { FunctionFragment, Interface, formatEther } from "ethers";

import { describeCalls, type ProposalFile, type ProposedCall } from "../../governance/proposal";
import { cliError } from "../errors";
import { readJson } from "../files";
import type { Session } from "../session";
import { address } from "../values";
import { governance } from "./governance";

/** A call as a person writes it down. */
interface WrittenCall {
  /** Name of the contract in the deployment, or an address. */
  readonly contract: string;
  /** Such as "setProtocolFee(uint16)". */
  readonly function: string;
  readonly args?: readonly unknown[];
  /** Native coin sent along, in wei. */
  readonly value?: string;
}

export async function run(session: Session, [path]: readonly string[], options: { check?: boolean }): Promise<void> {
  const expected = "a proposal: title, why, calls";
  const written = await readJson<{ title: string; why: string; calls: WrittenCall[] }>(
    path!,
    "<file>",
    expected,
    "propose",
  );
  const { contracts } = await session.deployment();
  let file: ProposalFile;
  try {
    if (typeof written.title !== "string" || typeof written.why !== "string" || !Array.isArray(written.calls)) {
      throw new Error("title, why or calls is missing.");
    }
    const { title, why } = written;
    file = { title, why, calls: written.calls.map((call) => proposed(call, contracts)) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("PROPOSAL_INVALID", { path, detail }, error);
  }
  const calls = describeCalls(file);
  if (options.check === true) {
    return session.output.result([file.title, ...calls], { title: file.title, calls });
  }
  const client = await governance(session);
  const id = await session.output.step("Propose", async (report) => {
    const number = await client.propose(file);
    report.say(`${number}`);
    return number;
  });
  session.output.result([`Proposed "${file.title}" as ${id}.`, ...calls, `Next: isonomy status --proposal ${id}`], {
    proposalId: id,
    calls,
  });
}

function proposed(call: WrittenCall, contracts: Readonly<Record<string, string>>): ProposedCall {
  const target = contracts[call.contract] ?? address(call.contract, "contract");
  const fragment = FunctionFragment.from(`function ${call.function}`);
  const abi = new Interface([fragment]);
  const signature = fragment.format("sighash");
  const args = call.args ?? [];
  // what cannot be encoded is found here, before anybody signs
  abi.encodeFunctionData(signature, [...args]);
  const value = BigInt(call.value ?? 0);
  if (value < 0n) throw new Error(`a value of ${formatEther(value)} cannot be sent.`);
  return { target, abi, call: signature, args, value };
}
