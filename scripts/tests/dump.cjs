// The state that `deploy/` leaves, which the campaigns attack: `node scripts/tests/dump.cjs` makes it when there is none, or when something
// that it is made of has changed.
const { createHash } = require("node:crypto");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");

const FOLDER = join(ROOT, "cache", "campaigns");
/** Accounts with their code and storage, as forge's `loadAllocs` reads them. */
const ALLOCS = join(FOLDER, "protocol.alloc.json");
/** The contracts by name, and the hash of every file that the state is made of, by its path from the root. */
const BOOK = join(FOLDER, "protocol.json");

/** The hash of a file below the root; undefined when there is none. */
function hashOf(path) {
  const file = join(ROOT, path);
  return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : undefined;
}

/** Why the dump cannot be used, as a sentence; undefined when it can. */
function whyNot(book = BOOK, allocs = ALLOCS) {
  if (!existsSync(book) || !existsSync(allocs)) return "The deployment that the campaigns attack was not dumped yet.";
  const { madeOf } = JSON.parse(readFileSync(book, "utf8"));
  const changed = Object.keys(madeOf).find((path) => hashOf(path) !== madeOf[path]);
  return changed && `The deployment that the campaigns attack was dumped before ${changed} changed.`;
}

/** Why forge cannot do what it is asked for, and what to do first; undefined when it can. Only tests read the dump. */
function refusalOf(args, why = whyNot) {
  const reason = args[0] === "test" ? why() : undefined;
  return reason && `${reason} Run: npm run dump`;
}

module.exports = { ALLOCS, BOOK, hashOf, refusalOf, whyNot };

if (require.main === module && whyNot() !== undefined) {
  require("ts-node").register({ transpileOnly: true });
  require("./dump.ts");
}
