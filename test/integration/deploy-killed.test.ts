import { expect } from "chai";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Book } from "../../deploy/engine/book";
import type { Plan } from "../../deploy/engine/plan";
import { outcomeOf, startSite, type Site } from "../support/deployment";

/** How a process dies at a transaction. */
const DEATHS = [
  "before the network hears of the transaction",
  "after the network has it and before the answer",
  "after the answer, at the next question",
  "before the transaction is signed",
  "in the middle of writing the journal",
] as const;
type Death = (typeof DEATHS)[number];

// `npm run test:deploy-kill` sets it: every transaction, instead of one for each way to die and the last two.
const EVERY = process.env.DEPLOY_KILL === "every";

describe("A deployment that is killed", function () {
  this.timeout(EVERY ? 7_200_000 : 900_000);
  let undisturbed: Book;
  let steps: number;
  let site: Site;

  before(async () => {
    const calm = await startSite("sepolia");
    const { status, output } = await calm.deploy();
    expect(status, output).to.equal(0);
    undisturbed = await calm.book();
    steps = planIn(calm).steps.length;
    expect((await calm.census()).succeeded).to.equal(steps);
    await calm.close();
    site = await startSite("sepolia");
  });
  after(() => site.close());

  // claim(invariants#deployment): a deployment killed at any transaction, however it is killed, ends like an
  //   undisturbed one, with nothing created or called twice | nobody; the deployer pays twice
  it("at its transactions, in every way to die, goes on each time and ends as one that was left alone", async () => {
    const deaths = plannedDeaths(steps);
    let killed = 0;
    for (const [nth, death] of deaths) {
      const died = await dieAt(site, nth, death);
      if (died) killed++;
    }
    expect(killed).to.equal(deaths.length);
    const { status, output } = await site.deploy();
    expect(status, output).to.equal(0);

    expect(outcomeOf(await site.book())).to.deep.equal(outcomeOf(undisturbed));
    const { succeeded, failed, created } = await site.census();
    expect({ succeeded, failed }).to.deep.equal({ succeeded: steps, failed: 0 });
    expect(new Set(created).size).to.equal(created.length);
    const own = Object.values(planIn(site).contracts).filter(({ ownStep }) => ownStep);
    expect([...created].sort()).to.deep.equal(own.map(({ address }) => address).sort());
    expect((await site.verify()).status).to.equal(0);
  });

  // claim(attacks#deployment): a deployment started once more after its end
  it("does nothing when it is started once more after its end", async () => {
    const before = await site.census();
    const { status, output } = await site.deploy();
    expect(status, output).to.equal(0);
    expect(output).to.include(`${steps} of ${steps} steps are done`);
    expect(await site.census()).to.deep.equal(before);
  });

  /** The transactions at which to die, by their number among all that ever reach the proxy, and how. */
  function plannedDeaths(count: number): [number, Death][] {
    const all = Array.from({ length: count }, (_, i) => i + 1);
    const chosen = EVERY
      ? all
      : [...DEATHS.map((_, i) => 1 + Math.floor((i * (count - 2)) / DEATHS.length)), count - 1, count];
    return chosen.map((nth, i) => [nth, DEATHS[i % DEATHS.length]!]);
  }
});

/** Runs the deployment until its nth step sends its transaction, and kills it there. */
async function dieAt({ proxy, start, home, network }: Site, nth: number, death: Death): Promise<boolean> {
  const { child, ended } = start("deploy", ["--yes", "--parameters", join(home, "parameters.json")]);
  const folder = join(home, "deployments", network.name);
  const distinct = distinctTransactions(folder);
  let killed = false;
  const kill = (): void => {
    killed = true;
    child.kill("SIGKILL");
  };
  let answered = false;
  const stopListening = proxy.onTransaction((hash) => {
    distinct.add(hash);
    if (distinct.size !== nth || killed) return;
    if (death === "after the answer, at the next question") answered = true;
    else kill();
  });
  const stopRule = proxy.rule(({ method }) => {
    if (answered && method !== "eth_sendRawTransaction") kill();
    const held =
      death !== "after the network has it and before the answer" && death !== "after the answer, at the next question";
    return killed && held ? { kind: "timeout" } : undefined;
  });
  const { status, output } = await ended;
  stopListening();
  stopRule();
  if (!killed) throw new Error(`The deployment ended (status ${status}) before transaction ${nth}: ${output}`);
  if (death === "before the transaction is signed") {
    const outbox = join(folder, "outbox.jsonl");
    const lines = readFileSync(outbox, "utf8").split("\n");
    writeFileSync(outbox, lines.slice(0, -1).join("\n"));
  }
  if (death === "in the middle of writing the journal") {
    appendFileSync(join(folder, "journal.jsonl"), '\n{"type":"TRANSACTION_SEND","futureId":"Isono');
  }
  return status === null;
}

/** Transactions that earlier runs have signed. */
function distinctTransactions(folder: string): Set<string> {
  try {
    const lines = readFileSync(join(folder, "outbox.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return new Set(lines.map((line) => (JSON.parse(line) as { hash: string }).hash));
  } catch {
    return new Set();
  }
}

function planIn({ home, network }: Site): Plan {
  const file = join(home, "deployments", network.name, "plan.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { plan: Plan }).plan;
}
