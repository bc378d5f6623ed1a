import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { canonicalAddress } from "../addresses/address";

/** Bytes in hexadecimal, as other libraries type them. */
export type Hex = `0x${string}`;

/** One field of a struct by EIP-712. */
export interface Field {
  readonly name: string;
  readonly type: string;
}

/** The domain of a signature: all that the protocol's contracts and its permits name. */
export interface SigningDomain {
  readonly name?: string;
  readonly version?: string;
  readonly chainId?: bigint;
  readonly verifyingContract?: Hex;
}

const DOMAIN_FIELDS: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

/** EIP-712's hash of a struct whose fields have one word each, or are texts; a value that does not fit its type throws. */
export function hashStruct(name: string, fields: readonly Field[], values: object): Hex {
  return toHex(structHash(name, fields, values));
}

/** What is signed: the hash of a struct, bound to a domain. */
export function hashTypedData(domain: SigningDomain, name: string, fields: readonly Field[], values: object): Hex {
  const parts = DOMAIN_FIELDS.filter((field) => domain[field.name as keyof SigningDomain] !== undefined);
  const separator = structHash("EIP712Domain", parts, domain);
  return toHex(keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), separator, structHash(name, fields, values))));
}

/** The hash of a text, such as the signature of an event. */
export function hashText(text: string): Hex {
  return toHex(keccak_256(utf8ToBytes(text)));
}

function structHash(name: string, fields: readonly Field[], values: object): Uint8Array {
  const type = `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;
  const words = fields.map((field) => word(field, (values as Record<string, unknown>)[field.name]));
  return keccak_256(concatBytes(keccak_256(utf8ToBytes(type)), ...words));
}

/** One value as 32 bytes. */
function word({ name, type }: Field, value: unknown): Uint8Array {
  const refuse = (): never => {
    throw new TypeError(`the value of ${name} is no ${type}.`);
  };
  if (type === "string") return typeof value === "string" ? keccak_256(utf8ToBytes(value)) : refuse();
  if (type === "bytes32")
    return /^0x[0-9a-fA-F]{64}$/.test(String(value)) ? hexToBytes(String(value).slice(2)) : refuse();
  if (type === "address") return padded(canonicalAddress(value as string, name).slice(2));
  if (type === "bool") return typeof value === "boolean" ? padded(value ? "1" : "0") : refuse();
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(type) ?? refuse();
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) refuse();
  const number = BigInt(value as bigint | number);
  const fits = unsigned === "u" ? BigInt.asUintN(Number(bits), number) : BigInt.asIntN(Number(bits), number);
  return number === fits ? padded(BigInt.asUintN(256, number).toString(16)) : refuse();
}

function padded(digits: string): Uint8Array {
  return hexToBytes(digits.padStart(64, "0"));
}

function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
