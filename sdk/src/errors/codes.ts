import type { addressErrors } from "../addresses/errors";
import type { cardErrors } from "../card/errors";
import type { chainErrors } from "../chain/errors";
import type { sendErrors } from "../chain/sendErrors";
import type { cliErrors } from "../cli/errors";
import type { dealErrors } from "../deals/errors";
import type { exchangeErrors } from "../exchange/errors";
import type { fairExchangeErrors } from "../fairexchange/errors";
import type { fileErrors } from "../files/errors";
import type { governanceErrors } from "../governance/errors";
import type { marketErrors } from "../market/errors";
import type { endpointErrors } from "../rpc/errors";
import type { sellerErrors } from "../seller/errors";
import type { storeErrors } from "../store/errors";
import type { nodeErrors } from "./nodeErrors";
import type { errorSignatures } from "./signatures";

/** The codes of the failures that the SDK itself, a node or a wallet raises. */
export type ClientErrorCode =
  | keyof typeof addressErrors
  | keyof typeof cardErrors
  | keyof typeof chainErrors
  | keyof typeof dealErrors
  | keyof typeof endpointErrors
  | keyof typeof exchangeErrors
  | keyof typeof fairExchangeErrors
  | keyof typeof fileErrors
  | keyof typeof governanceErrors
  | keyof typeof marketErrors
  | keyof typeof nodeErrors
  | keyof typeof sellerErrors
  | keyof typeof sendErrors
  | keyof typeof storeErrors;

type NameIn<Signature> = Signature extends `error ${infer Name}(${string}` ? Name : never;

/** The names of the custom errors that contracts raise. */
export type ContractErrorCode = NameIn<(typeof errorSignatures)[number]>;

/** The names of those that are this protocol's own; tokens and libraries raise the others. */
export type ProtocolErrorCode = Extract<ContractErrorCode, `${string}_${string}`>;

/** Every code of an error that the package or its command line throws. */
export type ErrorCode = ClientErrorCode | ContractErrorCode | keyof typeof cliErrors;

/** A set of codes that there are, for codes of any origin: a file of an earlier release may name one that is gone. */
export function codeSet(...codes: readonly ErrorCode[]): ReadonlySet<string> {
  return new Set(codes);
}

/** Ours are named after the contract, as `Market_SoldOut`; codes of the SDK have no small letter. */
const PROTOCOL = /^[A-Z]\w*[a-z]\w*_[A-Z]/;

/** Whether a code is an error of this protocol's contracts, or of the one named; tokens and libraries have others. */
export function isProtocolError(code: string, contract?: string): code is ProtocolErrorCode {
  return contract === undefined ? PROTOCOL.test(code) : code.startsWith(`${contract}_`);
}
