import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { isReweighDue, type VoterStanding } from "../../../../app/src/chain/government";
import { reasonsOf } from "../../../../app/src/features/governance/standing";
import type { CredentialStatus } from "../../../../sdk/src/governance";
import { weightOf } from "./detail";

const ACCOUNT = "0x00000000000000000000000000000000000000aA";
const OTHER = "0x00000000000000000000000000000000000000bB";
const NONE = { state: "none", counted: false } as CredentialStatus;
const CITIZEN = { state: "citizen", counted: true } as CredentialStatus;

const voter = (given: Partial<VoterStanding>): VoterStanding => ({
  ...{ account: ACCOUNT, tokens: 0n, unitsNow: 0n, votesNow: 0n, delegate: ZeroAddress, credential: NONE },
  ...{ counted: false, reweighDue: false, last: undefined },
  ...given,
});
const own = { tokens: 5n, unitsNow: 5n, votesNow: 5n, delegate: ACCOUNT.toLowerCase() };

describe("Why units differ", () => {
  const cases: [string, Partial<VoterStanding>, number, string[]][] = [
    ["nothing is held", {}, 0, ["nothing"]],
    ["nobody votes with the tokens", { tokens: 5n, unitsNow: 5n }, 0, ["notDelegated"]],
    ["another votes with them", { tokens: 5n, unitsNow: 5n, delegate: OTHER }, 0, ["delegatedAway"]],
    ["all is as it seems", own, 0, []],
    ["others delegated too", { ...own, votesNow: 6n }, 0, ["others"]],
    ["others delegated, and the own went elsewhere", { ...own, delegate: OTHER }, 0, ["delegatedAway", "others"]],
    ["a citizen votes alone", { ...own, unitsNow: 9n, votesNow: 9n, counted: true, credential: CITIZEN }, 1, ["bonus"]],
    [
      "a citizen lends",
      { ...own, delegate: OTHER, votesNow: 0n, counted: true, credential: CITIZEN },
      2,
      ["delegatedAway", "bonusLost"],
    ],
    ["a citizen is early", { ...own, credential: CITIZEN }, 0, ["bonusLater"]],
    ["a credential is young", { ...own, credential: { ...NONE, state: "seasoning" } }, 1, ["seasoning"]],
    ["the count is old", { ...own, reweighDue: true }, 1, ["reweigh"]],
    [
      "the snapshot is to come",
      { ...own, last: weightOf({ taken: false, votes: 5n, votesBefore: 5n }) },
      0,
      ["toCome"],
    ],
    ["more came since", { ...own, last: weightOf({ votes: 4n, votesBefore: 4n }) }, 0, ["gained"]],
    ["some left since", { ...own, last: weightOf({ votes: 6n, votesBefore: 6n }) }, 0, ["lost"]],
    ["some came just before", { ...own, last: weightOf({ votes: 5n, votesBefore: 1n }) }, 0, ["short"]],
    ["it is as it was", { ...own, last: weightOf({ votes: 5n, votesBefore: 5n }) }, 0, []],
  ];
  for (const [when, given, phase, reasons] of cases) {
    it(`says so when ${when}`, () => expect(reasonsOf(voter(given), phase)).to.deep.equal(reasons));
  }

  it("asks for a reweigh where the registry or the token lags behind the credential", () => {
    expect(isReweighDue(NONE, false, 2)).to.equal(false);
    expect(isReweighDue(CITIZEN, true, 1)).to.equal(false);
    expect(isReweighDue(CITIZEN, false, 0), "no bonus in phase 0").to.equal(false);
    expect(isReweighDue(CITIZEN, false, 1), "counted in phase 0").to.equal(true);
    expect(isReweighDue({ ...CITIZEN, counted: false }, false, 0), "seasoned, not counted").to.equal(true);
    expect(isReweighDue({ ...CITIZEN, state: "expired" }, true, 1), "ended").to.equal(true);
    expect(isReweighDue({ ...CITIZEN, state: "disavowed", counted: false }, true, 1), "disavowed").to.equal(true);
  });
});
