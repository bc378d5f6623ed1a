// A process that takes the lock of a file, says so, and adds to the number in the file when it is told how often.
import { readFile } from "node:fs/promises";

import { lockFile, replaceFile, withLock } from "../../sdk/src/files";

const [path, times] = [process.argv[2]!, Number(process.argv[3] ?? 0)];

async function main(): Promise<void> {
  if (times === 0) {
    await lockFile(path, { wait: 0, beat: 40 });
    process.stdout.write("held\n");
    setInterval(() => undefined, 1_000);
    return;
  }
  process.stdout.write("held\n");
  for (let i = 0; i < times; i++) {
    await withLock(path, async () => {
      const number = Number(await readFile(path, "utf8"));
      await replaceFile(path, String(number + 1));
    });
  }
}

main().catch((error: { code?: string }) => {
  process.stdout.write(`${error.code ?? String(error)}\n`);
  process.exitCode = 1;
});
