import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { AddressLike, TypedDataDomain } from "ethers";
import { ethers } from "hardhat";
import type { Lineage } from "../../../typechain-types";
import type { ParentStruct } from "../../../typechain-types/contracts/lineage/Lineage";
import { CARD } from "../../helpers/fixture";
import { DAY, NATIVE } from "../../helpers/market";
import { domainOf, type TypedSigner } from "../../helpers/signing";

export const BPS = 10_000n;
export const MAX_BPS = 5_000n;
export const YEAR = 365n * DAY;
/** The models that others are made from: 1 to 8, each with a holder of its own. */
export const PARENTS = 8n;
/** The models that the creator makes from them. */
export const [CHILD, SECOND_CHILD] = [9n, 10n];

const CONSENT_TYPES = {
  Consent: [
    { name: "parent", type: "uint48" },
    { name: "child", type: "uint48" },
    { name: "bps", type: "uint16" },
    { name: "validUntil", type: "uint40" },
  ],
};

export interface Consent {
  parent: bigint;
  child: bigint;
  bps: bigint;
  validUntil: bigint;
}

/** A consent signed for a lineage, or for another place where parts of the domain differ. */
export async function signConsent(
  lineage: Lineage,
  signer: TypedSigner,
  consent: Consent,
  differs: TypedDataDomain = {},
): Promise<string> {
  return signer.signTypedData({ ...(await domainOf(lineage)), ...differs }, CONSENT_TYPES, consent);
}

/** The digest of a consent by the library's own words. */
export async function digestOf(lineage: Lineage, consent: Consent): Promise<string> {
  return ethers.TypedDataEncoder.hash(await domainOf(lineage), CONSENT_TYPES, consent);
}

/** A consent as `create` takes it. */
export function packConsent(validUntil: bigint, signature: string): string {
  return ethers.AbiCoder.defaultAbiCoder().encode(["uint40", "bytes"], [validUntil, signature]);
}

/** Parents with these ids and shares. */
export const parentsOf = (...pairs: [modelId: bigint, bps: bigint][]): ParentStruct[] =>
  pairs.map(([modelId, bps]) => ({ modelId, bps }));

/** Models 1 to 8 of eight holders, and two of a creator who may make them children. */
export async function lineageFixture() {
  const [admin, creator, buyer, stranger, ...others] = await ethers.getSigners();
  const holders = others.slice(0, Number(PARENTS));
  const authority = await ethers.deployContract("TestAuthority", [admin]);
  const registry = await ethers.deployContract("ModelRegistry", [authority, "ipfs://titles"]);
  const ledger = await ethers.deployContract("RevenueLedger");
  const lineage = await ethers.deployContract("Lineage", [registry, ledger]);
  const token = await ethers.deployContract("TestToken", ["Test Dollar", "TUSD", 6]);
  for (const holder of [...holders, creator, creator]) await registry.connect(holder).createModel(CARD, 500n);

  /** The holder of a model's title. */
  const holderOf = (modelId: bigint): HardhatEthersSigner =>
    modelId > PARENTS ? creator : holders[Number(modelId) - 1];

  /** Lets anybody name these models as parents, for any share and for a year. */
  async function open(...modelIds: bigint[]) {
    const until = BigInt(await time.latest()) + YEAR;
    for (const id of modelIds) await lineage.connect(holderOf(id)).setOpenTerms(id, 1n, until);
  }

  /** Gives a child these parents, all of which agree, and says its account. */
  async function createFor(child: bigint, parents: ParentStruct[]) {
    await open(...parents.map(({ modelId }) => BigInt(modelId)));
    await lineage.connect(creator).create(
      child,
      parents,
      parents.map(() => "0x"),
    );
    return ethers.getContractAt("Splitter", await lineage.accountOf(child));
  }

  /** Credits an account in the token, or in native coin. */
  async function credit(account: AddressLike, amount: bigint, of: AddressLike = token) {
    const credits = [{ account, amount }];
    if (of === NATIVE) return ledger.credit(NATIVE, credits, { value: amount });
    await (await ethers.getContractAt("TestToken", await ethers.resolveAddress(of))).mint(ledger, amount);
    return ledger.credit(of, credits);
  }

  return {
    authority,
    registry,
    ledger,
    lineage,
    token,
    holders,
    actors: { creator, buyer, stranger },
    actions: { holderOf, open, createFor, credit },
  };
}
