import { expect } from "chai";
import { checkParameters } from "../../deploy/engine/settings";
import { protocol, readParameters, type ProtocolParameters } from "../../deploy/protocol";

/** What was lost: the field that is wrong. These parameters failed later, or with an error that names no field, or not at all. */
describe("Finding: every parameter that cannot be deployed is named", () => {
  const cases: [string, (parameters: ProtocolParameters) => void, RegExp][] = [
    ["court.feeWei that is no number", (p) => (p.court.feeWei = "ten"), /court\.feeWei/],
    ["court.feeWei below nothing", (p) => (p.court.feeWei = "-1"), /court\.feeWei/],
    [
      "risks that do not fit eight bits",
      (p) => (p.market.payTokens = [{ token: p.governance.guardian, risks: 256 }]),
      /market\.payTokens\[0\]\.risks/,
    ],
    [
      "an address without its 0x",
      (p) => (p.governance.guardian = p.governance.guardian.slice(2)),
      /governance\.guardian is not an address/,
    ],
    ["metadata that is missing", (p) => Reflect.deleteProperty(p.registry, "metadata"), /registry\.metadata/],
    ["a court that is missing", (p) => Reflect.deleteProperty(p, "court"), /court/],
    ["a guardian that is missing", (p) => Reflect.deleteProperty(p.governance, "guardian"), /governance\.guardian/],
    ["an arbiter who is named twice", (p) => (p.court.arbiters[1] = p.court.arbiters[0]), /court\.arbiters\[1\]/],
  ];
  for (const [title, damage, field] of cases) {
    it(`names ${title}`, () => {
      const parameters = structuredClone(readParameters("hardhat"));
      damage(parameters);
      expect(() => checkParameters(protocol, parameters)).to.throw(Error, field);
    });
  }
});
