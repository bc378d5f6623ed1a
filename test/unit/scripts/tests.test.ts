import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../../..");
const load = createRequire(__filename);

interface Job {
  readonly name: string;
  readonly after?: readonly string[];
  readonly weight?: number;
  readonly cores?: number;
  readonly goOn?: boolean;
  run(signal: AbortSignal): Promise<number>;
}
const { runGraph } = load("../../../scripts/tests/graph.cjs") as {
  runGraph(jobs: readonly Job[], options: { cores: number; signal?: AbortSignal }): Promise<number>;
};
const { COMMANDS, SUITES, filesOf, testFiles, weigh } = load("../../../scripts/tests/suites.cjs") as {
  COMMANDS: Record<string, { suites: string[]; campaigns?: boolean; only?: string; env?: Record<string, string> }>;
  SUITES: Record<string, { about: string; files(path: string): boolean }>;
  filesOf(suite: string, files?: readonly string[]): string[];
  testFiles(): string[];
  weigh(file: string, weights?: Record<string, [number, number]>): { seconds: number; cores: number };
};
const { asksForExtent, keepPassed, passedHere, treeHash } = load("../../../scripts/tests/passed.cjs") as {
  asksForExtent(file: string, root?: string): boolean;
  keepPassed(tree: string | undefined, files: Record<string, number>, store: string): void;
  passedHere(tree: string | undefined, store: string): Record<string, number>;
  treeHash(root?: string): string | undefined;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("The graph of jobs", () => {
  /** What happened, in order. */
  let events: string[];
  beforeEach(() => (events = []));

  const job = (name: string, more: Partial<Job> & { code?: number; ms?: number } = {}): Job => ({
    name,
    ...more,
    run: async (signal) => {
      events.push(`${name} begins`);
      await Promise.race([pause(more.ms ?? 5), new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      events.push(signal.aborted ? `${name} is stopped` : `${name} ends`);
      return more.code ?? 0;
    },
  });

  it("begins a job when all that it is after has succeeded", async () => {
    const jobs = [job("c", { after: ["a", "b"] }), job("a"), job("b", { ms: 400 })];
    expect(await runGraph(jobs, { cores: 3 })).to.equal(0);
    expect(events).to.deep.equal(["a begins", "b begins", "a ends", "b ends", "c begins", "c ends"]);
  });

  it("runs no more jobs at a time than there are cores, the heaviest first", async () => {
    const jobs = [job("light", { weight: 1 }), job("heavy", { weight: 9, ms: 400 }), job("middle", { weight: 5 })];
    expect(await runGraph(jobs, { cores: 2 })).to.equal(0);
    expect(events.slice(0, 4)).to.deep.equal(["heavy begins", "middle begins", "middle ends", "light begins"]);
    events.length = 0;
    await runGraph(jobs, { cores: 1 });
    expect(events.filter((event) => event.endsWith("begins"))).to.deep.equal(
      ["heavy", "middle", "light"].map((name) => `${name} begins`),
    );
  });

  it("counts a job that mostly waits as a part of a core", async () => {
    const half = ["one", "two", "three"].map((name) => job(name, { cores: 0.5, ms: 100 }));
    expect(await runGraph([...half, job("whole", { weight: 2, ms: 300 })], { cores: 2 })).to.equal(0);
    expect(events.slice(0, 3)).to.deep.equal(["whole begins", "one begins", "two begins"]);
    expect(events.indexOf("three begins")).to.be.greaterThan(2).and.lessThan(events.indexOf("whole ends"));
  });

  it("refuses a job that could never begin", async () => {
    for (const cores of [3, 0, NaN]) {
      let message = "";
      await runGraph([job("one"), job("odd", { cores })], { cores: 2 }).catch(
        (error: Error) => (message = error.message),
      );
      expect(message).to.equal(`odd needs ${cores} of 2 cores.`);
      expect(events).to.deep.equal([]);
    }
  });

  it("stops what runs, begins nothing more and gives the exit code when a job fails", async () => {
    const jobs = [job("bad", { code: 3, weight: 2 }), job("long", { ms: 10_000, weight: 2 }), job("later")];
    expect(await runGraph(jobs, { cores: 2 })).to.equal(3);
    expect(events).to.deep.equal(["bad begins", "long begins", "bad ends", "long is stopped"]);
  });

  it("goes on after a failure that is only counted, but not with what needs it", async () => {
    const jobs = [job("bad", { code: 4, goOn: true, weight: 2 }), job("worse", { code: 5, goOn: true, weight: 1 })];
    expect(await runGraph([...jobs, job("needs it", { after: ["bad"] }), job("next")], { cores: 1 })).to.equal(4);
    expect(events.filter((event) => event.endsWith("ends"))).to.deep.equal(["bad ends", "worse ends", "next ends"]);
  });

  it("counts a job that throws as one that failed", async () => {
    const broken: Job = { name: "broken", run: () => Promise.reject(new Error("as planned")) };
    const { error } = console;
    console.error = () => undefined;
    try {
      expect(await runGraph([broken, job("next", { after: ["broken"] })], { cores: 1 })).to.equal(1);
    } finally {
      console.error = error;
    }
    expect(events).to.deep.equal([]);
  });

  it("stops everything at a signal", async () => {
    const stop = new AbortController();
    const running = runGraph([job("long", { ms: 10_000 }), job("next")], { cores: 1, signal: stop.signal });
    await pause(5);
    stop.abort();
    await running;
    expect(events).to.deep.equal(["long begins", "long is stopped"]);
  });

  it("refuses a circle, an unknown name and the same name twice", async () => {
    const refusal = (jobs: Job[]) =>
      runGraph(jobs, { cores: 1 }).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await refusal([job("a", { after: ["b"] }), job("b", { after: ["a"] })])).to.equal(
      "Jobs wait for each other: a after b after a.",
    );
    expect(await refusal([job("a", { after: ["z"] })])).to.equal("a is after z, which does not exist.");
    expect(await refusal([job("a"), job("a")])).to.equal("Two jobs have the same name.");
  });
});

describe("The suites", () => {
  it("have every test file once, and none is empty", () => {
    const files = testFiles();
    expect(files.length).to.be.greaterThan(150);
    for (const file of files) {
      const suites = Object.keys(SUITES).filter((suite) => SUITES[suite]!.files(file));
      expect(suites, file).to.have.lengthOf(1);
    }
    for (const suite of Object.keys(SUITES)) expect(filesOf(suite), suite).to.not.be.empty;
  });

  it("take a new file by its folder", () => {
    for (const [file, suite] of Object.entries({
      "test/unit/new/Contract.test.ts": "unit",
      "test/findings/a-new-loss.test.ts": "unit",
      "test/integration/cli/new.test.ts": "integration",
      "test/package/new.test.ts": "package",
      "test/soak/new.test.ts": "soak",
    })) {
      expect(filesOf(suite, [file])).to.deep.equal([file]);
    }
  });

  it("are all run by a command of package.json, and all but the soak test by the full one", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const commands = Object.values(scripts).flatMap((line) => /scripts\/test\.cjs ?(\S*)$/.exec(line)?.[1] ?? []);
    expect(commands.map((name) => name || "all").sort()).to.deep.equal(Object.keys(COMMANDS).sort());
    const full = COMMANDS.full!.suites;
    expect([...full, "soak"].sort()).to.deep.equal(Object.keys(SUITES).sort());
    for (const { only } of Object.values(COMMANDS)) {
      if (only !== undefined) expect(existsSync(join(ROOT, only)), only).to.equal(true);
    }
  });

  it("weigh a file by its time and the part of a core that it keeps busy, and an unknown one as one of the middle", () => {
    const weights: Record<string, [number, number]> = {
      "test/works.test.ts": [30, 29],
      "test/works-on-both.test.ts": [30, 45],
      "test/reads.test.ts": [30, 18],
      "test/waits.test.ts": [30, 9],
      "test/sleeps.test.ts": [30, 0],
      "test/short.test.ts": [0, 0],
    };
    expect(weigh("test/works.test.ts", weights)).to.deep.equal({ seconds: 30, cores: 1 });
    expect(weigh("test/works-on-both.test.ts", weights)).to.deep.equal({ seconds: 30, cores: 1 });
    expect(weigh("test/reads.test.ts", weights)).to.deep.equal({ seconds: 30, cores: 5 / 8 });
    expect(weigh("test/waits.test.ts", weights)).to.deep.equal({ seconds: 30, cores: 3 / 8 });
    expect(weigh("test/sleeps.test.ts", weights)).to.deep.equal({ seconds: 30, cores: 3 / 8 });
    expect(weigh("test/short.test.ts", weights)).to.deep.equal({ seconds: 0, cores: 3 / 8 });
    expect(weigh("test/new.test.ts", weights)).to.deep.equal({ seconds: 10, cores: 1 });
  });
});

describe("The page about the tests", () => {
  const page = readFileSync(join(ROOT, "docs/tests.md"), "utf8");

  it("has a row for every suite with its files, and names every command of tests", () => {
    for (const [suite, { about }] of Object.entries(SUITES)) {
      const [, what, files] = new RegExp(`^\\| \`${suite}\` +\\| (.+?) +\\| +(\\d+) \\|`, "m").exec(page)!;
      expect(what, suite).to.equal(about);
      // a new file is counted when the times are measured again
      expect(Number(files), suite).to.be.within(filesOf(suite).length * 0.8, filesOf(suite).length * 1.2);
    }
    for (const command of Object.keys(COMMANDS)) {
      expect(page).to.match(command === "all" ? /`npm test`/ : new RegExp(`\`(npm run )?test:${command}\``));
    }
  });

  it("says what runs at a tenth, in numbers that forge is configured with", () => {
    const configured = readFileSync(join(ROOT, "foundry.toml"), "utf8");
    for (const [profile, calls] of [
      ["default", "5,000"],
      ["full", "50,000"],
      ["deep", "500,000"],
    ] as const) {
      const [, runs, depth] = new RegExp(`\\[profile\\.${profile}\\.invariant\\]\nruns = (\\d+)\ndepth = (\\d+)`).exec(
        configured,
      )!;
      expect((Number(runs) * Number(depth)).toLocaleString("en"), profile).to.equal(calls);
      expect(page, profile).to.match(new RegExp(` with ${calls} calls each`));
    }
  });
});

describe("What passed on the same tree", () => {
  let root: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "isonomy-tree-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("is told by every file that git knows or would add, and by nothing that it ignores", () => {
    expect(treeHash(root)).to.equal(undefined);
    execFileSync("git", ["init", "-q"], { cwd: root });
    write(".gitignore", "cache/\n");
    write("contracts/A.sol", "one");
    const first = treeHash(root);
    write("cache/x", "any");
    expect(treeHash(root))
      .to.equal(first)
      .and.match(/^[0-9a-f]{64}$/);
    execFileSync("git", ["add", "."], { cwd: root });
    expect(treeHash(root)).to.equal(first);
    const seen = new Set([first]);
    for (const change of [
      () => write("contracts/A.sol", "two"),
      () => write("new.ts", ""),
      () => rmSync(join(root, "contracts/A.sol")),
    ]) {
      change();
      seen.add(treeHash(root));
    }
    process.env.PROPERTY_RUNS = "1";
    try {
      seen.add(treeHash(root));
    } finally {
      delete process.env.PROPERTY_RUNS;
    }
    expect(seen.size).to.equal(5);
  });

  it("does not count for a file that asks how often to repeat, itself or by what it imports", () => {
    write("test/support/extent.ts", "");
    write("test/unit/direct.test.ts", 'import { times } from "../support/extent";');
    write("test/unit/tables.ts", 'export { rows } from "../support/extent";');
    write("test/unit/through.test.ts", 'import {\n  a,\n} from "./tables";\nimport "./through.test";');
    write("test/unit/late.test.ts", 'const a = await import("./tables");');
    write("test/unit/not.test.ts", 'import { expect } from "chai";\nimport data from "./data.json";');
    write("test/unit/data.json", "{}");
    const files = ["direct", "through", "late", "not"].map((name) => `test/unit/${name}.test.ts`);
    expect(files.map((file) => asksForExtent(file, root))).to.deep.equal([true, true, true, false]);
  });

  it("is every file of this tree that names the extent, and those that share its tables", () => {
    const direct = testFiles().filter((file) =>
      /^import .*support\/extent";$/m.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(direct.length).to.be.greaterThan(5);
    expect(testFiles().filter((file) => asksForExtent(file))).to.include.members([
      ...direct,
      "test/unit/proof/chacha20.test.ts",
    ]);
    expect(asksForExtent("test/unit/market/Market.purchase.test.ts")).to.equal(false);
  });

  it("is kept for its tree alone, also when it was half written", () => {
    const store = join(root, "cache", "passed.json");
    expect(passedHere("a", store)).to.deep.equal({});
    keepPassed("a", { one: 3 }, store);
    keepPassed("a", { two: 4 }, store);
    expect(passedHere("a", store)).to.deep.equal({ one: 3, two: 4 });
    expect(passedHere("b", store)).to.deep.equal({});
    expect(passedHere(undefined, store)).to.deep.equal({});
    keepPassed(undefined, { three: 1 }, store);
    keepPassed("b", { three: 5 }, store);
    expect(passedHere("a", store)).to.deep.equal({});
    expect(passedHere("b", store)).to.deep.equal({ three: 5 });
    writeFileSync(store, '{"tree":"b","fil');
    expect(passedHere("b", store)).to.deep.equal({});
  });
});
