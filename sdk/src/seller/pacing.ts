import { inTime } from "../rpc/patient";
import { sellerError } from "./errors";

/** A reorg between the sending and the answer would keep a call waiting for a receipt that never comes. */
export function within<T>(milliseconds: number, call: Promise<T>, label: string): Promise<T> {
  return inTime(milliseconds, call, () =>
    sellerError("DELIVERY_UNCONFIRMED", { label, seconds: milliseconds / 1_000 }),
  );
}

/** Waits, at most until the signal. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
