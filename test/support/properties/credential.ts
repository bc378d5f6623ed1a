import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import fc from "fast-check";
import { ethers } from "hardhat";
import {
  anyAddress,
  anyIndex,
  anyUint,
  checkProperties,
  expectRefused,
  pick,
  property,
  type Property,
} from "./property";

/** A registry of personal credentials: one each, never anybody else's. `Pass` is what an issuer signs for one account. */
export interface CredentialSubject<Pass = unknown> {
  contract: string;
  /** People without a credential, at least three. None of them issues. */
  people: readonly HardhatEthersSigner[];
  attest(account: string, nullifier: string): Promise<Pass>;
  present(by: HardhatEthersSigner, pass: Pass): Promise<unknown>;
  revoke(by: HardhatEthersSigner, account: string): Promise<unknown>;
  renounce(by: HardhatEthersSigner): Promise<unknown>;
  /** All there is to know of an account's credential, in values that can be compared. */
  stateOf(account: string): Promise<readonly unknown[]>;
  isLive(account: string): Promise<boolean>;
}

/** Every way in which a token of some standard moves, is approved or ends. */
const MOVES = [
  "transfer(address,uint256)",
  "transferFrom(address,address,uint256)",
  "approve(address,uint256)",
  "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
  "setApprovalForAll(address,bool)",
  "safeTransferFrom(address,address,uint256)",
  "safeTransferFrom(address,address,uint256,bytes)",
  "safeTransferFrom(address,address,uint256,uint256,bytes)",
  "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
  "transfer(address,uint256,uint256)",
  "transferFrom(address,address,uint256,uint256)",
  "approve(address,uint256,uint256)",
  "setOperator(address,bool)",
  "burn(uint256)",
];
/** ERC-20 has none; ERC-721, ERC-1155 and ERC-6909 do. */
const TOKEN_INTERFACES = ["0x80ac58cd", "0xd9b67a26", "0x0f632fb3"];

const scene = fc.record({
  holder: anyIndex,
  other: anyIndex,
  nullifier: anyUint(256),
  second: anyUint(256),
  id: anyUint(256),
  to: anyAddress,
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** A person with a live credential, and another without. */
async function stage(subject: CredentialSubject, input: Scene) {
  const holder = pick(subject.people, input.holder);
  const other = pick(
    subject.people.filter((one) => one !== holder),
    input.other,
  );
  const nullifier = ethers.toBeHex(input.nullifier | 1n, 32);
  const pass = await subject.attest(holder.address, nullifier);
  await subject.present(holder, pass);
  expect(await subject.isLive(holder.address)).to.equal(true);
  return { holder, other, nullifier, pass };
}

/** A value of each type that a moving function takes. */
function argumentsOf(signature: string, from: string, to: string, id: bigint): unknown[] {
  const types = signature.slice(signature.indexOf("(") + 1, -1).split(",");
  let addresses = 0;
  return types.map((type) => {
    if (type === "address") return signature.includes("From") && addresses++ === 0 ? from : to;
    if (type === "bool") return true;
    if (type.endsWith("[]")) return [id];
    if (type === "bytes" || type === "bytes32") return ethers.zeroPadBytes("0x12", 32);
    return type === "uint8" ? 27n : id;
  });
}

export const CREDENTIAL_PROPERTIES: readonly Property<CredentialSubject>[] = [
  property(
    "answers to nothing that moves, approves or burns a token of any standard",
    scene,
    async (subject, input) => {
      const { holder, other } = await stage(subject, input);
      const before = await Promise.all([subject.stateOf(holder.address), subject.stateOf(other.address)]);
      for (const signature of MOVES) {
        const values = argumentsOf(signature, holder.address, other.address, input.id);
        await expectRefused(subject.contract, [holder, other], signature, values);
      }
      const after = await Promise.all([subject.stateOf(holder.address), subject.stateOf(other.address)]);
      expect(after).to.deep.equal(before);
    },
  ),
  property("does not claim to be a token", fc.constantFrom(...TOKEN_INTERFACES), async (subject, id) => {
    const supports = new ethers.Contract(
      subject.contract,
      ["function supportsInterface(bytes4) view returns (bool)"],
      ethers.provider,
    );
    expect(await supports.supportsInterface(id).catch(() => false)).to.equal(false);
  }),
  property("goes to nobody but the account attested, no matter who presents it", scene, async (subject, input) => {
    const { holder, other, nullifier } = await stage(subject, input);
    const third = subject.people.find((one) => one !== holder && one !== other)!;
    const fresh = ethers.toBeHex(input.second | 1n, 32);
    if (fresh === nullifier) return;
    const pass = await subject.attest(third.address, fresh);
    for (const by of [holder, other]) {
      const before = await subject.stateOf(by.address);
      await expect(subject.present(by, pass)).to.be.reverted;
      expect(await subject.stateOf(by.address)).to.deep.equal(before);
    }
    await subject.present(third, pass);
    expect(await subject.isLive(third.address)).to.equal(true);
  }),
  property("serves one account for each person at a time", scene, async (subject, input) => {
    const { holder, other, nullifier } = await stage(subject, input);
    await expect(subject.present(other, await subject.attest(other.address, nullifier))).to.be.reverted;
    expect([await subject.isLive(holder.address), await subject.isLive(other.address)]).to.deep.equal([true, false]);
  }),
  property("serves one person for each account at a time", scene, async (subject, input) => {
    const { holder, nullifier } = await stage(subject, input);
    const second = ethers.toBeHex(input.second | 1n, 32);
    if (second === nullifier) return;
    const before = await subject.stateOf(holder.address);
    await expect(subject.present(holder, await subject.attest(holder.address, second))).to.be.reverted;
    expect(await subject.stateOf(holder.address)).to.deep.equal(before);
  }),
  property("is ended by nobody but its holder and its issuer", scene, async (subject, input) => {
    const { holder, other } = await stage(subject, input);
    const before = await subject.stateOf(holder.address);
    await expect(subject.revoke(other, holder.address)).to.be.reverted;
    await expect(subject.renounce(other)).to.be.reverted;
    expect(await subject.stateOf(holder.address)).to.deep.equal(before);
  }),
  property("does not come back by what was presented before", scene, async (subject, input) => {
    const { holder, pass } = await stage(subject, input);
    await subject.renounce(holder);
    expect(await subject.isLive(holder.address)).to.equal(false);
    await expect(subject.present(holder, pass)).to.be.reverted;
    expect(await subject.isLive(holder.address)).to.equal(false);
  }),
];

/** Runs what must fail closed. */
export function behavesLikeCredential(makeSubject: () => Promise<CredentialSubject>): void {
  checkProperties("a personal credential", CREDENTIAL_PROPERTIES, makeSubject);
}
