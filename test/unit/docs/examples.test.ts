import { expect } from "chai";
import { transformSync } from "esbuild";
import { join } from "node:path";

import { cliErrors } from "../../../sdk/src/cli/errors";
import { clientErrors, contractErrors } from "../../../sdk/src/errors";
import * as main from "../../../sdk/src";
import { fairExchangeErrors, portablePlatform } from "../../../sdk/src/fairexchange";
import * as viem from "../../../sdk/src/market/viem";
import * as node from "../../../sdk/src/node";
import { sellerErrors } from "../../../sdk/src/seller";
import * as server from "../../../sdk/src/server";
import {
  checking,
  computedIn,
  examplesIn,
  preludeNames,
  problemsOf,
  withPrelude,
} from "../../../scripts/docs/lib/examples";
import { SdkPage } from "../../../scripts/docs/lib/sdkPage";
import { ROOT, Surface, lacking, programOf, sourceEntries, type Exported } from "../../../scripts/docs/lib/surface";

const PACKAGE: Readonly<Record<string, unknown>> = { ...main, ...viem, ...node, ...server };

/** Codes, and errors of contracts, that a comment names: `FILE_EMPTY`, `Market_SoldOut`, `GovernorAlreadyCastVote`. */
const CODE = /`([A-Z]+(?:_[A-Z0-9]+)+|[A-Z][A-Za-z]+_[A-Z][A-Za-z]+|(?:Governor|ERC)[A-Z0-9][A-Za-z0-9]+)`/g;

const SMALL = `
/** A room. */
export class Room {
  /**
   * Says so.
   * @param words There are none.
   */
  said(): void {}
  silent(): void {}
  private hidden(): void {}
  #own(): void {}
}
/**
 * Opens it.
 * @example
 * \`\`\`ts
 * open();
 * \`\`\`
 */
export function open(): void {}
export const shut = (): void => {};
export interface Bare { readonly size: number }
/**
 * Counts.
 * @example
 * count();
 */
export const count = (): number => 0;
`;

const WRITTEN = `
/** How large. */
export interface Size { readonly value: bigint }
const STATES = ["open", "shut"] as const;
/** Whether it is open. */
export type State = (typeof STATES)[number];
/** How many there may be. */
export const MOST: number = 4;
abstract class Hidden {
  /** What it is called. */
  readonly name: string = "";
  constructor(size: Size, { name = "" }: { name?: string } = {}) { void size; void name; }
  /**
   * Sells it.
   * @param price In wei.
   * @returns What is left.
   * @throws \`SOLD_OUT\` at the end.
   * @example
   * \`\`\`ts
   * room.sell(1n);
   * \`\`\`
   */
  sell(price: bigint, times = 1): Promise<Size> { return Promise.reject(new Error(String(price) + times)); }
  protected hidden(): void {}
}
/** A room. */
export class Room extends Hidden {}
/** Makes one. */
export const make = <T extends Size>(size: T): T => size;
`;

const PAGE = `## Classes and functions

### Room

From \`isonomy/small\`.

\`\`\`ts
new Room(size: Size, options?: { name?: string });
\`\`\`

Types: [\`Size\`](other.md#size).

A room.

- \`name: string\`: What it is called.

#### Room.sell

\`\`\`ts
sell(price: bigint, times?: number): Promise<Size>;
\`\`\`

Types: [\`Size\`](other.md#size).

Sells it.

- \`price\`: In wei.

Returns: What is left.

Throws: \`SOLD_OUT\` at the end.

\`\`\`ts
room.sell(1n);
\`\`\`

### make

From \`isonomy/small\`.

\`\`\`ts
function make<T extends Size>(size: T): T;
\`\`\`

Types: [\`Size\`](other.md#size).

Makes one.

## Constants

### MOST

From \`isonomy/small\`.

\`\`\`ts
const MOST: number;
\`\`\`

How many there may be.

## Types

### Size

From \`isonomy/small\`.

\`\`\`ts
interface Size { readonly value: bigint }
\`\`\`

How large.

### State

From \`isonomy/small\`.

\`\`\`ts
type State = "open" | "shut";
\`\`\`

Whether it is open.
`;

describe("The comments of the package", function () {
  this.timeout(300_000);
  const program = withPrelude(new Map());
  const surface = new Surface(program);

  it("are there for each name that an entry exports, and have an example for what is called", () => {
    expect([...sourceEntries().keys()]).to.include.members([
      "isonomy",
      "isonomy/node",
      "isonomy/viem",
      "isonomy/reading",
    ]);
    const all = surface.all();
    const count = (kind: Exported["kind"]): number => all.filter((one) => one.kind === kind).length;
    expect([count("function"), count("method"), count("class"), count("type")].every((one) => one > 20)).to.equal(true);
    expect(all.flatMap(lacking)).to.deep.equal([]);
  });

  it("are missed where there are none", () => {
    const file = join(ROOT, "sdk/src/small.ts");
    const small = new Surface(programOf(new Map([[file, SMALL]])), new Map([["isonomy/small", "sdk/src/small.ts"]]));
    expect(small.all().flatMap(lacking).sort()).to.deep.equal([
      "Bare (sdk/src/small.ts) has no comment",
      "Room (sdk/src/small.ts) has no @example",
      "Room.said (sdk/src/small.ts) has a @param for words, which it does not take",
      "Room.said (sdk/src/small.ts) has no @example",
      "Room.silent (sdk/src/small.ts) has no @example",
      "Room.silent (sdk/src/small.ts) has no comment",
      "count (sdk/src/small.ts) has an @example that is no block of TypeScript",
      "shut (sdk/src/small.ts) has no @example",
      "shut (sdk/src/small.ts) has no comment",
    ]);
  });

  it("become a page of the reference, with imports, signature, links, errors and example", () => {
    const file = join(ROOT, "sdk/src/small.ts");
    const small = new Surface(programOf(new Map([[file, WRITTEN]])), new Map([["isonomy/small", "sdk/src/small.ts"]]));
    const places = new Map(
      [...small.exported.keys()].map((name) => [name, { page: "small", anchor: name.toLowerCase() }]),
    );
    places.set("Size", { page: "other", anchor: "size" });
    const text = new SdkPage(small, places, "small").sections(small.names).join("\n");
    expect(text).to.equal(PAGE);
  });

  it("have examples that compile in strict mode; what is wrong in one is found", () => {
    const examples = examplesIn(surface, preludeNames(program));
    expect(examples.length).to.be.greaterThan(300);
    const wrong = {
      name: join(ROOT, "example-wrong.ts"),
      text: 'import { MarketClient } from "isonomy";\nvoid ({} as MarketClient).purchase(5);\n',
    };
    const problems = problemsOf([...examples, wrong]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/^example-wrong\.ts:2: .*'number'/);
  });

  it("have examples that come to what they say, where they compute and nothing else", () => {
    const given = {
      platform: portablePlatform,
      leaves: Array.from({ length: 5 }, (_, at) => new Uint8Array(32).fill(at)),
    };
    const computed = computedIn(surface, preludeNames(program), new Set(Object.keys(given)));
    let said = 0;
    const is = (result: unknown, expected: unknown): void => {
      said++;
      expect(result).to.deep.equal(expected);
    };
    const quiet = { log: () => undefined, error: () => undefined };
    for (const { name, body, uses } of computed) {
      const { code } = transformSync(checking(body), { loader: "ts", target: "es2022" });
      const names = Object.fromEntries(uses.map((one) => [one, PACKAGE[one]]));
      const scope = { ...names, ...given, is, console: quiet };
      const run = new Function(...Object.keys(scope), code) as (...values: unknown[]) => void;
      expect(() => run(...Object.values(scope)), `the example of ${name}`).to.not.throw();
    }
    expect(computed.length).to.be.greaterThan(40);
    expect(said).to.be.greaterThan(10);
  });

  it("name no error that there is not", () => {
    const known = new Set(
      [clientErrors, contractErrors, cliErrors, fairExchangeErrors, sellerErrors, server.serverErrors].flatMap(
        Object.keys,
      ),
    );
    const named = surface
      .all()
      .flatMap(({ name, text, tags }) =>
        [text, ...tags.filter((tag) => tag.name !== "example").map((tag) => tag.text)].flatMap((one) =>
          [...one.matchAll(CODE)].map(([, code]) => ({ name, code: code! })),
        ),
      );
    // constants of the package look like codes
    const wrong = named.filter(({ code }) => !known.has(code) && !surface.exported.has(code));
    expect(named.length).to.be.greaterThan(200);
    expect(wrong).to.deep.equal([]);
  });
});
