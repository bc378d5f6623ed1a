import { expect } from "chai";
import fc from "fast-check";

import { Book, type State, type Told } from "../../../app/src/chain/thread/book";

const cursor = (number: number) => ({ number, hash: `0x${number}`, before: [] });
const version = (model: number): bigint => (BigInt(model) << 16n) | 1n;
const MODELS = 3;

/** What may happen in a block; an offer is known by a letter. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant("listed" as const), name: fc.constantFrom("a", "b", "c"), model: fc.nat(MODELS - 1) }),
  fc.record({ kind: fc.constantFrom("revoked" as const, "sold" as const), name: fc.constantFrom("a", "b", "c", "d") }),
  fc.record({ kind: fc.constantFrom("refunded" as const, "touched" as const), model: fc.nat(MODELS - 1) }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** The events of one branch of a chain: an offer is of the version that it was listed for. */
function told(blocks: readonly (readonly Happening[])[], first: number): Told[][] {
  return blocks.map((events, at) =>
    events.map((one): Told => {
      const block = first + at;
      switch (one.kind) {
        case "listed": {
          const termsHash = `${one.name}${one.model}`;
          const offer = { versionId: version(one.model) } as never;
          return {
            ...{ kind: "listed", block },
            offer: { termsHash, offer, listedAt: { blockNumber: block, index: 0 }, blockHash: `0x${block}` },
          };
        }
        case "revoked":
          return { kind: "revoked", block, termsHash: `${one.name}0` };
        case "sold":
          return { kind: "sold", block, termsHash: `${one.name}0`, versionId: version(0) };
        case "refunded":
          return { kind: "refunded", block, versionId: version(one.model) };
        case "touched":
          return { kind: "touched", block, modelId: BigInt(one.model) };
      }
    }),
  );
}

function apply(book: Book, blocks: readonly Told[][], first: number): void {
  for (const [at, events] of blocks.entries()) book.apply(events, cursor(first + at));
}

/** What events tell, without the order in which it was told. */
const facts = ({ state }: { state: State }) => ({
  offers: [...state.offers].sort((a, b) => (a.termsHash < b.termsHash ? -1 : 1)),
  sales: [...state.sales].sort(([a], [b]) => Number(a - b)),
});

describe("The book of a chain", () => {
  it("knows after a reorg what it would know had the other branch never been, also when it was kept meanwhile", () => {
    const branch = fc.array(fc.array(happening, { maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(branch, branch, branch, fc.boolean(), (common, lost, won, isKept) => {
        const [fork, honest] = [common.length, new Book()];
        let book = new Book();
        apply(honest, told(common, 1), 1);
        apply(book, told([...common, ...lost], 1), 1);
        if (isKept) {
          const { state } = book;
          book = new Book();
          book.load(structuredClone(state));
        }
        expect(book.undo(fork, cursor(fork))).to.equal(true);
        expect(facts(book)).to.deep.equal(facts(honest));
        apply(honest, told(won, fork + 1), fork + 1);
        apply(book, told(won, fork + 1), fork + 1);
        expect(facts(book)).to.deep.equal(facts(honest));
      }),
    );
  });

  it("says when a reorg is deeper than the 256 blocks that it can take back", () => {
    const listed = (block: number) => told([[{ kind: "listed", name: "a", model: 0 }]], block)[0]!;
    const at = (block: number): Book => {
      const book = new Book();
      book.apply(listed(10), cursor(10));
      book.apply([], cursor(block));
      return book;
    };
    const near = at(10 + 255);
    expect([near.undo(9, cursor(9)), near.offers.size]).to.deep.equal([true, 0]);
    const far = at(10 + 256);
    expect([far.undo(9, cursor(9)), far.offers.size]).to.deep.equal([false, 1]);
    far.reset();
    expect(facts(far)).to.deep.equal({ offers: [], sales: [] });
    expect([...far.takeChanges().offers]).to.deep.equal([["a0", undefined]]);
  });

  it("reads a model again after something happened to it, whichever is told first", () => {
    const block = (number: number) => ({ number, hash: `0x${number}` });
    const model = (modelId: bigint) => ({ modelId, newest: { versionId: 0n } }) as never;
    const book = new Book();
    book.count = 3n;
    expect(book.missing(2)).to.deep.equal({ first: 3n, length: 2 });
    book.putModels([model(3n), model(1n)], block(5));
    expect(book.missing(9)).to.deep.equal({ first: 2n, length: 1 });
    book.apply(
      [
        { kind: "touched", block: 6, modelId: 3n },
        { kind: "touched", block: 5, modelId: 1n },
      ],
      cursor(6),
    );
    expect(book.missing(9)).to.deep.equal({ first: 3n, length: 2 });
    book.putModels([model(3n)], block(6));
    book.apply([{ kind: "touched", block: 9, modelId: 2n }], cursor(9));
    book.putModels([model(2n)], block(8));
    expect(book.missing(9)).to.deep.equal({ first: 2n, length: 1 });
    book.putModels([model(2n)], block(9));
    expect(book.missing(9)).to.equal(undefined);
    // an older answer that comes late changes nothing
    book.putModels([model(2n)], block(7));
    expect([book.missing(9), book.models.get(2n)!.block.number]).to.deep.equal([undefined, 9]);
    book.undo(5, cursor(5));
    expect([...book.models.keys()]).to.deep.equal([1n]);
  });
});
