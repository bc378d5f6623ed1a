import { inTime } from "../rpc/patient";
import { sellerError } from "./errors";

export async function inTurns<In, Out>(
  items: readonly In[],
  width: number,
  work: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let from = 0; from < items.length; from += width) {
    results.push(...(await Promise.all(items.slice(from, from + width).map(work))));
  }
  return results;
}

/** A reorg between the sending and the answer would keep a call waiting for a receipt that never comes. */
export function within<T>(milliseconds: number, call: Promise<T>, label: string): Promise<T> {
  return inTime(milliseconds, call, () =>
    sellerError("DELIVERY_UNCONFIRMED", { label, seconds: milliseconds / 1_000 }),
  );
}

/** Waits, or less when the signal comes. */
export function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
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
