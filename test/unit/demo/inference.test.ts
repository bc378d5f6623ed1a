import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { Signer } from "ethers";
import { ethers } from "hardhat";

import { infer } from "../../../scripts/demo/client";
import { MAX_BODY_BYTES, MAX_SENTENCES, serveInference, type InferenceServer } from "../../../scripts/demo/inference";
import { originalAnalyser } from "../../../scripts/demo/model";
import { AccessClient } from "../../../sdk/src/server";
import { caught } from "../../support/caught";
import { serverFixture } from "../server/fixture";

const SENTENCES = ["I love it.", "This is terrible!"];

// who is served is what test/unit/server/ tries; here, what the demonstration adds
describe("Inference endpoint", () => {
  const analyse = originalAnalyser();
  let protocol: Awaited<ReturnType<typeof serverFixture>>;
  let server: InferenceServer;
  let licenseId: bigint;

  beforeEach(async () => {
    protocol = await loadFixture(serverFixture);
    licenseId = await protocol.actions.sell(protocol.actions.terms());
    const { deployment, ids } = protocol;
    server = await serveInference({ analyse, deployment, provider: ethers.provider, versionId: ids.versionId });
  });
  afterEach(() => server.close());

  const ask = (signer: Signer, id = licenseId, sentences: readonly string[] = SENTENCES) =>
    infer({ origin: server.origin, signer, deployment: protocol.deployment, licenseId: id, sentences });

  /** Posts as the licensee. */
  async function post(body: unknown, path = "/infer", method = "POST") {
    const { deployment, actors } = protocol;
    const client = new AccessClient({
      origin: server.origin,
      deployment,
      licenseId,
      licensee: { account: actors.buyer },
    });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await client.fetch(path, method === "POST" ? { method, body: text } : { method });
    return [response.status, ((await response.json()) as { error: { code: string } }).error?.code];
  }

  it("serves a licensee what the original model gives", async () => {
    expect(await ask(protocol.actors.buyer)).to.deep.equal(SENTENCES.map((sentence) => analyse(sentence)));
  });

  it("refuses a stranger, and a licence of another model", async () => {
    const error = await caught(() => ask(protocol.actors.stranger), "NOT_LICENSED");
    expect(error.message).to.include(protocol.actors.stranger.address);
    expect(error.fix).to.match(/Buy or renew a licence/);
    const other = await serveInference({
      ...{ analyse, deployment: protocol.deployment, provider: ethers.provider },
      versionId: protocol.ids.fileVersionId,
    });
    await server.close();
    server = other;
    await caught(() => ask(protocol.actors.buyer), "NOT_LICENSED");
  });

  it("reads the body of a licensee alone", async () => {
    const response = await fetch(`${server.origin}/infer`, { method: "POST", body: "x".repeat(MAX_BODY_BYTES + 1) });
    expect(response.status).to.equal(401);
  });

  const malformed: [string, unknown][] = [
    ["no sentences", {}],
    ["an empty list", { sentences: [] }],
    ["a text instead of a list", { sentences: "I love it." }],
    ["a number among the texts", { sentences: ["a", 1] }],
    ["a blank text", { sentences: [" "] }],
    ["too many", { sentences: Array.from({ length: MAX_SENTENCES + 1 }, () => "a") }],
    ["a body that is no JSON", "{"],
    ["a body that is null", "null"],
  ];
  for (const [what, wrong] of malformed) {
    it(`answers 400 to ${what}`, async () => {
      expect(await post(wrong)).to.deep.equal([400, "REQUEST_MALFORMED"]);
    });
  }

  it("answers 413 to a body that is too long", async () => {
    expect(await post({ sentences: ["x".repeat(MAX_BODY_BYTES)] })).to.deep.equal([413, "BODY_TOO_LARGE"]);
  });

  it("answers 404 elsewhere and 405 to other methods", async () => {
    expect(await post({}, "/elsewhere")).to.deep.equal([404, "NOT_FOUND"]);
    expect(await post({}, "/infer", "GET")).to.deep.equal([405, "METHOD_NOT_ALLOWED"]);
  });

  it("shows the demonstration a failure that is not the licensee's", async () => {
    await server.close();
    await caught(() => ask(protocol.actors.buyer), "NETWORK_UNREACHABLE");
  });
});
