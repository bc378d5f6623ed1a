import { Contract, keccak256, type Provider } from "ethers";

import { canonicalAddress, sameAddress } from "../addresses/address";
import { chainError } from "../errors/chainErrors";
import { isContractsAnswer } from "../errors/classify";

/** A contract that a client relies on, and what shows that it is the right one. */
export interface Expected {
  readonly name: string;
  readonly address: string;
  /** Keccak-256 of its code, where the deployment says it. */
  readonly codeHash?: string | undefined;
  /** Functions without parameters that return an address, and the address that each has to return; "" for any. */
  readonly refersTo?: Readonly<Record<string, string>>;
}

/** The chain's id as the node says it now: a provider may remember another, and a wallet switches when its owner likes. */
export async function chainIdNow(provider: Provider): Promise<bigint> {
  const { send } = provider as { send?: (method: string, parameters: unknown[]) => Promise<unknown> };
  if (typeof send === "function") {
    // a provider that was never used asks for its network first, over and over when nobody answers
    await provider.getNetwork();
    return BigInt(String(await send.call(provider, "eth_chainId", [])));
  }
  return (await provider.getNetwork()).chainId;
}

/**
 * The contracts of a client on one chain. The chain is the one that was named; else the first on which all of them were
 * found: the same addresses may hold the same contracts elsewhere, and the owner of a wallet may not know that it moved.
 */
export class Deployed {
  readonly #contracts: readonly Expected[];
  #chainId: bigint | undefined;
  #found: Promise<void> | undefined;
  #isFound = false;

  constructor(contracts: readonly Expected[], chainId?: bigint | number) {
    this.#contracts = contracts.map((one) => ({ ...one, address: canonicalAddress(one.address, one.name) }));
    this.#chainId = chainId === undefined ? undefined : BigInt(chainId);
  }

  /** The chain of the deployment; undefined before it is known. */
  get chainId(): bigint | undefined {
    return this.#chainId;
  }

  /** Whether the contracts were seen; from then on only the chain can be another one. */
  get isFound(): boolean {
    return this.#isFound;
  }

  /** Throws unless the node is on the chain and the contracts are there, and returns the chain's id. */
  async require(provider: Provider): Promise<bigint> {
    const actual = await chainIdNow(provider);
    if (this.#chainId !== undefined && actual !== this.#chainId) {
      throw chainError("WRONG_NETWORK", { actual, expected: this.#chainId });
    }
    // the code of a chain does not go away, so it is looked for once
    this.#found ??= this.#look(provider, actual).catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    await this.#found;
    this.#isFound = true;
    this.#chainId ??= actual;
    if (this.#chainId !== actual) throw chainError("WRONG_NETWORK", { actual, expected: this.#chainId });
    return actual;
  }

  async #look(provider: Provider, chainId: bigint): Promise<void> {
    await Promise.all(
      this.#contracts.map(async ({ name, address, codeHash, refersTo = {} }) => {
        await requireCode(provider, { name, address, codeHash }, chainId);
        for (const [getter, expected] of Object.entries(refersTo)) {
          const contract = new Contract(address, [`function ${getter}() view returns (address)`], provider);
          let actual: string;
          try {
            actual = (await contract.getFunction(getter)()) as string;
          } catch (error) {
            if (!isContractsAnswer(error)) throw error;
            throw chainError("CONTRACT_FOREIGN", { name, address, chainId, detail: `it has no ${getter}.` }, error);
          }
          if (expected !== "" && !sameAddress(actual, expected)) {
            const detail = `its ${getter} is ${actual}, not ${expected}.`;
            throw chainError("CONTRACT_FOREIGN", { name, address, chainId, detail });
          }
        }
      }),
    );
  }
}

/** Throws unless a contract is there, with the code that its deployment says it has. */
export async function requireCode(
  provider: Pick<Provider, "getCode">,
  { name, address, codeHash }: Pick<Expected, "name" | "address" | "codeHash">,
  chainId: bigint,
): Promise<void> {
  const code = await provider.getCode(address);
  if (code === "0x") throw chainError("CONTRACT_MISSING", { name, address, chainId });
  if (codeHash === undefined) return;
  const actual = keccak256(code);
  if (actual === codeHash.toLowerCase()) return;
  const detail = `its code has the hash ${actual}, and the deployment says ${codeHash}.`;
  throw chainError("CONTRACT_FOREIGN", { name, address, chainId, detail });
}
