import { expect } from "chai";
import { ethers } from "hardhat";
import { CREDENTIAL_PROPERTIES, type CredentialSubject } from "../../support/properties/credential";
import { ERC20_ABSENCES, ERC20_PROPERTIES, type Erc20Subject } from "../../support/properties/erc20";
import { ERC6909_PROPERTIES, type Erc6909Subject } from "../../support/properties/erc6909";
import {
  ERC721_ABSENCES,
  ERC721_PROPERTIES,
  SOULBOUND_PROPERTIES,
  type Erc721Subject,
} from "../../support/properties/erc721";
import type { Property } from "../../support/properties/property";
import { calledBy } from "../../support/untyped";

const UNIT = 10n ** 18n;
/** Enough to see that it is the flaw, and nothing else, which violates a property. */
const SOUND_RUNS = 4;

async function flawedERC20(flaw: number): Promise<Erc20Subject> {
  const people = await ethers.getSigners();
  const contract = await ethers.deployContract("FlawedERC20", [flaw]);
  for (const [index, one] of people.slice(0, 3).entries()) await contract.mint(one, BigInt(index + 1) * UNIT);
  return {
    token: await ethers.getContractAt("IERC20", contract),
    holders: people.slice(0, 3),
    strangers: people.slice(3, 5),
    elsewhere: [],
    mint: { most: UNIT, run: (to, amount) => contract.mint(to, amount) },
    burn: {
      own: (holder, amount) => calledBy(holder, contract).burn(amount),
      from: (spender, holder, amount) => calledBy(spender, contract).burnFrom(holder, amount),
    },
    pause: () => contract.pause(),
    changeAllowance: {
      increase: (owner, spender, amount) => calledBy(owner, contract).increaseAllowance(spender, amount),
      decrease: (owner, spender, amount) => calledBy(owner, contract).decreaseAllowance(spender, amount),
    },
  };
}

async function flawedERC721(flaw: number, bound = false): Promise<Erc721Subject> {
  const [issuer, ...people] = await ethers.getSigners();
  const contract = await ethers.deployContract("FlawedERC721", [flaw, bound]);
  return {
    token: await ethers.getContractAt("IERC721", contract),
    people: people.slice(0, 5),
    deaf: await contract.getAddress(),
    mint: async (to) => {
      const id = await contract.mint.staticCall(to);
      await contract.mint(to);
      return id;
    },
    burn: (id) => calledBy(issuer, contract).burn(id),
  };
}

async function flawedERC6909(flaw: number): Promise<Erc6909Subject> {
  const people = await ethers.getSigners();
  const contract = await ethers.deployContract("FlawedERC6909", [flaw]);
  const ids = [1n, 2n];
  for (const id of ids) {
    for (const [index, one] of people.slice(0, 3).entries()) await contract.mint(one, id, BigInt(index + 1) * UNIT);
  }
  return {
    token: (await ethers.getContractAt("IERC6909TokenSupply", contract)) as unknown as Erc6909Subject["token"],
    ids,
    holders: people.slice(0, 3),
    strangers: people.slice(3, 5),
    elsewhere: [],
    mint: async (to, id, part) => {
      await contract.mint(to, id, part + 1n);
      return part + 1n;
    },
    burn: (holder, id, amount) => calledBy(holder, contract).burn(id, amount),
  };
}

async function flawedCredentials(flaw: number): Promise<CredentialSubject> {
  const [, ...people] = await ethers.getSigners();
  const contract = await ethers.deployContract("FlawedCredentials", [flaw]);
  let nonce = 0n;
  const subject: CredentialSubject<[string, string, bigint]> = {
    contract: await contract.getAddress(),
    people: people.slice(0, 4),
    attest: async (account, nullifier) => [account, nullifier, ++nonce],
    present: (by, pass) => calledBy(by, contract).present(...pass),
    revoke: (by, account) => calledBy(by, contract).revoke(account),
    renounce: (by) => calledBy(by, contract).renounce(),
    stateOf: async (account) => [await contract.nullifierOf(account)],
    isLive: async (account) => (await contract.nullifierOf(account)) !== ethers.ZeroHash,
  };
  return subject as CredentialSubject;
}

/** Each property holds for the token without a flaw, and the token with the flaw of the same number violates it. */
function eachCanFail<Subject>(
  properties: readonly Property<Subject>[],
  withFlaw: (flaw: number) => Promise<Subject>,
  firstFlaw = 1,
): void {
  const sound = () => withFlaw(0);
  properties.forEach((one, index) => {
    const flaw = firstFlaw + index;
    const flawed = () => withFlaw(flaw);
    it(`"${one.title}" holds without a flaw, and not with flaw ${flaw}`, async () => {
      await one.assert(sound, SOUND_RUNS);
      expect(await one.isViolated(flawed), "found by random inputs").to.equal(true);
    });
  });
}

describe("properties of tokens", () => {
  describe("ERC-20", () => {
    it("are the 25 published ones", () => expect(ERC20_PROPERTIES.length).to.equal(25));
    eachCanFail(ERC20_PROPERTIES, flawedERC20);

    const complete = () => flawedERC20(0);
    for (const one of ERC20_ABSENCES) {
      it(`"${one.title}" does not hold for a token that has it`, async () => {
        expect(await one.isViolated(complete)).to.equal(true);
      });
    }
  });

  describe("ERC-721", () => {
    it("are the 19 published ones", () => expect(ERC721_PROPERTIES.length).to.equal(19));
    eachCanFail(ERC721_PROPERTIES, flawedERC721);
    eachCanFail(SOULBOUND_PROPERTIES, (flaw) => flawedERC721(flaw, true), 20);

    const burnedByItsOwner = () => flawedERC721(21);
    for (const one of ERC721_ABSENCES) {
      it(`"${one.title}" does not hold for a token that its owner burns`, async () => {
        expect(await one.isViolated(burnedByItsOwner)).to.equal(true);
      });
    }
  });

  describe("ERC-6909", () => eachCanFail(ERC6909_PROPERTIES, flawedERC6909));

  describe("personal credentials", () => eachCanFail(CREDENTIAL_PROPERTIES, flawedCredentials));
});
