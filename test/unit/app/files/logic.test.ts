import { expect } from "chai";

import type { DealState } from "../../../../app/src/chain/source";
import { isFileProblem, problemOf } from "../../../../app/src/features/files/problem";
import { lacking } from "../../../../app/src/features/files/space";
import { actsOf, isMoving, refundsByProof, standingOf } from "../../../../app/src/features/files/standing";
import { keyFileName, passwordProblem, shareDone } from "../../../../app/src/features/files/words";
import { DEAL_STATUS, type Deal, type DealStatus } from "../../../../sdk/src/deals";
import { fairExchangeError } from "../../../../sdk/src/fairexchange/errors";

const RECIPIENT = "0x00000000000000000000000000000000000000AA";
const STRANGER = "0x00000000000000000000000000000000000000bb";
const DELIVER_BY = 1_000n;
const COMPLAIN_BY = 5_000n;

/** A deal at a time; one that was delivered has a scalar and an end of complaints. */
function deal(status: DealStatus, now: bigint, defectiveAt = 0n): DealState {
  const delivered = status !== "open";
  return {
    deal: { recipient: RECIPIENT, deliverBy: DELIVER_BY, complainBy: delivered ? COMPLAIN_BY : 0n } as Deal,
    ...{ status, now, defectiveAt, scalar: delivered ? 7n : undefined },
  };
}

describe("A deal as the page shows it", () => {
  it("offers the refund the second after the deadline of the delivery, to anyone", () => {
    expect(actsOf(deal("open", DELIVER_BY), STRANGER, "unopened")).to.deep.equal([]);
    expect(standingOf(deal("open", DELIVER_BY))).to.equal("waiting");
    expect(actsOf(deal("open", DELIVER_BY + 1n), STRANGER, "unopened")).to.deep.equal(["refundUndelivered"]);
    expect(actsOf(deal("open", DELIVER_BY + 1n), undefined, "unopened")).to.deep.equal(["refundUndelivered"]);
    expect(standingOf(deal("open", DELIVER_BY + 1n))).to.equal("late");
  });

  it("lets nobody accept but the recipient, in any spelling, and only a file that was opened and is right", () => {
    const delivered = deal("delivered", 2_000n);
    expect(actsOf(delivered, RECIPIENT.toLowerCase(), "right")).to.deep.equal(["open", "accept"]);
    expect(actsOf(delivered, STRANGER, "right")).to.deep.equal(["open"]);
    expect(actsOf(delivered, undefined, "right")).to.deep.equal(["open"]);
    for (const outcome of ["unopened", "wrong"] as const) {
      expect(actsOf(delivered, RECIPIENT, outcome)).to.not.include("accept");
    }
  });

  it("offers the proof of a wrong file while a block can still hold it in time, and settling after that", () => {
    expect(actsOf(deal("delivered", COMPLAIN_BY - 1n), STRANGER, "wrong")).to.deep.equal(["open", "complain"]);
    expect(actsOf(deal("delivered", COMPLAIN_BY), STRANGER, "wrong")).to.deep.equal(["open"]);
    expect(standingOf(deal("delivered", COMPLAIN_BY))).to.equal("delivered");
    expect(actsOf(deal("delivered", COMPLAIN_BY + 1n), STRANGER, "wrong")).to.deep.equal(["open", "settle"]);
    expect(standingOf(deal("delivered", COMPLAIN_BY + 1n))).to.equal("complaintsOver");
  });

  it("refunds by a proof on the chain: open and disputed deals at any time, delivered ones by a proof that came in time", () => {
    for (const [status, defectiveAt, refunds] of [
      ["open", 9_000n, true],
      ["disputed", 9_000n, true],
      ["delivered", COMPLAIN_BY, true],
      ["delivered", COMPLAIN_BY + 1n, false],
      ["settled", 1n, false],
      ["split", 1n, false],
      ["refunded", 1n, false],
    ] as const) {
      const state = deal(status, 10_000n, defectiveAt);
      expect(refundsByProof(state), `${status} ${defectiveAt}`).to.equal(refunds);
      expect(actsOf(state, RECIPIENT, "right").includes("refundDefective"), status).to.equal(refunds);
      // what is proven is neither accepted nor settled
      if (refunds) expect(actsOf(state, RECIPIENT, "right")).to.not.include.members(["accept"]);
      if (refunds) expect(standingOf(state)).to.equal("defective");
    }
  });

  it("has a sentence for every status, and looks again at those that may change", () => {
    for (const status of DEAL_STATUS) expect(standingOf(deal(status, 0n)), status).to.be.a("string");
    expect(DEAL_STATUS.filter((status) => isMoving(deal(status, 0n)))).to.deep.equal(["open", "delivered", "disputed"]);
  });

  it("lets a delivered file be opened whatever became of the deal", () => {
    for (const status of ["delivered", "settled", "split", "refunded"] as const) {
      expect(actsOf(deal(status, 2_000n), undefined, "unopened"), status).to.include("open");
    }
  });
});

describe("What the page says of files", () => {
  const MIB = 1_048_576;

  it("counts the room for the sealed file, for what it opens to and for some spare, less what is here", () => {
    const needed = { blob: 110, file: 100, held: 10 };
    expect(lacking({ quota: MIB + 200, usage: 0 }, needed)).to.equal(0);
    expect(lacking({ quota: MIB + 199, usage: 0 }, needed)).to.equal(1);
    expect(lacking({ quota: MIB + 300, usage: 150 }, needed)).to.equal(50);
    expect(lacking({}, needed)).to.equal(0);
  });

  it("takes a password of ten characters that was typed twice, counting what people see as one", () => {
    expect(passwordProblem("123456789", "123456789")).to.equal("short");
    expect(passwordProblem("🔑".repeat(9), "🔑".repeat(9))).to.equal("short");
    expect(passwordProblem("1234567890", "1234567890")).to.equal(undefined);
    expect(passwordProblem("1234567890", "123456789O")).to.equal("differs");
  });

  it("names a key file by the model's file and the time, and by no path that a creator wrote", () => {
    const at = new Date("2026-12-01T10:20:30.456Z");
    expect(keyFileName("model.bin", at)).to.equal("isonomy-keys-model.bin-2026-12-01102030.json");
    const evil = keyFileName("../../etc/passwd\u0000\n", at);
    expect(evil).to.match(/^isonomy-keys-[^/\\\s]*-2026-12-01102030\.json$/);
    expect(keyFileName("x".repeat(500), at).length).to.be.below(120);
  });

  it("shows a share from 0 to 1", () => {
    expect([shareDone(0, 0), shareDone(1, 2), shareDone(3, 2)]).to.deep.equal([0, 0.5, 1]);
  });

  it("takes errors of the package across threads with their sentences, and a browser's by name", () => {
    const known = problemOf(fairExchangeError("BLOB_TRUNCATED", { actual: 1, expected: 2 }));
    expect(known).to.include({ code: "BLOB_TRUNCATED" }).and.to.have.keys("code", "message", "reason", "fix", "args");
    expect(isFileProblem(known)).to.equal(false);
    expect(problemOf(new DOMException("", "QuotaExceededError"))).to.deep.equal({ files: "full" });
    expect(problemOf(new DOMException("", "NoModificationAllowedError"))).to.deep.equal({ files: "busy" });
    expect(problemOf(new DOMException("", "SecurityError"))).to.deep.equal({ files: "noStorage" });
    expect(problemOf(AbortSignal.abort().reason)).to.deep.equal({ files: "stopped" });
    expect(problemOf({ files: "noSpace", lacking: 3 })).to.deep.equal({ files: "noSpace", lacking: 3 });
    expect(problemOf(new TypeError("odd"))).to.deep.equal({ files: "unknown", detail: "odd" });
    expect(problemOf("thrown")).to.deep.equal({ files: "unknown", detail: "thrown" });
    expect(isFileProblem(problemOf(undefined))).to.equal(true);
  });
});
