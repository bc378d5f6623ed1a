import { expect } from "chai";
import { Interface, ZeroAddress, encodeBytes32String, parseEther } from "ethers";
import { artifacts } from "hardhat";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Abi } from "viem";

import { argumentText, decodeCall, kindReasonOf } from "../../../../app/src/features/governance/calls";
import { sentenceOf } from "../../../../app/src/features/governance/sentences";
import { wordsOf } from "../../../../app/src/i18n";
import english from "../../../../app/src/i18n/en.json";
import type { Network } from "../../../../app/src/network";
import { PERMISSIONS, ROLES } from "../../../../sdk/src/governance";

const words = wordsOf("en", english);
const address = (last: number): string => `0x${last.toString(16).padStart(40, "0")}`;
const STRANGER = address(0xff);
const NAMES = [
  "Market",
  "Treasury",
  "CitizenRegistry",
  "GovernanceToken",
  "IsonomyGovernor",
  "Directory",
  "Exchange",
  "Resale",
];
const contracts = Object.fromEntries(NAMES.map((name, at) => [name, address(at + 1)]));
const network = {
  deployment: { contracts, tokens: { Euro: { address: address(0x77), symbol: "EUR", decimals: 6 } } },
  currency: { name: "Ether", symbol: "ETH", decimals: 18 },
} as unknown as Network;

describe("The calls of a proposal, on the page", () => {
  const abis: Record<string, Abi> = {};
  before(async () => {
    for (const name of NAMES) abis[name] = (await artifacts.readArtifact(name)).abi as Abi;
  });
  const call = (contract: string, name: string, args: readonly unknown[], value = 0n, role = 0n) => {
    const data = new Interface(abis[contract] as never).encodeFunctionData(name, args);
    return decodeCall({ target: contracts[contract]!, value, data, role }, contracts, abis);
  };
  const said = (...given: Parameters<typeof call>): string | undefined => sentenceOf(call(...given), words, network);

  it("are sentences, each with all that it names", () => {
    expect(said("Market", "setProtocolFee", [250])).to.equal("Set the protocol's fee on Market to 2.5 %");
    expect(said("Resale", "setProtocolFee", [0])).to.equal("Set the protocol's fee on Resale to 0 %");
    const euros = [address(0x77), STRANGER, 1_500_000n];
    expect(said("Treasury", "pay", euros)).to.equal(`Pay 1.5 EUR from the treasury to ${STRANGER}`);
    const coins = [ZeroAddress, contracts.Market, parseEther("2")];
    expect(said("Treasury", "pay", coins)).to.equal(`Pay 2 ETH from the treasury to Market (${contracts.Market})`);
    expect(said("GovernanceToken", "mint", [STRANGER, parseEther("7")])).to.equal(`Mint 7 tokens for ${STRANGER}`);
    const issuer = [STRANGER, encodeBytes32String("persons"), false];
    expect(said("CitizenRegistry", "appointIssuer", issuer)).to.match(
      /an issuer of credentials, in the domain persons$/,
    );
    expect(said("IsonomyGovernor", "setVotingDelay", [172_800])).to.equal("Begin votes 2 days after a proposal");
    expect(said("IsonomyGovernor", "setProposalThreshold", [parseEther("10")])).to.include("take 10 units");
    expect(said("Market", "setPayToken", [STRANGER, true, 0])).to.equal(`Accept ${STRANGER} as money on Market`);
    expect(said("Market", "setPayToken", [STRANGER, false, 0])).to.include("no more");
    expect(said("Directory", "set", [encodeBytes32String("court"), ZeroAddress]))
      .to.include("nobody")
      .and.include("court");
  });

  it("leave no place of any sentence empty", async () => {
    const source = readFileSync(join(__dirname, "../../../../app/src/features/governance/sentences.ts"), "utf8");
    const known = [...source.matchAll(/^ {2}"(\w+)",$/gm)].map(([, name]) => name!);
    expect(known).to.have.length.above(15);
    const filled: string[] = [];
    for (const contract of NAMES) {
      for (const { name, inputs } of new Interface(abis[contract] as never).fragments as never as Named[]) {
        if (!known.includes(name)) continue;
        const text = said(
          contract,
          name,
          inputs.map(({ type }) => sampleOf(type)),
        );
        expect(text, `${contract}.${name}`).to.be.a("string").and.not.match(/[{}]/);
        filled.push(name);
      }
    }
    expect([...new Set(filled)].sort()).to.deep.equal([...known].sort());
  });

  it("are not put into a sentence that hides the coins they send", () => {
    expect(said("Market", "setProtocolFee", [250], 1n)).to.equal(undefined);
  });

  it("stay as they are where the contract or the function is not known", () => {
    const foreign = decodeCall({ target: STRANGER, value: 0n, data: "0x12345678", role: 0n }, contracts, abis);
    expect(foreign).to.include({ contract: undefined, name: undefined });
    for (const data of ["0x12345678", "0x", "0x12", call("Market", "setProtocolFee", [1]).call.data.slice(0, -2)]) {
      const unknown = decodeCall({ target: contracts.Market!, value: 0n, data, role: 0n }, contracts, abis);
      expect(unknown, data).to.include({ contract: "Market", name: undefined });
      expect(sentenceOf(unknown, words, network)).to.equal(undefined);
    }
  });

  it("give the kind that the contract's rules give", () => {
    const { PARAMETER, MONEY } = ROLES;
    expect(kindReasonOf(call("Market", "setProtocolFee", [1], 0n, PARAMETER))).to.equal("parameter");
    expect(kindReasonOf(call("Market", "setProtocolFee", [1], 1n, PARAMETER))).to.equal("parameterWithValue");
    const payment = call("Treasury", "pay", [ZeroAddress, STRANGER, 1n], 0n, MONEY);
    expect(kindReasonOf(payment)).to.equal("money");
    expect(kindReasonOf({ ...payment, call: { ...payment.call, data: "0x123456" } })).to.equal("noFunction");
    // whatever role it has
    expect(kindReasonOf(call("GovernanceToken", "mint", [STRANGER, 1n], 0n, PARAMETER))).to.equal("core");
    expect(kindReasonOf(call("Market", "setTreasury", [STRANGER]))).to.equal("unknown");
  });

  it("show arguments in words, and strangers' text as it is", () => {
    const text = (type: string, value: unknown, name = "x"): string =>
      argumentText({ name, type, value }, words, contracts);
    expect(text("address", contracts.Treasury)).to.equal(`Treasury (${contracts.Treasury})`);
    expect(text("bool", true)).to.equal("yes");
    expect(text("uint256", 1_000n)).to.equal("1,000");
    expect(text("uint16", 25, "feeBps")).to.equal("0.25 %");
    expect(text("bytes32", `0x${"ff".repeat(32)}`)).to.equal(`0x${"ff".repeat(32)}`);
    expect(text("bytes32", encodeBytes32String("<b>"))).to.equal("<b>");
    expect(text("tuple", { a: 1n, b: ["c"] })).to.equal('{"a":"1","b":["c"]}');
    expect(text("string", "{amount}")).to.equal("{amount}");
  });

  it("have a sentence for each function that only a vote may call, or are listed here", () => {
    const source = readFileSync(join(__dirname, "../../../../app/src/features/governance/sentences.ts"), "utf8");
    const without = PERMISSIONS.filter(({ role }) => role !== "GUARDIAN")
      .map(({ contract, signature }) => `${contract}.${signature.split("(")[0]!}`)
      .filter((name) => !source.includes(`"${name.split(".")[1]!}"`));
    expect(without.sort()).to.deep.equal([
      "LicenseToken.setContractURI",
      "LicenseToken.setModule",
      "LicenseToken.setRights",
      "ModelRegistry.setContractURI",
      "Reviews.setPromptMask",
      "Reviews.setUnitWeight",
    ]);
  });
});

interface Named {
  readonly name: string;
  readonly inputs: readonly { readonly type: string }[];
}

function sampleOf(type: string): unknown {
  if (type === "address") return STRANGER;
  if (type === "bool") return true;
  return type.startsWith("bytes") ? encodeBytes32String("name") : 1;
}
