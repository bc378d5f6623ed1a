import { isHexString, parseUnits, formatUnits, ZeroAddress } from "ethers";

import { canonicalAddress } from "../addresses/address";
import { cliError } from "./errors";

const UNITS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n, w: 604_800n };

/** Seconds, from "90s", "30m", "1h", "2d" or a plain number of seconds. */
export function duration(text: string, name: string): bigint {
  const [, digits, unit] = /^(\d+)([smhdw]?)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw cliError("VALUE_INVALID", {
      value: text,
      name,
      expected: "a length of time",
      example: "3600, 90m, 1h or 2d",
    });
  }
  return BigInt(digits) * UNITS[unit || "s"]!;
}

/** A whole number that is not negative. */
export function whole(text: string, name: string): bigint {
  if (!/^\d+$/.test(text)) {
    throw cliError("VALUE_INVALID", { value: text, name, expected: "a whole number", example: "a number like 12" });
  }
  return BigInt(text);
}

/** The largest value of a uint32. */
export const UINT32 = 4_294_967_295;

/** A whole number that a count or a port can be. */
export function small(text: string, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(whole(text, name));
  if (value < least || value > most) {
    const expected = `a number from ${least} to ${most}`;
    throw cliError("VALUE_INVALID", { value: text, name, expected, example: expected });
  }
  return value;
}

/** An amount in a token's own unit, such as "12.5", in its smallest. */
export function amount(text: string, decimals: number, name: string): bigint {
  try {
    if (!/^\d+(\.\d+)?$/.test(text)) throw new Error("not a number");
    return parseUnits(text, decimals);
  } catch (error) {
    const expected = `an amount with at most ${decimals} decimals`;
    throw cliError("VALUE_INVALID", { value: text, name, expected, example: "a number like 12.5" }, error);
  }
}

/** An amount as the user wrote it, and the token after it, if there is one: "25 TestToken", or "25". */
export function written(text: string, name: string): { digits: string; unit?: string } {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)(?:\s+(\S+))?\s*$/.exec(text) ?? [];
  if (digits === undefined) {
    const expected = "an amount of a token";
    throw cliError("VALUE_INVALID", {
      value: text,
      name,
      expected,
      example: 'a number and a token, such as "12.5 native"',
    });
  }
  return unit === undefined ? { digits } : { digits, unit };
}

/** How final something has to be: a number of blocks, or the node's own word for it. */
export function finality(text: string): number | "safe" | "finalized" {
  return text === "safe" || text === "finalized" ? text : small(text, "--confirmations", 0, 1_000_000);
}

/** An amount for people, with its unit: what is shown here can be typed. */
export function shown(value: bigint, token: { decimals: number; label: string }): string {
  return `${formatUnits(value, token.decimals).replace(/\.0$/, "")} ${token.label}`;
}

/** The same for a command line: a token that has no name is named by its address. */
export function typed(value: bigint, token: { decimals: number; label: string; address: string }): string {
  return shown(value, { ...token, label: /\s/.test(token.label) ? token.address : token.label });
}

const PARTS = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "m"],
  [1n, "s"],
] as const;

/** A length of time for people: "1d 2h". */
export function span(seconds: bigint): string {
  let left = seconds;
  const parts = PARTS.flatMap(([length, unit]) => {
    const count = left / length;
    left -= count * length;
    return count === 0n ? [] : [`${count}${unit}`];
  });
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/** Basis points for people. */
export function percent(bps: bigint): string {
  return `${Number(bps) / 100} %`;
}

export function address(text: string, name: string): string {
  try {
    return canonicalAddress(text, name);
  } catch (error) {
    const expected = "an address";
    throw cliError("VALUE_INVALID", { value: text, name, expected, example: "0x and 40 hexadecimal digits" }, error);
  }
}

export function hash(text: string, name: string): string {
  const digits = text.replace(/^0X/, "0x");
  if (!isHexString(digits, 32)) {
    const expected = "a hash of 32 bytes";
    throw cliError("VALUE_INVALID", { value: text, name, expected, example: "0x and 64 hexadecimal digits" });
  }
  return digits.toLowerCase();
}

/** Basis points from 0 to 10,000. */
export function basisPoints(text: string, name: string): bigint {
  return BigInt(small(text, name, 0, 10_000));
}

export const NATIVE = ZeroAddress;
