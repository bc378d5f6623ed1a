import { expect } from "chai";

import { decodeError } from "../../sdk/src/errors/decode";
import { IsonomyError, isIsonomyError } from "../../sdk/src/base/error";

const FILE = require.resolve("../../sdk/src/base/error");

/** The same module once more, as a program gets it that loads the package by `import` and by `require`. */
function anotherCopy(): typeof import("../../sdk/src/base/error") {
  const loaded = require.cache[FILE];
  delete require.cache[FILE];
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a second copy is loaded in no other way
    return require(FILE) as typeof import("../../sdk/src/base/error");
  } finally {
    require.cache[FILE] = loaded;
  }
}

describe("Finding: an error that another copy of the package made is not known", () => {
  const other = anotherCopy();
  const error = new other.IsonomyError({ code: "TIMEOUT", message: "Late.", reason: "Slow.", fix: "Wait.", args: {} });

  it("is of another class", () => {
    expect(error).not.to.be.instanceOf(IsonomyError);
  });

  it("is known all the same, with its code", () => {
    expect(isIsonomyError(error)).to.equal(true);
    expect(isIsonomyError(error, "TIMEOUT")).to.equal(true);
    expect(isIsonomyError(error, "UNEXPECTED")).to.equal(false);
  });

  it("is decoded as it is, and not wrapped as something unexpected", () => {
    expect(decodeError(error)).to.equal(error);
  });

  it("is not claimed by an object that only looks like one", () => {
    const { code, message, reason, fix, args } = error;
    expect(isIsonomyError({ code, message, reason, fix, args, name: "IsonomyError" })).to.equal(false);
  });
});
