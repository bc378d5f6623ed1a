import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, type BaseContract } from "ethers";
import { ethers } from "hardhat";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Protocol } from "../../deploy/lib/deploy";
import { checkParameters, readParameters, type ProtocolParameters } from "../../deploy/lib/parameters";
import { PERMISSIONS, ROLES } from "../../deploy/lib/roles";
import { protocolFixture } from "../helpers/fixture";

const ROOT = join(__dirname, "../..");
const ADMIN_ROLE = 0n;
/** Roles are numbers; every one up to here is asked about, besides those that events name. */
const HIGHEST_ROLE = 20n;

const INHERITED: Record<string, string[]> = {
  ContractMetadata: ["LicenseToken", "ModelRegistry"],
  ExchangeSettings: ["Exchange"],
};

describe("Deployment", () => {
  describe("roles", () => {
    it("leaves the deployer without any role in the Authority", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { Authority } = contracts;
      const granted = await Authority.queryFilter(Authority.filters.RoleGranted());
      const roles = new Set(granted.map(({ args }) => args.roleId));
      for (let role = 0n; role <= HIGHEST_ROLE; role++) roles.add(role);
      for (const role of roles) {
        const [holds] = await Authority.hasRole(role, actors.deployer);
        // everybody holds the public role, which guards nothing
        expect(holds, `role ${role}`).to.equal(role === (await Authority.PUBLIC_ROLE()));
      }
      expect(granted.some(({ args }) => args.account === actors.deployer.address)).to.equal(true);
      const revoked = await Authority.queryFilter(Authority.filters.RoleRevoked());
      expect(revoked.map(({ args }) => [args.roleId, args.account])).to.deep.equal([
        [ADMIN_ROLE, actors.deployer.address],
      ]);
    });

    it("leaves the deployer without any role in the timelock", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { Timelock } = contracts;
      const granted = await Timelock.queryFilter(Timelock.filters.RoleGranted());
      expect(granted.some(({ args }) => args.account === actors.deployer.address)).to.equal(false);
      for (const role of ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE"] as const) {
        expect(await Timelock.hasRole(await Timelock[role](), actors.deployer), role).to.equal(false);
      }
    });

    it("leaves the deployer without a title, a licence, a balance or a module", async () => {
      const { contracts, actors, token } = await loadFixture(protocolFixture);
      const { ModelRegistry, LicenseToken, RevenueLedger, Panel } = contracts;
      expect(await ModelRegistry.balanceOf(actors.deployer)).to.equal(0n);
      expect(await LicenseToken.balanceOf(actors.deployer)).to.equal(0n);
      expect(await RevenueLedger.balanceOf(token, actors.deployer)).to.equal(0n);
      expect(await LicenseToken.moduleInfo(actors.deployer)).to.deep.equal([0n, false, 0n]);
      expect(await Panel.isArbiter(actors.deployer)).to.equal(false);
    });

    it("makes the timelock the only admin, the guardian the only guardian, both without a delay of their own", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const timelock = await contracts.Timelock.getAddress();
      expect(await holdersOf(contracts)).to.deep.equal({
        [String(ROLES.ADMIN)]: [timelock],
        [String(ROLES.PARAMETER)]: [timelock],
        [String(ROLES.GUARDIAN)]: [actors.guardian.address],
      });
      for (const [role, account] of [
        [ROLES.ADMIN, timelock],
        [ROLES.PARAMETER, timelock],
        [ROLES.GUARDIAN, actors.guardian.address],
      ] as const) {
        expect(await contracts.Authority.hasRole(role, account)).to.deep.equal([true, 0n]);
        expect(await contracts.Authority.getRoleAdmin(role)).to.equal(ADMIN_ROLE);
        expect(await contracts.Authority.getRoleGuardian(role)).to.equal(ADMIN_ROLE);
      }
    });

    it("gives the timelock to the proposers of the parameters, its execution to anyone, and no admin", async () => {
      const { contracts, actors, parameters } = await loadFixture(protocolFixture);
      const { Timelock } = contracts;
      expect(await Timelock.getMinDelay()).to.equal(parameters.timelock.minDelay);
      expect(await Timelock.hasRole(await Timelock.PROPOSER_ROLE(), actors.proposer)).to.equal(true);
      expect(await Timelock.hasRole(await Timelock.CANCELLER_ROLE(), actors.proposer)).to.equal(true);
      expect(await Timelock.hasRole(await Timelock.EXECUTOR_ROLE(), ethers.ZeroAddress)).to.equal(true);
      const granted = await Timelock.queryFilter(Timelock.filters.RoleGranted(await Timelock.DEFAULT_ADMIN_ROLE()));
      expect(granted.map(({ args }) => args.account)).to.deep.equal([await Timelock.getAddress()]);
    });
  });

  describe("permissions", () => {
    it("on the chain equal the table of the deployment", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      for (const { contract, signature, role } of PERMISSIONS) {
        const target: BaseContract = contracts[contract as keyof Protocol];
        const selector = id(signature).slice(0, 10);
        expect(target.interface.getFunction(selector), signature).to.not.equal(null);
        expect(await contracts.Authority.getTargetFunctionRole(target, selector), signature).to.equal(ROLES[role]);
      }
      // nothing that the table does not have
      const set = await contracts.Authority.queryFilter(contracts.Authority.filters.TargetFunctionRoleUpdated());
      const expected = PERMISSIONS.filter(({ role }) => role !== "ADMIN").map(({ signature }) =>
        id(signature).slice(0, 10),
      );
      expect(set.map(({ args }) => args.selector).sort()).to.deep.equal(expected.sort());
    });

    it("close no contract and delay no target", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      for (const target of Object.values(contracts)) {
        expect(await contracts.Authority.isTargetClosed(target)).to.equal(false);
        expect(await contracts.Authority.getTargetAdminDelay(target)).to.equal(0n);
      }
    });

    it("in the sources equal the table: every restricted function has a row, and only those", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      const found: string[] = [];
      for (const path of readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })) {
        if (!path.endsWith(".sol")) continue;
        const source = readFileSync(join(ROOT, "contracts", path), "utf8");
        for (const [, name] of source.matchAll(/function (\w+)\([^)]*\)\s+external\s+restricted/g)) {
          const contract = basename(path, ".sol");
          // what an abstract contract restricts belongs to the contracts that inherit it
          const owners = INHERITED[contract] ?? [contract];
          found.push(...owners.filter((owner) => owner in contracts).map((owner) => `${owner}.${name}`));
        }
      }
      const rows = PERMISSIONS.map(({ contract, signature }) => `${contract}.${signature.split("(")[0]}`);
      expect(found.sort()).to.deep.equal(rows.sort());
    });

    it("in the documentation equal the table", () => {
      const rows = readFileSync(join(ROOT, "docs/permissions.md"), "utf8")
        .split("\n")
        .map((line) => line.match(/^\| `(\w+)`\s*\| `([^`]+)`\s*\| `(\w+)`/))
        .filter((match) => match !== null)
        .map(([, contract, signature, role]) => ({ contract, signature, role }));
      expect(rows).to.deep.equal([...PERMISSIONS]);
    });
  });

  describe("what was deployed", () => {
    it("lets only the market issue licences, and takes the pay tokens of the parameters", async () => {
      const { contracts, token } = await loadFixture(protocolFixture);
      const { LicenseToken, Market } = contracts;
      const modules = await LicenseToken.queryFilter(LicenseToken.filters.ModuleSet());
      expect(modules.map(({ args }) => [args.module, args.index, args.minting])).to.deep.equal([
        [await Market.getAddress(), 1n, true],
      ]);
      const tokens = await Market.queryFilter(Market.filters.PayTokenSet());
      expect(tokens.map(({ args }) => [args.token, args.allowed, args.risks])).to.deep.equal([
        [await token.getAddress(), true, 3n],
      ]);
    });

    it("has the fee, the treasury and the panel of the parameters", async () => {
      const { contracts, parameters } = await loadFixture(protocolFixture);
      expect(await contracts.Market.config()).to.deep.equal([
        parameters.treasury,
        BigInt(parameters.market.protocolFeeBps),
        0n,
        0n,
      ]);
      for (const arbiter of parameters.panel.arbiters) {
        expect(await contracts.Panel.isArbiter(arbiter)).to.equal(true);
      }
    });

    it("changes through the timelock alone, after its delay, executed by anyone", async () => {
      const { contracts, actors, parameters } = await loadFixture(protocolFixture);
      const { Timelock, Market } = contracts;
      const call = Market.interface.encodeFunctionData("setTreasury", [actors.other.address]);
      const operation = [Market, 0n, call, ethers.ZeroHash, ethers.id("treasury")] as const;
      const delay = BigInt(parameters.timelock.minDelay);
      await expect(Timelock.connect(actors.deployer).schedule(...operation, delay))
        .to.be.revertedWithCustomError(Timelock, "AccessControlUnauthorizedAccount")
        .withArgs(actors.deployer.address, await Timelock.PROPOSER_ROLE());
      await expect(Timelock.connect(actors.proposer).schedule(...operation, delay - 1n))
        .to.be.revertedWithCustomError(Timelock, "TimelockInsufficientDelay")
        .withArgs(delay - 1n, delay);
      await Timelock.connect(actors.proposer).schedule(...operation, delay);
      await expect(Timelock.connect(actors.stranger).execute(...operation)).to.be.revertedWithCustomError(
        Timelock,
        "TimelockUnexpectedOperationState",
      );
      await time.increase(delay);
      await expect(Timelock.connect(actors.stranger).execute(...operation))
        .to.emit(Market, "TreasurySet")
        .withArgs(actors.other.address);
    });

    it("gives up nothing to a deployer who tries every privileged function", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { Authority, Timelock } = contracts;
      const deployer = actors.deployer;
      await expect(Authority.connect(deployer).grantRole(ADMIN_ROLE, deployer, 0n))
        .to.be.revertedWithCustomError(Authority, "AccessManagerUnauthorizedAccount")
        .withArgs(deployer.address, ADMIN_ROLE);
      await expect(Authority.connect(deployer).setTargetClosed(contracts.Market, true))
        .to.be.revertedWithCustomError(Authority, "AccessManagerUnauthorizedAccount")
        .withArgs(deployer.address, ADMIN_ROLE);
      await expect(Authority.connect(deployer).updateAuthority(contracts.Market, deployer))
        .to.be.revertedWithCustomError(Authority, "AccessManagerUnauthorizedAccount")
        .withArgs(deployer.address, ADMIN_ROLE);
      await expect(Timelock.connect(deployer).updateDelay(0n))
        .to.be.revertedWithCustomError(Timelock, "TimelockUnauthorizedCaller")
        .withArgs(deployer.address);
    });
  });

  describe("parameters", () => {
    const good = () => structuredClone(readParameters("hardhat"));

    it("are read for the networks that have a file", () => {
      for (const network of ["hardhat", "localhost"]) expect(() => readParameters(network)).to.not.throw();
    });

    it("name the file that is missing", () => {
      expect(() => readParameters("nowhere")).to.throw(
        'There are no parameters for the network "nowhere". Create deploy/parameters/nowhere.json.',
      );
    });

    const cases: [string, (parameters: ProtocolParameters) => void, string][] = [
      ["a guardian that is no address", (p) => (p.guardian = "nobody"), 'guardian is not an address: "nobody".'],
      [
        "a treasury that is the zero address",
        (p) => (p.treasury = ethers.ZeroAddress),
        `treasury is not an address: "${ethers.ZeroAddress}".`,
      ],
      [
        "no proposer",
        (p) => (p.timelock.proposers = []),
        "timelock.proposers is empty: nobody could ever change anything.",
      ],
      [
        "a proposer that is no address",
        (p) => p.timelock.proposers.push("0x12"),
        'timelock.proposers[1] is not an address: "0x12".',
      ],
      [
        "an executor that is no address",
        (p) => (p.timelock.executors = [""]),
        'timelock.executors[0] is not an address: "".',
      ],
      [
        "no delay",
        (p) => (p.timelock.minDelay = 0),
        "timelock.minDelay must be a whole number from 1 to 5184000; it is 0.",
      ],
      [
        "a delay of more than sixty days",
        (p) => (p.timelock.minDelay = 5_184_001),
        "timelock.minDelay must be a whole number from 1 to 5184000; it is 5184001.",
      ],
      [
        "a fee above 5 %",
        (p) => (p.market.protocolFeeBps = 501),
        "market.protocolFeeBps must be a whole number from 0 to 500; it is 501.",
      ],
      [
        "a fee of half a basis point",
        (p) => (p.market.protocolFeeBps = 0.5),
        "market.protocolFeeBps must be a whole number from 0 to 500; it is 0.5.",
      ],
      [
        "a pay token that is no address",
        (p) => (p.market.payTokens = [{ token: "USDC", risks: 0 }]),
        'market.payTokens[0].token is not an address: "USDC".',
      ],
      [
        "an arbiter that is no address",
        (p) => (p.panel.arbiters[2] = "0x"),
        'panel.arbiters[2] is not an address: "0x".',
      ],
      [
        "a minority that decides",
        (p) => (p.panel.threshold = 1),
        "panel.threshold must be a whole number from 2 to 3; it is 1.",
      ],
      [
        "a threshold that cannot be reached",
        (p) => (p.panel.threshold = 4),
        "panel.threshold must be a whole number from 2 to 3; it is 4.",
      ],
    ];
    for (const [title, damage, sentence] of cases) {
      it(`refuse ${title}, with the field and the value`, () => {
        const parameters = good();
        damage(parameters);
        expect(() => checkParameters(parameters)).to.throw(sentence);
      });
    }
  });
});

/** Who holds each role, from the events of the Authority. */
async function holdersOf({ Authority }: Protocol): Promise<Record<string, string[]>> {
  const granted = await Authority.queryFilter(Authority.filters.RoleGranted());
  const revoked = await Authority.queryFilter(Authority.filters.RoleRevoked());
  const holders: Record<string, string[]> = {};
  for (const { args } of granted) (holders[String(args.roleId)] ??= []).push(args.account);
  for (const { args } of revoked) {
    holders[String(args.roleId)] = holders[String(args.roleId)].filter((account) => account !== args.account);
  }
  return holders;
}
