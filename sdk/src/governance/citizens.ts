import { Contract, type ContractTransactionReceipt, type Provider, type Signer } from "ethers";

import { canonicalAddress, canonicalFields } from "../addresses/address";
import { Chain, type ClientOptions } from "../chain/chain";
import { eventIn, eventsIn } from "../chain/events";
import { explainFailures } from "../chain/explain";
import { explained } from "../errors/explain";
import { signatureForms } from "../market/signature";
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
  return explained(() => issuer.signTypedData(domain, TYPES, canonicalFields(attestation, ["account"])));
}

/**
 * One person's credential: present what an issuer signed, give it up, ask who is a citizen. Every failure is an
 * `IsonomyError` with a sentence, its reason and its fix.
 */
export class CitizenClient {
  readonly registry: string;
  readonly #contract: Contract;
  readonly #chain: Chain;

  constructor(registry: string, runner: Signer | Provider, options: ClientOptions = {}) {
    explainFailures(this);
    this.registry = canonicalAddress(registry, "registry");
    this.#contract = new Contract(this.registry, REGISTRY_ABI, runner);
    this.#chain = new Chain(
      runner,
      [{ name: "CitizenRegistry", address: this.registry, refersTo: { TOKEN: "" } }],
      options,
    );
  }

  /**
   * Presents an attestation of the signer's own account. The credential seasons for 30 days; then `reweigh` counts it. Presented to the
   * issuer that vouches already, it is renewed. Presented to another issuer, it stays as it is: the registry emits
   * `ChangeOfIssuerBegun`, and a second attestation of that issuer, 90 days later, makes the credential its own.
   */
  async present(given: Attestation, signature: string): Promise<ContractTransactionReceipt> {
    const attestation = canonicalFields(given, ["account"]);
    const issue = this.#contract.getFunction("issue");
    await this.#chain.account();
    await this.#chain.require();
    // an issuer's key has one form that is verified; an issuer's contract may ask for any
    const forms = signatureForms(signature);
    const tried = await Promise.allSettled(forms.map((form) => issue.staticCall(attestation, form)));
    const accepted = forms.find((_, i) => tried[i]!.status === "fulfilled");
    if (accepted === undefined) throw (tried[0] as PromiseRejectedResult).reason;
    const receipt = await this.#chain.send(this.#contract, () => issue.populateTransaction(attestation, accepted));
    const { account, issuerId } = attestation;
    const left = ["CredentialRenewed", "ChangeOfIssuerBegun"].flatMap((name) =>
      eventsIn(this.#contract, receipt, name, { account, issuerId }),
    );
    if (left.length === 0) eventIn(this.#contract, receipt, "CredentialIssued", { account, issuerId });
    return receipt;
  }

  /** Gives the signer's credential up, permanently or to move to another account. */
  async renounce(): Promise<ContractTransactionReceipt> {
    const account = await this.#chain.account();
    const receipt = await this.#chain.send(this.#contract, () =>
      this.#contract.getFunction("renounce").populateTransaction(),
    );
    eventIn(this.#contract, receipt, "CredentialRevoked", { account, byHolder: true });
    return receipt;
  }

  /** The nonce that an account's next attestation has to name. */
  async nonce(account: string): Promise<bigint> {
    return (await this.#contract.getFunction("nonces")(canonicalAddress(account, "account"))) as bigint;
  }

  /** Whether an account holds a live and seasoned credential. */
  async isCitizen(account: string): Promise<boolean> {
    return (await this.#contract.getFunction("isCitizen")(canonicalAddress(account, "account"))) as boolean;
  }

  /** How many citizens are counted, and the phase of the DAO. */
  async standing(): Promise<{ citizens: bigint; phase: number }> {
    const [citizens, phase] = (await Promise.all([
      this.#contract.getFunction("citizens")(),
      this.#contract.getFunction("phase")(),
    ])) as [bigint, bigint];
    return { citizens, phase: Number(phase) };
  }
}
