import { expect } from "chai";
import { AbiCoder, Interface, ParamType, ZeroAddress, getAddress, id } from "ethers";

import { CONTRACT_NAMES, type ContractName } from "../../../sdk/src/addresses";
import { descriptorsOf, pathsOf, problemsOf } from "../../../scripts/page/descriptors";

const contracts = Object.fromEntries(
  CONTRACT_NAMES.map((name) => [name, getAddress(`0x${id(name).slice(-40)}`)]),
) as Record<ContractName, string>;

/** The value at a path of decoded arguments. */
function at(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, part) => (part === "[]" ? value : (value as Record<string, unknown>)[part]), values);
}

describe("Descriptors of calls for hardware wallets", () => {
  const all = [...descriptorsOf({ chainId: 11_155_111, contracts })];

  it("are of one contract at one address, with the functions that they describe", () => {
    expect(all.length).to.be.greaterThan(5);
    for (const [name, { context, display }] of all) {
      const [, contract] = /^calldata-Isonomy(\w+)\.json$/.exec(name)!;
      expect(context.contract.deployments).to.deep.equal([
        { chainId: 11_155_111, address: contracts[contract as ContractName] },
      ]);
      const abi = new Interface(context.contract.abi as never);
      // a wallet finds the call by the selector of the signature, without the names in it
      const described = Object.keys(display.formats).map((signature) => Interface.from([`function ${signature}`]));
      const selectors = described.map((one) => one.getFunction(one.fragments[0]!.format())!.selector);
      const known = abi.fragments.map((one) => id(one.format("sighash")).slice(0, 10));
      expect(selectors.sort(), name).to.deep.equal(known.sort());
    }
  });

  it("show each value of a call or leave it out on purpose, and find all of them in what is signed", () => {
    for (const [file, { context, display }] of all) {
      const abi = new Interface(context.contract.abi as never);
      for (const [signature, { fields, required, excluded }] of Object.entries(display.formats)) {
        const { inputs } = abi.getFunction(signature.slice(0, signature.indexOf("(")))!;
        const blank = AbiCoder.defaultAbiCoder().getDefaultValue(inputs);
        const decoded = AbiCoder.defaultAbiCoder().decode(
          inputs,
          AbiCoder.defaultAbiCoder().encode(inputs, blank as never),
        );
        const values = fields.map(({ path }) => path).filter((path) => !path.startsWith("@."));
        const missing = [...values, ...excluded].filter((path) => at(decoded, path) === undefined);
        expect(missing, `${file} ${signature}`).to.deep.equal([]);
        expect([...values, ...excluded].sort()).to.deep.equal([...pathsOf(inputs)].sort());
        expect(required).to.deep.equal(fields.map(({ path }) => path));
      }
    }
  });

  it("show every amount with its token, and native coin under its own address", () => {
    const [, market] = all.find(([name]) => name === "calldata-IsonomyMarket.json")!;
    const formats = Object.entries(market.display.formats);
    const [, purchase] = formats.find(([signature]) => signature.startsWith("purchase("))!;
    const paid = purchase.fields.find(({ path }) => path === "order.maxPrice");
    expect(paid).to.deep.equal({
      ...{ path: "order.maxPrice", label: "Pays at most", format: "tokenAmount" },
      params: { tokenPath: "offer.payToken", nativeCurrencyAddress: [ZeroAddress] },
    });
  });

  it("are refused where a value is forgotten, named twice, unknown, or too long for a screen", () => {
    const inputs = [ParamType.from("uint256 amount"), ParamType.from("tuple(address to, bytes32 note)[] parts")];
    const field = (path: string, label = "Amount") => ({ path, label, format: "raw" });
    const good = { intent: "Pay", fields: [field("amount"), field("parts.[].to")], excluded: ["parts.[].note"] };
    expect(problemsOf("pay", inputs, good)).to.deep.equal([]);
    expect(problemsOf("pay", inputs, { ...good, excluded: [] })).to.deep.equal([
      "pay: parts.[].note is neither shown nor left out, or more than once.",
    ]);
    expect(problemsOf("pay", inputs, { ...good, excluded: ["parts.[].note", "amount"] })).to.deep.equal([
      "pay: amount is neither shown nor left out, or more than once.",
    ]);
    expect(problemsOf("pay", inputs, { ...good, excluded: ["parts.[].note", "fee"] })).to.deep.equal([
      "pay has no fee.",
    ]);
    const long = {
      ...good,
      intent: "Pay somebody who is not named here",
      fields: [field("amount", "The amount that is paid"), good.fields[1]!],
    };
    expect(problemsOf("pay", inputs, long)).to.deep.equal([
      'pay: the intent "Pay somebody who is not named here" is longer than 30 characters.',
      'pay: the label "The amount that is paid" is longer than 20 characters.',
    ]);
  });
});
