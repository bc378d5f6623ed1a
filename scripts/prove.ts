/**
 * Proves the theorems in `proofs/` with the model checker of the npm compiler, then shows that each falls when the bug
 * planted for it is there. Cores are written `unchecked` for gas and proved as checked arithmetic; a theorem beside
 * them says that nothing overflows, so that the two are the same. What OpenZeppelin's roots and minima are is taken from their description.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import solc from "solc";
import { PLANTED_BUGS, type PlantedBug } from "../proofs/planted-bugs";

const ROOT = join(__dirname, "..");
/** What the solver reads in place of a library that it cannot follow. */
const DESCRIBED = new Map([["@openzeppelin/contracts/utils/math/Math.sol", "proofs/openzeppelin/Math.sol"]]);
const CONTRACT_THEOREM = /function (\w+)\(/g;

interface Finding {
  line: number;
  verdict: "proved" | "refuted" | "open";
}

interface CompilerMessage {
  severity: string;
  message: string;
  formattedMessage: string;
  sourceLocation?: { file: string; start: number };
}

function read(name: string, planted?: PlantedBug): string {
  const path = DESCRIBED.get(name) ?? name;
  const file = path.startsWith("@") ? join(ROOT, "node_modules", path) : join(ROOT, path);
  let text = readFileSync(file, "utf8");
  if (planted?.source === path) {
    if (text.split(planted.text).length !== 2) {
      throw new Error(`"${planted.text}" does not occur exactly once in ${path}: update proofs/planted-bugs.ts.`);
    }
    text = text.replace(planted.text, planted.bug);
  }
  return text.replaceAll("unchecked {", "{");
}

/** A proof with one of its theorems only. */
function alone(source: string, theorem: string): string {
  const functions = /(?: +\/\/\/.*\n)* {4}function (\w+)\([^]*?\n {4}\}\n/g;
  return source.replace(functions, (text: string, name: string) => (name === theorem ? text : ""));
}

/** The verdict of the model checker on every assert of a proof; with a bug planted, of the theorem that it makes false. */
function check(proof: string, planted?: PlantedBug): { source: string; findings: Finding[] } {
  const path = `proofs/${proof}`;
  const whole = read(path, planted);
  const source = planted === undefined ? whole : alone(whole, planted.theorem);
  const input = {
    language: "Solidity",
    sources: { [path]: { content: source } },
    settings: {
      modelChecker: {
        engine: "bmc",
        // the libraries are checked where a theorem calls them
        contracts: { [path]: [basename(proof, ".sol")] },
        targets: ["assert"],
        solvers: ["z3"],
        showProvedSafe: true,
        showUnproved: true,
        showUnsupported: true,
      },
    },
  };
  const importer = (name: string) => ({ contents: read(name, planted) });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: importer })) as {
    errors?: CompilerMessage[];
  };
  const findings: Finding[] = [];
  for (const { severity, message, formattedMessage, sourceLocation } of output.errors ?? []) {
    if (severity === "error" || message.includes("unsupported")) throw new Error(formattedMessage);
    if (!message.startsWith("BMC:") || sourceLocation?.file !== path) continue;
    const line = source.slice(0, sourceLocation.start).split("\n").length;
    if (message.includes("is safe")) findings.push({ line, verdict: "proved" });
    else findings.push({ line, verdict: message.includes("happens here") ? "refuted" : "open" });
  }
  return { source, findings };
}

/** Findings by theorem: the function of the proof that contains the assert. */
function byTheorem(source: string, findings: Finding[]): Map<string, Finding[]> {
  const starts = [...source.matchAll(CONTRACT_THEOREM)].map((match) => ({
    name: match[1]!,
    line: source.slice(0, match.index).split("\n").length,
  }));
  return new Map(
    starts.map(({ name, line }, i) => {
      const end = starts[i + 1]?.line ?? Infinity;
      return [name, findings.filter((finding) => finding.line >= line && finding.line < end)];
    }),
  );
}

function main(): void {
  const only = process.argv[2];
  const proofs = readdirSync(join(ROOT, "proofs")).filter((file) => file.endsWith(".sol") && (!only || file === only));
  if (proofs.length === 0) throw new Error(`There is no proof ${only ?? ""} in proofs/.`);
  let failures = 0;
  const report = (good: boolean, text: string): void => {
    console.log(`${good ? "✔" : "✘"} ${text}`);
    if (!good) failures += 1;
  };

  for (const proof of proofs) {
    const started = Date.now();
    const { source, findings } = check(proof);
    for (const [theorem, asserts] of byTheorem(source, findings)) {
      const stated = source.split(`function ${theorem}(`)[1]!.split("\n    }\n")[0]!.split("assert(").length - 1;
      const proved = asserts.filter(({ verdict }) => verdict === "proved").length;
      report(proved === stated && stated > 0, `${proof} ${theorem}: ${proved} of ${stated} asserts proved`);
    }
    console.log(`  ${proof} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  for (const planted of PLANTED_BUGS.filter(({ proof }) => proofs.includes(proof))) {
    const { source, findings } = check(planted.proof, planted);
    const asserts = byTheorem(source, findings).get(planted.theorem) ?? [];
    const fallen = asserts.filter(({ verdict }) => verdict === "refuted").length;
    report(fallen > 0, `${planted.proof} ${planted.theorem}: refuted with "${planted.bug}"`);
  }
  if (failures > 0) {
    console.error(`${failures} theorem(s) are not as they should be: see the lines marked ✘ above.`);
    process.exit(1);
  }
}

main();
