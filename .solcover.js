// Test tokens, attackers and harnesses are compiled beside the production sources and are not measured.
module.exports = {
  istanbulReporter: ["json", "text", "lcovonly"],
  skipFiles: ["../test/contracts"],
  // what an operation costs says nothing while every line of it counts itself
  mocha: { grep: /costs (at most|less than) [\d,]+ gas/, invert: true },
};
