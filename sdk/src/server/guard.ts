import { invalid, requireObject } from "./options";
import type { Visit } from "./sessions";
import type { Charge, VoucherBook } from "./voucherBook";

/** What a guard charges. */
export interface GuardOptions<R = unknown> {
  /** Counts what is used, of licences that are sold by the unit. Without it, nothing is counted. */
  readonly book?: VoucherBook<unknown>;
  /** Units that a request costs; 1 if nothing is said. What is known only later is charged by the book itself. */
  readonly units?: bigint | ((request: R, visit: Visit) => bigint | Promise<bigint>);
}

/** The header of a request that has a voucher. */
export const VOUCHER_HEADER = "isonomy-voucher";
/** The header of an answer that says what was charged: units used in all, and units signed for in all. */
export const UNITS_HEADER = "isonomy-units";

export function requireGuardOptions({ book, units }: GuardOptions<never>): void {
  if (book !== undefined) requireObject("book", book);
  if (units !== undefined && book === undefined) invalid("units are charged by a book, and there is none.");
  if (units !== undefined && typeof units !== "function" && typeof units !== "bigint") invalid("units is a bigint.");
}

/** Charges a request; undefined where nothing is counted. */
export async function charged<R>(
  { book, units = 1n }: GuardOptions<R>,
  request: R,
  visit: Visit,
  voucher: string | null | undefined,
): Promise<Charge | undefined> {
  if (book === undefined) return undefined;
  return book.charge(visit, typeof units === "function" ? await units(request, visit) : units, voucher);
}

export const unitsText = ({ used, paid }: Charge): string => `${used}/${paid}`;
