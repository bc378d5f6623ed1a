import { expect } from "chai";
import { join } from "node:path";

import { startSite, type Site } from "../support/deployment";

describe("A deployment that went on after a signal", function () {
  this.timeout(600_000);
  let site: Site;
  afterEach(() => site.close());

  // claim(attacks#deployment): a deployment that goes on after it was told to stop
  it("stops before its next transaction, says so with 130 and the command that goes on, and goes on by it", async () => {
    site = await startSite("base-sepolia");
    const file = join(site.home, "parameters.json");
    const { child, ended } = site.start("deploy", ["--yes", "--parameters", file]);
    site.proxy.onTransaction((_hash, nth) => {
      if (nth === 6) child.kill("SIGTERM");
    });
    const { status, output } = await ended;
    expect(status, output).to.equal(130);
    const sent = site.proxy.sent.length;
    expect(output).to.match(
      /INTERRUPTED: \d+ transactions of this run are signed and on record, and nothing more is sent\./,
    );
    expect(output).to.include(
      `npm run deploy -- --network base-sepolia --home ${site.home} --no-compile --yes --parameters ${file}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(site.proxy.sent.length).to.equal(sent);

    const again = await site.deploy();
    expect(again.status, again.output).to.equal(0);
    expect((await site.census()).failed).to.equal(0);
    expect((await site.verify()).status).to.equal(0);
  });

  it("sends nothing at all when the signal comes before the first", async () => {
    site = await startSite("sepolia");
    const { child, ended } = site.start("deploy", ["--yes", "--parameters", join(site.home, "parameters.json")]);
    site.proxy.rule(({ method, nth }) => {
      if (method === "eth_getCode" && nth === 1) child.kill("SIGINT");
      return undefined;
    });
    const { status, output } = await ended;
    expect(status, output).to.equal(130);
    expect(output).to.include("INTERRUPTED: Nothing was sent. Begin again: npm run deploy -- --network sepolia");
    expect((await site.census()).succeeded).to.equal(0);
  });
});
