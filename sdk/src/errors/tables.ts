import { Interface } from "ethers";

import type { ContractErrorCode } from "../base/codes";
import { IsonomyError } from "../base/error";
import { errorSignatures } from "../base/signatures";
import { errorsOf, fill } from "../base/template";
import { chainErrors } from "./chainErrors";
import type { Finding } from "./classify";
import { contractErrors } from "./contracts";
import { nodeErrors } from "./nodeErrors";
import { sendErrors } from "./sendErrors";

const contracts = new Interface(errorSignatures);

const told = errorsOf({ ...chainErrors, ...sendErrors, ...nodeErrors });

/** The error of a finding, with the sentences of all nodes, wallets and contracts. */
export function errorOf({ code, args, revert }: Finding, cause: unknown): IsonomyError {
  return revert === undefined ? told(code, args, cause) : decodeRevert(revert, cause);
}

/** Decodes what a contract gave back, by the signatures and sentences of all custom errors. */
function decodeRevert(data: string, cause: unknown): IsonomyError {
  let parsed;
  try {
    parsed = contracts.parseError(data);
  } catch {
    // The selector is one of ours but the arguments are cut short: shown as it came.
    parsed = null;
  }
  if (parsed === null) return told("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  if (parsed.name === "Error") return told("CONTRACT_REVERTED", { reason: parsed.args[0] }, cause);
  if (parsed.name === "Panic") return told("CONTRACT_PANICKED", { code: parsed.args[0] }, cause);

  const args = parsed.args.toObject() as Record<string, unknown>;
  const entry = contractErrors[parsed.name];
  if (entry === undefined) return told("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  return new IsonomyError(fill(parsed.name as ContractErrorCode, entry, args), cause);
}
