import { expect } from "chai";
import { hexlify, randomBytes } from "ethers";

import {
  formatLicenseId,
  formatVersionId,
  licenseId,
  parseLicenseId,
  parseVersionId,
  versionId,
} from "../../../sdk/src/market";
import { caught } from "../../support/caught";

const random = (bytes: number): bigint => BigInt(hexlify(randomBytes(bytes)));

describe("Short forms of ids", () => {
  // claim(attacks#command-line-package-and-sellers-agent): a short id that stands for two licences or versions
  it("say all that the id says: each leads back to it, and no two ids have the same", () => {
    const seen = new Map<string, bigint>();
    for (let round = 0; round < 2_000; round++) {
      const version = round < 300 ? BigInt(round) : random(8);
      expect(parseVersionId(formatVersionId(version))).to.equal(version);
      expect(parseVersionId(String(version))).to.equal(version);
      const id = licenseId({
        module: round % 3 === 0 ? random(4) : 1n,
        ...{ transferable: round % 2 === 0, escrowed: round % 5 === 0, includesUpdates: round % 7 === 0 },
        ...{ versionId: version, serial: random(8), guarded: round % 11 === 0 },
        ...(round % 4 === 0 ? {} : { rights: random(4), note: random(7) }),
      });
      const short = formatLicenseId(id);
      expect(parseLicenseId(short)).to.equal(id);
      expect(parseLicenseId(String(id))).to.equal(id);
      expect(seen.get(short) ?? id).to.equal(id);
      seen.set(short, id);
    }
  });

  it("are what people can read", () => {
    expect(formatVersionId(65_537n)).to.equal("1.1");
    const parts = { transferable: true, escrowed: true, includesUpdates: false, serial: (5n << 32n) | 3n };
    const id = { module: 1n, versionId: versionId({ modelId: 1n, number: 2n }), ...parts };
    expect(formatLicenseId(licenseId(id))).to.equal("1.2-5.3te");
    expect(formatLicenseId(licenseId({ ...id, module: 2n, transferable: false }))).to.equal("1.2-5.3e@2");
    expect(formatLicenseId(licenseId({ ...id, note: 250n }))).to.equal("1.2-5.3te-250");
    const withRights = { ...id, module: 2n, rights: 7n, guarded: true, note: 250n };
    expect(formatLicenseId(licenseId(withRights))).to.equal("1.2-5.3tegr7-250@2");
  });

  // claim(attacks#command-line-package-and-sellers-agent): an id in another spelling, or with a part that no id has
  it("have one spelling each, and what is none is refused", async () => {
    const wrong = [
      "",
      "1",
      "01.1",
      "1.01",
      "1.1.1",
      "1,1",
      " 1.1",
      "1.65536",
      `${2n ** 48n}.1`,
      "0x10001",
      "-1.1",
      "1.1-1.1",
    ];
    for (const text of wrong.filter((one) => one !== "1")) await caught(() => parseVersionId(text), "ARGUMENT_INVALID");
    await caught(() => parseVersionId(String(2n ** 64n)), "ARGUMENT_INVALID");
    const licences = [
      ...["", "1.1", "1.1-1", "1.1-1.1et", "1.1-1.1tt", "1.1-1.1x", "1.1-1.1@", "1.1-01.1", "1.1-1.1@01", "1.1-1.1te@"],
      ...[`1.1-1.${2n ** 32n}`, `1.1-${2n ** 32n}.1`, `1.1-1.1@${2n ** 32n}`, "1.65536-1.1"],
      ...["1.1-1.1@1", "1.1-1.1r0", "1.1-1.1-0", "1.1-1.1-250r1", "1.1-1.1gt", "1.1-1.1r", "1.1-1.1-", "1.1-1.1r01"],
      ...[`1.1-1.1r${2n ** 32n}`, `1.1-1.1-${2n ** 56n}`],
    ];
    for (const text of licences) await caught(() => parseLicenseId(text), "ARGUMENT_INVALID");
    await caught(() => formatLicenseId(1n << 256n), "ARGUMENT_INVALID");
    await caught(() => formatLicenseId(16n << 128n), "ARGUMENT_INVALID");
    await caught(() => formatVersionId(1n << 64n), "ARGUMENT_INVALID");
  });
});
