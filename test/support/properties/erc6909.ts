import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { IERC6909 } from "../../../typechain-types";
import { anyIndex, anyPart, anyUint, checkProperties, partOf, pick, property, type Property } from "./property";
import { calledBy } from "../untyped";

/** A contract of many tokens to hold against ERC-6909, with the extension that tells the supply. */
export interface Erc6909Subject {
  token: IERC6909 & { totalSupply: (id: bigint) => Promise<bigint> };
  /** The ids there are, at least two; every holder has some of each. */
  ids: readonly bigint[];
  /** People who hold some of every id, at least two. */
  holders: readonly HardhatEthersSigner[];
  /** People who hold nothing, at least two. */
  strangers: readonly HardhatEthersSigner[];
  /** Every other account with a balance. */
  elsewhere: readonly string[];
  /** Mints amounts of an id to somebody, the size chosen by `part`; returns how much. */
  mint(to: string, id: bigint, part: bigint): Promise<bigint>;
  /** Ends an amount of an id that the holder has. */
  burn(holder: HardhatEthersSigner, id: bigint, amount: bigint): Promise<unknown>;
}

const ZERO = ethers.ZeroAddress;
const INFINITE = ethers.MaxUint256;
const ERC165_ID = "0x01ffc9a7";
const ERC6909_ID = "0x0f632fb3";

/** Who takes part, which id and how much of it moves. */
const scene = fc.record({
  id: anyIndex,
  from: anyIndex,
  to: anyIndex,
  by: anyIndex,
  part: anyPart,
  more: anyUint(200),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const everyone = (subject: Erc6909Subject) => [...subject.holders, ...subject.strangers];
const keyOf = (account: string, id: bigint) => `${account} ${id}`;

/** The people of a scene, all different, the id, and the part of the holder's balance that is to move. */
async function stage(subject: Erc6909Subject, input: Scene) {
  const holder = pick(subject.holders, input.from);
  const recipient = pick(
    everyone(subject).filter((one) => one !== holder),
    input.to,
  );
  const spender = pick(
    everyone(subject).filter((one) => one !== holder && one !== recipient),
    input.by,
  );
  const id = pick(subject.ids, input.id);
  const otherId = pick(subject.ids, input.id + 1);
  const balance = await subject.token.balanceOf(holder, id);
  return {
    token: subject.token,
    holder,
    recipient,
    spender,
    id,
    otherId,
    balance,
    amount: partOf(balance, input.part),
  };
}

/** Every balance of every id by account, and the supply of each. */
async function accountsOf(subject: Erc6909Subject): Promise<Record<string, bigint>> {
  const all: Record<string, bigint> = {};
  for (const id of subject.ids) {
    all[keyOf("supply", id)] = await subject.token.totalSupply(id);
    for (const one of [...everyone(subject).map((person) => person.address), ...subject.elsewhere]) {
      all[keyOf(one, id)] = await subject.token.balanceOf(one, id);
    }
  }
  return all;
}

/** Expects that these balances of one id changed by these amounts and that nothing else did, of no id. */
async function expectChanges(
  subject: Erc6909Subject,
  before: Record<string, bigint>,
  id: bigint,
  changes: Record<string, bigint>,
): Promise<void> {
  const expected = { ...before };
  for (const [account, change] of Object.entries(changes)) expected[keyOf(account, id)] += change;
  expect(await accountsOf(subject)).to.deep.equal(expected);
}

export const ERC6909_PROPERTIES: readonly Property<Erc6909Subject>[] = [
  property("moves exactly what is transferred of one id, says so and answers true", scene, async (subject, input) => {
    const { token, holder, recipient, id, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    expect(await token.connect(holder).transfer.staticCall(recipient, id, amount)).to.equal(true);
    await expect(calledBy(holder, token).transfer(recipient, id, amount))
      .to.emit(token, "Transfer")
      .withArgs(holder.address, holder.address, recipient.address, id, amount);
    await expectChanges(subject, before, id, { [holder.address]: -amount, [recipient.address]: amount });
  }),
  property("refuses a transfer above the balance of that id", scene, async (subject, input) => {
    const { token, holder, recipient, id, balance } = await stage(subject, input);
    const before = await accountsOf(subject);
    await expect(calledBy(holder, token).transfer(recipient, id, balance + 1n + input.more)).to.be.reverted;
    await expectChanges(subject, before, id, {});
  }),
  property("changes nothing by a transfer to oneself", scene, async (subject, input) => {
    const { token, holder, id, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(holder, token).transfer(holder, id, amount);
    await expectChanges(subject, before, id, {});
  }),
  property("changes nothing by a transfer of nothing, from anybody", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(spender, token).transfer(recipient, id, 0n);
    await calledBy(spender, token).transferFrom(holder, recipient, id, 0n);
    await expectChanges(subject, before, id, {});
  }),
  property("lets a spender move what was approved, and takes it off the allowance", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(holder, token).approve(spender, id, amount + input.more);
    await expect(calledBy(spender, token).transferFrom(holder, recipient, id, amount))
      .to.emit(token, "Transfer")
      .withArgs(spender.address, holder.address, recipient.address, id, amount);
    await expectChanges(subject, before, id, { [holder.address]: -amount, [recipient.address]: amount });
    expect(await token.allowance(holder, spender, id)).to.equal(input.more);
  }),
  property("refuses a spender more than its allowance", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, balance, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    const allowed = amount === balance ? amount - 1n : amount;
    await calledBy(holder, token).approve(spender, id, allowed);
    await expect(calledBy(spender, token).transferFrom(holder, recipient, id, allowed + 1n)).to.be.reverted;
    await expectChanges(subject, before, id, {});
  }),
  property("refuses a spender and an operator more than the balance", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, balance } = await stage(subject, input);
    const before = await accountsOf(subject);
    const tooMuch = balance + 1n + input.more;
    await calledBy(holder, token).approve(spender, id, INFINITE);
    await expect(calledBy(spender, token).transferFrom(holder, recipient, id, tooMuch)).to.be.reverted;
    await calledBy(holder, token).setOperator(spender, true);
    await expect(calledBy(spender, token).transferFrom(holder, recipient, id, tooMuch)).to.be.reverted;
    await expectChanges(subject, before, id, {});
  }),
  property("leaves an infinite allowance as it was", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, amount } = await stage(subject, input);
    await calledBy(holder, token).approve(spender, id, INFINITE);
    await calledBy(spender, token).transferFrom(holder, recipient, id, amount);
    expect(await token.allowance(holder, spender, id)).to.equal(INFINITE);
  }),
  property("lets an operator move without spending an allowance", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(holder, token).approve(spender, id, input.more);
    await calledBy(holder, token).setOperator(spender, true);
    await calledBy(spender, token).transferFrom(holder, recipient, id, amount);
    expect(await token.allowance(holder, spender, id)).to.equal(input.more);
    await expectChanges(subject, before, id, { [holder.address]: -amount, [recipient.address]: amount });
  }),
  property("lets a holder move its own without an allowance", scene, async (subject, input) => {
    const { token, holder, recipient, id, amount } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(holder, token).transferFrom(holder, recipient, id, amount);
    await expectChanges(subject, before, id, { [holder.address]: -amount, [recipient.address]: amount });
  }),
  property(
    "records what is approved, replaces what was approved before, and says so",
    fc.record({ scene, second: fc.oneof(fc.constant(0n), anyUint(256)) }),
    async (subject, { scene: input, second }) => {
      const { token, holder, spender, id } = await stage(subject, input);
      for (const amount of [input.more, second]) {
        expect(await token.connect(holder).approve.staticCall(spender, id, amount)).to.equal(true);
        await expect(calledBy(holder, token).approve(spender, id, amount))
          .to.emit(token, "Approval")
          .withArgs(holder.address, spender.address, id, amount);
        expect(await token.allowance(holder, spender, id)).to.equal(amount);
      }
    },
  ),
  property("keeps the allowance of one id from serving another", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id, otherId } = await stage(subject, input);
    const before = await accountsOf(subject);
    await calledBy(holder, token).approve(spender, id, INFINITE);
    expect(await token.allowance(holder, spender, otherId)).to.equal(0n);
    await expect(calledBy(spender, token).transferFrom(holder, recipient, otherId, 1n)).to.be.reverted;
    await expectChanges(subject, before, id, {});
  }),
  property("names an operator, withdraws it, and says so", scene, async (subject, input) => {
    const { token, holder, recipient, spender, id } = await stage(subject, input);
    for (const approved of [true, false]) {
      expect(await token.connect(holder).setOperator.staticCall(spender, approved)).to.equal(true);
      await expect(calledBy(holder, token).setOperator(spender, approved))
        .to.emit(token, "OperatorSet")
        .withArgs(holder.address, spender.address, approved);
      expect(await token.isOperator(holder, spender)).to.equal(approved);
    }
    await expect(calledBy(spender, token).transferFrom(holder, recipient, id, 1n)).to.be.reverted;
  }),
  property(
    "keeps the operator of one holder from serving another, or the other way round",
    scene,
    async (subject, input) => {
      const { token, holder, recipient, spender, id } = await stage(subject, input);
      await calledBy(holder, token).setOperator(spender, true);
      expect(await token.isOperator(spender, holder)).to.equal(false);
      for (const other of everyone(subject).filter((one) => one !== holder)) {
        expect(await token.isOperator(other, spender), other.address).to.equal(false);
      }
      const another = subject.holders.find((one) => one !== holder && one !== spender);
      if (another === undefined) return;
      await expect(calledBy(spender, token).transferFrom(another, recipient, id, 1n)).to.be.reverted;
    },
  ),
  property("adds what is minted to one balance and to the supply of one id", scene, async (subject, input) => {
    const { token, recipient, id } = await stage(subject, input);
    const before = await accountsOf(subject);
    const seen = await token.queryFilter(token.filters.Transfer);
    const minted = await subject.mint(recipient.address, id, input.part);
    await expectChanges(subject, before, id, { [recipient.address]: minted, supply: minted });
    const [event] = (await token.queryFilter(token.filters.Transfer)).slice(seen.length);
    expect([event.args.sender, event.args.receiver, event.args.id, event.args.amount]).to.deep.equal([
      ZERO,
      recipient.address,
      id,
      minted,
    ]);
  }),
  property("takes what is burned off one balance and off the supply of one id", scene, async (subject, input) => {
    const { holder, id, amount } = await stage(subject, input);
    if (amount === 0n) return;
    const before = await accountsOf(subject);
    await subject.burn(holder, id, amount);
    await expectChanges(subject, before, id, { [holder.address]: -amount, supply: -amount });
  }),
  property("refuses to burn above the balance of that id", scene, async (subject, input) => {
    const { holder, id, balance } = await stage(subject, input);
    const before = await accountsOf(subject);
    await expect(subject.burn(holder, id, balance + 1n)).to.be.reverted;
    await expectChanges(subject, before, id, {});
  }),
  property(
    "refuses the zero address as recipient, so that nothing is burned by mistake",
    scene,
    async (subject, input) => {
      const { token, holder, spender, id, amount } = await stage(subject, input);
      const before = await accountsOf(subject);
      await calledBy(holder, token).setOperator(spender, true);
      await expect(calledBy(holder, token).transfer(ZERO, id, amount)).to.be.reverted;
      await expect(calledBy(spender, token).transferFrom(holder, ZERO, id, amount)).to.be.reverted;
      await expectChanges(subject, before, id, {});
    },
  ),
  property(
    "has balances that add up to the supply of each id, whatever happens",
    fc.array(fc.record({ kind: fc.integer({ min: 0, max: 3 }), scene }), { minLength: 1, maxLength: 6 }),
    async (subject, steps) => {
      for (const step of steps) {
        const { token, holder, recipient, spender, id, amount } = await stage(subject, step.scene);
        if (step.kind === 0) await calledBy(holder, token).transfer(recipient, id, amount);
        if (step.kind === 1) {
          await calledBy(holder, token).approve(spender, id, amount);
          await calledBy(spender, token).transferFrom(holder, recipient, id, amount);
        }
        if (step.kind === 2) await subject.mint(recipient.address, id, step.scene.part);
        if (step.kind === 3 && amount > 0n) await subject.burn(holder, id, amount);
      }
      const all = await accountsOf(subject);
      for (const id of subject.ids) {
        const held = Object.entries(all).filter(([key]) => key.endsWith(` ${id}`) && !key.startsWith("supply"));
        const sum = held.reduce((total, [, balance]) => total + balance, 0n);
        expect(sum, `id ${id}`).to.equal(all[keyOf("supply", id)]);
      }
    },
  ),
  property("says by ERC-165 that it is ERC-6909, and nothing that it is not", anyUint(32), async (subject, any) => {
    const { token } = subject;
    const supports = new ethers.Contract(
      await token.getAddress(),
      ["function supportsInterface(bytes4) view returns (bool)"],
      ethers.provider,
    );
    const known = [ERC165_ID, ERC6909_ID];
    for (const id of known) expect(await supports.supportsInterface(id), id).to.equal(true);
    const other = ethers.toBeHex(any, 4);
    for (const id of ["0xffffffff", other].filter((one) => !known.includes(one))) {
      expect(await supports.supportsInterface(id), id).to.equal(false);
    }
  }),
];

/** Runs every property of ERC-6909. */
export function behavesLikeERC6909(makeSubject: () => Promise<Erc6909Subject>): void {
  checkProperties("ERC-6909", ERC6909_PROPERTIES, makeSubject);
}
