import { isHexString } from "ethers";

import { canonicalAddress, sameAddress } from "../../addresses/address";
import type { ContractName } from "../../addresses/contracts";
import { chainError } from "../../errors/chainErrors";
import { cliError } from "../errors";
import { jsonText, readJson, writeNew } from "../files";
import type { Session } from "../session";

/** A kind of file by which somebody hands over what they signed: an EIP-712 message for one contract on one chain. */
export interface SignedKind<Place extends string, Body extends string> {
  readonly format: string;
  /** What a person calls such a file, and the command that writes one. */
  readonly expected: string;
  readonly writer: string;
  /** The contract that the signature counts with, and the names of its address and of the message in the file. */
  readonly contract: ContractName;
  readonly place: Place;
  readonly body: Body;
  /** The message's fields: `address`, `bytes32` or a whole number. */
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/** Such a file; whole numbers are text. */
export type SignedFile<Place extends string, Body extends string> = Readonly<Record<Place, string>> &
  Readonly<Record<Body, Readonly<Record<string, string>>>> & {
    readonly format: string;
    readonly chainId: string;
    readonly signature: string;
  };

/** What a file says, with every field as its type has it. */
export interface SignedContent {
  readonly chainId: bigint;
  readonly place: string;
  readonly message: Readonly<Record<string, string | bigint>>;
  readonly signature: string;
}

/** Writes one for the account that is to use it. */
export async function writeSigned<Place extends string, Body extends string>(
  session: Session,
  { format, contract, place, body }: SignedKind<Place, Body>,
  message: object,
  signature: string,
  path: string,
): Promise<SignedFile<Place, Body>> {
  const file = {
    format,
    chainId: (await session.chainId()).toString(),
    [place]: await session.contract(contract),
    [body]: Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)])),
    signature,
  } as unknown as SignedFile<Place, Body>;
  await writeNew(path, `${jsonText(file, 2)}\n`);
  return file;
}

/** Reads one back: it comes from somebody else, and every field has to fit its type. */
export async function signedIn<Place extends string, Body extends string>(
  path: string,
  option: string,
  kind: SignedKind<Place, Body>,
): Promise<SignedContent> {
  const { expected, writer } = kind;
  const file = await readJson<SignedFile<Place, Body>>(path, option, expected, writer);
  try {
    if (file.format !== kind.format) throw new Error("its format is another.");
    if (!isHexString(file.signature, true)) throw new Error("it has no signature.");
    const given = file[kind.body] as Readonly<Record<string, unknown>>;
    const values = kind.fields.map(({ name, type }) => [name, valueOf(given[name], name, type)]);
    return {
      chainId: valueOf(file.chainId, "chainId", "uint256") as bigint,
      place: canonicalAddress(file[kind.place], kind.place),
      message: Object.fromEntries(values) as Record<string, string | bigint>,
      signature: file.signature,
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw cliError("FILE_INVALID", { path, expected, writer, detail }, error);
  }
}

/**
 * Reads one back that has to be for this deployment on this chain, as a message with its signature.
 * @param foreign The error for one that another contract would take; it is told both addresses.
 */
export async function signedHere<Place extends string, Body extends string, Message>(
  session: Session,
  path: string,
  option: string,
  kind: SignedKind<Place, Body>,
  foreign: (there: { path: string; actual: string } & Readonly<Record<Place, string>>) => Error,
): Promise<Message & { readonly signature: string }> {
  const { chainId, place, message, signature } = await signedIn(path, option, kind);
  const actual = await session.chainId();
  if (chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
  const here = await session.contract(kind.contract);
  if (!sameAddress(place, here)) {
    throw foreign({ path, actual: place, [kind.place]: here } as Parameters<typeof foreign>[0]);
  }
  return { ...message, signature } as unknown as Message & { readonly signature: string };
}

function valueOf(value: unknown, name: string, type: string): string | bigint {
  if (type === "address") return canonicalAddress(value as string, name);
  if (type === "bytes32") {
    if (!isHexString(value, 32)) throw new Error(`its ${name} has no 32 bytes.`);
    return value;
  }
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(type)!;
  const number = /^-?\d{1,78}$/.test(String(value)) ? BigInt(String(value)) : undefined;
  const fit = unsigned === "u" ? BigInt.asUintN : BigInt.asIntN;
  if (number === undefined || fit(Number(bits), number) !== number) {
    throw new Error(`its ${name} is no number that the contract has room for.`);
  }
  return number;
}
