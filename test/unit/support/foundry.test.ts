import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..");
const VERSION = "1.7.1";

interface Found {
  readonly name: string;
  readonly path: string;
}
interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly os?: string[];
  readonly cpu?: string[];
  readonly bin?: Record<string, string>;
  readonly optional?: boolean;
}

describe("The programs of Foundry", function () {
  this.timeout(240_000);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { PLATFORMS, packageOf } = require("../../../scripts/tools/foundry.cjs") as {
    PLATFORMS: Record<string, string>;
    packageOf: (program: string, platform?: string) => Found | undefined;
  };
  const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Record<string, unknown>;
  const wanted = read("package.json").optionalDependencies as Record<string, string>;
  const locked = read("package-lock.json").packages as Record<string, Locked>;

  it("are there for Linux and macOS on x64 and arm64, and for Windows on x64", () => {
    const all = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
    expect(Object.keys(PLATFORMS)).to.have.members(all);
    expect(Object.keys(wanted)).to.have.length(2 * all.length);
  });

  for (const program of ["forge", "anvil"]) {
    for (const platform of Object.keys(PLATFORMS)) {
      it(`${program} comes on ${platform} from a package that npm installs there, and is where it is looked for`, () => {
        const { name, path } = packageOf(program, platform)!;
        expect(wanted[name]).to.equal(VERSION);
        const { version, integrity, os, cpu, bin, optional } = locked[`node_modules/${name}`]!;
        expect({ version, optional }).to.deep.equal({ version: VERSION, optional: true });
        expect(integrity).to.match(/^sha512-/);
        expect(`${os!.join()}-${cpu!.join()}`).to.equal(platform);
        expect(bin![program]).to.equal(path);
      });
    }

    it(`${program} has no package elsewhere`, () => {
      for (const platform of ["win32-arm64", "freebsd-x64", "linux-ia32"]) {
        expect(packageOf(program, platform)).to.equal(undefined);
      }
    });

    it(`${program} starts here`, () => {
      const env = { ...process.env, ANVIL: "" };
      const script = join(ROOT, "scripts", "tools", `${program}.cjs`);
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--version"], { encoding: "utf8", env });
      expect(status, stderr).to.equal(0);
      expect(stdout).to.include(`${program} Version: ${VERSION}`);
    });
  }
});
