import { Contract, type ContractTransactionReceipt, type Signer } from "ethers";

import type { ICitizenRegistry } from "../../../typechain-types";
import { ICitizenRegistry__factory } from "../../../typechain-types/factories/contracts/identity/ICitizenRegistry__factory";
import { canonicalAddress, canonicalFields } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { checked } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, eventsIn, withEvent } from "../chain/events";
import type { Sent } from "../chain/sent";
import { decodingErrors } from "../errors/explain";
import { signatureForms } from "../market/signature";
import { NONCES_ABI } from "./abi";

const LINKS = { CitizenRegistry: { TOKEN: "any" } } as const satisfies Links<"CitizenRegistry">;

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

/**
 * An issuer's signature by EIP-712 over one attestation, for one registry on one chain.
 * @throws `ADDRESS_INVALID`, and what the issuer's wallet fails with.
 * @example
 * ```ts
 * const signature = await signAttestation(signer, deployment.contracts.CitizenRegistry, chainId, attestation);
 * ```
 */
export const signAttestation = /* @__PURE__ */ checked(
  async (issuer: Signer, registry: string, chainId: bigint, attestation: Attestation): Promise<string> => {
    const verifyingContract = canonicalAddress(registry, "registry");
    const domain = { name: "Isonomy CitizenRegistry", version: "1", chainId, verifyingContract };
    return decodingErrors(() => issuer.signTypedData(domain, TYPES, canonicalFields(attestation, ["account"])));
  },
);

/**
 * One person's credential: present what an issuer signed, give it up, ask who is a citizen. Every failure is an
 * `IsonomyError` with a sentence, its reason and its fix.
 * @example
 * ```ts
 * const client = new CitizenClient(deploymentOn(chainId), signer);
 * await client.present(attestation, signature);
 * await client.isCitizen(account); // true once the credential has seasoned
 * ```
 */
export class CitizenClient extends Client<"CitizenRegistry"> {
  /** The registry's contract, for calls of your own. */
  readonly registry: ICitizenRegistry;
  readonly #nonces: Contract;

  constructor(deployment: PartialDeployment<"CitizenRegistry">, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.registry = this.contract(ICitizenRegistry__factory, "CitizenRegistry");
    this.#nonces = new Contract(this.deployment.contracts.CitizenRegistry, NONCES_ABI, runner);
  }

  /**
   * Presents an attestation of the signer's own account. The credential seasons for 30 days; then `reweigh` counts it. Presented to the
   * issuer that vouches already, it is renewed. Presented to another issuer, it stays as it is: the registry emits
   * `ChangeOfIssuerBegun`, and a second attestation of that issuer, 90 days later, makes the credential its own.
   * @throws `CitizenRegistry_AttestationExpired`, `CitizenRegistry_NotTheAccount`, `CitizenRegistry_WrongSignature`,
   * `CitizenRegistry_NullifierInUse` where the same person has a credential, `CitizenRegistry_IssuancePaused`.
   * @example
   * ```ts
   * await citizens.present(attestation, signature);
   * ```
   */
  present(given: Attestation, signature: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const attestation = canonicalFields(given, ["account"]);
      const { issue } = this.registry;
      await this.chain.account();
      await this.chain.require();
      // an issuer's key has one form that is verified; an issuer's contract may ask for any
      const forms = signatureForms(signature);
      const tried = await Promise.allSettled(forms.map((form) => issue.staticCall(attestation, form)));
      const accepted = forms.find((_, i) => tried[i]!.status === "fulfilled");
      if (accepted === undefined) throw (tried[0] as PromiseRejectedResult).reason;
      const receipt = await send(this.registry, () => issue.populateTransaction(attestation, accepted));
      const { account, issuerId } = attestation;
      const events = ["CredentialIssued", "CredentialRenewed", "ChangeOfIssuerBegun"];
      return withEvent(this.registry, receipt, events, { account, issuerId });
    });
  }

  /**
   * Gives the signer's credential up, permanently or to move to another account.
   * @throws `CitizenRegistry_NoCredential`.
   * @example
   * ```ts
   * await citizens.renounce();
   * ```
   */
  renounce(): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const account = await this.chain.account();
      const receipt = await send(this.registry, () => this.registry.renounce.populateTransaction());
      eventIn(this.registry, receipt, "CredentialRevoked", { account, byHolder: true });
      return receipt;
    });
  }

  /**
   * Records that an issuer vouches for more than half of the citizens counted now; anyone may. The DAO then decides on issuers
   * without the consent of that issuer's citizens. What an issuer gains in the last phase is recorded by itself: this is for one
   * that came to have more than half because others left, before the snapshot of a vote about it.
   * @returns `recorded` is false when it was recorded already.
   * @throws `CitizenRegistry_NoMajority` for any other issuer.
   * @example
   * ```ts
   * const { recorded } = await citizens.recordMajority(3);
   * ```
   */
  recordMajority(issuerId: number): Sent<{ recorded: boolean; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      await this.chain.account();
      const receipt = await send(this.registry, () => this.registry.recordMajority.populateTransaction(issuerId));
      return { recorded: eventsIn(this.registry, receipt, "MajorityRecorded", { issuerId }).length !== 0, receipt };
    });
  }

  /**
   * Moves the DAO to its next phase, which begins in the next second; anyone may. Irreversible.
   * @throws `CitizenRegistry_PhaseNotReached` when there are not enough citizens or issuers yet, and in the last phase.
   * @example
   * ```ts
   * const { phase } = await citizens.advancePhase();
   * ```
   */
  advancePhase(): Sent<{ phase: number; receipt: ContractTransactionReceipt }> {
    return this.chain.write(async ({ send }) => {
      await this.chain.account();
      const receipt = await send(this.registry, () => this.registry.advancePhase.populateTransaction());
      return { phase: Number(eventIn(this.registry, receipt, "PhaseReached").args.phase), receipt };
    });
  }

  /**
   * The nonce that an account's next attestation has to name.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const nonce = await citizens.nonce(account);
   * ```
   */
  async nonce(account: string): Promise<bigint> {
    return decodingErrors(async () => {
      const nonces = this.#nonces.getFunction("nonces");
      return (await nonces(canonicalAddress(account, "account"))) as bigint;
    });
  }

  /**
   * Whether an account holds a live and seasoned credential.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * if (!(await citizens.isCitizen(account))) console.log("This account has no vote in the citizens' house.");
   * ```
   */
  async isCitizen(account: string): Promise<boolean> {
    return decodingErrors(() => this.registry.isCitizen(canonicalAddress(account, "account")));
  }

  /**
   * How many citizens are counted, and the phase of the DAO.
   * @example
   * ```ts
   * const { citizens: counted, phase } = await citizens.standing();
   * ```
   */
  async standing(): Promise<{ citizens: bigint; phase: number }> {
    const [citizens, phase] = await decodingErrors(() =>
      Promise.all([this.registry.citizens(), this.registry.phase()]),
    );
    return { citizens, phase: Number(phase) };
  }
}
