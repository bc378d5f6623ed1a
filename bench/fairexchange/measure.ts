// Runs in a process of its own, so that the peak of its memory is that of the work and of nothing else.
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";

import { nodePlatform, prepareFile } from "../../sdk/src/fairexchange/node";

const PIECE_BYTES = 1_048_576;

/** What no program that makes the same blob can avoid: every byte through the cipher once and the hash twice. */
async function bare(path: string): Promise<void> {
  const cipher = createCipheriv("chacha20", randomBytes(32), randomBytes(16));
  const plainHash = createHash("sha256");
  const sealedHash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    plainHash.update(piece);
    sealedHash.update(cipher.update(piece));
  }
  plainHash.digest();
  sealedHash.digest();
}

/**
 * The most memory that this program held. Linux carries `maxRSS` over from the process that started this one, so its own mark is read
 * where there is one.
 */
function peakBytes(): number {
  const own = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(own)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}

async function main(): Promise<void> {
  const [work, path] = process.argv.slice(2);
  const started = process.hrtime.bigint();
  if (work === "bare") await bare(path);
  else await prepareFile(path, { write: () => undefined }, nodePlatform());
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, peakBytes: peakBytes() }));
}

void main();
