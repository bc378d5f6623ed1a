import { argumentError } from "../base/checked";

export function invalid(detail: string): never {
  throw argumentError("ARGUMENT_INVALID", { detail });
}

export function requireObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    invalid(`${name} is ${value === null ? "null" : typeof value}, and not an object.`);
  }
}

export function requireBigint(name: string, value: unknown, most: bigint): void {
  if (typeof value !== "bigint" || value < 0n || value > most)
    invalid(`${name} has to be a bigint of at most ${most}.`);
}

export function chainOf(chainId: number | bigint | undefined): bigint {
  if (typeof chainId === "bigint" && chainId > 0n) return chainId;
  if (typeof chainId === "number" && Number.isSafeInteger(chainId) && chainId > 0) return BigInt(chainId);
  return invalid("deployment.chainId has to be the number of the chain.");
}

export function secondsOf(name: string, value: number, most: number): number {
  if (typeof value !== "number" || !(value >= 1) || value > most) invalid(`${name} has to be from 1 to ${most}.`);
  return value;
}

/** What tells an operator of failures. Where it fails itself, at once or later, there is nobody else to tell: that changes nothing. */
export function reporterOf(onFailure: (error: unknown) => unknown = () => undefined): (error: unknown) => void {
  if (typeof onFailure !== "function") invalid("onFailure is a function.");
  return (error) => void (async () => onFailure(error))().catch(() => undefined);
}
