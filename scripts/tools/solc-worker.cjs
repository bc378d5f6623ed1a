// The compiler in a process that stays: standard JSON in as a message, the answer back as one. The first compile warms it up for the next.
const solc = require("solc");

process.on("message", (input) => process.send(solc.compile(input)));
