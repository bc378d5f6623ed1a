import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { Splitter } from "../../../typechain-types";
import { CARD } from "../../helpers/fixture";
import { NATIVE } from "../../helpers/market";
import { property, SEED } from "../../support/properties/property";
import { BPS, lineageFixture, MAX_BPS, YEAR } from "./fixture";

/** Models that may have parents, ids 9 to 14, after eight that have none. */
const [FIRST, LAST] = [9n, 14n];
/** More units than any number of parents can be due at once. */
const ENOUGH = 16n;

interface Model {
  /** Which of the older models are its parents, each with its part of what is left of the highest sum. */
  parents: { older: number; part: bigint }[];
  /** Whether its account is its payee. */
  inForce: boolean;
}
type Step =
  | { does: "credit" | "send"; model: number; coin: boolean; amount: bigint }
  | { does: "drip"; model: number; coin: boolean; units: bigint[] }
  | { does: "settle" | "gather"; model: number; coin: boolean }
  | { does: "sell"; model: number; to: number };

const model = fc.nat({ max: 5 });
const amount = fc.oneof(
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 1n, max: 1_000_003n }),
  fc.bigInt({ min: 1n, max: 2n ** 64n }),
);
const coin = fc.boolean();
/** Equal parts fall due at once. */
const part = fc.oneof(fc.constantFrom(625n, 1_250n, 2_500n), fc.bigInt({ min: 1n, max: MAX_BPS }));
/** Credits of a few units, each with a settlement. */
const units = fc.array(fc.bigInt({ min: 1n, max: 3n }), { minLength: 1, maxLength: 12 });
const anyModel: fc.Arbitrary<Model> = fc.record({
  parents: fc.uniqueArray(fc.record({ older: fc.nat({ max: 13 }), part }), {
    selector: ({ older }) => older,
    minLength: 1,
    maxLength: 8,
  }),
  inForce: fc.boolean(),
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom("credit" as const, "send" as const), model, coin, amount }),
  fc.record({ does: fc.constant("drip" as const), model, coin, units }),
  fc.record({ does: fc.constant("settle" as const), model, coin }),
  fc.record({ does: fc.constant("gather" as const), model, coin }),
  fc.record({ does: fc.constant("sell" as const), model, to: fc.nat({ max: 3 }) }),
);
const anyHistory = fc.record({
  models: fc.array(anyModel, { minLength: Number(LAST - FIRST) + 1, maxLength: Number(LAST - FIRST) + 1 }),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 16 }),
});

type Pair = [modelId: bigint, bps: bigint];

/** Parents of a model in ascending order; those that are not older are left out, and the first stands where none is left. */
function parentsIn({ parents }: Model, modelId: bigint): Pair[] {
  const older = parents.map(({ older, part }): Pair => [BigInt(older) + 1n, part]).filter(([id]) => id < modelId);
  const chosen = older.length === 0 ? [[1n, parents[0].part] as Pair] : older;
  let left = MAX_BPS;
  const sorted = chosen.sort(([a], [b]) => Number(a - b));
  return sorted.map(([id, part], i): Pair => {
    // leaves a basis point for each of the others
    const most = left - BigInt(sorted.length - 1 - i);
    const bps = part < most ? part : most;
    left -= bps;
    return [id, bps];
  });
}

/** Balances by name of the token and address, and nothing else. */
class Book {
  readonly #amounts = new Map<string, bigint>();
  of = (token: string, account: string): bigint => this.#amounts.get(token + account) ?? 0n;
  add(token: string, account: string, amount: bigint) {
    this.#amounts.set(token + account, this.of(token, account) + amount);
  }
}

/** Six models whose parents are drawn from all older ones, and what any steps do to them by a plain book. */
const passesOn = property(
  "pays out exactly what came in, to each parent the floor of its share of all of it, in any order of calls",
  anyHistory,
  async (
    { registry, ledger, lineage, token, holders, actors, actions }: Awaited<ReturnType<typeof lineageFixture>>,
    { models, steps },
  ) => {
    const { creator, buyer, stranger } = actors;
    const people = [creator, buyer, stranger, holders[0]];
    const tokens = [await token.getAddress(), NATIVE];
    for (let id = FIRST + 2n; id <= LAST; id++) await registry.connect(creator).createModel(CARD, 0n);
    const until = BigInt(await time.latest()) + YEAR;
    for (let id = 1n; id <= LAST; id++) await lineage.connect(actions.holderOf(id)).setOpenTerms(id, 1n, until);

    const parents = models.map((one, i) => parentsIn(one, FIRST + BigInt(i)));
    const accounts: Splitter[] = [];
    const payees = new Map<bigint, string>();
    const titles = new Map<bigint, string>();
    for (let id = 1n; id <= LAST; id++) titles.set(id, actions.holderOf(id).address);
    for (const [i, pairs] of parents.entries()) {
      const id = FIRST + BigInt(i);
      const structs = pairs.map(([modelId, bps]) => ({ modelId, bps }));
      await lineage.connect(creator).create(
        id,
        structs,
        pairs.map(() => "0x"),
      );
      const account = await lineage.accountOf(id);
      accounts.push(await ethers.getContractAt("Splitter", account));
      if (!models[i].inForce) continue;
      await registry.connect(creator).fixPayee(id, account);
      payees.set(id, account);
    }
    const addresses = await Promise.all(accounts.map((account) => account.getAddress()));

    const [book, sent, passed, toParents] = [new Book(), new Book(), new Book(), new Book()];
    const owed = new Book();
    const keyOf = (child: number, parent: bigint) => `${child}<${parent}`;

    /** What a settlement does to the book. */
    function settleInBook(child: number, of: string): bigint {
      const account = addresses[child];
      const [due, before] = [book.of(of, account), passed.of(of, account)];
      const shares = parents[child].map(([, bps]) => ((before + due) * bps) / BPS - (before * bps) / BPS);
      const rest = shares.reduce((left, share) => left - share, due);
      if (rest < 0n) {
        expect(due < ENOUGH, "what waits is little").to.equal(true);
        return 0n;
      }
      book.add(of, account, -due);
      passed.add(of, account, due);
      parents[child].forEach(([parent], i) => {
        book.add(of, payees.get(parent) ?? titles.get(parent)!, shares[i]);
        toParents.add(of, keyOf(child, parent), shares[i]);
      });
      book.add(of, titles.get(FIRST + BigInt(child))!, rest);
      return due;
    }

    /** Settles, and expects what the book says. */
    async function settle(child: number, of: string) {
      const returned = await accounts[child].connect(stranger).settle.staticCall(of);
      await accounts[child].connect(stranger).settle(of);
      expect(returned).to.equal(settleInBook(child, of));
      expect(await accounts[child].distributed(of)).to.equal(passed.of(of, addresses[child]));
    }

    async function gather(child: number, of: string) {
      const waiting = sent.of(of, addresses[child]);
      expect(await accounts[child].gather.staticCall(of)).to.equal(waiting);
      await accounts[child].connect(stranger).gather(of);
      sent.add(of, addresses[child], -waiting);
      book.add(of, addresses[child], waiting);
      owed.add(of, "", waiting);
    }

    async function credit(child: number, of: string, amount: bigint) {
      await actions.credit(addresses[child], amount, of);
      book.add(of, addresses[child], amount);
      owed.add(of, "", amount);
    }

    for (const step of steps) {
      const [child, id] = [step.model, FIRST + BigInt(step.model)];
      if (step.does === "sell") {
        const seller = people.find(({ address }) => address === titles.get(id))!;
        await registry.connect(seller).transferFrom(seller, people[step.to], id);
        titles.set(id, people[step.to].address);
        continue;
      }
      const of = tokens[Number(step.coin)];
      if (step.does === "settle") await settle(child, of);
      if (step.does === "gather") await gather(child, of);
      if (step.does === "credit") await credit(child, of, step.amount);
      if (step.does === "drip") {
        for (const unit of step.units) {
          await credit(child, of, unit);
          await settle(child, of);
        }
      }
      if (step.does === "send") {
        if (of === NATIVE) await stranger.sendTransaction({ to: addresses[child], value: step.amount });
        else await token.mint(addresses[child], step.amount);
        sent.add(of, addresses[child], step.amount);
      }
    }

    // the youngest first, so that what climbs is passed on by the next
    for (const of of tokens) {
      for (let child = accounts.length - 1; child >= 0; child--) {
        await gather(child, of);
        await settle(child, of);
        const total = passed.of(of, addresses[child]);
        for (const [parent, bps] of parents[child]) {
          expect(toParents.of(of, keyOf(child, parent)), "a parent's total").to.equal((total * bps) / BPS);
        }
        expect(book.of(of, addresses[child]) < ENOUGH, "what is left").to.equal(true);
      }
      const everyone = new Set([...addresses, ...titles.values(), ...people.map(({ address }) => address)]);
      let sum = 0n;
      for (const one of everyone) {
        const balance = await ledger.balanceOf(of, one);
        expect(balance, one).to.equal(book.of(of, one));
        sum += balance;
      }
      for (let id = 1n; id <= LAST; id++) expect(await registry.ownerOf(id)).to.equal(titles.get(id));
      expect(sum, "all that came in").to.equal(owed.of(of, ""));
      expect(await ledger.totalOwed(of)).to.equal(sum);
    }
  },
);

// claim(invariants#market-and-escrow): an account of a child pays out exactly what came in, and to
//   each parent its share of the running total, rounded down once | who settles in parts, at the cost of a parent
describe(`Splitter, any history of a family of models (seed ${SEED})`, () => {
  it(passesOn.title, () => passesOn.assert(lineageFixture)).timeout(300_000);
});
