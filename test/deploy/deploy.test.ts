import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, type BaseContract } from "ethers";
import hre, { artifacts, ethers } from "hardhat";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Builds } from "../../deploy/engine/builds";
import type { Protocol } from "../../deploy/local";
import { checkParameters, requireNoPart } from "../../deploy/engine/settings";
import { protocol, readParameters, type ProtocolParameters } from "../../deploy/protocol";
import { isRestricted } from "../../scripts/docs/lib/callers";
import { Programs } from "../../scripts/docs/lib/program";
import { PERMISSIONS, ROLES, TIMELOCK_ROLES } from "../../sdk/src/governance/roles";
import { protocolFixture } from "../helpers/fixture";
import { DAY, PRICE, marketFixture } from "../helpers/market";

const ROOT = join(__dirname, "../..");
const ADMIN_ROLE = 0n;
/** Roles are numbers; every one up to here is asked about, besides those that events name. */
const HIGHEST_ROLE = 20n;

describe("Deployment", () => {
  describe("roles", () => {
    // claim(attacks#licences-listings-offers-and-signatures): the deployer keeping a role
    // claim(attacks#government-and-citizens): the deployer keeping a role, tokens or a vote
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

    // claim(attacks#licences-listings-offers-and-signatures): the deployer keeping a role
    // claim(attacks#government-and-citizens): the deployer keeping a role, tokens or a vote
    it("leaves the deployer without any role in the timelock, which it never told to do anything", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { Timelock } = contracts;
      for (const role of [...TIMELOCK_ROLES, "DEFAULT_ADMIN_ROLE"] as const) {
        expect(await Timelock.hasRole(await Timelock[role](), actors.deployer), role).to.equal(false);
      }
      expect(await Timelock.queryFilter(Timelock.filters.CallScheduled())).to.deep.equal([]);
    });

    // claim(attacks#government-and-citizens): the deployer keeping a role, tokens or a vote
    it("leaves the deployer without tokens, votes, a credential or the guardian's mandate", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { GovernanceToken, CitizenRegistry, IsonomyGovernor } = contracts;
      expect(await GovernanceToken.balanceOf(actors.deployer)).to.equal(0n);
      expect(await GovernanceToken.getVotes(actors.deployer)).to.equal(0n);
      expect((await CitizenRegistry.credentialOf(actors.deployer)).issuerId).to.equal(0n);
      expect(await CitizenRegistry.issuerCount()).to.equal(0n);
      expect(await IsonomyGovernor.proposalGuardian()).to.equal(actors.guardianMember.address);
    });

    it("leaves the deployer without a title, a licence, a balance or a module", async () => {
      const { contracts, actors, token } = await loadFixture(protocolFixture);
      const { ModelRegistry, LicenseToken, RevenueLedger, Panel } = contracts;
      expect(await ModelRegistry.balanceOf(actors.deployer)).to.equal(0n);
      expect(await LicenseToken.balanceOf(actors.deployer)).to.equal(0n);
      expect(await RevenueLedger.balanceOf(token, actors.deployer)).to.equal(0n);
      expect(await LicenseToken.moduleInfo(actors.deployer)).to.deep.equal([0n, false]);
      expect(await Panel.isArbiter(actors.deployer)).to.equal(false);
    });

    // claim(attacks#government-and-citizens): a contract of the protocol that votes with what it holds
    it("leaves no contract of the protocol that votes: none has delegated, and none can but by a vote", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      const { GovernanceToken } = contracts;
      const [delegate, bySignature] = ["delegate", "delegateBySig"].map((name) =>
        GovernanceToken.interface.getFunction(name as "delegate").selector.slice(2),
      );
      for (const [name, contract] of Object.entries(contracts)) {
        expect(await GovernanceToken.delegates(contract), name).to.equal(ethers.ZeroAddress);
        if (name === "GovernanceToken") continue;
        // nor does its code hold the call
        const code = await ethers.provider.getCode(contract);
        for (const selector of [delegate!, bySignature!]) expect(code, name).to.not.include(selector);
      }
    });

    it("makes the timelock the only admin, the guardian's desk the only guardian, both without a delay of their own", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      const timelock = await contracts.Timelock.getAddress();
      const desk = await contracts.GuardianDesk.getAddress();
      expect(await holdersOf(contracts)).to.deep.equal({
        [String(ROLES.ADMIN)]: [timelock],
        [String(ROLES.PARAMETER)]: [timelock],
        [String(ROLES.GUARDIAN)]: [desk],
        [String(ROLES.MONEY)]: [timelock],
      });
      for (const [role, account] of [
        [ROLES.ADMIN, timelock],
        [ROLES.PARAMETER, timelock],
        [ROLES.GUARDIAN, desk],
        [ROLES.MONEY, timelock],
      ] as const) {
        expect(await contracts.Authority.hasRole(role, account)).to.deep.equal([true, 0n]);
        expect(await contracts.Authority.getRoleAdmin(role)).to.equal(ADMIN_ROLE);
        expect(await contracts.Authority.getRoleGuardian(role)).to.equal(ADMIN_ROLE);
      }
    });

    // claim(attacks#government-and-citizens): orders to the timelock without the governor
    it("gives the timelock's orders to the governor alone, and its own admin to itself alone", async () => {
      const { contracts, parameters } = await loadFixture(protocolFixture);
      const { Timelock, IsonomyGovernor } = contracts;
      expect(await Timelock.getMinDelay()).to.equal(parameters.governance.minDelay);
      for (const role of TIMELOCK_ROLES) {
        expect(await holdersInTimelock(contracts, await Timelock[role]()), role).to.deep.equal([
          await IsonomyGovernor.getAddress(),
        ]);
      }
      expect(await holdersInTimelock(contracts, await Timelock.DEFAULT_ADMIN_ROLE())).to.deep.equal([
        await Timelock.getAddress(),
      ]);
    });
  });

  describe("permissions", () => {
    // claim(attacks#government-and-citizens): anybody but the timelock in a privileged function
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

    // claim(attacks#deployment): a contract that is closed, or a delay on a target, so that a power cannot be used
    it("close no contract and delay no target", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      for (const target of Object.values(contracts)) {
        expect(await contracts.Authority.isTargetClosed(target)).to.equal(false);
        expect(await contracts.Authority.getTargetAdminDelay(target)).to.equal(0n);
      }
    });

    it("in the sources equal the table: every restricted function has a row, and only those", async function () {
      this.timeout(240_000);
      const programs = new Programs(new Builds(hre));
      const found: string[] = [];
      for (const name of protocol.contractNames) {
        const { sourceName } = await artifacts.readArtifact(name);
        const program = await programs.of(`${sourceName}:${name}`);
        for (const callable of program.callables(program.contract(sourceName, name)).values()) {
          if (isRestricted(callable)) found.push(`${name}.${callable.name}`);
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

    it("has the fee and the panel of the parameters, and the DAO's treasury for the market and the exchange", async () => {
      const { contracts, parameters } = await loadFixture(protocolFixture);
      const treasury = await contracts.Treasury.getAddress();
      expect(await contracts.Market.config()).to.deep.equal([
        treasury,
        BigInt(parameters.market.protocolFeeBps),
        0n,
        0n,
      ]);
      expect(await contracts.Exchange.treasury()).to.equal(treasury);
      for (const arbiter of parameters.court.arbiters) {
        expect(await contracts.Panel.isArbiter(arbiter)).to.equal(true);
      }
    });

    it("has the government of the parameters, whose parts know one another", async () => {
      const { contracts, actors, parameters } = await loadFixture(protocolFixture);
      const { IsonomyGovernor, GovernanceToken, CitizenRegistry, Treasury, Timelock, BallotBox, ProposalRules } =
        contracts;
      const { governance } = parameters;
      expect(await IsonomyGovernor.votingDelay()).to.equal(governance.votingDelay);
      expect(await IsonomyGovernor.votingPeriod()).to.equal(governance.votingPeriod);
      expect(await IsonomyGovernor.proposalThreshold()).to.equal(ethers.parseEther(governance.proposalThreshold));
      expect(await IsonomyGovernor["quorumNumerator()"]()).to.equal(governance.quorumPercent);
      const since = (await IsonomyGovernor.guardianMandateEndsAt()) - 365n * 86_400n;
      expect(since).to.be.lessThanOrEqual(await time.latest());
      expect(await IsonomyGovernor.token()).to.equal(await GovernanceToken.getAddress());
      expect(await IsonomyGovernor.timelock()).to.equal(await Timelock.getAddress());
      expect(await BallotBox.GOVERNOR()).to.equal(await IsonomyGovernor.getAddress());
      expect(await ProposalRules.GOVERNOR()).to.equal(await IsonomyGovernor.getAddress());
      expect(await ProposalRules.AUTHORITY()).to.equal(await contracts.Authority.getAddress());
      expect(await ProposalRules.TREASURY()).to.equal(await Treasury.getAddress());
      expect(await GovernanceToken.registry()).to.equal(await CitizenRegistry.getAddress());
      expect(await CitizenRegistry.TOKEN()).to.equal(await GovernanceToken.getAddress());
      expect(await Treasury.REGISTRY()).to.equal(await CitizenRegistry.getAddress());
      expect(await Treasury.LEDGER()).to.equal(await contracts.RevenueLedger.getAddress());
      expect(await GovernanceToken.balanceOf(actors.holder)).to.equal(ethers.parseEther(governance.genesis[0]!.amount));
    });

    it("distributes the genesis supply by the parameters, what vests in wallets that vote with nothing", async () => {
      const { contracts, parameters } = await loadFixture(protocolFixture);
      const { GovernanceToken } = contracts;
      const { genesis } = parameters.governance;
      const vesting = await GovernanceToken.queryFilter(GovernanceToken.filters.GenesisVested());
      expect(vesting).to.have.length(genesis.filter(({ duration }) => duration > 0).length);
      let supply = 0n;
      for (const { holder, amount, cliff, duration } of genesis) {
        const tokens = ethers.parseEther(amount);
        supply += tokens;
        const line = vesting.find(({ args }) => args.holder === holder);
        if (duration === 0) {
          expect(line, holder).to.equal(undefined);
          expect(await GovernanceToken.balanceOf(holder)).to.equal(tokens);
          continue;
        }
        expect(line!.args.slice(2)).to.deep.equal([tokens, BigInt(cliff), BigInt(duration)]);
        expect(await GovernanceToken.balanceOf(holder)).to.equal(0n);
        expect(await GovernanceToken.balanceOf(line!.args.wallet)).to.equal(tokens);
        expect(await GovernanceToken.delegates(line!.args.wallet)).to.equal(ethers.ZeroAddress);
      }
      expect(await GovernanceToken.totalSupply()).to.equal(supply);
    });

    it("is in the directory, every contract under its name and in force since the deployment", async () => {
      const { contracts } = await loadFixture(protocolFixture);
      const { Directory } = contracts;
      const names = (await Directory.names()).map((name) => ethers.decodeBytes32String(name));
      expect([...names].sort()).to.deep.equal(Object.keys(contracts).sort());
      for (const [name, contract] of Object.entries(contracts)) {
        const key = ethers.encodeBytes32String(name);
        expect(await Directory.entryOf(key), name).to.equal(await (contract as BaseContract).getAddress());
        expect(await Directory.versionsOf(key), name).to.equal(1n);
      }
    });

    // claim(attacks#government-and-citizens): orders to the timelock without the governor
    it("changes by a vote alone: proposed, voted, queued, and executed by anyone after its wait", async () => {
      const { contracts, actors, parameters } = await loadFixture(protocolFixture);
      const { Timelock, Market, IsonomyGovernor, GovernanceToken } = contracts;
      const { holder, stranger, deployer } = actors;
      const call = Market.interface.encodeFunctionData("setProtocolFee", [100n]);
      const operation = [Market, 0n, call, ethers.ZeroHash, ethers.id("fee")] as const;
      for (const account of [deployer, holder, actors.guardian, actors.guardianMember]) {
        await expect(Timelock.connect(account).schedule(...operation, parameters.governance.minDelay))
          .to.be.revertedWithCustomError(Timelock, "AccessControlUnauthorizedAccount")
          .withArgs(account.address, await Timelock.PROPOSER_ROLE());
        await expect(Timelock.connect(account).execute(...operation))
          .to.be.revertedWithCustomError(Timelock, "AccessControlUnauthorizedAccount")
          .withArgs(account.address, await Timelock.EXECUTOR_ROLE());
      }

      await GovernanceToken.connect(holder).delegate(holder);
      await time.increase(3n * DAY + 1n);
      const description = `Lower the fee\n#proposer=${holder.address}`;
      await IsonomyGovernor.connect(holder).propose([Market], [0n], [call], description);
      const proposal = await IsonomyGovernor.latestProposalId();
      await time.increase(BigInt(parameters.governance.votingDelay) + 1n);
      await IsonomyGovernor.connect(holder).castVote(proposal, 1);
      await time.increase(BigInt(parameters.governance.votingPeriod) + 1n);
      await IsonomyGovernor.connect(stranger)["queue(uint256)"](proposal);
      const eta = await IsonomyGovernor.proposalEta(proposal);
      // in phase 0 a parameter waits four times two days
      expect(eta).to.equal(BigInt(await time.latest()) + 8n * DAY);
      await expect(IsonomyGovernor.connect(stranger)["execute(uint256)"](proposal))
        .to.be.revertedWithCustomError(IsonomyGovernor, "IsonomyGovernor_TooEarly")
        .withArgs(proposal, eta);
      await time.increaseTo(eta);
      await expect(IsonomyGovernor.connect(stranger)["execute(uint256)"](proposal))
        .to.emit(Market, "ProtocolFeeSet")
        .withArgs(100n);
    });

    // claim(attacks#government-and-citizens): an address or a key of the DAO taken while it is young
    it("may not touch an address yet: a young DAO changes parameters, names issuers and pays small sums", async () => {
      const { contracts, actors } = await loadFixture(protocolFixture);
      const { Market, IsonomyGovernor, GovernanceToken, ProposalRules } = contracts;
      const { holder } = actors;
      await GovernanceToken.connect(holder).delegate(holder);
      await time.increase(3n * DAY + 1n);
      const call = Market.interface.encodeFunctionData("setTreasury", [holder.address]);
      const description = `Take the income\n#proposer=${holder.address}`;
      await expect(IsonomyGovernor.connect(holder).propose([Market], [0n], [call], description))
        .to.be.revertedWithCustomError(ProposalRules, "ProposalRules_NotYetAllowed")
        .withArgs(0n, 0n);
    });

    it("brings the market's fee into the treasury, fetched by anyone", async () => {
      const { contracts, actors, token, actions } = await loadFixture(marketFixture);
      const { Market, RevenueLedger, Treasury } = contracts;
      const { terms, list, orderFor } = actions;
      const offer = terms();
      await list(offer);
      await Market.connect(actors.buyer).purchase(offer, await orderFor(offer));
      const owed = await RevenueLedger.balanceOf(token, Treasury);
      expect(owed).to.equal((PRICE * 250n) / 10_000n);
      await expect(Treasury.connect(actors.stranger).collect(token)).to.changeTokenBalances(
        token,
        [Treasury, RevenueLedger],
        [owed, -owed],
      );
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
      await expect(Timelock.connect(deployer).updateDelay(3n * DAY))
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
        'There are no parameters for the network "nowhere". Create deploy/parameters/nowhere.json, or name a file by --parameters.',
      );
    });

    const cases: [string, (parameters: ProtocolParameters) => void, string][] = [
      [
        "a guardian that is no address",
        (p) => (p.governance.guardian = "nobody"),
        'governance.guardian is not an address: "nobody".',
      ],
      [
        "a delay of less than a day",
        (p) => (p.governance.minDelay = 86_399),
        "governance.minDelay must be a whole number from 86400 to 172800; it is 86399.",
      ],
      [
        "a delay above the shortest wait of a proposal",
        (p) => (p.governance.minDelay = 172_801),
        "governance.minDelay must be a whole number from 86400 to 172800; it is 172801.",
      ],
      [
        "a vote without time to count citizens",
        (p) => (p.governance.votingDelay = 172_799),
        "governance.votingDelay must be a whole number from 172800 to 1209600; it is 172799.",
      ],
      [
        "a vote of a day",
        (p) => (p.governance.votingPeriod = 86_400),
        "governance.votingPeriod must be a whole number from 259200 to 1814400; it is 86400.",
      ],
      [
        "a quorum of one percent",
        (p) => (p.governance.quorumPercent = 1),
        "governance.quorumPercent must be a whole number from 2 to 20; it is 1.",
      ],
      [
        "a threshold of nothing",
        (p) => (p.governance.proposalThreshold = "0"),
        'governance.proposalThreshold is not an amount of tokens above 0: "0".',
      ],
      [
        "a threshold that only large holders reach",
        (p) => (p.governance.proposalThreshold = "7500001"),
        "governance.proposalThreshold is above 0.75 % of the genesis supply",
      ],
      ["nobody who holds tokens", (p) => (p.governance.genesis = []), "governance.genesis is empty"],
      [
        "a holder that is no address",
        (p) => (p.governance.genesis[1]!.holder = "0x12"),
        'governance.genesis[1].holder is not an address: "0x12".',
      ],
      [
        "an amount that is no number",
        (p) => (p.governance.genesis[0]!.amount = "many"),
        'governance.genesis[0].amount is not an amount of tokens above 0: "many".',
      ],
      [
        "a cliff after everything has vested",
        (p) => (p.governance.genesis[4]!.cliff = 126_144_001),
        "governance.genesis[4].cliff must be a whole number from 0 to 126144000; it is 126144001.",
      ],
      [
        "insiders with more than a fifth",
        (p) => (p.governance.genesis[3]!.duration = 1),
        "governance.genesis gives more than a fifth of the tokens to lines that vest",
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
        (p) => (p.court.arbiters[2] = "0x"),
        'court.arbiters[2] is not an address: "0x".',
      ],
      [
        "a minority that decides",
        (p) => (p.court.threshold = 1),
        "court.threshold must be a whole number from 2 to 3; it is 1.",
      ],
      [
        "a threshold that cannot be reached",
        (p) => (p.court.threshold = 4),
        "court.threshold must be a whole number from 2 to 3; it is 4.",
      ],
    ];
    // claim(attacks#deployment): a benefit for the deployer among the parameters: tokens, the guardian's mandate, a
    //   seat on the panel
    it("refuse tokens or the guardian's mandate for the account that deploys", () => {
      const deployer = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
      const parameters = good();
      expect(() => requireNoPart(parameters, deployer)).to.not.throw();
      parameters.governance.genesis[2]!.holder = deployer.toLowerCase();
      expect(() => requireNoPart(parameters, deployer)).to.throw(
        "governance.genesis[2].holder is the account that deploys, which ends with nothing.",
      );
      parameters.governance.guardian = deployer;
      expect(() => requireNoPart(parameters, deployer)).to.throw("governance.guardian is the account that deploys");
    });

    for (const [title, damage, sentence] of cases) {
      it(`refuse ${title}, with the field and the value`, () => {
        const parameters = good();
        damage(parameters);
        expect(() => checkParameters(protocol, parameters)).to.throw(sentence);
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

/** Who holds a role of the timelock, from its events. */
async function holdersInTimelock({ Timelock }: Protocol, role: string): Promise<string[]> {
  const granted = await Timelock.queryFilter(Timelock.filters.RoleGranted(role));
  const revoked = (await Timelock.queryFilter(Timelock.filters.RoleRevoked(role))).map(({ args }) => args.account);
  return granted.map(({ args }) => args.account).filter((account) => !revoked.includes(account));
}
