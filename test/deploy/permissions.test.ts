import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";
import hre, { ethers } from "hardhat";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDeployments } from "../../deploy/engine/addresses";
import { readPermissions } from "../../deploy/permissions";
import type { PermissionTable } from "../../sdk/src/governance/permissions";
import { PERMISSIONS } from "../../sdk/src/governance/roles";
import { protocolFixture } from "../helpers/fixture";
import { DAY } from "../helpers/market";
import { bookOf, imaginaryBook } from "../support/bookOf";

describe("permissions", () => {
  async function readable() {
    const protocol = await protocolFixture();
    const deployment = await bookOf(protocol.contracts);
    const read = () => readPermissions({ provider: ethers.provider, artifacts: hre.artifacts, deployment });
    const guardian = protocol.actors.guardianMember.address;
    return { ...protocol, deployment, read, admin: await protocol.actions.asAdmin(), guardian };
  }

  const rowOf = ({ functions }: PermissionTable, contract: string, signature: string) => {
    const row = functions.find((one) => one.contract === contract && one.signature === signature);
    if (row === undefined) throw new Error(`no row for ${contract}.${signature}`);
    return row;
  };

  it("name who can call each function of the table, and how long it waits at least", async () => {
    const { read } = await loadFixture(readable);
    const table = await read();
    const WAITS = { PARAMETER: 2n * DAY, MONEY: 4n * DAY, ADMIN: 7n * DAY };
    expect(table.functions).to.deep.equal(
      PERMISSIONS.map((row) => ({
        ...row,
        holders: [
          row.role === "GUARDIAN"
            ? { account: "GuardianDesk", waits: 0n }
            : { account: "Timelock", waits: WAITS[row.role] },
        ],
        differs: "",
      })),
    );
  });

  it("name who has the powers that the Authority does not give", async () => {
    const { read, guardian, contracts } = await loadFixture(readable);
    const { others } = await read();
    const until = new Date(Number(await contracts.IsonomyGovernor.guardianMandateEndsAt()) * 1_000);
    expect(others.map(({ contract, power, holders }) => [contract, power, ...holders])).to.deep.equal([
      ["Timelock", "PROPOSER_ROLE", "IsonomyGovernor"],
      ["Timelock", "CANCELLER_ROLE", "IsonomyGovernor"],
      ["Timelock", "EXECUTOR_ROLE", "IsonomyGovernor"],
      ["Timelock", "DEFAULT_ADMIN_ROLE", "Timelock"],
      ["Timelock", "updateDelay, now 2 days", "Timelock"],
      ["Authority", "roles, targets, delays", "Timelock"],
      ["IsonomyGovernor", "voting delay and period, threshold, quorum, guardian", "Timelock"],
      ["IsonomyGovernor", `cancel, until ${until.toISOString().slice(0, 10)}`, guardian],
      ["GuardianDesk", `the guardian's role, until ${until.toISOString().slice(0, 10)}`, guardian],
      ["BallotBox", "open and cast", "IsonomyGovernor"],
      ["LicenseToken", "issue licences", "Market"],
    ]);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a permission that was granted on the chain and is not in the
  //   sources
  it("are those of the chain, not of the sources: what was changed there differs", async () => {
    const { read, contracts, admin, actors } = await loadFixture(readable);
    const { Market, Exchange, Authority, LicenseToken } = contracts;
    const authority = Authority.connect(admin);
    await authority.setTargetFunctionRole(Market, [id("setTreasury(address)").slice(0, 10)], 1n);
    await authority.setTargetFunctionRole(Market, [id("purchase()").slice(0, 10)], 2n);
    await authority.setTargetFunctionRole(LicenseToken, [id("setContractURI(string)").slice(0, 10)], 2n ** 64n - 1n);
    await authority.grantRole(2n, actors.other, 3_601n);
    await authority.setTargetClosed(Exchange, true);

    const table = await read();
    const treasury = rowOf(table, "Market", "setTreasury(address)");
    expect([treasury.role, treasury.differs]).to.deep.equal(["PARAMETER", "the table says ADMIN"]);
    expect(treasury.holders).to.deep.equal([{ account: "Timelock", waits: 2n * DAY }]);
    const unknown = rowOf(table, "Market", id("purchase()").slice(0, 10));
    expect([unknown.role, unknown.differs]).to.deep.equal(["GUARDIAN", "not in the table of roles"]);
    expect(unknown.holders[1]).to.deep.equal({ account: actors.other.address, waits: 3_601n });
    expect(rowOf(table, "LicenseToken", "setContractURI(string)").holders).to.deep.equal([
      { account: "anyone", waits: 0n },
    ]);
    const closed = rowOf(table, "Exchange", "pauseDeposits()");
    expect([closed.holders, closed.differs]).to.deep.equal([[], "the target is closed"]);
  });

  it("name a function of a contract that is not of the deployment, when the Authority was given one", async () => {
    const { read, contracts, admin } = await loadFixture(readable);
    const [target, selector] = [ethers.Wallet.createRandom().address, id("open()").slice(0, 10)];
    await contracts.Authority.connect(admin).setTargetFunctionRole(target, [selector], 1n);
    const row = rowOf(await read(), target, selector);
    expect([row.role, row.differs]).to.deep.equal(["PARAMETER", "not in the table of roles"]);
    expect(row.holders).to.deep.equal([{ account: "Timelock", waits: 2n * DAY }]);
  });

  it("no longer name who lost a role", async () => {
    const { read, contracts, admin } = await loadFixture(readable);
    await contracts.Authority.connect(admin).revokeRole(2n, contracts.GuardianDesk);
    expect(rowOf(await read(), "Market", "resumePurchases()").holders).to.deep.equal([]);
  });

  it("are the same whether a node is asked for many blocks at once or for few, and each is asked for once", async () => {
    const { read, deployment } = await loadFixture(readable);
    const asked: [number, number][] = [];
    const provider = new Proxy(ethers.provider, {
      get(target, property, self: unknown) {
        // a contract asks its runner for the provider behind it
        if (property === "provider") return self;
        if (property !== "getLogs") return Reflect.get(target, property, target) as unknown;
        return (filter: { fromBlock: string; toBlock: string }) => {
          asked.push([Number(filter.fromBlock), Number(filter.toBlock)]);
          return target.getLogs(filter);
        };
      },
    });
    const paged = await readPermissions({ provider, artifacts: hre.artifacts, deployment, blocksAtOnce: 7 });
    expect(paged).to.deep.equal(await read());
    const latest = await ethers.provider.getBlockNumber();
    // the first search, from the first block to the newest
    const first = asked.slice(0, asked.findIndex(([, to]) => to === latest) + 1);
    expect(first.length).to.equal(Math.ceil((latest + 1) / 7));
    first.forEach(([from, to], page) => expect([from, to]).to.deep.equal([7 * page, Math.min(7 * page + 6, latest)]));
  });

  it("ask for the addresses of a whole deployment on this network", async () => {
    const { deployment } = await loadFixture(readable);
    const read = (differs: object) =>
      readPermissions({
        ...{ provider: ethers.provider, artifacts: hre.artifacts },
        deployment: { ...deployment, ...differs },
      });
    const nowhere = ethers.Wallet.createRandom().address;
    await expect(read({ contracts: { ...deployment.contracts, Timelock: nowhere } })).to.be.rejectedWith(
      `There is no Timelock at ${nowhere} on chain 31337.`,
    );
    const { Timelock } = deployment.contracts;
    await expect(read({ codeHashes: { ...deployment.codeHashes, Timelock: ethers.ZeroHash } })).to.be.rejectedWith(
      `The contract at ${Timelock} on chain 31337 is not the Timelock of this deployment: its code has the hash`,
    );
  });

  describe("the command", () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "permissions-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it("prints a line for every function, and ends well when the chain and the table agree", async () => {
      const { deployment } = await loadFixture(readable);
      const file = join(folder, "deployment.json");
      writeFileSync(file, JSON.stringify(deployment));
      const printed: string[] = [];
      const { log } = console;
      console.log = (line: string) => printed.push(line);
      try {
        await hre.run("permissions", { deployment: file });
      } finally {
        console.log = log;
      }
      const text = printed.join("\n");
      for (const { contract, signature, role } of PERMISSIONS) {
        const line = text.split("\n").find((one) => one.includes(` ${contract} `) && one.includes(` ${signature} `));
        expect(line, `${contract}.${signature}`).to.contain(role);
        expect(line).to.contain(role === "GUARDIAN" ? "GuardianDesk" : "Timelock");
        expect(line).to.contain(role === "GUARDIAN" ? "at once" : "days");
      }
      expect(process.exitCode ?? 0).to.equal(0);
    });

    it("finds the file where a deployment writes it, and says what to do without one", () => {
      const book = imaginaryBook(31_337);
      mkdirSync(join(folder, ".isonomy"));
      writeFileSync(join(folder, ".isonomy", "deployment.json"), JSON.stringify(book));
      expect(readDeployments(folder, 31_337n)).to.deep.equal([book]);
      expect(readDeployments(folder, 31_337n, ".isonomy/deployment.json")).to.deep.equal([book]);
      rmSync(join(folder, ".isonomy"), { recursive: true });
      expect(() => readDeployments(folder, 31_337n)).to.throw(
        "There is no deployment known for chain 31337. Deploy first (npm run deploy -- --network localhost), or name the file that the deployment wrote: --deployment FILE.",
      );
      expect(() => readDeployments(folder, 31_337n, join(folder, "none.json"))).to.throw("There is no deployment at ");
    });
  });
});
