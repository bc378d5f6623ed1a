import { id, type Contract, type JsonRpcSigner } from "ethers";

import { namesIn } from "../../deploy/engine/addresses";
import type { Deployment } from "../../sdk/src/addresses";
import { CitizenClient, GovernanceClient, signAttestation, type ProposalFile } from "../../sdk/src/governance";
import { describeSimulation, loadProposal, simulateProposal } from "../lib/proposals";
import type { NamedContract } from "../lib/simulate";
import { DECIMALS, UNIT, type JobContext, type Parts } from "./parts";
import { amount, type Report, type Step } from "./ui";

/** `holder`, `founder` and `delegate` are holders of the genesis supply, as the parameters of the local deployment name them. */
const ACCOUNTS = { holder: 1, founder: 3, saver: 18, delegate: 19, issuer: 6, citizen: 5 } as const;
type Actor = keyof typeof ACCOUNTS;

const DAY = 86_400n;
const SEASONING = 30n * DAY;
const YEAR = 365n * DAY;
/** Units count that were held three days before the snapshot already. */
const BEFORE_PROPOSING = 4n * DAY;
const PRICE = 10_000_000n;
const NEW_FEE_BPS = 200n;
const BPS = 10_000n;

/** The chapter on the government: people get credentials, a proposal lowers the fee, and the next sale pays the new one. */
export function government(parts: Parts): Step<JobContext>[] {
  const accounts = {} as Record<Actor, JsonRpcSigner>;
  let book: Deployment;
  let addresses: Record<string, string>;
  let contracts: NamedContract[];
  let proposalId: bigint;

  const dao = (actor: Actor): GovernanceClient => new GovernanceClient(book, accounts[actor]);
  const citizens = (actor: Actor): CitizenClient => new CitizenClient(book, accounts[actor]);
  const now = async (): Promise<bigint> => BigInt((await parts.provider.getBlock("latest"))!.timestamp);

  const waitUntil = async (time: bigint): Promise<void> => {
    if (time <= (await now())) return;
    await parts.provider.send("evm_setNextBlockTimestamp", [`0x${time.toString(16)}`]);
    await parts.provider.send("hardhat_mine", ["0x1"]);
  };

  /** Takes a proposal from its first vote to its execution, waiting as long as the rules say. */
  const pass = async (report: Report, voters: readonly Actor[]): Promise<void> => {
    const watcher = dao("holder");
    await waitUntil((await watcher.status(proposalId)).votingFrom + 1n);
    for (const voter of voters) report.spent(await dao(voter).vote(proposalId, "for"));
    await waitUntil((await watcher.status(proposalId)).votingUntil + 1n);
    report.spent(await watcher.queue(proposalId));
    await waitUntil((await watcher.status(proposalId)).executableFrom + 1n);
    report.spent(await watcher.execute(proposalId));
    const { state } = await watcher.status(proposalId);
    if (state !== "executed") throw new Error(`The proposal is ${state}, not executed. Report this as a fault.`);
  };

  const load = (context: JobContext, name: string): Promise<ProposalFile> =>
    loadProposal(context.root, `proposals/${name}.ts`, addresses);

  return [
    {
      title: "Delegate, and vote an issuer of credentials in",
      run: async (context, report) => {
        for (const actor of Object.keys(ACCOUNTS) as Actor[]) {
          accounts[actor] = await parts.provider.getSigner(ACCOUNTS[actor]);
        }
        book = parts.deployment.book;
        addresses = { ...namesIn(book), FirstIssuer: accounts.issuer.address };
        contracts = Object.entries(parts.deployment.protocol).map(([name, contract]) => ({
          name,
          address: addresses[name]!,
          abi: (contract as unknown as Contract).interface,
        }));
        for (const [from, to] of [
          ["holder", "holder"],
          ["founder", "founder"],
          ["saver", "delegate"],
          ["delegate", "delegate"],
        ] as const) {
          report.spent(await dao(from).delegate(accounts[to].address));
        }
        await waitUntil((await now()) + BEFORE_PROPOSING);
        proposalId = await dao("holder").propose(await load(context, "appoint-first-issuer"));
        await pass(report, ["holder", "founder", "delegate"]);
        report.say("four holders, one of whom voted through a delegate");
      },
    },
    {
      title: "Become citizens",
      run: async (_context, report) => {
        const people = ["holder", "delegate", "citizen"] as const;
        for (const person of people) {
          const { address } = accounts[person];
          const time = await now();
          const attestation = {
            account: address,
            issuerId: 1,
            nullifier: id(`person ${person}`),
            claimHash: id(`salt of ${person}`),
            validUntil: time + YEAR,
            deadline: time + DAY,
            nonce: await citizens(person).nonce(address),
          };
          const signature = await signAttestation(
            accounts.issuer,
            book.contracts.CitizenRegistry,
            parts.chainId,
            attestation,
          );
          report.spent((await citizens(person).present(attestation, signature)).receipt);
        }
        await waitUntil((await now()) + SEASONING);
        for (const person of people) report.spent(await dao("holder").reweigh(accounts[person].address));
        const { citizens: count, phase } = await citizens("holder").standing();
        if (count !== BigInt(people.length)) throw new Error(`${count} citizens are counted. Report this as a fault.`);
        report.say(`${count} people are counted a month later; the DAO is in phase ${phase}`);
      },
    },
    {
      title: "Propose a lower fee, and see what it changes before it is sent",
      run: async (context, report) => {
        const file = await load(context, "lower-protocol-fee");
        const simulation = await simulateProposal(parts.url, file, book.contracts.Timelock, contracts);
        if (simulation.changes.length !== 1)
          throw new Error("The simulation found another change than the one proposed.");
        await waitUntil((await now()) + BEFORE_PROPOSING);
        proposalId = await dao("delegate").propose(file);
        report.say(`proposal ${proposalId}: ${file.title}`);
        report.show(describeSimulation(simulation));
      },
    },
    {
      title: "Vote, wait and carry it out",
      run: async (_context, report) => {
        const started = await now();
        // somebody without a single token votes too: in the house of citizens
        await pass(report, ["holder", "founder", "delegate", "citizen"]);
        const { citizens: house, kind } = await dao("holder").status(proposalId);
        if (house.for !== 3n) throw new Error(`${house.for} citizens are counted for it. Report this as a fault.`);
        const days = ((await now()) - started) / DAY;
        report.say(`${kind}: both houses for it, ${house.for} citizens among them; carried out after ${days} days`);
      },
    },
    {
      title: "Sell at the new fee",
      run: async (_context, report) => {
        const { token } = parts.deployment;
        const payToken = parts.deployment.book.tokens.TestToken.address;
        const seller = parts.client("creator");
        const earned = (): Promise<bigint> => seller.earned(payToken, book.contracts.Treasury);
        const before = await earned();
        const { versionId } = parts.version;
        const { offer, receipt } = await seller.createOffer({ versionId, payToken, price: PRICE, supply: 1n });
        report.spent(receipt);
        const { buyer } = parts.accounts;
        report.spent((await (await token.connect(buyer).mint(buyer.address, PRICE)).wait())!);
        const bought = await parts.client("buyer").purchase(offer, { maxPrice: PRICE });
        report.spent(bought.receipt);
        const fee = (await earned()) - before;
        if (fee !== (PRICE * NEW_FEE_BPS) / BPS)
          throw new Error(`The sale paid a fee of ${fee}. Report this as a fault.`);
        report.say(`${amount(fee, DECIMALS, UNIT)} of ${amount(PRICE, DECIMALS, UNIT)} go to the treasury of the DAO`);
      },
    },
  ];
}
