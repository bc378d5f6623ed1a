import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

/** How the README says that a clone packs, and how a project beside it installs. */
export const [PACK, INSTALL] = ["npm pack --workspace isonomy", "npm install ../isonomy/isonomy-0.1.0.tgz ethers@6"];
/** In place of the clone: the package is packed into it, and the examples are in it. */
const CLONE = join(folder, "isonomy");
const QUIETLY = { npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

let tarball: Promise<string> | undefined;

/** The package as it would be published: built and packed once for all tests. */
export function packed(): Promise<string> {
  mkdirSync(CLONE, { recursive: true });
  const [program, ...words] = PACK.split(" ");
  tarball ??= output(program!, [...words, "--json", "--pack-destination", CLONE], ROOT).then((text) =>
    join(CLONE, (JSON.parse(text) as { filename: string }[])[0]!.filename),
  );
  return tarball;
}

/** An example as it is in a clone in which the package was packed, with everything else from the registry. */
export async function installedExample(name: string): Promise<string> {
  await packed();
  const place = join(CLONE, "examples", name);
  cpSync(join(ROOT, "examples", name), place, { recursive: true });
  await output("npm", ["install"], place, QUIETLY);
  return place;
}

/** An empty folder with the package and ethers in it. */
export async function installedAlone(name: string): Promise<string> {
  await packed();
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, private: true }));
  const [program, ...words] = INSTALL.split(" ");
  await output(program!, words, place, QUIETLY);
  return place;
}
