import { Interface } from "ethers";

import type { ContractErrorCode } from "./codes";
import { contractErrors } from "./contracts";
import { IsonomyError } from "./error";
import { nodeError } from "./nodeErrors";
import { errorSignatures } from "./signatures";
import { fill } from "./template";

const contracts = new Interface(errorSignatures);

/** Decodes what a contract gave back, by the signatures and sentences of all custom errors. */
export function decodeRevert(data: string, cause: unknown): IsonomyError {
  let parsed;
  try {
    parsed = contracts.parseError(data);
  } catch {
    // The selector is one of ours but the arguments are cut short: shown as it came.
    parsed = null;
  }
  if (parsed === null) return nodeError("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  if (parsed.name === "Error") return nodeError("CONTRACT_REVERTED", { reason: parsed.args[0] }, cause);
  if (parsed.name === "Panic") return nodeError("CONTRACT_PANICKED", { code: parsed.args[0] }, cause);

  const args = parsed.args.toObject() as Record<string, unknown>;
  const entry = contractErrors[parsed.name];
  if (entry === undefined) return nodeError("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  return new IsonomyError(fill(parsed.name as ContractErrorCode, entry, args), cause);
}
