// Writes files that are mounts of their own, by every way there is, and says by which error each was refused.
import { join } from "node:path";

import { repairJournal } from "../../deploy/engine/journal";
import { writeGenerated } from "../../deploy/engine/book";
import { keyPairOf } from "../../sdk/src/fairexchange";
import { FileKeyring, nodePlatform, StateFile } from "../../sdk/src/node";
import { replaceFile } from "../../sdk/src/files";
import { decodeError } from "../../sdk/src/errors";

const folder = process.argv[2]!;
const at = (name: string): string => join(folder, name);
const keyring = (): FileKeyring => new FileKeyring(at("keyring.json"), "correct horse", nodePlatform(0), 1_024);
const mark = { number: 0, hash: "" };
const state = {
  ...{ chainId: 1n, escrow: "", seller: "", scanned: mark, head: mark },
  ...{ deals: [], journal: [], deliveredTotal: 0, missedTotal: 0 },
};

const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  "proving that a key can be kept": () => keyring().requireWritable(),
  "keeping a key": () => keyring().add({ kind: "version", ...keyPairOf(7n), note: "" }),
  "starting the agent": () => new StateFile(at("state.json")).lock(),
  "keeping the agent's state": () => new StateFile(at("state.json")).save(state),
  "repairing a deployment's list of addresses": () => repairJournal(at("deployment")),
  "writing a book": () => writeGenerated(at("31337.json"), "{}"),
  "writing any other file": () => replaceFile(at("plan.json"), "{}", 0o644),
};

async function main(): Promise<void> {
  const codes: Record<string, string> = {};
  for (const [way, write] of Object.entries(WAYS)) {
    codes[way] = await write().then(
      () => "written",
      (error: unknown) => decodeError(error).code,
    );
  }
  process.stdout.write(JSON.stringify(codes));
}

void main();
