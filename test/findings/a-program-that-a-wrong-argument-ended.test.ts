import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { marketFixture } from "../helpers/market";
import { bookOf } from "../support/bookOf";
import { clientsOf, methodsOf } from "../support/clients";
import { unhandledWhile } from "../support/unhandled";

/**
 * A read with an argument of the wrong kind, or on a node of another chain, was refused as it should be, and a second
 * promise inside it was refused too, which nobody awaited: Node ends a program for that. ethers encodes the arguments of an
 * event's filter as soon as the filter is made, and the filter was awaited only after a question to the node.
 */
describe("Finding: a wrong argument ended the program of an integrator", function () {
  this.timeout(120_000);

  const WRONG: Record<string, unknown> = {
    "an empty object": {},
    "a negative number": -1n,
    "a number where a bigint belongs": 1,
    "a text": "0x12",
    nothing: undefined,
    "the zero address": ZeroAddress,
  };

  for (const chain of ["of its own chain", "of another chain"]) {
    for (const [title, wrong] of Object.entries(WRONG)) {
      it(`no call of a client with ${title} leaves a failure that nobody awaits: on a node ${chain}`, async () => {
        const { contracts, actors } = await loadFixture(marketFixture);
        const book = await bookOf(contracts);
        const clients = clientsOf(chain === "of another chain" ? { ...book, chainId: 1 } : book, actors.other);
        const left: string[] = [];
        for (const [name, client] of Object.entries(clients)) {
          for (const method of methodsOf(client)) {
            const call = (client as unknown as Record<string, (...all: unknown[]) => unknown>)[method]!.bind(client);
            const unhandled = await unhandledWhile(async () => {
              // one after the other: what fails in none of them is another's
              await Promise.resolve()
                .then(() => call(wrong, wrong, wrong, wrong))
                .catch(() => undefined);
            });
            for (const reason of unhandled) left.push(`${name}.${method}: ${String(reason)}`);
          }
        }
        expect(left).to.deep.equal([]);
      });
    }
  }
});
