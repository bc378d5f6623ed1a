import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { set } from "../../deploy/engine/environment";
import { INSTALL, INSTALL_PAGES, checkName } from "../../scripts/lib/release";
import { copyCheckout } from "../support/checkout";
import { onTerminal } from "../support/terminal";
import { ROOT, run, type Ended } from "./support/packed";

const PAGE = readFileSync(join(ROOT, "docs/release.md"), "utf8");
/** Its commands, by the line they are on. */
const COMMANDS = [...PAGE.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)]
  .flatMap(([, block]) => block!.split("\n"))
  .map((line) => line.trim())
  .filter((line) => line !== "");
const ACCOUNT = "publisher";
const VERSION = "9.8.7";

/** What a registry knows of a package of which an empty version reserves the name. */
const packument = (maintainer: string): object => ({
  ...{ name: "isonomy", "dist-tags": { latest: "0.0.0" }, maintainers: [{ name: maintainer, email: "a@b.c" }] },
  versions: {
    "0.0.0": { name: "isonomy", version: "0.0.0", maintainers: [{ name: maintainer, email: "a@b.c" }], dist: {} },
  },
});

// npm asks a server of this machine, which has what it is told and takes note of everything that would change it
describe("a release of the package", function () {
  this.timeout(600_000);
  let folder: string;
  let server: Server;
  let known: object | undefined;
  let account: string | undefined;
  const changes: string[] = [];
  /** Commands of the page that were not run. Its long ones are what continuous integration runs. */
  const left = new Set(COMMANDS.filter((line) => !/^npm run (test:full|check)$/.test(line)));
  let checkout: ReturnType<typeof copyCheckout>;
  let environment: Record<string, string>;

  before(async () => {
    server = createServer((request, response) => {
      const path = request.url!.split("?")[0]!;
      if (request.method !== "GET") changes.push(`${request.method} ${path}`);
      const answer = path === "/-/whoami" ? account && { username: account } : path === "/isonomy" ? known : undefined;
      const missing = path === "/-/whoami" ? 401 : 404;
      response.writeHead(answer === undefined ? missing : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { error: "none" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    checkout = copyCheckout();
    folder = mkdtempSync(join(tmpdir(), "isonomy-release-"));
    const settings = join(folder, "npmrc");
    writeFileSync(settings, `registry=http://${host}/\n//${host}/:_authToken=a-token\nfetch-retries=0\n`);
    environment = { npm_config_userconfig: settings, npm_config_registry: `http://${host}/` };
    // what the build makes is looked at in package.test.ts; here it would take a minute of every command
    edit("sdk/package.json", (text) => text.replace(/("prepack": )"[^"]+"/, `$1"node build/one-file.cjs"`));
    writeFileSync(
      join(checkout.folder, "sdk/build/one-file.cjs"),
      `const { cpSync, mkdirSync, writeFileSync } = require("node:fs");
      mkdirSync("dist/esm", { recursive: true });
      writeFileSync("dist/esm/index.mjs", "export {};");
      cpSync("../LICENSE", "LICENSE");`,
    );
    git("init", "--quiet");
    commit();
  });
  after(async () => {
    checkout.remove();
    rmSync(folder, { recursive: true, force: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      ...{ cwd: checkout.folder, encoding: "utf8" },
    });
  const commit = (): void => {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", "A change");
  };
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(checkout.folder, file);
    const text = readFileSync(path, "utf8");
    const changed = change(text);
    expect(changed, file).not.to.equal(text);
    writeFileSync(path, changed);
  };

  /** Runs a command of the page as it stands there. */
  const command = (line: string, more: Record<string, string> = {}): Promise<Ended> => {
    expect(COMMANDS).to.include(line);
    left.delete(line);
    return run("bash", ["--norc", "--noprofile", "-c", line], checkout.folder, { ...environment, ...more });
  };
  const titles = (text: string, mark: string): string[] =>
    [...text.matchAll(new RegExp(`^  ${mark} (clean tree|[a-z]+) `, "gm"))].map(([, title]) => title!);

  it("says of a tree that is not ready what is missing, shows what it would run, and publishes nothing", async () => {
    edit("CONTRIBUTING.md", (text) => `${text}\nnot committed\n`);
    const { status, stdout, stderr } = await command("npm run release -- --dry-run");
    expect(status, stdout + stderr).to.equal(1);
    expect(titles(stdout, "✗")).to.have.members(["clean tree", "changelog", "pages", "provenance", "name"]);
    expect(titles(stdout, "✓")).to.have.members(["version", "tag", "contents"]);
    expect(stdout).to.match(/✗ name +nobody is logged in\. Run: npm login/);
    expect(stdout).to.match(/dist\/esm\/ +\d+ files/);
    const { version } = JSON.parse(readFileSync(join(ROOT, "sdk/package.json"), "utf8")) as { version: string };
    expect(stdout).to.include(`It would run:\n  npm publish ./isonomy-${version}.tgz --access public --provenance\n`);
    expect(stderr).to.match(/Nothing is published: 5 of 8 checks did not pass/);
    expect(changes).to.deep.equal([]);
  });

  it("goes on under a name that is ours alone", async () => {
    for (const [name, value] of Object.entries(environment)) set(name, value);
    try {
      account = ACCOUNT;
      const [free] = await checkName(checkout.folder);
      expect(free!.detail).to.match(/^isonomy is free, .* Reserve it: npm run release -- --reserve$/);
      known = packument("stranger");
      const [taken] = await checkName(checkout.folder);
      expect(taken!.detail).to.match(/^isonomy belongs to stranger, and publisher is logged in\./);
      expect([free, taken].map((check) => check!.passed)).to.deep.equal([false, false]);
    } finally {
      for (const name of Object.keys(environment)) set(name, undefined);
    }
    expect(changes).to.deep.equal([]);
  });

  it("of a prepared tree in a workflow that can attest passes every check, and asks before it publishes", async () => {
    git("checkout", "--quiet", "--", "CONTRIBUTING.md");
    for (const file of ["package.json", "sdk/package.json"]) {
      edit(file, (text) => text.replace(/"version": "[^"]+"/, `"version": "${VERSION}"`));
    }
    edit("sdk/package.json", (text) => text.replace(/\{/, `{\n  "repository": "github:someone/something",`));
    edit("package-lock.json", (text) =>
      text.replace(/("sdk": \{\s+"name": "isonomy",\s+"version": )"[^"]+"/, `$1"${VERSION}"`),
    );
    for (const file of ["CHANGELOG.md", "sdk/CHANGELOG.md"]) {
      edit(file, (text) => text.replace(/^## .*$/m, `## ${VERSION}`));
    }
    for (const file of INSTALL_PAGES) edit(file, (text) => text.replace(/^npm pack --workspace isonomy$/m, INSTALL));
    commit();
    known = packument(ACCOUNT);
    const workflow = { ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:9" };
    const { status, stdout, stderr } = await command("npm run release -- --dry-run", workflow);
    expect(status, stdout + stderr).to.equal(0);
    expect(titles(stdout, "✗")).to.deep.equal([]);
    const table = [...PAGE.matchAll(/^\| `([^`]+)` /gm)].map(([, title]) => title!);
    expect(titles(stdout, "✓")).to.have.members(table);
    expect(stdout).to.include("Everything is ready. Nothing was published: npm run release");

    const unanswered = await command("npm run release", workflow);
    expect([unanswered.status, unanswered.stderr]).to.deep.equal([
      1,
      "Nobody can be asked whether to publish. Run it on a terminal, or with --dry-run.\n",
    ]);
    const line = ["bash", "--norc", "--noprofile", "-c", "npm run release"];
    const person = onTerminal(line, { ...process.env, ...environment, ...workflow }, checkout.folder);
    await person.until(
      new RegExp(`Publish isonomy ${VERSION.replaceAll(".", "\\.")}\\? It cannot be taken back\\. \\(yes or no\\) $`),
      300,
    );
    person.type("no\r");
    expect((await person.ended).code, person.said()).to.equal(0);
    expect(person.said()).to.include("Nothing was published.");
    expect(git("tag", "--list")).to.equal("");
    expect(changes).to.deep.equal([]);
  });

  it("refuses a version that npm or git has already, and a file that should not be in the package", async () => {
    git("tag", `v${VERSION}`);
    (known as { versions: Record<string, object> }).versions[VERSION] = { version: VERSION, name: "isonomy", dist: {} };
    edit("sdk/package.json", (text) => text.replace('"files": [', '"files": [\n    "build",'));
    const { stdout } = await command("npm run release -- --dry-run");
    expect(titles(stdout, "✗")).to.have.members(["clean tree", "tag", "provenance", "contents", "published"]);
    expect(stdout).to.match(/✗ contents +build\/.*must not be in it/);
    expect(changes).to.deep.equal([]);
  });

  it("reserves the name by an empty package, and not without a question", async () => {
    const dry = await command("npm run release -- --reserve --dry-run");
    expect(dry.status, dry.stderr).to.equal(0);
    expect(dry.stdout).to.match(/It would run:\n {2}npm publish \S+ --access public --tag reserved\n/);
    const asked = await command("npm run release -- --reserve");
    expect(asked.status).to.equal(1);
    expect(asked.stderr).to.include("Nobody can be asked whether to publish.");
    expect(changes).to.deep.equal([]);
    expect([...left]).to.deep.equal([]);
  });
});
