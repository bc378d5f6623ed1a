import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(__dirname, "../../..");

/** How a program ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without what npm and Hardhat told this process. */
export function run(
  file: string,
  parameters: readonly string[],
  cwd: string,
  environment: Record<string, string> = {},
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|HARDHAT_|TS_NODE|NODE_OPTIONS)/.test(name));
  const env = { ...Object.fromEntries(inherited), ...environment };
  return new Promise((resolve) => {
    execFile(file, [...parameters], { cwd, env, maxBuffer: 67_108_864 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, stdout, stderr });
    });
  });
}

/** Runs a program that has to succeed and returns what it printed. */
export async function output(...call: Parameters<typeof run>): Promise<string> {
  const { status, stdout, stderr } = await run(...call);
  if (status !== 0) throw new Error(`${call[0]} ${call[1].join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

const folder = mkdtempSync(join(tmpdir(), "isonomy-package-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

let tarball: Promise<string> | undefined;

/** The package as it would be published: built and packed once for all tests. */
export function packed(): Promise<string> {
  tarball ??= output("npm", ["pack", "--workspace", "isonomy", "--json", "--pack-destination", folder], ROOT).then(
    (text) => join(folder, (JSON.parse(text) as { filename: string }[])[0]!.filename),
  );
  return tarball;
}

/** An example in a folder of its own, with the packed package and everything else from the registry. */
export async function installedExample(name: string): Promise<string> {
  const place = join(folder, name);
  cpSync(join(ROOT, "examples", name), place, { recursive: true });
  const file = join(place, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.dependencies.isonomy = `file:${await packed()}`;
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  await output("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], place);
  return place;
}

/** An empty folder with the package and ethers in it. */
export async function installedAlone(name: string): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, private: true }));
  await output(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", await packed(), "ethers@6.17.0"],
    place,
  );
  return place;
}
