import { expect } from "chai";
import { EventFragment, FunctionFragment, Interface, parseEther, type Fragment } from "ethers";
import fc from "fast-check";
import { artifacts } from "hardhat";

import { AUTHORITY, GOVERNOR, TOKEN } from "../../../../app/src/chain/daoAbi";
import { readDescription } from "../../../../app/src/features/governance/description";
import { csvOf, lorenzOf, tenthsOf } from "../../../../app/src/features/governance/lorenz";
import { unitsText } from "../../../../app/src/features/governance/units";
import { wordsOf } from "../../../../app/src/i18n";
import german from "../../../../app/src/i18n/de.json";
import english from "../../../../app/src/i18n/en.json";
import { encodeProposal, voteConcentration } from "../../../../sdk/src/governance";
import { Market__factory } from "../../../../typechain-types";

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("The Lorenz curve", () => {
  it("goes from nobody to all, below the line of equals, and bends upwards", () => {
    expect(lorenzOf([3n, 1n])).to.deep.equal([
      { people: 0, units: 0 },
      { people: 0.5, units: 0.25 },
      { people: 1, units: 1 },
    ]);
    expect(lorenzOf([])).to.deep.equal([]);
    expect(lorenzOf([0n, 0n])).to.deep.equal([]);
    const units = fc.array(fc.bigInt(1n, 10n ** 27n), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(units, (given) => {
        const points = lorenzOf(given);
        expect(points.at(-1)).to.deep.equal({ people: 1, units: 1 });
        expect(points).to.have.length.at.most(202);
        let slope = 0;
        for (const [at, { people, units: part }] of points.entries()) {
          expect(part).to.be.at.most(people + 1e-9);
          if (at === 0) continue;
          const before = points[at - 1]!;
          const next = (part - before.units) / (people - before.people);
          expect(next).to.be.at.least(slope - 1e-6);
          slope = next;
        }
      }),
    );
  });

  it("has the area that Gini measures", () => {
    const units = fc.array(fc.bigInt(1n, 10n ** 27n), { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(units, (given) => {
        const points = lorenzOf(given);
        const area = points.slice(1).reduce((sum, { people, units: part }, at) => {
          const before = points[at]!;
          return sum + ((people - before.people) * (part + before.units)) / 2;
        }, 0);
        expect(1 - 2 * area).to.be.closeTo(voteConcentration(given).gini, 1e-9);
      }),
    );
  });

  it("is a table of tenths", () => {
    const rows = tenthsOf(lorenzOf([1n, 1n, 1n, 1n]));
    expect(rows).to.have.length(11);
    for (const { people, units } of rows) expect(units).to.be.closeTo(people, 1e-9);
    expect(tenthsOf(lorenzOf([7n])).map(({ units }) => units)[5]).to.be.closeTo(0.5, 1e-9);
    expect(tenthsOf([])).to.deep.equal([]);
  });

  it("is a file of whole numbers", () => {
    expect(csvOf([{ account: ACCOUNT, units: 10n ** 27n }])).to.equal(
      `account,units\r\n${ACCOUNT},1${"0".repeat(27)}\r\n`,
    );
  });
});

describe("The words of a proposal", () => {
  it("are its title and its reasons, without what the governor asks for", () => {
    const call = { target: ACCOUNT, abi: Market__factory.createInterface(), call: "setProtocolFee", args: [1] };
    const { description } = encodeProposal({ title: "Lower it", why: "One.\n\nTwo.", calls: [call] }, ACCOUNT);
    expect(readDescription(description)).to.deep.equal({ title: "Lower it", why: "One.\n\nTwo." });
    expect(readDescription(`Bare\n#proposer=${ACCOUNT}`)).to.deep.equal({ title: "Bare", why: "" });
    expect(readDescription(`#proposer=${ACCOUNT}`)).to.deep.equal({ title: "", why: "" });
    expect(readDescription("")).to.deep.equal({ title: "", why: "" });
    // only at the end it is the governor's
    const inside = `A\n#proposer=${ACCOUNT} is named`;
    expect(readDescription(inside).why).to.equal(`#proposer=${ACCOUNT} is named`);
  });
});

describe("Units in words", () => {
  const [en, de] = [wordsOf("en", english), wordsOf("de", german)];

  it("are cut, never rounded up", () => {
    expect(unitsText(en, parseEther("1234567.899"))).to.equal("1,234,567.89");
    expect(unitsText(de, parseEther("1234567.899"))).to.equal("1.234.567,89");
    expect(unitsText(en, parseEther("0.999999"))).to.equal("0.99");
    expect(unitsText(en, parseEther("5.5"))).to.equal("5.5");
    expect(unitsText(en, parseEther("5.001"))).to.equal("5");
    expect(unitsText(en, 1n)).to.equal("< 0.01");
    expect(unitsText(en, 0n)).to.equal("0");
  });
});

describe("What the page reads of the government", () => {
  /** Everything of a function or an event but the names of its parameters. */
  const shapeOf = (fragment: Fragment): string => {
    if (fragment instanceof FunctionFragment) {
      const outputs = fragment.outputs.map((one) => one.format("sighash")).join();
      return `${fragment.format("sighash")} ${fragment.stateMutability} (${outputs})`;
    }
    const inputs = fragment.inputs.map((one) => `${one.format("sighash")} ${one.indexed ? "indexed" : ""}`).join();
    return `event ${(fragment as EventFragment).name}(${inputs})`;
  };
  for (const [name, lines] of Object.entries({
    IsonomyGovernor: GOVERNOR,
    GovernanceToken: TOKEN,
    Authority: AUTHORITY,
  })) {
    it(`is what ${name} has, line for line`, async () => {
      const { abi } = await artifacts.readArtifact(name);
      const compiled = new Set(new Interface(abi).fragments.filter((one) => "name" in one).map(shapeOf));
      const written = new Interface(lines).fragments;
      expect(written).to.have.length(lines.length);
      for (const fragment of written) expect(compiled, fragment.format("full")).to.include(shapeOf(fragment));
    });
  }
});
