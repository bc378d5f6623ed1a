// A process that puts a file into a folder store, piece by piece: it says so after each, and waits for a line before the next.
import { createInterface } from "node:readline";

import { folderStore } from "../../sdk/src/store/folderStore";

const [folder, pieces] = [process.argv[2]!, Number(process.argv[3])];

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < pieces; at++) {
      yield new Uint8Array(1_048_576).fill(at + 1);
      process.stdout.write(`${at}\n`);
      await lines.next();
    }
  };
  process.stdout.write(`${await folderStore(folder).put(source())}\n`);
  process.exit(0);
}

main().catch((error: { code?: string; message: string }) => {
  process.stdout.write(`${error.code ?? error.message}\n`);
  process.exit(1);
});
