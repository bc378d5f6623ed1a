import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { inherited, setting } from "../../deploy/engine/environment";
import type { Check } from "../../deploy/engine/preflight";

export const PACKAGE = "isonomy";
/** Pages that say how the package is installed: by `npm pack` as long as nobody can download it. */
export const INSTALL_PAGES = ["README.md", "docs/integrate.md", "sdk/README.md"];
export const INSTALL = "npm install isonomy ethers";
/** What the package may hold, at its top. */
const CONTENTS = /^(CHANGELOG\.md|LICENSE|README\.md|package\.json|(bin|contracts|dist)\/.+)$/;
const VERSION = /^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/;

/** A file of the package. */
export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

const passed = (title: string, detail: string): Check => ({ title, passed: true, detail });
const failed = (title: string, detail: string): Check => ({ title, passed: false, detail });

/** What the package is called and which version it has, from its manifest. */
export function manifestOf(root: string): { version: string; repository?: unknown } {
  return JSON.parse(readFileSync(join(root, "sdk/package.json"), "utf8")) as { version: string; repository?: unknown };
}

/** Runs git or npm in the tree, and returns what it printed; undefined where it ended with an error. */
async function outputOf(root: string, program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const options = { cwd: root, env: inherited(), maxBuffer: 67_108_864, shell: process.platform === "win32" };
    return (await promisify(execFile)(program, [...args], options)).stdout;
  } catch {
    return undefined;
  }
}

/** Builds the package, packs it into the folder of the tree, where git ignores it, and says what is in it. */
export async function pack(root: string): Promise<Packed> {
  const args = ["pack", "--workspace", PACKAGE, "--json"];
  const text = await outputOf(root, "npm", args);
  if (text === undefined) {
    throw new Error("The package cannot be built. See why, and correct it: npm pack --dry-run --workspace isonomy");
  }
  return (JSON.parse(text) as Packed[])[0]!;
}

/** Everything about the tree: what would be published is what is committed, and says which version it is. */
export async function checkTree(root: string): Promise<Check[]> {
  const { version, repository } = manifestOf(root);
  const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "");
  const tag = `v${version}`;
  const [status, tagged] = await Promise.all([
    outputOf(root, "git", ["status", "--porcelain"]),
    outputOf(root, "git", ["tag", "--list", tag]),
  ]);
  return [
    status === undefined
      ? failed("clean tree", "this is no clone of git. Release from a clone.")
      : status.trim() === ""
        ? passed("clean tree", "what is published is what is committed")
        : failed("clean tree", `${status.trim().split("\n").length} files differ from the last commit: git status`),
    checkVersion(version, read),
    checkChangelog(version, read),
    tagged === undefined || tagged.trim() === ""
      ? passed("tag", `${tag} is free`)
      : failed("tag", `${tag} is there already. Raise "version" in sdk/package.json and package.json.`),
    checkPages(read),
    checkProvenance(repository),
  ];
}

function checkVersion(version: string, read: (path: string) => string): Check {
  const title = "version";
  if (!VERSION.test(version)) return failed(title, `"${version}" in sdk/package.json is no version such as 1.2.3.`);
  const root = (JSON.parse(read("package.json")) as { version?: string }).version;
  const lock = JSON.parse(read("package-lock.json")) as { packages?: Record<string, { version?: string }> };
  const others = { "package.json": root, "package-lock.json": lock.packages?.sdk?.version };
  const wrong = Object.entries(others).filter(([, other]) => other !== version);
  if (wrong.length === 0) return passed(title, version);
  const found = wrong.map(([file, other]) => `${file} says ${other ?? "nothing"}`).join(", ");
  return failed(title, `sdk/package.json says ${version}, ${found}. Set them equal, and run npm install.`);
}

/** The section of a version has no other words in its heading, and something below it. */
function checkChangelog(version: string, read: (path: string) => string): Check {
  const section = new RegExp(`^## ${version.replaceAll(".", "\\.")}\\n+(?!#)\\S`, "m");
  const missing = ["CHANGELOG.md", "sdk/CHANGELOG.md"].filter((file) => !section.test(read(file)));
  return missing.length === 0
    ? passed("changelog", `both have a section for ${version}`)
    : failed("changelog", `${missing.join(" and ")} must have a section "## ${version}", without "(unreleased)".`);
}

function checkPages(read: (path: string) => string): Check {
  const left = INSTALL_PAGES.filter((file) => !read(file).includes(INSTALL));
  return left.length === 0
    ? passed("pages", `they say ${INSTALL}`)
    : failed(
        "pages",
        `${left.join(", ")} must say \`${INSTALL}\` in place of npm pack: the package carries the last of them.`,
      );
}

/** npm attests where a package was built only for a build that nobody could touch: in the continuous integration of a public repository. */
function checkProvenance(repository: unknown): Check {
  const title = "provenance";
  if (repository === undefined) {
    return failed(
      title,
      `npm attests which repository built the package: name it as "repository" in sdk/package.json.`,
    );
  }
  const canAttest = ["ACTIONS_ID_TOKEN_REQUEST_URL", "SIGSTORE_ID_TOKEN"].some((name) => setting(name) !== undefined);
  return canAttest
    ? passed(title, "this machine can attest the build")
    : failed(
        title,
        "npm attests a build of GitHub Actions or GitLab CI only: run this there, with a token for identities.",
      );
}

/** Whether the name is ours. The first publication takes a free one, so it is reserved before anybody is told of it. */
export async function checkName(root: string): Promise<Check[]> {
  const { version } = manifestOf(root);
  const title = "name";
  const [who, answer] = await Promise.all([outputOf(root, "npm", ["whoami"]), viewed(root)]);
  const account = who?.trim();
  if (account === undefined) return [failed(title, "nobody is logged in. Run: npm login")];
  if (answer === "unreachable") return [failed(title, "npm does not answer. Check the connection, and run it again.")];
  if (answer === "free")
    return [failed(title, `${PACKAGE} is free, so a stranger could take it. Reserve it: npm run release -- --reserve`)];
  const { maintainers, versions } = answer;
  if (!maintainers.includes(account)) {
    return [
      failed(
        title,
        `${PACKAGE} belongs to ${maintainers.join(", ")}, and ${account} is logged in. Log in as one of them: npm login`,
      ),
    ];
  }
  return [
    passed(title, `${PACKAGE} is reserved for ${account}`),
    versions.includes(version)
      ? failed("published", `${version} is published already. Raise "version" in sdk/package.json and package.json.`)
      : passed("published", `${version} is not`),
  ];
}

interface Known {
  readonly maintainers: readonly string[];
  readonly versions: readonly string[];
}

async function viewed(root: string): Promise<Known | "free" | "unreachable"> {
  const options = { cwd: root, env: inherited(), shell: process.platform === "win32" };
  try {
    const { stdout } = await promisify(execFile)(
      "npm",
      ["view", PACKAGE, "--json", "maintainers", "versions"],
      options,
    );
    const { maintainers = [], versions = [] } = JSON.parse(stdout) as {
      maintainers?: string | string[];
      versions?: string | string[];
    };
    return {
      // "name <address>"
      maintainers: [maintainers].flat().map((one) => one.split(" ")[0]!),
      versions: [versions].flat(),
    };
  } catch (error) {
    return /"code": "E404"|code E404/.test(`${(error as { stdout?: string }).stdout}${(error as Error).message}`)
      ? "free"
      : "unreachable";
  }
}

/** Whether the package holds what it should, and nothing that was left lying about. */
export function checkContents({ files, size, unpackedSize }: Packed): Check {
  const others = files.filter(({ path }) => !CONTENTS.test(path)).map(({ path }) => path);
  if (others.length > 0)
    return failed("contents", `${others.join(", ")} must not be in it: see "files" in sdk/package.json.`);
  const kB = (bytes: number): string => `${Math.round(bytes / 1_000).toLocaleString("en-GB")} kB`;
  return passed("contents", `${files.length} files, ${kB(size)} packed, ${kB(unpackedSize)} unpacked`);
}

/** The files by their folders, with how many there are and what they weigh. */
export function contentsText({ files }: Packed): string {
  const folders = new Map<string, { count: number; size: number }>();
  for (const { path, size } of files) {
    const parts = path.split("/");
    const folder = parts.length === 1 ? path : `${parts.slice(0, Math.min(2, parts.length - 1)).join("/")}/`;
    const { count, size: sum } = folders.get(folder) ?? { count: 0, size: 0 };
    folders.set(folder, { count: count + 1, size: sum + size });
  }
  return [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([folder, { count, size }]) =>
        `  ${folder.padEnd(28)} ${String(count).padStart(4)} files ${Math.ceil(size / 1_000)
          .toLocaleString("en-GB")
          .padStart(7)} kB`,
    )
    .join("\n");
}

/** What a release runs, in this order. */
export function releaseCommands(root: string, tarball: string): string[][] {
  const { version } = manifestOf(root);
  return [
    ["npm", "publish", tarball, "--access", "public", "--provenance"],
    ["git", "tag", "--annotate", `v${version}`, "--message", `${PACKAGE} ${version}`],
    ["git", "push", "origin", `v${version}`],
  ];
}
