import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import fc from "fast-check";
import { ethers } from "hardhat";
import type { IERC721 } from "../../../typechain-types";
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
import { calledBy } from "../untyped";

/** A collection to hold against ERC-721. */
export interface Erc721Subject {
  token: IERC721;
  /** People who may hold tokens, at least four. Nobody else holds any. */
  people: readonly HardhatEthersSigner[];
  /** A contract without the receiver's hook. */
  deaf: string;
  /** Mints a token to somebody and says its id; `variety` chooses among the kinds of token there are. */
  mint(to: HardhatEthersSigner, variety: bigint): Promise<bigint>;
  /** Burns, as an account that may. Left out when nobody can. */
  burn?(id: bigint): Promise<unknown>;
}

const ZERO = ethers.ZeroAddress;
const SAFE = "safeTransferFrom(address,address,uint256)";
const SAFE_WITH_DATA = "safeTransferFrom(address,address,uint256,bytes)";

/** Who owns, who receives, who holds which approval, and which kind of token it is. */
const scene = fc.record({
  owner: anyIndex,
  to: anyIndex,
  by: anyIndex,
  variety: anyUint(64),
  way: fc.constantFrom("owner" as const, "approved" as const, "operator" as const),
  call: fc.constantFrom("transferFrom(address,address,uint256)" as const, SAFE, SAFE_WITH_DATA),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;
type Call = Scene["call"];

/** Mints a token to its owner and gives the approvals that the scene asks for. `mover` may move the token. */
async function stage(subject: Erc721Subject, input: Scene) {
  const owner = pick(subject.people, input.owner);
  const others = subject.people.filter((one) => one !== owner);
  const recipient = pick(others, input.to);
  const agent = pick(
    others.filter((one) => one !== recipient),
    input.by,
  );
  const stranger = subject.people.find((one) => one !== owner && one !== recipient && one !== agent);
  if (stranger === undefined) throw new Error("The suite needs four people.");
  const id = await subject.mint(owner, input.variety);
  const { token } = subject;
  if (input.way === "approved") await calledBy(owner, token).approve(agent, id);
  if (input.way === "operator") await calledBy(owner, token).setApprovalForAll(agent, true);
  return { token, id, owner, recipient, agent, stranger, mover: input.way === "owner" ? owner : agent };
}

/** One of the three ways to move a token. */
function move(token: IERC721, by: HardhatEthersSigner, call: Call, from: string, to: string, id: bigint) {
  const { transferFrom, [SAFE]: safe, [SAFE_WITH_DATA]: safeWithData } = token.connect(by);
  if (call === SAFE) return safe(from, to, id);
  return call === SAFE_WITH_DATA ? safeWithData(from, to, id, "0x1234") : transferFrom(from, to, id);
}

const balancesOf = (subject: Erc721Subject) => Promise.all(subject.people.map((one) => subject.token.balanceOf(one)));

/** The balances after `changes`, the order being that of the people. */
function changed(subject: Erc721Subject, before: bigint[], changes: [HardhatEthersSigner, bigint][]): bigint[] {
  return before.map((balance, index) =>
    changes.reduce((sum, [person, change]) => (person === subject.people[index] ? sum + change : sum), balance),
  );
}

const BASE: readonly Property<Erc721Subject>[] = [
  property("has no balance to tell of the zero address", scene, async (subject, input) => {
    const { token } = await stage(subject, input);
    await expect(token.balanceOf(ZERO)).to.be.reverted;
  }),
  property("has no owner to tell of a token that does not exist", anyUint(256), async (subject, id) => {
    await expect(subject.token.ownerOf(id)).to.be.reverted;
  }),
  property(
    "approves nobody for a token that does not exist",
    fc.record({ id: anyUint(256), to: anyAddress, by: anyIndex }),
    async (subject, { id, to, by }) => {
      await expect(subject.token.connect(pick(subject.people, by)).approve(to, id)).to.be.reverted;
      await expect(subject.token.getApproved(id)).to.be.reverted;
    },
  ),
  property("is moved by nobody whom its owner did not approve", scene, async (subject, input) => {
    const { token, id, owner, recipient, stranger } = await stage(subject, input);
    const before = await balancesOf(subject);
    for (const to of [stranger.address, recipient.address, owner.address]) {
      await expect(move(token, stranger, input.call, owner.address, to, id)).to.be.reverted;
    }
    await expect(calledBy(stranger, token).approve(stranger, id)).to.be.reverted;
    expect(await token.ownerOf(id)).to.equal(owner.address);
    expect(await balancesOf(subject)).to.deep.equal(before);
  }),
  property("forgets its approval when it is moved", scene, async (subject, input) => {
    const { token, id, owner, recipient, stranger } = await stage(subject, input);
    await calledBy(owner, token).approve(stranger, id);
    await move(token, owner, input.call, owner.address, recipient.address, id);
    expect(await token.getApproved(id)).to.equal(ZERO);
    await expect(move(token, stranger, input.call, recipient.address, stranger.address, id)).to.be.reverted;
  }),
  property(
    "goes to whom it is sent, with one balance less and one more, and says so",
    scene,
    async (subject, input) => {
      const { token, id, owner, recipient, mover } = await stage(subject, input);
      const before = await balancesOf(subject);
      await expect(move(token, mover, input.call, owner.address, recipient.address, id))
        .to.emit(token, "Transfer")
        .withArgs(owner.address, recipient.address, id);
      expect(await token.ownerOf(id)).to.equal(recipient.address);
      const expected = changed(subject, before, [
        [owner, -1n],
        [recipient, 1n],
      ]);
      expect(await balancesOf(subject)).to.deep.equal(expected);
    },
  ),
  property("is moved from its owner only, not from the zero address or anybody else", scene, async (subject, input) => {
    const { token, id, owner, recipient, stranger, mover } = await stage(subject, input);
    for (const from of [ZERO, recipient.address, stranger.address]) {
      await expect(move(token, mover, input.call, from, recipient.address, id)).to.be.reverted;
    }
    expect(await token.ownerOf(id)).to.equal(owner.address);
  }),
  property("is not moved to the zero address", scene, async (subject, input) => {
    const { token, id, owner, mover } = await stage(subject, input);
    await expect(move(token, mover, input.call, owner.address, ZERO, id)).to.be.reverted;
    expect(await token.ownerOf(id)).to.equal(owner.address);
  }),
  property("stays the owner's, and counts once, when it is sent to its owner", scene, async (subject, input) => {
    const { token, id, owner, mover } = await stage(subject, input);
    const before = await balancesOf(subject);
    await move(token, mover, input.call, owner.address, owner.address, id);
    expect(await token.ownerOf(id)).to.equal(owner.address);
    expect(await balancesOf(subject)).to.deep.equal(before);
  }),
  property("forgets its approval when it is sent to its owner", scene, async (subject, input) => {
    const { token, id, owner, stranger } = await stage(subject, input);
    await calledBy(owner, token).approve(stranger, id);
    await move(token, owner, input.call, owner.address, owner.address, id);
    expect(await token.getApproved(id)).to.equal(ZERO);
  }),
  property("is not sent safely to a contract that cannot receive it", scene, async (subject, input) => {
    const { token, id, owner, mover } = await stage(subject, input);
    for (const call of [SAFE, SAFE_WITH_DATA] as const) {
      await expect(move(token, mover, call, owner.address, subject.deaf, id)).to.be.reverted;
    }
    expect(await token.ownerOf(id)).to.equal(owner.address);
    expect(await token.balanceOf(subject.deaf)).to.equal(0n);
  }),
];

const BURNABLE: readonly Property<Erc721Subject>[] = [
  property("lowers its owner's balance, and no other, when it is burned", scene, async (subject, input) => {
    const { id, owner } = await stage(subject, input);
    const before = await balancesOf(subject);
    await burn(subject, id);
    expect(await balancesOf(subject)).to.deep.equal(changed(subject, before, [[owner, -1n]]));
  }),
  property("is not moved from its last owner after it was burned", scene, async (subject, input) => {
    const { token, id, owner, recipient, mover } = await stage(subject, input);
    await burn(subject, id);
    await expect(move(token, mover, input.call, owner.address, recipient.address, id)).to.be.reverted;
  }),
  property("is not moved from the zero address after it was burned", scene, async (subject, input) => {
    const { token, id, recipient, stranger, mover } = await stage(subject, input);
    await burn(subject, id);
    for (const by of [mover, stranger]) {
      await expect(move(token, by, input.call, ZERO, recipient.address, id)).to.be.reverted;
    }
  }),
  property("approves nobody after it was burned", scene, async (subject, input) => {
    const { token, id, owner, stranger, mover } = await stage(subject, input);
    await burn(subject, id);
    for (const by of [owner, mover]) await expect(calledBy(by, token).approve(stranger, id)).to.be.reverted;
  }),
  property("has no approval to tell of after it was burned", scene, async (subject, input) => {
    const { token, id } = await stage(subject, input);
    await burn(subject, id);
    await expect(token.getApproved(id)).to.be.reverted;
  }),
  property("has no owner to tell of after it was burned", scene, async (subject, input) => {
    const { token, id } = await stage(subject, input);
    await burn(subject, id);
    await expect(token.ownerOf(id)).to.be.reverted;
  }),
];

const MINTABLE: readonly Property<Erc721Subject>[] = [
  property("raises the balance of whom it is minted to, by one", scene, async (subject, input) => {
    const { recipient } = await stage(subject, input);
    const before = await balancesOf(subject);
    await subject.mint(recipient, input.variety);
    expect(await balancesOf(subject)).to.deep.equal(changed(subject, before, [[recipient, 1n]]));
  }),
  property(
    "is a token that was not there before",
    fc.record({ varieties: fc.array(anyUint(64), { minLength: 2, maxLength: 5 }), to: anyIndex, burned: fc.boolean() }),
    async (subject, { varieties, to, burned }) => {
      const owner = pick(subject.people, to);
      const seen = new Set<bigint>();
      for (const variety of varieties) {
        const id = await subject.mint(owner, variety);
        expect(seen.has(id), `the id ${id}`).to.equal(false);
        seen.add(id);
        expect(await subject.token.ownerOf(id)).to.equal(owner.address);
        expect(await subject.token.getApproved(id)).to.equal(ZERO);
        if (burned) await subject.burn?.(id);
      }
    },
  ),
];

/** What holds instead when nobody can burn. */
const WITHOUT_BURN = property<Erc721Subject, Scene>("cannot be burned, by anybody", scene, async (subject, input) => {
  const { token, id, owner, stranger, mover } = await stage(subject, input);
  await expectRefused(await token.getAddress(), [owner, mover, stranger], "burn(uint256)", [id]);
  expect(await token.ownerOf(id)).to.equal(owner.address);
});

/** The 19 published properties of ERC-721, in their published order. */
export const ERC721_PROPERTIES = [...BASE, ...BURNABLE, ...MINTABLE];
/** What replaces those on burning when nobody can burn. */
export const ERC721_ABSENCES = [WITHOUT_BURN];

/** Runs every property that applies. */
export function behavesLikeERC721(
  makeSubject: () => Promise<Erc721Subject>,
  { burnable }: { burnable: boolean },
): void {
  checkProperties("ERC-721", [...BASE, ...(burnable ? BURNABLE : [WITHOUT_BURN]), ...MINTABLE], makeSubject);
}

/** Properties of a token that may never change hands, however much its owner and others try. */
export const SOULBOUND_PROPERTIES: readonly Property<Erc721Subject>[] = [
  property("is moved by nobody, its owner and those it approved included", scene, async (subject, input) => {
    const { token, id, owner, recipient, agent, stranger } = await stage(subject, input);
    const before = await balancesOf(subject);
    for (const by of [owner, agent, stranger]) {
      for (const to of [recipient.address, owner.address, by.address, subject.deaf]) {
        await expect(move(token, by, input.call, owner.address, to, id)).to.be.reverted;
      }
    }
    expect(await token.ownerOf(id)).to.equal(owner.address);
    expect(await balancesOf(subject)).to.deep.equal(before);
  }),
  property("is burned by nobody but its issuer", scene, async (subject, input) => {
    const { token, id, owner, agent, stranger } = await stage(subject, input);
    await expectRefused(await token.getAddress(), [owner, agent, stranger], "burn(uint256)", [id]);
    expect(await token.ownerOf(id)).to.equal(owner.address);
  }),
  property("leaves its owner by its issuer's burning alone", scene, async (subject, input) => {
    const { token, id, owner } = await stage(subject, input);
    const before = await balancesOf(subject);
    await burn(subject, id);
    await expect(token.ownerOf(id)).to.be.reverted;
    expect(await balancesOf(subject)).to.deep.equal(changed(subject, before, [[owner, -1n]]));
  }),
];

/** Runs what must fail closed. */
export function behavesLikeSoulbound(makeSubject: () => Promise<Erc721Subject>): void {
  checkProperties("soulbound", SOULBOUND_PROPERTIES, makeSubject);
}

async function burn(subject: Erc721Subject, id: bigint): Promise<void> {
  if (subject.burn === undefined) throw new Error("The suite was told that the token burns, and its fixture cannot.");
  await subject.burn(id);
}
