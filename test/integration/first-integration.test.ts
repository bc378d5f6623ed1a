import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { copyCheckout } from "../support/checkout";
import { runShell } from "../support/program";
import { separateNode, type SeparateNode } from "../support/separate-node";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/first-integration.md"), "utf8");
/** Account #1 of a local chain. */
const SELLER = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const QUIETLY = { npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };

/** The lines that each person types, in their order; every one of them has to be taken. */
const lines = [...PAGE.matchAll(/^```sh\n# ([A-Za-z, ]+)\n([\s\S]*?)^```/gm)].flatMap(([, who, block]) =>
  block!
    .trim()
    .split("\n")
    .map((line) => ({ who: who!, line })),
);
const left = new Set(lines.map(({ line }) => line));
function take(line: string): string {
  expect(left.has(line) || lines.some((one) => one.line === line), line).to.equal(true);
  left.delete(line);
  return line;
}
const linesOf = (who: string): string[] => lines.filter((one) => one.who === who).map(({ line }) => take(line));

/** The programs of the page by their names without an ending. */
const programs = new Map(
  [...PAGE.matchAll(/^```ts\n(\/\/ (\w+)\.js[\s\S]*?)^```/gm)].map(([, text, name]) => [name!, text!]),
);
const block = (language: string): string => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(PAGE)![1]!;

/** As the page says that CommonJS is written. */
function asCommonJs(name: string, text: string): string {
  const required = text.replaceAll(/^import (\{ .* \}) from (".*");$/gm, "const $1 = require($2);");
  return name === "chain" ? `${required.replace(/^export /m, "")}\nexports.connect = connect;\n` : required;
}

// the first hour of an integrator, by the commands and programs of the page as they stand there
describe("the first hour of an integrator", function () {
  this.timeout(900_000);
  let chain: SeparateNode;
  let checkout: ReturnType<typeof copyCheckout>;
  /** What the checkout is in, beside the projects. */
  let place: string;
  const running: ChildProcess[] = [];
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|HARDHAT_|TS_NODE|NODE_OPTIONS)/.test(name));
  const environment: NodeJS.ProcessEnv = { ...Object.fromEntries(inherited), ...QUIETLY };

  const type = (line: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
    runShell(line, { cwd, env: { ...environment, ...env } });

  /** A program that goes on, and what it has printed. */
  function begin(line: string, cwd: string) {
    const [program, ...parameters] = line.split(" ");
    const child = spawn(program!, parameters, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    running.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (said += String(piece)));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const until = async (text: string): Promise<void> => {
      for (const since = Date.now(); !said.includes(text); await new Promise((resolve) => setTimeout(resolve, 50))) {
        if (child.exitCode !== null || Date.now() - since > 60_000) throw new Error(`"${text}" was not said: ${said}`);
      }
    };
    return { until, said: () => said, ended, interrupt: () => child.kill("SIGINT") };
  }

  before(async function () {
    this.timeout(600_000);
    [chain, checkout] = await Promise.all([separateNode(), copyCheckout()]);
    place = mkdtempSync(join(tmpdir(), "isonomy first integration "));
    symlinkSync(checkout.folder, join(place, "isonomy"), "junction");
  });
  after(async () => {
    for (const child of running) child.kill("SIGKILL");
    await chain.close();
    checkout.remove();
    rmSync(place, { recursive: true, force: true, maxRetries: 20 });
  });

  it("begins with a seller, who packs the package and sells a file with an example and its settings as they are", async () => {
    // the chain is one of its own, on a port that is free
    expect(linesOf("the chain")).to.deep.equal(["npm run node"]);
    const [deploy, pack, enter, ...more] = linesOf("the seller");
    expect(deploy).to.equal("npx ts-node --transpile-only scripts/deploy-local.ts");
    mkdirSync(join(checkout.folder, ".isonomy"));
    cpSync(join(chain.folder, "deployment.json"), join(checkout.folder, ".isonomy/deployment.json"));

    expect(await type(pack!, checkout.folder)).to.include("isonomy-0.1.0.tgz");
    const folder = join(checkout.folder, enter!.replace("cd ", ""));
    const [install, copy, sell, deliver, ...none] = more;
    expect(none).to.deep.equal([]);
    await type(`${install}\n${copy}`, folder);
    fill(join(folder, ".env"), { PRIVATE_KEY: SELLER, KEYRING_PASSWORD: "of the seller", RPC_URL: chain.node.url });
    expect(JSON.parse(await type(sell!, folder))).to.include({ version: "1.1", price: "2.5 TUSD" });
    await begin(deliver!, folder).until("delivers for 0x");
  });

  /** Fills lines of a file of settings that are empty. */
  function fill(file: string, settings: Readonly<Record<string, string>>): void {
    let text = readFileSync(file, "utf8");
    for (const [name, value] of Object.entries(settings)) {
      expect(text, name).to.match(new RegExp(`^${name}=$`, "m"));
      text = text.replace(new RegExp(`^${name}=$`, "m"), `${name}=${value}`);
    }
    writeFileSync(file, text);
  }

  /** The project, with the settings of the page, the node's address apart. */
  const project = (): string => join(place, "my-project");
  const settings = (): string => block("ini").replace("http://127.0.0.1:8545", chain.node.url);

  /** Another project with the same packages, of which `type` says what its files are. */
  function alike(name: string, kind: "module" | "commonjs"): string {
    const folder = join(place, name);
    mkdirSync(folder);
    for (const file of ["package.json", "node_modules"]) {
      cpSync(join(project(), file), join(folder, file), { recursive: true });
    }
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, type: kind }));
    writeFileSync(join(folder, ".env"), settings());
    return folder;
  }

  /** Lists, watches, buys and opens with the programs in a folder, as the page does. */
  async function useIn(folder: string, built = ""): Promise<void> {
    const at = (line: string): string => take(line).replace("node ", `node ${built}`);
    expect(await type(at("node list.js"), folder)).to.match(
      /^model 1: Reviews 135M 1\.0\.0, \d+ bytes\nversion 1\.1: 2\.5 TUSD\n$/,
    );
    const watching = begin(at("node watch.js"), folder);
    await watching.until("watching");

    const [, licence] = /^bought licence (1\.1-1\.\d+te-250)$/m.exec(await type(at("node buy.js 1.1"), folder))!;
    await watching.until(`sold licence ${licence}\n`);
    await watching.until(`delivered the key of licence ${licence}\n`);
    watching.interrupt();
    expect(await watching.ended, watching.said()).to.equal(0);

    const opened = await type(at('node open.js "$LICENCE" opened.md'), folder, { LICENCE: licence });
    const original = readFileSync(join(checkout.folder, "README.md"));
    expect(opened).to.equal(`opened opened.md: ${original.length} bytes\nthe licence is yours to use\n`);
    expect(readFileSync(join(folder, "opened.md")).equals(original)).to.equal(true);
    // what happened while nobody watched, and nothing once more
    const again = begin(at("node watch.js"), folder);
    await again.until(`paid the seller for licence ${licence}\n`);
    again.interrupt();
    expect(await again.ended, again.said()).to.equal(0);
    const own = (one: typeof watching): (string | undefined)[] =>
      one
        .said()
        .split("\n")
        .filter((line) => line.endsWith(` ${licence}`))
        .map((line) => line.split(" ")[0]);
    expect([own(watching), own(again)]).to.deep.equal([["sold", "delivered"], ["paid"]]);
  }

  it("lists, watches, buys with a permit and opens, in an empty folder, as ESM", async () => {
    const [create, enter, ...more] = linesOf("you");
    const [init, kind, install] = more;
    expect([create, enter]).to.deep.equal(["mkdir my-project", "cd my-project"]);
    await type([create, enter, init, kind, install].join("\n"), place);
    writeFileSync(join(project(), ".env"), settings());
    expect([...programs.keys()]).to.deep.equal(["chain", "list", "watch", "buy", "open"]);
    for (const [name, text] of programs) writeFileSync(join(project(), `${name}.js`), text);
    await useIn(project());
  });

  it("does the same as CommonJS, where require finds nothing else", async () => {
    const folder = alike("commonjs", "commonjs");
    for (const [name, text] of programs) writeFileSync(join(folder, `${name}.js`), asCommonJs(name, text));
    environment.NODE_OPTIONS = "--no-experimental-require-module";
    await useIn(folder).finally(() => delete environment.NODE_OPTIONS);
  });

  describe("in strict TypeScript", () => {
    let compiled: string;
    const rows = [...PAGE.matchAll(/^\| `(\w+)` +\| `([a-z]\w+)` +\| (either|`module`) +\|/gm)].map((row) =>
      row.slice(1, 4).map((cell) => cell.replaceAll("`", "")),
    );

    before(async () => {
      compiled = alike("typescript", "module");
      const [install] = linesOf("you, in TypeScript");
      await type(install!, compiled);
    });

    /** Compiles the programs without a change, with the settings of the page, and returns where they are. */
    async function compiledIn(
      name: string,
      kind: "module" | "commonjs",
      module: string,
      resolution: string,
    ): Promise<string> {
      const folder = join(place, name);
      mkdirSync(folder);
      for (const file of ["package.json", "package-lock.json", ".env"])
        cpSync(join(compiled, file), join(folder, file));
      symlinkSync(join(compiled, "node_modules"), join(folder, "node_modules"), "junction");
      await type(`npm pkg set type=${kind}`, folder);
      for (const [program, text] of programs) writeFileSync(join(folder, `${program}.ts`), text);
      const config = JSON.parse(block("json")) as { compilerOptions: Record<string, unknown> };
      expect(config.compilerOptions).to.include({ strict: true, skipLibCheck: false });
      Object.assign(config.compilerOptions, { module, moduleResolution: resolution });
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
      expect(await type(take("npx tsc"), folder)).to.equal("");
      return folder;
    }

    it("knows the three settings of the page", () => {
      expect(rows).to.deep.equal([
        ["nodenext", "nodenext", "either"],
        ["node16", "node16", "either"],
        ["esnext", "bundler", "module"],
      ]);
    });

    it("needs the type that the page says where the emitted files are ES modules", async () => {
      expect(PAGE).to.include(
        "where `type` is `commonjs`, as npm 11 sets it in a new project: `npm pkg set type=module`",
      );
      const folder = await compiledIn("bundler-without-type", "commonjs", "esnext", "bundler");
      const refused = await type("node dist/list.js 2>&1 || true", folder);
      expect(refused).to.include("Cannot use import statement outside a module");
      await type("npm pkg set type=module", folder);
      expect(await type(take("node dist/list.js"), folder)).to.include("version 1.1: 2.5 TUSD");
    });

    for (const [module, resolution, kind] of [
      ["nodenext", "nodenext", "module"],
      ["nodenext", "nodenext", "commonjs"],
      ["node16", "node16", "module"],
      ["node16", "node16", "commonjs"],
      ["esnext", "bundler", "module"],
    ] as const) {
      it(`compiles with skipLibCheck off under ${resolution}, as ${kind}, and runs`, async () => {
        const folder = await compiledIn(`${resolution}-${kind}`, kind, module, resolution);
        expect(await type(take("node dist/list.js"), folder)).to.include("version 1.1: 2.5 TUSD");
        const emitted = readFileSync(join(folder, "dist/list.js"), "utf8");
        expect(/^import /m.test(emitted)).to.equal(kind === "module");
        if (resolution === "nodenext" && kind === "module") await useIn(folder, "dist/");
      });
    }

    it("is refused where a program is wrong", async () => {
      const folder = join(place, "nodenext-module");
      writeFileSync(join(folder, "wrong.ts"), `import { sharesOf } from "isonomy";\nsharesOf(100, 5n, 5n);\n`);
      const refused = await type("npx tsc || true", folder);
      expect(refused).to.match(/^wrong\.ts\(2,10\): error TS2345: .*'number'.*'bigint'/m);
    });
  });
});

describe("the page of an integrator's first hour", () => {
  it("has no command that was not typed here", () => {
    expect([...left]).to.deep.equal([]);
  });

  it("has no program that was not run here", () => {
    expect(PAGE.match(/^```ts$/gm)).to.have.length(programs.size);
  });
});
