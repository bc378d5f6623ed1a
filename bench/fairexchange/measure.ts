// Runs in a process of its own, so that the peak of its memory is that of the work and of nothing else.
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";

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

async function main(): Promise<void> {
  const [work, path] = process.argv.slice(2);
  const started = process.hrtime.bigint();
  if (work === "bare") await bare(path);
  else await prepareFile(path, { write: () => undefined }, nodePlatform());
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

void main();
