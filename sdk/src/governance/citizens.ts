import { Contract, type ContractTransactionReceipt, type Provider, type Signer } from "ethers";

import { canonicalAddress, canonicalFields } from "../addresses/address";
import { REGISTRY_ABI } from "./abi";

/** What an issuer signs; see `ICitizenRegistry.Attestation`. Nothing in it names a person. */
export interface Attestation {
  /** The account that will hold the credential, and the only one that may present this. */
  readonly account: string;
  readonly issuerId: number;
  /** The same 32 bytes for the same person with every issuer of a domain; they reveal nothing. */
  readonly nullifier: string;
  /** A salted hash of what the issuer knows. */
  readonly claimHash: string;
  /** When the credential ends, in seconds. */
  readonly validUntil: bigint;
  /** Until when this may be presented, in seconds. */
  readonly deadline: bigint;
  /** The account's next nonce; `CitizenClient.nonce` reads it. */
  readonly nonce: bigint;
}

const TYPES = {
  Attestation: [
    { name: "account", type: "address" },
    { name: "issuerId", type: "uint32" },
    { name: "nullifier", type: "bytes32" },
    { name: "claimHash", type: "bytes32" },
    { name: "validUntil", type: "uint48" },
    { name: "deadline", type: "uint48" },
    { name: "nonce", type: "uint256" },
  ],
};

/** An issuer's signature by EIP-712 over one attestation, for one registry on one chain. */
export async function signAttestation(
  issuer: Signer,
  registry: string,
  chainId: bigint,
  attestation: Attestation,
): Promise<string> {
  const verifyingContract = canonicalAddress(registry, "registry");
  const domain = { name: "Isonomy CitizenRegistry", version: "1", chainId, verifyingContract };
  return issuer.signTypedData(domain, TYPES, canonicalFields(attestation, ["account"]));
}

/** One person's credential: present what an issuer signed, give it up, ask who is a citizen. */
export class CitizenClient {
  readonly registry: string;
  private readonly _registry: Contract;

  constructor(registry: string, runner: Signer | Provider) {
    this.registry = canonicalAddress(registry, "registry");
    this._registry = new Contract(this.registry, REGISTRY_ABI, runner);
  }

  /**
   * Presents an attestation of the signer's own account. The credential seasons for 30 days; then `reweigh` counts it. Presented to the
   * issuer that vouches already, it is renewed. Presented to another issuer, it stays as it is: the registry emits
   * `ChangeOfIssuerBegun`, and a second attestation of that issuer, 30 days later, makes the credential its own.
   */
  async present(given: Attestation, signature: string): Promise<ContractTransactionReceipt> {
    const attestation = canonicalFields(given, ["account"]);
    await this._registry.getFunction("issue").staticCall(attestation, signature);
    return (await (await this._registry.getFunction("issue")(attestation, signature)).wait())!;
  }

  /** Gives the signer's credential up, for good or to move to another account. */
  async renounce(): Promise<ContractTransactionReceipt> {
    return (await (await this._registry.getFunction("renounce")()).wait())!;
  }

  /** The nonce that an account's next attestation has to name. */
  async nonce(account: string): Promise<bigint> {
    return (await this._registry.getFunction("nonces")(canonicalAddress(account, "account"))) as bigint;
  }

  /** Whether an account holds a live and seasoned credential. */
  async isCitizen(account: string): Promise<boolean> {
    return (await this._registry.getFunction("isCitizen")(canonicalAddress(account, "account"))) as boolean;
  }

  /** How many citizens are counted, and the phase of the DAO. */
  async standing(): Promise<{ citizens: bigint; phase: number }> {
    const [citizens, phase] = (await Promise.all([
      this._registry.getFunction("citizens")(),
      this._registry.getFunction("phase")(),
    ])) as [bigint, bigint];
    return { citizens, phase: Number(phase) };
  }
}
