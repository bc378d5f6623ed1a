import { expect } from "chai";
import { id } from "ethers";

import { Interruption } from "../../../sdk/src/cli/interruption";
import { isIsonomyError } from "../../../sdk/src/base/error";

const [first, second] = [id("first"), id("second")];

/** The code of what a call throws; undefined when it throws nothing. */
function codeOf(call: () => void): string | undefined {
  try {
    call();
  } catch (error) {
    return isIsonomyError(error) ? error.code : "not of the SDK";
  }
  return undefined;
}

describe("Interruption", () => {
  it("lets no transaction leave once the signal has come, also while the command still tidies up", () => {
    const signal = new AbortController();
    const interruption = new Interruption(signal.signal);
    expect(codeOf(() => interruption.leaving(first))).to.equal(undefined);
    signal.abort();
    expect(codeOf(() => interruption.leaving(second))).to.equal("INTERRUPTED_AFTER_SENDING");
    expect(interruption.sent, "only what left").to.deep.equal([first]);
  });

  it("says that nothing was sent when the first transaction is held back", () => {
    const signal = new AbortController();
    const interruption = new Interruption(signal.signal);
    signal.abort();
    expect(codeOf(() => interruption.leaving(first))).to.equal("INTERRUPTED");
    expect(interruption.sent).to.deep.equal([]);
  });

  it("lets a command that ends in its own way finish what it began", () => {
    const signal = new AbortController();
    const interruption = new Interruption(signal.signal);
    interruption.own();
    signal.abort();
    expect(codeOf(() => interruption.leaving(first))).to.equal(undefined);
    expect(interruption.sent).to.deep.equal([first]);
  });

  it("counts a transaction that is sent again once", () => {
    const interruption = new Interruption(new AbortController().signal);
    interruption.leaving(first);
    interruption.leaving(first);
    expect(interruption.sent).to.deep.equal([first]);
  });

  it("tidies up once for each thing that was begun and not taken back, whatever fails in it", async () => {
    const interruption = new Interruption(new AbortController().signal);
    const done: string[] = [];
    interruption.onInterrupt(() => Promise.reject(new Error("the first fails")));
    interruption.onInterrupt(() => void done.push("second"));
    interruption.onInterrupt(() => void done.push("third"))();
    await interruption.tidyUp();
    expect(done).to.deep.equal(["second"]);
  });
});
