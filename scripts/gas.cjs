// npm run gas: the unit tests with a table of what each function costs.
const { bin, run } = require("./tools/run.cjs");

run(bin("hardhat"), ["test"], { REPORT_GAS: "true" }).then((code) => process.exit(code));
