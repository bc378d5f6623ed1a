import type { errorSignatures } from "./signatures";
import type { CliErrorCode, ClientErrorCode } from "./tableCodes";

type NameIn<Signature> = Signature extends `error ${infer Name}(${string}` ? Name : never;

export type { CliErrorCode, ClientErrorCode } from "./tableCodes";

/** The names of the custom errors that contracts raise. */
export type ContractErrorCode = NameIn<(typeof errorSignatures)[number]>;

/** The names of those that are this protocol's own; tokens and libraries raise the others. */
export type ProtocolErrorCode = Extract<ContractErrorCode, `${string}_${string}`>;

/** Every code of an error that the package or its command line throws. */
export type ErrorCode = ClientErrorCode | ContractErrorCode | CliErrorCode;

/** A set of codes that there are, for codes of any origin: a file of an earlier release may name one that is gone. */
export function codeSet(...codes: readonly ErrorCode[]): ReadonlySet<string> {
  return new Set(codes);
}

/** Ours are named after the contract, as `Market_SoldOut`; codes of the SDK have no small letter. */
const PROTOCOL = /^[A-Z]\w*[a-z]\w*_[A-Z]/;

/**
 * Whether a code is an error of this protocol's contracts, or of the one named; tokens and libraries have others.
 * @example
 * ```ts
 * const { code } = decodeError(error);
 * if (isProtocolError(code, "Market")) console.log("The market refused it.");
 * ```
 */
export function isProtocolError(code: string, contract?: string): code is ProtocolErrorCode {
  return contract === undefined ? PROTOCOL.test(code) : code.startsWith(`${contract}_`);
}
