import { expect } from "chai";

import { Sent } from "../../../sdk/src/chain/sent";
import { isIsonomyError } from "../../../sdk/src/errors";
import { unhandledWhile } from "../../support/unhandled";

const HASH = `0x${"11".repeat(32)}`;

const refused = (): Sent<never> => Sent.begin(() => Promise.reject(new Error("no")));

describe("Sent: a write on its way", () => {
  it("has its hash before its result", async () => {
    let finish!: (value: string) => void;
    const mined = new Promise<string>((resolve) => (finish = resolve));
    const sent = Sent.begin((tell) => (tell(HASH), mined));
    let done = false;
    void sent.then(() => (done = true));
    expect(await sent.hash).to.equal(HASH);
    expect(done, "the result is not there yet").to.equal(false);
    finish("bought");
    expect(await sent).to.equal("bought");
    expect(await sent.wait()).to.equal("bought");
  });

  it("is a promise for those who ask, and what follows from it is an ordinary one", async () => {
    const sent = Sent.begin(async (tell) => (tell(HASH), 1));
    expect(sent).to.be.instanceOf(Promise).and.instanceOf(Sent);
    for (const next of [sent.then(), sent.catch(() => 0), sent.finally(() => undefined), sent.wait()]) {
      expect(next).to.be.instanceOf(Promise).and.not.instanceOf(Sent);
      expect(await next).to.equal(1);
    }
    expect(await Promise.all([sent, sent])).to.deep.equal([1, 1]);
  });

  it("keeps the first hash that was told", async () => {
    const sent = Sent.begin(async (tell) => (tell(HASH), tell("0x22"), undefined));
    expect(await sent.hash).to.equal(HASH);
  });

  it("fails its hash and its result with one decoded error, also by a mistake before the first await", async () => {
    const works = [
      () => Promise.reject(new Error("no")),
      () => {
        throw new Error("no");
      },
    ];
    for (const work of works) {
      const sent = Sent.begin(work);
      const [hash, result] = await Promise.allSettled([sent.hash, sent]);
      expect(hash.status).to.equal("rejected");
      const error = (result as PromiseRejectedResult).reason as unknown;
      expect(isIsonomyError(error, "UNEXPECTED")).to.equal(true);
      expect((hash as PromiseRejectedResult).reason).to.equal(error);
    }
  });

  it("keeps its hash when it fails after it was sent", async () => {
    const sent = Sent.begin(async (tell) => {
      tell(HASH);
      throw new Error("replaced");
    });
    expect(await sent.hash).to.equal(HASH);
    expect((await Promise.allSettled([sent]))[0].status).to.equal("rejected");
  });

  it("ends no program by a hash that nobody reads, nor by a result that nobody waits for after reading the hash", async () => {
    const unhandled = await unhandledWhile(async () => {
      await refused().catch(() => undefined);
      await refused()
        .wait()
        .catch(() => undefined);
      await refused().hash.catch(() => undefined);
    });
    expect(unhandled).to.deep.equal([]);
  });

  it("is an unhandled rejection like any other promise when nobody reads anything of it", async () => {
    expect(await unhandledWhile(async () => void refused())).to.have.lengthOf(1);
  });
});
