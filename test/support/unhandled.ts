/** What this process would have died of while something ran. */
export async function unhandledWhile(run: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): unknown => unhandled.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  try {
    await run();
    // Node tells of it after the microtasks
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    process.removeListener("unhandledRejection", note);
    for (const listener of others) process.on("unhandledRejection", listener);
  }
  return unhandled;
}

/** Logs that fail when they are told of a failure: at once, and later. */
export const BROKEN_LOGS: Readonly<Record<string, (error: unknown) => void>> = {
  throws: () => {
    throw new Error("the log is full");
  },
  "fails later": () => Promise.reject(new Error("the log is full")),
};
