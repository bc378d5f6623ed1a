import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable, pipeline } from "node:stream";

import { expect } from "chai";
import express from "express";

import { expressGuard, type LicenseGate, type VoucherBook } from "../../../sdk/src/server";
import { closeAll, listening } from "./fixture";

describe("A charge by the shell for express", () => {
  afterEach(closeAll);

  /** A server whose handler writes a piece, and then does as it is told. Says how often charges were taken back. */
  async function serve(rest: (response: ServerResponse) => unknown) {
    const { origin, server } = await listening();
    let undone = 0;
    const gate = { admit: async () => ({ licenseId: 1n, user: "0x" }) } as unknown as LicenseGate;
    const charge = { used: 1n, paid: 2n, undo: () => void undone++ };
    const book = { charge: async () => charge } as unknown as VoucherBook<unknown>;
    const app = express();
    let ended: Promise<unknown> | undefined;
    app.get("/", expressGuard(gate, { book }), (_, response) => {
      ended = once(response, "close");
      rest(response);
    });
    server.on("request", app as unknown as (asked: IncomingMessage, response: ServerResponse) => void);
    /** Asks, reads what comes, and leaves after the first piece if told so. */
    const undoneAfter = async (leaves = false): Promise<number> => {
      const asked = httpRequest(origin, { agent: false });
      asked.on("error", () => undefined);
      asked.on("response", (answer: IncomingMessage) => {
        answer.on("error", () => undefined);
        answer.on("data", () => leaves && asked.destroy());
      });
      asked.end();
      await once(asked, "close");
      await ended;
      return undone;
    };
    return undoneAfter;
  }
  const piece = (response: ServerResponse) => response.write("a piece");

  it("is taken back where the handler breaks its answer off, or never finishes one of 500", async () => {
    const broken = await serve((response) => (piece(response), setTimeout(() => response.destroy(), 20)));
    expect(await broken()).to.be.greaterThan(0);
    const failed = await serve((response) => {
      const pieces = async function* () {
        yield "a piece";
        throw new Error("the model failed");
      };
      pipeline(Readable.from(pieces()), response, () => undefined);
    });
    expect(await failed()).to.be.greaterThan(0);
    const refused = await serve((response) => ((response.statusCode = 503), piece(response)));
    expect(await refused(true)).to.be.greaterThan(0);
  });

  it("stays where the answer was sent, and where the client left before its end", async () => {
    const whole = await serve((response) => (piece(response), response.end()));
    expect(await whole()).to.equal(0);
    // one that could leave before the last byte would pay for nothing
    const left = await serve(piece);
    expect(await left(true)).to.equal(0);
  });
});
