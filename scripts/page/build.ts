import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { inherited } from "../../deploy/engine/environment";

const ROOT = join(__dirname, "..", "..");

/** Where the built page lies. */
export const PAGE = join(ROOT, "cache", "page");

/** Builds the page into a folder, whose content it replaces, in a process of its own, which keeps this one free to answer. */
export async function buildPage(folder = PAGE): Promise<string> {
  const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js");
  const config = join(ROOT, "app", "vite.config.mts");
  try {
    await promisify(execFile)(
      process.execPath,
      [vite, "build", "--config", config, "--outDir", folder, "--emptyOutDir"],
      {
        cwd: ROOT,
        env: inherited({ NODE_ENV: "production" }),
      },
    );
    return folder;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`The page does not build. Vite said:\n${`${stdout}\n${stderr}`.trim()}`);
  }
}
