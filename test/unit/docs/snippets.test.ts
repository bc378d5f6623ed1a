import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "../../..");
/** Pages whose blocks of TypeScript are whole programs. */
const PAGES = ["README.md", "sdk/README.md", "docs/integrate.md", "docs/first-integration.md", "docs/serve.md"];

/** The strictest that a program of somebody else is compiled with. */
const OPTIONS: ts.CompilerOptions = {
  ...{ strict: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: true, types: ["node"] },
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  esModuleInterop: true,
  resolveJsonModule: true,
  paths: {
    isonomy: [join(ROOT, "sdk/src/index.ts")],
    "isonomy/*": [join(ROOT, "sdk/src/*"), join(ROOT, "sdk/src/*/index.ts")],
  },
};

function programsOf(page: string): { readonly name: string; readonly text: string }[] {
  const blocks = [...readFileSync(join(ROOT, page), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  return blocks.map(([, text], at) => {
    // a program that others import says its name in its first line
    const [, name = `snippet-${page.replace(/\W/g, "-")}-${at}`] = /^\/\/ (\w+)\.js/.exec(text!) ?? [];
    // where it finds what it imports
    return { name: join(ROOT, `${name}.ts`), text: `${text!}\nexport {};\n` };
  });
}

/** What the compiler says of the programs themselves; the package has a check of its own. */
function problemsOf(programs: readonly { readonly name: string; readonly text: string }[]): string[] {
  const texts = new Map(programs.map(({ name, text }) => [name, text]));
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, options) => {
    const text = texts.get(file);
    return text === undefined ? getSourceFile(file, options) : ts.createSourceFile(file, text, options);
  };
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  return [...texts.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${name.slice(ROOT.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  });
}

describe("The programs of the documentation", function () {
  this.timeout(300_000);

  it("compile as they stand there, in strict mode; what is wrong is found", () => {
    const programs = PAGES.flatMap(programsOf);
    expect(programs.length).to.be.greaterThan(2);
    const wrong = {
      name: join(ROOT, "snippet-wrong.ts"),
      text: `import { MarketClient } from "isonomy";\nconst [{ offer }] = await ({} as MarketClient).offersOf(1n);\nexport { offer };\n`,
    };
    const problems = problemsOf([...programs, wrong]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/^snippet-wrong\.ts: .*'offer'/);
  });
});
