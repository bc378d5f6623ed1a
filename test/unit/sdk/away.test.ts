import { expect } from "chai";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { AWAY_CODES, clientErrors, isAway } from "../../../sdk/src/errors";
import { cliErrors } from "../../../sdk/src/cli/errors";
import { contractErrors } from "../../../sdk/src/errors";
import { sellerErrors } from "../../../sdk/src/seller/errors";

/** Each code that speaks of the node, and whether the node is only away: then the same question is asked again. */
const OF_THE_NODE: Readonly<Record<string, boolean>> = {
  ...{ NETWORK_UNREACHABLE: true, NETWORK_CHANGED: true, RPC_UNREACHABLE: true, TIMEOUT: true, NODE_BUSY: true },
  ...{ NODE_BEHIND: true, NODE_FAILED: true, ANSWER_MISSING: true, BATCH_REFUSED: true, POOL_FULL: true },
  ...{ ANSWER_TOO_LARGE: true },
  // these stay until somebody changes something, or say something about what was asked
  ...{ WRONG_NETWORK: false, RANGE_REFUSED: false, TRANSACTION_DROPPED: false, TRANSACTION_UNCONFIRMED: false },
  ...{ NODE_INCONSISTENT: false, HISTORY_REPLACED: false },
  ...{ TRANSACTION_MAYBE_SENT: false, UNEXPECTED: false, NONCE_TOO_HIGH: false, FEE_TOO_LOW: false },
  ...{ CONTRACT_REVERTED_SILENTLY: false, CONTRACT_FOREIGN: false, USER_REJECTED: false, RPC_MISSING: false },
};

const SOURCES = ["sdk/src", "deploy", "scripts"];
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

describe("Which errors say that the node is away", () => {
  for (const [code, away] of Object.entries(OF_THE_NODE)) {
    it(`${code} ${away ? "does" : "does not"}`, () => expect(isAway(code)).to.equal(away));
  }

  it("names only codes that there are, and no error of a contract", () => {
    const known = { ...clientErrors, ...cliErrors, ...sellerErrors };
    for (const code of AWAY_CODES) {
      expect(known, code).to.have.property(code);
      expect(contractErrors, code).to.not.have.property(code);
    }
    const judged = Object.keys(OF_THE_NODE);
    for (const code of AWAY_CODES) expect(judged).to.include(code);
  });

  it("is one list: no other file has one of its own", () => {
    const root = join(__dirname, "..", "..", "..");
    const own = SOURCES.flatMap((folder) => filesBelow(join(root, folder))).filter((path) => {
      const text = readFileSync(path, "utf8");
      return /(?:codeSet\(|new Set(?:<\w+>)?\(\[)[^)\]]*"(NODE_BUSY|NETWORK_UNREACHABLE|TIMEOUT)"|\[[^\]]*"(NODE_BUSY|NETWORK_UNREACHABLE)"[^\]]*\]\.includes/.test(
        text,
      );
    });
    expect(own.map((path) => path.slice(root.length + 1))).to.deep.equal(["sdk/src/errors/away.ts"]);
  });

  it("no fix of one of them asks for a transaction to be sent again without looking first", () => {
    for (const [code, { fix }] of Object.entries(clientErrors)) {
      if (!isAway(code)) continue;
      expect(fix, code).to.not.match(/try again/i);
    }
  });
});
