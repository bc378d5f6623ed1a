import type { ContractErrorCode } from "../base/codes";
import { IsonomyError } from "../base/error";
import { errorSignatures } from "../base/signatures";
import { errorsOf, fill } from "../base/template";
import { chainErrors } from "./chainErrors";
import type { Finding } from "./classify";
import { contractErrors } from "./contracts";
import { nodeErrors } from "./nodeErrors";
import { revertReader } from "./revert";
import { sendErrors } from "./sendErrors";

const revertIn = revertReader(errorSignatures);

const told = errorsOf({ ...chainErrors, ...sendErrors, ...nodeErrors });

/** The error of a finding, with the sentences of all nodes, wallets and contracts. */
export function errorOf({ code, args, revert }: Finding, cause: unknown): IsonomyError {
  return revert === undefined ? told(code, args, cause) : decodeRevert(revert, cause);
}

/** Decodes what a contract gave back, by the signatures and sentences of all custom errors. */
function decodeRevert(data: string, cause: unknown): IsonomyError {
  // an error whose arguments are cut short is shown as it came
  const revert = revertIn(data);
  if (revert === undefined) return told("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  const { name, args } = revert;
  if (name === "Error") return told("CONTRACT_REVERTED", args, cause);
  if (name === "Panic") return told("CONTRACT_PANICKED", args, cause);
  const entry = contractErrors[name];
  if (entry === undefined) return told("CONTRACT_ERROR_UNKNOWN", { data }, cause);
  return new IsonomyError(fill(name as ContractErrorCode, entry, args), cause);
}
