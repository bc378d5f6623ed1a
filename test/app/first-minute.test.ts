import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FILE_NAME } from "../../scripts/demo/fileSale";
import { freePort } from "../../scripts/lib/local-node";
import { launch, requireBrowser } from "./support/browser";
import { connectBurner } from "./support/stage";

const ROOT = join(__dirname, "..", "..");
const PASSWORD = "a stranger's password";

/** Starts the demonstration as a person does, and returns the address of the page that it says. */
async function started(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`It ended: ${output}`)));
    child.stdout!.on("data", (piece: Buffer) => {
      output += piece.toString();
      const place = /Open (http:\/\/127\.0\.0\.1:\d+) in a browser/.exec(output)?.[1];
      if (place !== undefined) resolve(place);
    });
    child.stderr!.on("data", (piece: Buffer) => (output += piece.toString()));
  });
}

describe("A stranger's first minute: npm start, the page, a file bought and opened", function () {
  this.timeout(600_000);

  it("is a matter of clicks, and the agent delivers the very file", async function () {
    const executable = requireBrowser(this);
    const child = spawn(
      process.execPath,
      [require.resolve("ts-node/dist/bin.js"), "--transpile-only", join(ROOT, "scripts", "start.ts")],
      { cwd: ROOT, env: { ...process.env, ISONOMY_PORT: String(await freePort()), HARDHAT_NETWORK: "" } },
    );
    const browser = await launch(executable);
    try {
      const place = await started(child);
      const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
      page.setDefaultTimeout(60_000);
      await page.goto(place);
      await page.click("text=as a file");
      await connectBurner(page);
      const step = (name: string) => page.locator(`[data-step="${name}"]`);
      await step("check").click();
      await step("checked").waitFor();
      const [password, again] = await page.locator('input[type="password"]').all();
      await password!.fill(PASSWORD);
      await again!.fill(PASSWORD);
      await page.getByRole("button", { name: "Make the key" }).click();
      await Promise.all([page.waitForEvent("download"), step("save").click()]);
      await page.getByRole("button", { name: /^Buy for/ }).click();
      await page.locator(".done a").click();

      // the agent of the demonstration delivers by itself
      await page.waitForSelector('[data-standing="delivered"]');
      await step("open").click();
      await step("opened").waitFor();
      const [download] = await Promise.all([page.waitForEvent("download"), step("saveFile").click()]);
      const sealed = await readFile(join(ROOT, ".isonomy", "files", FILE_NAME));
      expect((await readFile(await download.path())).equals(sealed)).to.equal(true);
    } finally {
      await browser.close();
      child.kill("SIGINT");
      await new Promise((resolve) => child.once("close", resolve));
    }
  });
});
