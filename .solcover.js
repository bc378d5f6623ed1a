// Test tokens, attackers and harnesses are compiled beside the production sources and are not measured.
module.exports = {
  istanbulReporter: ["json", "text", "lcovonly"],
  skipFiles: ["../test/contracts"],
};
