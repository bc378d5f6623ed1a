import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "dotenv";
import { ESLint } from "eslint";

import { rpcOf } from "../../deploy/engine/deployment";
import { DEPLOY_FEE_LIMITS, feeLimitsOf } from "../../deploy/engine/fees";
import { deployerOf, signerOf } from "../../deploy/engine/keys";
import { NETWORKS, endpointAt, networkOf } from "../../deploy/engine/networks";
import { fileAccessOf } from "../../sdk/src/files";
import { settingOf, settingsOf } from "../../sdk/src/text/settings";
import { bare } from "../support/deployment";

const ROOT = join(__dirname, "..", "..");
const EXAMPLE = join(ROOT, ".env.example");

// `.env.example` promised that every line may stay empty, and a copy of it broke every task of Hardhat: an endpoint was the empty text
describe("Settings that were left empty", function () {
  this.timeout(120_000);
  const copied = parse(readFileSync(EXAMPLE));

  it("are not set: white space says nothing, except in a password", () => {
    const environment = { A: "", B: " \t", C: " x ", MY_PASSWORD: " ", OTHER_PASSWORD: "" };
    expect(settingsOf(environment)).to.deep.equal({ C: "x", MY_PASSWORD: " " });
    expect(settingOf(environment, "D")).to.equal(undefined);
  });

  it("are all lines of the example, and nothing is set by a copy of it", () => {
    expect(Object.keys(copied).length).to.be.greaterThan(15);
    expect(settingsOf(copied)).to.deep.equal({});
  });

  it("leave Hardhat every network and its endpoint", () => {
    const ask = `const { networks } = require("hardhat").config;
      const shown = Object.entries(networks).map(([name, { url, chainId }]) => [name, { url, chainId }]);
      console.log(JSON.stringify(Object.fromEntries(shown)));`;
    const networksWith = (more: NodeJS.ProcessEnv): Record<string, { url?: string; chainId?: number }> =>
      JSON.parse(
        execFileSync(process.execPath, ["--require", "ts-node/register/transpile-only", "--eval", ask], {
          ...{ cwd: ROOT, encoding: "utf8", env: { ...bare(), DOTENV_CONFIG_PATH: "none", ...more } },
        }),
      ) as Record<string, { url?: string; chainId?: number }>;
    const networks = networksWith({ DOTENV_CONFIG_PATH: EXAMPLE });
    expect(networks).to.deep.equal(networksWith({}));
    for (const { name, rpcUrl, chainId } of NETWORKS) expect(networks[name]).to.include({ url: rpcUrl, chainId });
  });

  it("leave the deployment its defaults", async () => {
    const sources = { environment: copied, variable: () => undefined };
    const development = await deployerOf(networkOf("localhost"), { environment: {}, variable: () => undefined });
    expect((await deployerOf(networkOf("localhost"), sources)).address).to.equal(development.address);
    const missing = await signerOf(networkOf("sepolia"), sources).catch((error: Error) => error.message);
    expect(missing).to.match(/^There is no key to sign with on Sepolia\. Set SIGNER_PRIVATE_KEY or SIGNER_KEYSTORE in/);
    expect(feeLimitsOf(copied)).to.deep.equal(DEPLOY_FEE_LIMITS);
    expect(fileAccessOf(copied, () => undefined)).to.equal(undefined);
    for (const network of NETWORKS) {
      expect(endpointAt(network, copied)).to.equal(network.rpcUrl);
      expect(rpcOf(network, copied, () => undefined).host).to.equal(new URL(network.rpcUrl).host);
    }
  });

  it("are read in one place: the lint refuses another", async () => {
    const lint = new ESLint({ cwd: ROOT });
    for (const file of [
      "scripts/new.ts",
      "deploy/engine/new.ts",
      "sdk/src/cli/new.ts",
      "sdk/src/rpc/new.ts",
      "hardhat.config.ts",
    ]) {
      const [result] = await lint.lintText('export const url = process.env.RPC ?? "http://127.0.0.1:8545";\n', {
        filePath: join(ROOT, file),
      });
      expect(result!.messages.map(({ message }) => message).join(), file).to.match(/^Read settings by setting\(\)/);
    }
  });
});
