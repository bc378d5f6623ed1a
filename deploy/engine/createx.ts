import { dirname, join } from "node:path";

import { concat, getCreate2Address, id, keccak256, toQuantity, zeroPadValue } from "ethers";

import { sleep } from "../../sdk/src/rpc/patient";
import type { RpcRequest } from "./rpc";

/** The factory through which every contract is created: at the same address on every chain that has it. */
export const CREATE_X = "0xba5Ed099633D3B313e4D5F7bdc1305d3c28ba5Ed";
const CREATE_X_CODE_HASH = "0xbd8a7ea8cfca7b4e5f5041d7d4b17bc317c5ce42cfbc42066a00cf26b43eb53f";
/** Who signed the transaction that creates the factory, and what it costs at most. */
const CREATE_X_SIGNER = "0xeD456e05CaAb11d66C4c797dD6c1D6f9A7F352b5";
const CREATE_X_COST = 300_000_000_000_000_000n;

interface Provider {
  request<T = unknown>(request: RpcRequest): Promise<T>;
}

/**
 * The salt of a deployment, for a release with the system's name before it. Its first 20 bytes are the deployer and the next is zero, so that the factory gives its addresses to nobody else
 * and does not mix the chain's id into them: equal code, arguments and deployer give equal addresses on every chain.
 */
export function saltOf(deployer: string, release: string): string {
  return concat([deployer, "0x00", id(release).slice(0, 24)]);
}

/** Where the factory puts a contract for the deployer whose salt it is. */
export function predictAddress(deployer: string, salt: string, initCodeHash: string): string {
  return getCreate2Address(CREATE_X, keccak256(concat([zeroPadValue(deployer, 32), salt])), initCodeHash);
}

/** What is at the factory's address. */
export async function createXState(provider: Provider): Promise<"ready" | "missing" | "foreign"> {
  const code = await provider.request<string>({ method: "eth_getCode", params: [CREATE_X, "latest"] });
  if (code === "0x") return "missing";
  return keccak256(code) === CREATE_X_CODE_HASH ? "ready" : "foreign";
}

/** Puts the factory on a development node by the transaction that its authors signed for every chain. */
export async function placeCreateX(provider: Provider): Promise<void> {
  await provider.request({ method: "hardhat_setBalance", params: [CREATE_X_SIGNER, toQuantity(CREATE_X_COST)] });
  await provider.request({ method: "eth_sendRawTransaction", params: [await presignedTransaction()] });
  for (let waited = 0; (await createXState(provider)) !== "ready"; waited += 100) {
    if (waited > 30_000) throw new Error("The factory CreateX did not appear on the local node within 30 s.");
    await sleep(100);
  }
}

/** Ignition carries the transaction for its own local chain, but only its main file is exported. */
async function presignedTransaction(): Promise<string> {
  const main = require.resolve("@nomicfoundation/ignition-core");
  const artifact: { presignedTx: string } = await import(
    join(dirname(main), "internal/execution/strategy/createx-artifact.js")
  );
  return artifact.presignedTx;
}
