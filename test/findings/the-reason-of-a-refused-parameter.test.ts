import { expect } from "chai";
import { checkParameters, readParameters, type ProtocolParameters } from "../../deploy/domains/parameters";

/** What was lost: the field that is wrong. These parameters failed later, or with an error that names no field, or not at all. */
describe("Finding: every parameter that cannot be deployed is named", () => {
  const cases: [string, (parameters: ProtocolParameters) => void, RegExp][] = [
    ["panel.feeWei that is no number", (p) => (p.panel.feeWei = "ten"), /panel\.feeWei/],
    ["panel.feeWei below nothing", (p) => (p.panel.feeWei = "-1"), /panel\.feeWei/],
    [
      "risks that do not fit eight bits",
      (p) => (p.market.payTokens = [{ token: p.guardian, risks: 256 }]),
      /market\.payTokens\[0\]\.risks/,
    ],
    ["an address without its 0x", (p) => (p.guardian = p.guardian.slice(2)), /guardian is not an address/],
    ["metadata that is missing", (p) => Reflect.deleteProperty(p, "metadata"), /metadata/],
    ["a panel that is missing", (p) => Reflect.deleteProperty(p, "panel"), /panel/],
    ["a guardian that is missing", (p) => Reflect.deleteProperty(p, "guardian"), /guardian/],
    ["an arbiter who is named twice", (p) => (p.panel.arbiters[1] = p.panel.arbiters[0]), /panel\.arbiters\[1\]/],
  ];
  for (const [title, damage, field] of cases) {
    it(`names ${title}`, () => {
      const parameters = structuredClone(readParameters("hardhat"));
      damage(parameters);
      expect(() => checkParameters(parameters)).to.throw(Error, field);
    });
  }
});
