import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readAll } from "../../../sdk/src/store";
import { refusal, runHere, type Environment } from "../../support/cli";

const SECRET = "Bearer 8f0d6a1c4b2e49d7a5c3";

describe("the store of the command line", () => {
  let folder: string;
  let file: string;
  let env: Environment;
  let server: Server;
  let url: string;
  let asked: IncomingMessage[];
  let count = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy store "));
    file = join(folder, "model 🤖.bin");
    await writeFile(file, "a model");
    env = { ISONOMY_HOME: join(folder, "home"), ISONOMY_PASSWORD: "correct horse", ISONOMY_SCRYPT_COST: "1024" };
    asked = [];
    // a node that refuses, and repeats what it was sent
    server = createServer((request, response) => {
      asked.push(request);
      request.resume().on("end", () => {
        response.writeHead(401).end(`not allowed: ${String(request.headers.authorization)}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });
  const out = () => ["--out", join(folder, `prepared-${count++}.json`)];

  // claim(attacks#command-line-package-and-sellers-agent): a sale whose file lies where no buyer can read it
  it("that nobody named is warned of, because nobody else can read it, with the command that publishes", async () => {
    const { code, err } = await runHere(["prepare", file, ...out()], env);
    expect(code).to.equal(0);
    expect(err).to.contain(`WARNING: No store was named, so this is in ${join(folder, "home", "store")}`);
    expect(err).to.match(/isonomy prepare '[^']+model 🤖\.bin' --out '[^']+' --store http:\/\/127\.0\.0\.1:5001/);
    const json = await runHere(["prepare", file, ...out(), "--json"], env);
    expect(JSON.parse(json.err)).to.include({ level: "warning", event: "own-store" });
    expect(JSON.parse(json.out)).to.include({ format: "isonomy.prepared.v1" });
    const named = await runHere(["prepare", file, ...out(), "--store", join(folder, "shared")], env);
    expect(named.err).to.not.contain("WARNING");
  });

  // claim(attacks#command-line-package-and-sellers-agent): the authorization of a store, repeated by the node and shown
  it("is sent the headers of a file or of the environment, and nothing shows them", async () => {
    const headers = join(folder, "headers.txt");
    await writeFile(headers, `Authorization: ${SECRET}\n`, { mode: 0o600 });
    for (const [more, variables] of [
      [["--store-headers", headers], {}],
      [[], { ISONOMY_STORE_HEADERS_FILE: headers }],
      [[], { ISONOMY_STORE_HEADERS: `Authorization: ${SECRET}` }],
    ] as const) {
      asked = [];
      for (const json of [[], ["--json"]]) {
        const run = await runHere(["prepare", file, ...out(), "--store", url, ...more, ...json], {
          ...env,
          ...variables,
        });
        expect(run.code).to.equal(1);
        expect(run.out + run.err)
          .to.contain("IPFS")
          .and.not.contain(SECRET)
          .and.not.contain(SECRET.slice(7));
      }
      expect(asked.length).to.be.at.least(2);
      for (const { headers: sent } of asked) expect(sent.authorization).to.equal(SECRET);
    }
  });

  it("is sent nothing out of a file that others may read, or that holds no headers", async () => {
    const headers = join(folder, "headers.txt");
    await writeFile(headers, `Authorization: ${SECRET}\n`, { mode: 0o644 });
    const command = () => ["prepare", file, ...out(), "--store", url, "--store-headers", headers];
    expect(await refusal(command(), env)).to.equal("FILE_EXPOSED");
    await rm(headers);
    await writeFile(headers, SECRET, { mode: 0o600 });
    expect(await refusal(command(), env)).to.equal("STORE_HEADER_INVALID");
    expect(asked).to.deep.equal([]);
  });

  it("is read through the gateways that were named, by option or variable", async () => {
    const { Session } = await import("../../../sdk/src/cli/session");
    const { processIo } = await import("../../../sdk/src/cli/io");
    for (const [options, variables] of [
      [{ gateway: [url] }, {}],
      [{}, { ISONOMY_GATEWAYS: `${url} ` }],
    ] as const) {
      asked = [];
      const io = processIo();
      io.release();
      const store = await new Session({ ...io, env: { ...env, ...variables } }, options).store();
      const error = await readAll(store, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", 100).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error).to.be.instanceOf(Error);
      expect(asked.length).to.be.at.least(1);
    }
  });
});
