import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { Contract } from "ethers";
import { ethers } from "hardhat";
import type { LicenseToken } from "../../../typechain-types";
import { CARD } from "../../helpers/fixture";
import { firstVersion, marketFixture } from "../../helpers/market";

export const [TRANSFERABLE, ESCROWED, UPDATES, GUARDED] = [1n, 2n, 4n, 8n];
/** The index of the module that the fixture adds: the market is the first. */
export const MODULE = 2n;

/** What a module decides about a licence. */
export type Parts = { note?: bigint; rights?: bigint; flags?: bigint; versionId: bigint; serial: bigint };

/** The id without what the token fills in. */
export function draftOf({ note = 0n, rights = 0n, flags = 0n, versionId, serial }: Parts): bigint {
  return (note << 200n) | (rights << 168n) | (flags << 128n) | (versionId << 64n) | serial;
}

/** The id that the token gives a licence of `module`. */
export function idOf(module: bigint, parts: Parts): bigint {
  return draftOf(parts) | (module << 136n);
}

/** What a test does through a module that issues. */
function issuingBy(licenses: LicenseToken, module: Contract, version: bigint) {
  let serials = 0n;

  /** Issues a licence as the module writes it, and returns its id. */
  async function mintDraft(to: string, draft: bigint): Promise<bigint> {
    const data = licenses.interface.encodeFunctionData("mint", [to, draft]);
    const returned = await module.act.staticCall(licenses, 0n, data);
    await module.act(licenses, 0n, data);
    return BigInt(returned);
  }

  /** Issues a licence for the service, with a serial of its own unless the test has one. */
  async function mint(to: string, flags: bigint, differs: Partial<Parts> = {}): Promise<bigint> {
    return mintDraft(to, draftOf({ flags, versionId: version, serial: ++serials, ...differs }));
  }

  async function burn(licenseId: bigint) {
    return module.act(licenses, 0n, licenses.interface.encodeFunctionData("burn", [licenseId]));
  }

  return { mintDraft, mint, burn };
}

/** The whole protocol, with a module that a test steers, allowed to issue licences beside the market. */
export async function licenseFixture() {
  const protocol = await loadFixture(marketFixture);
  const licenses = protocol.contracts.LicenseToken;
  const module = await ethers.deployContract("TestModule");
  await licenses.connect(await protocol.actions.asAdmin()).setModule(module, true);
  const actions = issuingBy(licenses, module, protocol.ids.versionId);
  return { ...protocol, licenses, module, actions: { ...protocol.actions, ...actions } };
}

/** The token alone, with two modules that a test steers; the second issues, as it does in {@link licenseFixture}. */
export async function tokenFixture() {
  const [admin, creator, buyer, other, stranger] = await ethers.getSigners();
  const authority = await ethers.deployContract("TestAuthority", [admin]);
  const registry = await ethers.deployContract("ModelRegistry", [authority, "ipfs://titles"]);
  const licenses = await ethers.deployContract("LicenseToken", [authority, registry, "ipfs://licences"]);
  const versionId = firstVersion(1n);
  await registry.connect(creator).createModel(CARD, 700n);
  const market = await ethers.deployContract("TestModule");
  const module = await ethers.deployContract("TestModule");
  for (const issuer of [market, module]) await licenses.connect(admin).setModule(issuer, true);
  const actions = issuingBy(licenses, module, versionId);
  return { licenses, market, module, admin, actors: { creator, buyer, other, stranger }, ids: { versionId }, actions };
}

/** Two rights modules that a test steers: the first is not asked about transfers, the second is. */
export async function rightsFixture() {
  const fixture = await loadFixture(tokenFixture);
  const { licenses, admin } = fixture;
  const plain = await ethers.deployContract("TestRights");
  const guard = await ethers.deployContract("TestRights");
  await licenses.connect(admin).setRights(plain, true, false);
  await licenses.connect(admin).setRights(guard, true, true);
  return { ...fixture, plain, guard };
}

/** Indices of the two rights modules of {@link rightsFixture}. */
export const [PLAIN, GUARD] = [1n, 2n];
