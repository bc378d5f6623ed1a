import { expect } from "chai";
import { Interface, hexlify, randomBytes, toBeHex } from "ethers";

import { errorSignatures } from "../../../sdk/src/base/signatures";
import { revertReader } from "../../../sdk/src/errors/revert";

const read = revertReader(errorSignatures);
const abi = new Interface([...errorSignatures, "error Error(string reason)", "error Panic(uint256 code)"]);

/** A value of a type, small or as large as it can be. */
function anyOf(type: string): unknown {
  const bits = /^uint(\d+)$/.exec(type)?.[1];
  if (bits !== undefined) return BigInt(hexlify(randomBytes(Number(bits) / 8)));
  if (type === "address") return toBeHex(BigInt(hexlify(randomBytes(20))), 20);
  if (type === "bool") return Math.random() < 0.5;
  if (type === "string") return "a reason with 🙂 in it".repeat(Math.floor(Math.random() * 5));
  return hexlify(randomBytes(Number(/^bytes(\d+)$/.exec(type)![1])));
}

describe("What a contract gives back", () => {
  const errors = abi.fragments.filter((fragment) => fragment.type === "error");

  it("is read as ethers reads it, for each error that a contract has", () => {
    expect(errors.length).to.be.greaterThan(270);
    for (const error of errors) {
      const fragment = abi.getError((error as { name?: string }).name!)!;
      const data = abi.encodeErrorResult(
        fragment,
        fragment.inputs.map(({ type }) => anyOf(type)),
      );
      const expected = abi.parseError(data)!;
      const args = fragment.inputs.map(({ name }, at) => [name || `${at}`, expected.args[at]]);
      expect(read(data), data).to.deep.equal({ name: expected.name, args: Object.fromEntries(args) });
      expect(read(data.toUpperCase().replace("0X", "0x"))).to.deep.equal(read(data));
    }
  });

  it("is nothing where it is cut short, however far, or of no error that is known", () => {
    for (const name of ["Market_BadTerms", "Error", "Panic"]) {
      const fragment = abi.getError(name)!;
      const data = abi.encodeErrorResult(
        fragment,
        fragment.inputs.map(({ type }) => (type === "string" ? "x".repeat(32) : anyOf(type))),
      );
      for (let length = 10; length < data.length; length += 2) expect(read(data.slice(0, length))).to.equal(undefined);
    }
    for (const data of ["0x", "0x1234", "0xffffffff", `0xffffffff${"00".repeat(64)}`])
      expect(read(data)).to.equal(undefined);
    // an offset and a length beyond all bounds
    const selector = abi.getError("Error")!.selector;
    expect(read(`${selector}${"ff".repeat(32)}`)).to.equal(undefined);
    expect(read(`${selector}${"20".padStart(64, "0")}${"ff".repeat(32)}`)).to.equal(undefined);
  });
});
