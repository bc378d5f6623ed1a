// Compiles every contract with the plain code generator, as coverage and the mutants do. Most are built so anyway; those that go through the IR
// may hold more variables than the plain one has room for ("stack too deep"), which nothing else would show before the next coverage.
const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const solc = require("solc");
const { ROOT } = require("../tools/run.cjs");

const read = (path) => ({ contents: readFileSync(path, "utf8") });
const files = readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".sol"))
  .map((file) => `contracts/${file.replaceAll("\\", "/")}`);
const input = {
  language: "Solidity",
  sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(join(ROOT, file), "utf8") }])),
  // neither the optimizer nor the IR
  settings: {
    evmVersion: "cancun",
    outputSelection: Object.fromEntries(files.map((file) => [file, { "*": ["evm.bytecode.object"] }])),
  },
};
const output = JSON.parse(
  solc.compile(JSON.stringify(input), { import: (path) => read(join(ROOT, "node_modules", path)) }),
);
const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
for (const { formattedMessage } of errors) console.error(formattedMessage);
if (errors.length > 0) {
  console.error(
    "Coverage and the mutants compile without the IR: use fewer variables, or move some into a function of their own.",
  );
  process.exit(1);
}
console.log(`  ${files.length} files compile without the IR.`);
