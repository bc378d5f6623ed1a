import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { inherited } from "../../deploy/engine/environment";

const ROOT = join(__dirname, "..", "..");

/** One of the contracts that only tests need: where it is compiled, leaving the others out would throw their artifacts away. */
const OF_TESTS = join(ROOT, "artifacts", "test", "contracts", "attackers");

/**
 * Compiles the contracts in a process of its own, which keeps this one free to answer, and its messages apart: the protocol and the test
 * tokens, whose types are committed, and what only tests need when `all` of it is asked for or was compiled before.
 */
export async function compileContracts({ all = existsSync(OF_TESTS) } = {}): Promise<void> {
  const hardhat = require.resolve("hardhat/internal/cli/bootstrap.js");
  const wanted = all ? {} : { TEST_CONTRACTS: "tokens" };
  try {
    const compiling = promisify(execFile)(
      process.execPath,
      [hardhat, "compile", "--quiet", ...(all ? [] : ["--no-typechain"])],
      {
        cwd: ROOT,
        env: inherited({ ...wanted, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" }),
        maxBuffer: 67_108_864,
      },
    );
    // a signal to this process alone would leave the compiler behind
    const end = (): void => void compiling.child.kill();
    process.once("exit", end);
    await compiling.finally(() => process.off("exit", end));
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`The contracts do not compile. The compiler said:\n${`${stdout}\n${stderr}`.trim()}`);
  }
}
