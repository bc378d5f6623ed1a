import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { IERC20 } from "../../../typechain-types";
import {
  anyAddress,
  anyIndex,
  anyPart,
  anyUint,
  checkProperties,
  expectRefused,
  partOf,
  pick,
  property,
  type Property,
} from "./property";

/** A token to hold against ERC-20. What it leaves out must not exist in the contract either. */
export interface Erc20Subject {
  token: IERC20;
  /** People who hold some of it, at least two. */
  holders: readonly HardhatEthersSigner[];
  /** People who hold none. */
  strangers: readonly HardhatEthersSigner[];
  /** Every other account with a balance. */
  elsewhere: readonly string[];
  /** Mints, as an account that may; `most` is what one call may add. */
  mint?: { most: bigint; run(to: string, amount: bigint): Promise<unknown> };
  burn?: {
    own(holder: HardhatEthersSigner, amount: bigint): Promise<unknown>;
    from(spender: HardhatEthersSigner, holder: string, amount: bigint): Promise<unknown>;
  };
  /** Stops every transfer, as an account that may. */
  pause?(): Promise<unknown>;
  changeAllowance?: {
    increase(owner: HardhatEthersSigner, spender: string, amount: bigint): Promise<unknown>;
    decrease(owner: HardhatEthersSigner, spender: string, amount: bigint): Promise<unknown>;
  };
}

const ZERO = ethers.ZeroAddress;
const INFINITE = ethers.MaxUint256;

/** Who takes part and how much moves. */
const scene = fc.record({ from: anyIndex, to: anyIndex, by: anyIndex, part: anyPart, allowed: anyUint(255) });
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const everyone = (subject: Erc20Subject) => [...subject.holders, ...subject.strangers];
const addresses = (subject: Erc20Subject) => [...everyone(subject).map((one) => one.address), ...subject.elsewhere];

/** The people of a scene: a holder, a recipient who is somebody else, a spender who is neither. */
function castOf(subject: Erc20Subject, { from, to, by }: Scene) {
  const holder = pick(subject.holders, from);
  const recipient = pick(
    everyone(subject).filter((one) => one !== holder),
    to,
  );
  const spender = pick(
    everyone(subject).filter((one) => one !== holder && one !== recipient),
    by,
  );
  return { holder, recipient, spender };
}

/** The balance of each known account and the supply. */
async function accountsOf(subject: Erc20Subject) {
  const list = addresses(subject);
  const balances = await Promise.all(list.map((one) => subject.token.balanceOf(one)));
  return {
    supply: await subject.token.totalSupply(),
    of: Object.fromEntries(list.map((one, index) => [one, balances[index]])) as Record<string, bigint>,
  };
}
type Accounts = Awaited<ReturnType<typeof accountsOf>>;

/** Expects that the balances changed by exactly these amounts and nothing else did. */
async function expectChanges(
  subject: Erc20Subject,
  before: Accounts,
  changes: Record<string, bigint>,
  supply = 0n,
): Promise<void> {
  const of = { ...before.of };
  for (const [account, change] of Object.entries(changes)) of[account] += change;
  expect(await accountsOf(subject)).to.deep.equal({ supply: before.supply + supply, of });
}

/** A random walk of transfers, approvals and what must be refused on the way. */
const steps = fc.array(fc.record({ kind: fc.integer({ min: 0, max: 4 }), scene }), { minLength: 1, maxLength: 6 });
async function walk(subject: Erc20Subject, list: typeof steps extends fc.Arbitrary<infer T> ? T : never) {
  const { token } = subject;
  for (const step of list) {
    const { holder, recipient, spender } = castOf(subject, step.scene);
    const amount = partOf(await token.balanceOf(holder), step.scene.part);
    if (step.kind === 0) await token.connect(holder).transfer(recipient, amount);
    if (step.kind === 1) await token.connect(holder).approve(spender, amount);
    if (step.kind === 2) {
      await token.connect(holder).approve(spender, amount);
      await token.connect(spender).transferFrom(holder, recipient, amount);
    }
    if (step.kind === 3) await token.connect(holder).transfer(holder, amount);
    // whether a token refuses this is another property; here it must only leave the sums alone
    if (step.kind === 4) {
      await token
        .connect(holder)
        .transfer(ZERO, amount)
        .catch(() => undefined);
    }
  }
}

const BASE: readonly Property<Erc20Subject>[] = [
  property("keeps its supply while holders move and approve", steps, async (subject, list) => {
    const before = await subject.token.totalSupply();
    await walk(subject, list);
    expect(await subject.token.totalSupply()).to.equal(before);
  }),
  property("gives nobody more than there is", steps, async (subject, list) => {
    await walk(subject, list);
    const { supply, of } = await accountsOf(subject);
    for (const [account, balance] of Object.entries(of)) expect(balance <= supply, account).to.equal(true);
  }),
  property("has balances that add up to the supply", steps, async (subject, list) => {
    await walk(subject, list);
    const { supply, of } = await accountsOf(subject);
    expect(Object.values(of).reduce((sum, one) => sum + one, 0n)).to.equal(supply);
  }),
  property("leaves the zero address without a balance", steps, async (subject, list) => {
    await walk(subject, list);
    expect(await subject.token.balanceOf(ZERO)).to.equal(0n);
  }),
  property("refuses a transfer to the zero address", scene, async (subject, input) => {
    const { holder } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await expect(subject.token.connect(holder).transfer(ZERO, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
  property("refuses to be moved to the zero address by a spender", scene, async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).approve(spender, INFINITE);
    await expect(subject.token.connect(spender).transferFrom(holder, ZERO, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
  property("changes nothing by a transfer to oneself", scene, async (subject, input) => {
    const { holder } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).transfer(holder, amount);
    await expectChanges(subject, before, {});
  }),
  property("changes no balance when a spender moves it to where it was", scene, async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).approve(spender, amount);
    await subject.token.connect(spender).transferFrom(holder, holder, amount);
    await expectChanges(subject, before, {});
  }),
  property("refuses a transfer above the balance", scene, async (subject, input) => {
    const { holder, recipient } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = before.of[holder.address] + 1n + input.allowed;
    await expect(subject.token.connect(holder).transfer(recipient, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
  property("refuses a spender more than the balance, whatever was approved", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = before.of[holder.address] + 1n + input.allowed;
    await subject.token.connect(holder).approve(spender, INFINITE);
    await expect(subject.token.connect(spender).transferFrom(holder, recipient, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
  property("transfers nothing when asked to, from anybody", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    for (const one of [holder, spender]) await subject.token.connect(one).transfer(recipient, 0n);
    await expectChanges(subject, before, {});
  }),
  property("lets a spender move nothing without an allowance", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    await subject.token.connect(spender).transferFrom(holder, recipient, 0n);
    await expectChanges(subject, before, {});
  }),
  property(
    "moves exactly what is transferred, says so and answers true",
    fc.record({ scene, fresh: fc.option(anyAddress) }),
    async (subject, input) => {
      const { holder, recipient } = castOf(subject, input.scene);
      const to = input.fresh ?? recipient.address;
      const before = await accountsOf(subject);
      before.of[to] = await subject.token.balanceOf(to);
      const amount = partOf(before.of[holder.address], input.scene.part);
      expect(await subject.token.connect(holder).transfer.staticCall(to, amount)).to.equal(true);
      await expect(subject.token.connect(holder).transfer(to, amount))
        .to.emit(subject.token, "Transfer")
        .withArgs(holder.address, to, amount);
      const known = { ...subject, elsewhere: [...new Set([...subject.elsewhere, ...(input.fresh ? [to] : [])])] };
      await expectChanges(known, before, { [holder.address]: -amount, [to]: amount });
    },
  ),
  property("lets a spender move exactly what it says, and says so", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).approve(spender, amount);
    await expect(subject.token.connect(spender).transferFrom(holder, recipient, amount))
      .to.emit(subject.token, "Transfer")
      .withArgs(holder.address, recipient.address, amount);
    await expectChanges(subject, before, { [holder.address]: -amount, [recipient.address]: amount });
  }),
  property("records what is approved, for this spender alone, and says so", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    await expect(subject.token.connect(holder).approve(spender, input.allowed))
      .to.emit(subject.token, "Approval")
      .withArgs(holder.address, spender.address, input.allowed);
    expect(await subject.token.allowance(holder, spender)).to.equal(input.allowed);
    expect(await subject.token.allowance(holder, recipient)).to.equal(0n);
    expect(await subject.token.allowance(spender, holder)).to.equal(0n);
    await expectChanges(subject, before, {});
  }),
  property(
    "replaces what was approved before",
    fc.record({ scene, second: fc.oneof(fc.constant(0n), anyUint(255)) }),
    async (subject, { scene: input, second }) => {
      const { holder, spender } = castOf(subject, input);
      await subject.token.connect(holder).approve(spender, input.allowed);
      await subject.token.connect(holder).approve(spender, second);
      expect(await subject.token.allowance(holder, spender)).to.equal(second);
    },
  ),
  property(
    "takes what a spender moved off the allowance, and refuses more than is left",
    fc.record({ scene, left: anyPart }),
    async (subject, { scene: input, left }) => {
      const { holder, recipient, spender } = castOf(subject, input);
      const amount = partOf(await subject.token.balanceOf(holder), input.part);
      const remaining = partOf(await subject.token.balanceOf(holder), left);
      await subject.token.connect(holder).approve(spender, amount + remaining);
      await subject.token.connect(spender).transferFrom(holder, recipient, amount);
      expect(await subject.token.allowance(holder, spender)).to.equal(remaining);
      await subject.token.connect(recipient).transfer(holder, amount);
      await expect(subject.token.connect(spender).transferFrom(holder, recipient, remaining + 1n)).to.be.reverted;
    },
  ),
];

const BURNABLE: readonly Property<Erc20Subject>[] = [
  property("burns from the holder and from the supply alike", scene, async (subject, input) => {
    const { holder } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await present(subject.burn).own(holder, amount);
    await expectChanges(subject, before, { [holder.address]: -amount }, -amount);
  }),
  property("burns for a spender from the holder and from the supply alike", scene, async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).approve(spender, amount);
    await present(subject.burn).from(spender, holder.address, amount);
    await expectChanges(subject, before, { [holder.address]: -amount }, -amount);
  }),
  property(
    "takes what a spender burned off the allowance",
    fc.record({ scene, left: anyPart }),
    async (subject, { scene: input, left }) => {
      const { holder, spender } = castOf(subject, input);
      const amount = partOf(await subject.token.balanceOf(holder), input.part);
      await subject.token.connect(holder).approve(spender, amount + left);
      await present(subject.burn).from(spender, holder.address, amount);
      expect(await subject.token.allowance(holder, spender)).to.equal(left);
    },
  ),
];

const MINTABLE: readonly Property<Erc20Subject>[] = [
  property("mints to the recipient and to the supply alike", scene, async (subject, input) => {
    const { recipient } = castOf(subject, input);
    const mint = present(subject.mint);
    const before = await accountsOf(subject);
    const amount = partOf(mint.most, input.part);
    await mint.run(recipient.address, amount);
    await expectChanges(subject, before, { [recipient.address]: amount }, amount);
  }),
];

const PAUSABLE: readonly Property<Erc20Subject>[] = [
  property("refuses transfers while paused", scene, async (subject, input) => {
    const { holder, recipient } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await present(subject.pause)();
    await expect(subject.token.connect(holder).transfer(recipient, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
  property("refuses spenders while paused", scene, async (subject, input) => {
    const { holder, recipient, spender } = castOf(subject, input);
    const before = await accountsOf(subject);
    const amount = partOf(before.of[holder.address], input.part);
    await subject.token.connect(holder).approve(spender, INFINITE);
    await present(subject.pause)();
    await expect(subject.token.connect(spender).transferFrom(holder, recipient, amount)).to.be.reverted;
    await expectChanges(subject, before, {});
  }),
];

const ALLOWANCES: readonly Property<Erc20Subject>[] = [
  property("adds to an allowance", scene, async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    await subject.token.connect(holder).approve(spender, input.allowed);
    await present(subject.changeAllowance).increase(holder, spender.address, input.part);
    expect(await subject.token.allowance(holder, spender)).to.equal(input.allowed + input.part);
  }),
  property("takes from an allowance", scene, async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    await subject.token.connect(holder).approve(spender, input.allowed + input.part);
    await present(subject.changeAllowance).decrease(holder, spender.address, input.part);
    expect(await subject.token.allowance(holder, spender)).to.equal(input.allowed);
  }),
];

/** What holds instead when the token leaves a group out: no function of it answers, to anybody. */
const WITHOUT_BURN = property<Erc20Subject, Scene>("has no burning, for anybody", scene, async (subject, input) => {
  const { holder, spender } = castOf(subject, input);
  const target = await subject.token.getAddress();
  await subject.token.connect(holder).approve(spender, INFINITE);
  const before = await accountsOf(subject);
  const amount = partOf(before.of[holder.address], input.part);
  await expectRefused(target, [holder, spender], "burn(uint256)", [amount]);
  await expectRefused(target, [holder, spender], "burn(address,uint256)", [holder.address, amount]);
  await expectRefused(target, [holder, spender], "burnFrom(address,uint256)", [holder.address, amount]);
  await expectChanges(subject, before, {});
});
const WITHOUT_MINT = property<Erc20Subject, Scene>("has no minting, for anybody", scene, async (subject, input) => {
  const before = await accountsOf(subject);
  const target = await subject.token.getAddress();
  const { holder, recipient, spender } = castOf(subject, input);
  await expectRefused(target, [holder, spender], "mint(address,uint256)", [recipient.address, input.allowed]);
  await expectChanges(subject, before, {});
});
const WITHOUT_PAUSE = property<Erc20Subject, Scene>("cannot be paused, by anybody", scene, async (subject, input) => {
  const { holder, recipient, spender } = castOf(subject, input);
  await expectRefused(await subject.token.getAddress(), [holder, spender], "pause()", []);
  const before = await accountsOf(subject);
  const amount = partOf(before.of[holder.address], input.part);
  await subject.token.connect(holder).transfer(recipient, amount);
  await expectChanges(subject, before, { [holder.address]: -amount, [recipient.address]: amount });
});
const WITHOUT_ALLOWANCES = property<Erc20Subject, Scene>(
  "changes an allowance by approving alone",
  scene,
  async (subject, input) => {
    const { holder, spender } = castOf(subject, input);
    await subject.token.connect(holder).approve(spender, input.allowed);
    const target = await subject.token.getAddress();
    for (const name of ["increaseAllowance", "decreaseAllowance"]) {
      await expectRefused(target, [holder], `${name}(address,uint256)`, [spender.address, input.part]);
    }
    expect(await subject.token.allowance(holder, spender)).to.equal(input.allowed);
  },
);

type Extension = "mint" | "burn" | "pause" | "changeAllowance";
const EXTENSIONS: Record<Extension, { present: readonly Property<Erc20Subject>[]; absent: Property<Erc20Subject> }> = {
  burn: { present: BURNABLE, absent: WITHOUT_BURN },
  mint: { present: MINTABLE, absent: WITHOUT_MINT },
  pause: { present: PAUSABLE, absent: WITHOUT_PAUSE },
  changeAllowance: { present: ALLOWANCES, absent: WITHOUT_ALLOWANCES },
};

/** The 25 published properties of ERC-20, in their published order. */
export const ERC20_PROPERTIES = [...BASE, ...Object.values(EXTENSIONS).flatMap((extension) => extension.present)];
/** What replaces a group that a token leaves out. */
export const ERC20_ABSENCES = Object.values(EXTENSIONS).map((extension) => extension.absent);

/** Runs every property that applies; `has` names the parts that the standard leaves to the token. */
export function behavesLikeERC20(makeSubject: () => Promise<Erc20Subject>, has: readonly Extension[]): void {
  const properties = Object.entries(EXTENSIONS).flatMap(([name, extension]) =>
    has.includes(name as Extension) ? extension.present : [extension.absent],
  );
  checkProperties("ERC-20", [...BASE, ...properties], makeSubject);
}

function present<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("The suite was told that the token has a part which its fixture lacks.");
  return part;
}
