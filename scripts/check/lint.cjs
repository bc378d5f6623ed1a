// The two linters of Solidity that need nothing but npm: forge lint, with every severity, and solhint, with its rules on security.
// A solhint error fails at once; all other findings have to be argued in docs/static-analysis.md.
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");
const { ROOT, bin } = require("../tools/run.cjs");
const { everythingIsArgued } = require("./argued.cjs");
const { inherited } = require("../tools/environment.cjs");

const SEVERITIES = ["high", "med", "low", "info", "gas", "code-size"];

/** What a program says, its exit code left to the caller. */
function read(file, args) {
  const env = inherited({ FOUNDRY_PROFILE: "lint" });
  const result = spawnSync(process.execPath, [file, ...args], { cwd: ROOT, env, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (result.error) throw result.error;
  return result;
}

function forgeFindings() {
  const forge = join(__dirname, "../tools/forge.cjs");
  const { status, stderr } = read(forge, ["lint", "contracts", "--json", "--severity", ...SEVERITIES]);
  const messages = stderr.split("\n").filter((line) => line.startsWith("{"));
  if (status !== 0) throw new Error(`forge lint failed:\n${stderr}`);
  return messages.map((line) => {
    const { code, message, spans } = JSON.parse(line);
    return { rule: code.code, file: spans[0].file_name, line: spans[0].line_start, text: message };
  });
}

function solhintFindings() {
  const { stdout, stderr } = read(bin("solhint"), ["--formatter", "json", "--disc", "contracts/**/*.sol"]);
  const begin = stdout.indexOf("[");
  if (begin === -1) throw new Error(`solhint failed:\n${stdout}${stderr}`);
  const reports = JSON.parse(stdout.slice(begin, stdout.lastIndexOf("]") + 1)).filter((one) => "ruleId" in one);
  const errors = reports.filter(({ severity }) => severity === "Error");
  for (const { filePath, line, ruleId, message } of errors) console.error(`${filePath}:${line} ${ruleId}: ${message}`);
  if (errors.length > 0) process.exit(1);
  return reports.map(({ filePath, line, ruleId, message }) => ({ rule: ruleId, file: filePath, line, text: message }));
}

const argued = [everythingIsArgued("forge lint", forgeFindings()), everythingIsArgued("solhint", solhintFindings())];
process.exit(argued.every(Boolean) ? 0 : 1);
