// Preloaded into the programs that tests start: takes the types out of a source as it is loaded, and never loads the compiler.
const { readFileSync } = require("node:fs");
const { stripTypes } = require("../../scripts/tools/strip-types.cjs");

process.setSourceMapsEnabled(true);
require.extensions[".ts"] = (module, file) => {
  module._compile(stripTypes(readFileSync(file, "utf8"), file, "inline").code, file);
};
