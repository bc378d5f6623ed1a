import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { StateFile, type SellerState } from "../../sdk/src/seller";
import { agentFixture, agentHere } from "../support/agentHere";
import { caught } from "../support/caught";

const MARGIN = 600n;

/** A disk that is full from the moment a delivery is about to leave. */
class FullDisk extends StateFile {
  full = true;

  override async save(state: SellerState): Promise<void> {
    if (this.full && state.journal.some(({ sent }) => sent !== false)) {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    }
    return super.save(state);
  }
}

/**
 * What was lost: a key, for nothing. The disk was full when a delivery was about to be sent, so it was not sent; but the agent
 * remembered it as sent, and when there was room again, minutes before the deadline, it sent it in spite of the margin.
 */
describe("Finding: a key is sent too late after a full disk", () => {
  // claim(attacks#command-line-package-and-sellers-agent): a disk that is full when a key is about to leave, and has
  //   room again minutes before the deadline
  it("takes nothing for public that could not be kept, and asks the clock when there is room again", async () => {
    const fixture = await loadFixture(agentFixture);
    const deal = await fixture.buy();
    const folder = await mkdtemp(join(tmpdir(), "isonomy-full-"));
    const state = new FullDisk(join(folder, "state.json"));
    const { Escrow } = fixture.contracts;
    const { look, events, close } = await agentHere(fixture, { state });
    try {
      await caught(look, "STATE_UNWRITABLE");
      expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
      await time.increaseTo((deal.deliverBy as bigint) - MARGIN + 60n);
      state.full = false;
      await look();
      await look();
      expect(await Escrow.statusOf(deal.opener, deal.id)).to.equal(1n);
      expect(await Escrow.queryFilter(Escrow.filters.KeyDelivered())).to.deep.equal([]);
      expect(events()).to.include("refused");
    } finally {
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
