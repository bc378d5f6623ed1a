import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";
import { marketFixture } from "../../helpers/market";

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

/** A module that a test steers, allowed to issue licences beside the market. */
export async function licenseFixture() {
  const protocol = await loadFixture(marketFixture);
  const licenses = protocol.contracts.LicenseToken;
  const module = await ethers.deployContract("TestModule");
  const admin = await protocol.actions.asAdmin();
  await licenses.connect(admin).setModule(module, true);

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
    return mintDraft(to, draftOf({ flags, versionId: protocol.ids.versionId, serial: ++serials, ...differs }));
  }

  async function burn(licenseId: bigint) {
    return module.act(licenses, 0n, licenses.interface.encodeFunctionData("burn", [licenseId]));
  }

  return { ...protocol, licenses, module, actions: { ...protocol.actions, mintDraft, mint, burn } };
}

/** Two rights modules that a test steers: the first is not asked about transfers, the second is. */
export async function rightsFixture() {
  const protocol = await loadFixture(licenseFixture);
  const { licenses } = protocol;
  const plain = await ethers.deployContract("TestRights");
  const guard = await ethers.deployContract("TestRights");
  const admin = await protocol.actions.asAdmin();
  await licenses.connect(admin).setRights(plain, true, false);
  await licenses.connect(admin).setRights(guard, true, true);
  return { ...protocol, admin, plain, guard };
}

/** Indices of the two rights modules of {@link rightsFixture}. */
export const [PLAIN, GUARD] = [1n, 2n];
