import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { canonicalAddress } from "../addresses/address";

/** A custom error that a contract gave back, with its arguments by their names, or their places where they have none. */
export interface Revert {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Declared {
  readonly name: string;
  readonly parameters: readonly { readonly type: string; readonly name: string }[];
}

/** What Solidity itself gives back. */
const OWN = ["error Error(string reason)", "error Panic(uint256 code)"];
const WORD = 64;

/**
 * Reads what a contract gave back by the signatures of its errors, such as `error Market_SoldOut(bytes32 termsHash)`. Their arguments
 * have one word each, or are texts.
 * @returns Undefined for an error that is none of these, and for one whose arguments are cut short.
 */
export function revertReader(signatures: readonly string[]): (data: string) => Revert | undefined {
  const known = new Map([...OWN, ...signatures].map((signature) => declared(signature)));
  return (data) => {
    const error = known.get(data.slice(2, 10).toLowerCase());
    if (error === undefined) return undefined;
    const body = data.slice(10).toLowerCase();
    try {
      const args = error.parameters.map(({ name, type }, at) => [name, valueAt(body, at, type)]);
      return { name: error.name, args: Object.fromEntries(args) as Record<string, unknown> };
    } catch {
      return undefined;
    }
  };
}

/** The first four bytes of an error, and what follows them. */
function declared(signature: string): [string, Declared] {
  const [, name, list] = /^error (\w+)\((.*)\)$/.exec(signature)!;
  const parameters = list!
    .split(",")
    .filter((parameter) => parameter !== "")
    .map((parameter, at) => {
      const [type, called = `${at}`] = parameter.trim().split(" ");
      return { type: type!, name: called };
    });
  const text = `${name}(${parameters.map(({ type }) => type).join(",")})`;
  return [bytesToHex(keccak_256(utf8ToBytes(text)).subarray(0, 4)), { name: name!, parameters }];
}

function valueAt(body: string, at: number, type: string): unknown {
  const word = wordAt(body, at * WORD);
  if (type === "address") return canonicalAddress(`0x${word.slice(-40)}`);
  if (type === "bool") return BigInt(`0x${word}`) !== 0n;
  if (type.startsWith("uint")) return BigInt.asUintN(Number(type.slice(4)), BigInt(`0x${word}`));
  const [, bytes] = /^bytes(\d+)$/.exec(type) ?? [];
  if (bytes !== undefined) return `0x${word.slice(0, 2 * Number(bytes))}`;
  if (type !== "string") throw new Error(`Arguments of type ${type} are not read.`);
  const start = 2 * offsetIn(word);
  const length = 2 * offsetIn(wordAt(body, start));
  const text = body.slice(start + WORD, start + WORD + length);
  if (text.length < length) throw new Error("The text is cut short.");
  return new TextDecoder().decode(hexToBytes(text));
}

function wordAt(body: string, at: number): string {
  const word = body.slice(at, at + WORD);
  if (word.length < WORD) throw new Error("The data is cut short.");
  return word;
}

/** An offset or a length; what does not fit a number is beyond any data. */
function offsetIn(word: string): number {
  const offset = BigInt(`0x${word}`);
  if (offset > 0xffffffffn) throw new Error("The data is cut short.");
  return Number(offset);
}
