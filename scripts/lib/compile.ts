import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "..", "..");

/** Compiles the contracts in a process of its own, which keeps this one free to answer, and its messages apart. */
export async function compileContracts(): Promise<void> {
  const hardhat = require.resolve("hardhat/internal/cli/bootstrap.js");
  try {
    await promisify(execFile)(process.execPath, [hardhat, "compile", "--quiet"], {
      cwd: ROOT,
      env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" },
      maxBuffer: 67_108_864,
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`The contracts do not compile. The compiler said:\n${`${stdout}\n${stderr}`.trim()}`);
  }
}
