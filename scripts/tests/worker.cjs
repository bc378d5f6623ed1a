// A process that runs test files, each on a chain that has nothing but the deployed protocol. It is sent the paths of some files and
// answers with what happened.
require("hardhat/register");
const { format } = require("node:util");
const { loadFixture, reset } = require("@nomicfoundation/hardhat-network-helpers");
const hre = require("hardhat");
const Mocha = require("mocha");
const { protocolFixture } = require("../../test/helpers/fixture.ts");

const { Base } = Mocha.reporters;
const LOOK_EVERY_MS = 250;
const COLLECT_AFTER_BYTES = 150_000_000;
const COLLECT_AFTER_US = 2_000_000;

// The chain's answers are outside the heap, with every step of the transaction: the collector sees little to do, and
// gigabytes wait for it. The chain uses again what was collected, so that a process that only works does not grow.
let collected = { bytes: process.memoryUsage.rss(), worked: process.cpuUsage() };
setInterval(() => {
  const { user, system } = process.cpuUsage(collected.worked);
  const grown = process.memoryUsage.rss() > collected.bytes + COLLECT_AFTER_BYTES;
  if (!grown && user + system < COLLECT_AFTER_US) return;
  globalThis.gc();
  collected = { bytes: process.memoryUsage.rss(), worked: process.cpuUsage() };
}, LOOK_EVERY_MS).unref();

/** What failed and nobody awaited, since the last answer. Mocha passes over it, and Node would end a process that has no more files. */
const stray = new Map();
// mocha passes on what it was told, so that it may come twice
process.on("unhandledRejection", (reason, promise) => stray.set(promise, format(reason)));

/** The failures as mocha prints them: title, expected and actual, stack. */
function textOf(failures) {
  const lines = [];
  const print = Base.consoleLog;
  Base.consoleLog = (...args) => lines.push(format(...args));
  Base.list(failures);
  Base.consoleLog = print;
  return lines.join("\n");
}

/** A deployment takes most of a second, so the files of a process share one: a file whose fixtures begin with it finds it there. */
async function putChainBack() {
  const { provider } = hre.network;
  await provider.send("evm_setAutomine", [true]);
  await provider.send("evm_setIntervalMining", [0]);
  try {
    await loadFixture(protocolFixture);
  } catch {
    // a test has reset the chain, and with it what the chain could be put back to
    await reset();
    await loadFixture(protocolFixture);
  }
}

async function runFiles(files) {
  await putChainBack();
  const mocha = new Mocha({ ...hre.config.mocha, reporter: Base });
  for (const file of files) mocha.addFile(file);
  const failures = [];
  const { passes, pending } = await new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats)).on("fail", (test) => failures.push(test));
  });
  mocha.unloadFiles();
  mocha.dispose();
  globalThis.gc();
  return { passes, pending, failures: failures.length, text: textOf(failures) };
}

async function answer(files) {
  const before = process.cpuUsage();
  const result = await runFiles(files).catch((error) => ({ passes: 0, pending: 0, failures: 1, text: error.stack }));
  const { user, system } = process.cpuUsage(before);
  const left = [...stray.values()];
  stray.clear();
  process.send({
    ...result,
    stray: left,
    bytes: process.memoryUsage.rss(),
    peak: process.resourceUsage().maxRSS * 1024,
    cpu: (user + system) / 1e6,
  });
}

process.on("message", (files) => {
  answer(files).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit());
