import { expect } from "chai";
import fc from "fast-check";

import { IDLE, isBusy, isDone, next, type TxEvent, type TxState } from "../../../app/src/tx/machine";

const HASH = "0x01";
const OTHER = "0x02";

const after = (...events: readonly TxEvent[]): TxState => events.reduce(next, IDLE);
const SENT: readonly TxEvent[] = [{ type: "check" }, { type: "ask" }, { type: "send", hash: HASH }];
const INCLUDED: readonly TxEvent[] = [...SENT, { type: "include", hash: HASH, block: 7n }];

describe("A transaction of the page", () => {
  it("goes from the check to a final block", () => {
    expect(after({ type: "check" }).at).to.equal("checking");
    expect(after({ type: "check" }, { type: "ask" }).at).to.equal("wallet");
    expect(after(...SENT)).to.deep.equal({ at: "sent", hash: HASH });
    expect(after(...INCLUDED)).to.deep.equal({ at: "included", hash: HASH, block: 7n });
    expect(after(...INCLUDED, { type: "finalize" })).to.deep.equal({ at: "final", hash: HASH, block: 7n });
  });

  it("ends without a hash when the wallet declines, or shows another account", () => {
    expect(after({ type: "check" }, { type: "ask" }, { type: "reject" })).to.deep.equal({ at: "rejected" });
    const switched = { type: "switchAccount", then: "a", now: "b" } as const;
    expect(after({ type: "check" }, switched)).to.deep.equal({ at: "wrongAccount", then: "a", now: "b" });
  });

  it("tells replaced, cancelled, dropped and failed apart, and keeps the hash", () => {
    expect(after(...SENT, { type: "replace", by: OTHER })).to.deep.equal({ at: "replaced", hash: HASH, by: OTHER });
    expect(after(...SENT, { type: "cancel", by: OTHER })).to.deep.equal({ at: "cancelled", hash: HASH, by: OTHER });
    expect(after(...SENT, { type: "drop" })).to.deep.equal({ at: "dropped", hash: HASH });
    const error = new Error("reverted");
    expect(after(...SENT, { type: "fail", error })).to.deep.equal({ at: "failed", error, hash: HASH });
  });

  it("waits again when its block is replaced, and finds it under the hash of a later one", () => {
    expect(after(...INCLUDED, { type: "reorg" })).to.deep.equal({ at: "reorged", hash: HASH });
    const again = after(...INCLUDED, { type: "reorg" }, { type: "include", hash: OTHER, block: 9n });
    expect(again).to.deep.equal({ at: "included", hash: OTHER, block: 9n });
    expect(after(...INCLUDED, { type: "reorg" }, { type: "drop" })).to.deep.equal({ at: "dropped", hash: HASH });
  });

  it("is not begun a second time while it is under way", () => {
    for (const events of [SENT.slice(0, 1), SENT.slice(0, 2), SENT]) {
      const state = after(...events);
      expect(isBusy(state)).to.equal(true);
      expect(next(state, { type: "check" })).to.equal(state);
      expect(next(state, { type: "reset" })).to.equal(state);
    }
    expect(after(...INCLUDED, { type: "check" })).to.deep.equal({ at: "checking" });
  });

  it("stays final, and never says done without a block, whatever comes late", () => {
    const event = fc.oneof(
      fc.constantFrom<TxEvent>(
        { type: "check" },
        { type: "ask" },
        { type: "reject" },
        { type: "drop" },
        { type: "reorg" },
        { type: "finalize" },
        { type: "send", hash: HASH },
        { type: "replace", by: OTHER },
        { type: "cancel", by: OTHER },
        { type: "include", hash: HASH, block: 7n },
        { type: "fail", error: new Error("late") },
        { type: "switchAccount", then: "a", now: "b" },
      ),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: TxState = IDLE;
        for (const one of events) {
          const before = state;
          state = next(state, one);
          if (isDone(state)) expect(state).to.have.property("block");
          // what has a hash was sent: it never looks as if nothing had been
          if ("hash" in before && before.hash !== undefined && one.type !== "check" && one.type !== "reset") {
            expect(state).to.have.property("hash");
          }
          if (before.at === "final" && one.type !== "check" && one.type !== "include") {
            expect(state).to.equal(before);
          }
        }
      }),
    );
  });
});
