import { type Interface, id } from "ethers";

import { canonicalAddress, sameAddress } from "../addresses/address";
import { checked } from "../base/checked";
import { explainedResult } from "../chain/explain";
import { governanceError } from "../domains/governance/errors";

/** One call of a proposal, as a proposal file writes it: readable, typed by the contract's own ABI. */
export interface ProposedCall {
  /** Where it goes: the deployed contract. */
  readonly target: string;
  /** The contract's interface. */
  readonly abi: Interface;
  /** The function's name, or its full signature where names repeat. */
  readonly call: string;
  readonly args: readonly unknown[];
  /** Native coin sent along, in wei. */
  readonly value?: bigint;
}

/** What a file in `proposals/` exports. */
export interface ProposalFile {
  readonly title: string;
  /** Why, in plain words; Markdown. */
  readonly why: string;
  readonly calls: readonly ProposedCall[];
}

/** The arguments of `propose`, and what identifies the proposal afterwards. */
export interface EncodedProposal {
  readonly targets: string[];
  readonly values: bigint[];
  readonly calldatas: string[];
  readonly description: string;
  readonly descriptionHash: string;
}

/** The governor's own limit. */
export const MAX_CALLS = 20;

/**
 * Encodes a proposal file for one proposer. The description ends with the proposer's address: the governor asks for it, because anyone
 * could otherwise propose the same first, and cancel it.
 * @throws `PROPOSAL_MALFORMED` without a call or with too many, `ADDRESS_INVALID`.
 * @example
 * ```ts
 * const { targets, values, calldatas, descriptionHash } = encodeProposal(proposal, account);
 * ```
 */
export const encodeProposal = /* @__PURE__ */ checked((file: ProposalFile, proposer: string): EncodedProposal => {
  const { title, calls } = file;
  if (calls.length === 0)
    throw governanceError("PROPOSAL_MALFORMED", { title, detail: "it makes no call. Add at least one." });
  if (calls.length > MAX_CALLS) {
    const detail = `it makes ${calls.length} calls, and a proposal can make ${MAX_CALLS}. Split it.`;
    throw governanceError("PROPOSAL_MALFORMED", { title, detail });
  }
  return explainedResult(() => {
    const description = `# ${title}\n\n${file.why.trim()}\n\n#proposer=${canonicalAddress(proposer, "proposer")}`;
    return {
      targets: calls.map(({ target }) => canonicalAddress(target, "target")),
      values: calls.map(({ value }) => value ?? 0n),
      calldatas: calls.map(({ abi, call, args }) => abi.encodeFunctionData(call, [...args])),
      description,
      descriptionHash: id(description),
    };
  });
});

/**
 * A proposal's calls as a person reads them, one per line, with the names of the contracts that are known.
 * @example
 * ```ts
 * const known = [{ name: "Market", address: deployment.contracts.Market }];
 * for (const line of describeCalls(proposal, known)) console.log(line);
 * ```
 */
export const describeCalls = /* @__PURE__ */ checked(
  (file: ProposalFile, known: readonly { readonly name: string; readonly address: string }[] = []): string[] => {
    return file.calls.map(({ target, abi, call, args, value }) => {
      const fragment = abi.getFunction(call);
      if (fragment === null) {
        throw governanceError("PROPOSAL_MALFORMED", {
          title: file.title,
          detail: `${target} has no function ${call}.`,
        });
      }
      const named = fragment.inputs.map((input, index) => `${input.name || `#${index}`}: ${String(args[index])}`);
      const sent = value === undefined || value === 0n ? "" : ` with ${value} wei`;
      const contract =
        known.find(({ address }) => sameAddress(address, target))?.name ?? canonicalAddress(target, "target");
      return `${contract}.${fragment.name}(${named.join(", ")})${sent}`;
    });
  },
);
