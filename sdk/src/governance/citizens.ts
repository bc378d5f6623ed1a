import { Contract, isHexString, type ContractTransactionReceipt } from "ethers";

import type { ICitizenRegistry } from "../../../typechain-types";
import { ICitizenRegistry__factory } from "../../../typechain-types/factories/contracts/identity/ICitizenRegistry__factory";
import { canonicalAddress, canonicalFields } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { argumentError } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn, eventsIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { identityError } from "../domains/identity/errors";
import { decodingErrors } from "../errors/explain";
import { signatureForms } from "../market/signature";
import { CITIZENS_ABI } from "./abi";
import {
  refusalNow,
  requireIssuer,
  requireSigner,
  signAttestation,
  type Attestation,
  type AttestationRequest,
  type SignedAttestation,
} from "./attestation";
import { stateAt, type CredentialStatus } from "./credential";
import { grantedIn, type Granted } from "./granted";

const LINKS = { CitizenRegistry: { TOKEN: "any" } } as const satisfies Links<"CitizenRegistry">;

/**
 * One person's credential: attest it as an issuer, present what an issuer signed, give it up, ask who is a citizen. Every failure is an
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
  readonly #own: Contract;

  constructor(deployment: PartialDeployment<"CitizenRegistry">, runner: Runner, options: ClientOptions = {}) {
    super(deployment, runner, options, LINKS);
    this.registry = this.contract(ICitizenRegistry__factory, "CitizenRegistry");
    this.#own = new Contract(this.deployment.contracts.CitizenRegistry, CITIZENS_ABI, runner);
  }

  /**
   * Presents an attestation of the signer's own account. The credential seasons for 30 days; then `reweigh` counts it. Presented to the
   * issuer that vouches already, it is renewed. Presented to another issuer, it stays as it is: the registry emits
   * `ChangeOfIssuerBegun`, and a second attestation of that issuer, 90 days later, makes the credential its own.
   * @throws `CitizenRegistry_AttestationExpired`, `CitizenRegistry_NotTheAccount`, `CitizenRegistry_WrongSignature`,
   * `CitizenRegistry_NullifierInUse` where the same person has a credential, `CitizenRegistry_IssuancePaused`.
   * @example
   * ```ts
   * const { outcome, validUntil, possibleAt } = await citizens.present(attestation, signature);
   * ```
   */
  present(given: Attestation, signature: string): Sent<Granted> {
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
      return grantedIn(this.registry, receipt, attestation.account, Number(attestation.issuerId));
    });
  }

  /**
   * Presents a proof to an issuer that is an adapter, for the signer's own account, with the same outcomes as `present`.
   * @param proof Bytes in hexadecimal, as the adapter asks for them.
   * @throws `ISSUER_NOT_ISSUING`, `ISSUER_SIGNS` for an issuer that signs attestations, `CitizenRegistry_NullifierInUse` where the same
   * person has a credential, `CitizenRegistry_IssuancePaused`, `ARGUMENT_INVALID` for a proof that is no bytes, and what the adapter
   * refuses.
   * @example
   * ```ts
   * const proof = "0x00"; // what the adapter's own system made for this account
   * const { outcome, validUntil } = await citizens.claim(3, proof);
   * ```
   */
  claim(issuerId: number, proof: string): Sent<Granted> {
    return this.chain.write(async ({ send }) => {
      const bytes = isHexString(proof, true) ? proof : undefined;
      if (bytes === undefined)
        throw argumentError("ARGUMENT_INVALID", { detail: "the proof is no bytes in hexadecimal." });
      const account = await this.chain.account();
      await this.chain.require();
      await requireIssuer(this.registry, issuerId, true);
      const receipt = await send(this.registry, () => this.registry.claim.populateTransaction(issuerId, bytes));
      return grantedIn(this.registry, receipt, account, issuerId);
    });
  }

  /**
   * Signs an attestation as its issuer, with the account's next nonce, and sends nothing. The registry is asked beforehand what it would
   * refuse, as the account that is to present it: nobody is handed a signature that counts for nothing.
   * @param request Times are in Unix time, in seconds; a credential lasts two years at most.
   * @returns `refusedNow` where the registry takes nobody new at this moment: issuance is paused, or the issuer's quota or share is used
   * up. The attestation can be presented once that has passed, until its deadline.
   * @throws `ISSUER_NOT_ISSUING`, `ISSUER_IS_ADAPTER`, `ISSUER_OF_ANOTHER`, `VALIDITY_OUT_OF_BOUNDS`, `DEADLINE_PASSED`,
   * `CitizenRegistry_NullifierInUse` where the person has a credential with another account, `CitizenRegistry_AccountInUse` where the
   * account has another person's, `CitizenRegistry_WrongSignature` where the issuer is a contract that does not accept the signature.
   * @example
   * ```ts
   * const now = BigInt(Math.floor(Date.now() / 1_000));
   * const person = { account, issuerId: 1, nullifier: `0x${"11".repeat(32)}`, claimHash: `0x${"22".repeat(32)}` };
   * const terms = { ...person, validUntil: now + 365n * 86_400n, deadline: now + 7n * 86_400n };
   * const { attestation, signature } = await citizens.attest(terms);
   * ```
   */
  async attest(request: AttestationRequest): Promise<SignedAttestation> {
    const signer = await this.chain.account();
    const chainId = await this.chain.require();
    const given = canonicalFields(request, ["account"]);
    const { issuerId, validUntil, deadline } = given;
    const appointed = await requireIssuer(this.registry, issuerId, false);
    await requireSigner(this.chain.provider, issuerId, appointed, signer);
    const now = BigInt(await this.chain.now());
    const latest = now + (await this.#constant("MAX_VALIDITY"));
    if (validUntil <= now || validUntil > latest) throw identityError("VALIDITY_OUT_OF_BOUNDS", { validUntil, latest });
    if (deadline <= now) throw identityError("DEADLINE_PASSED", { deadline });
    const attestation = { ...given, nonce: await this.nonce(given.account) };
    const registry = this.deployment.contracts.CitizenRegistry;
    const signature = await signAttestation(this.chain.signer, registry, chainId, attestation);
    const asked = this.registry.connect(this.chain.provider) as ICitizenRegistry;
    const refusedNow = await refusalNow(asked, attestation, signature);
    return { attestation, signature, ...(refusedNow === undefined ? {} : { refusedNow }) };
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
   * Ends the credential of an account, as the issuer that vouches for it: permanently, unless the person is attested again.
   * @throws `CitizenRegistry_NoCredential`, and `CitizenRegistry_NotTheIssuer` for anybody but the issuer that vouches now.
   * @example
   * ```ts
   * await citizens.revoke(account);
   * ```
   */
  revoke(named: string): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const account = canonicalAddress(named, "account");
      const receipt = await send(this.registry, () => this.registry.revoke.populateTransaction(account));
      eventIn(this.registry, receipt, "CredentialRevoked", { account, byHolder: false });
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
      const nonces = this.#own.getFunction("nonces");
      return (await nonces(canonicalAddress(account, "account"))) as bigint;
    });
  }

  /**
   * The credential of an account as of the newest block: who vouches, since when and until when, whether it makes a citizen, and which
   * change of the issuer has begun.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const { state, endsAt, change, nonce } = await citizens.credential(account);
   * ```
   */
  async credential(named: string): Promise<CredentialStatus> {
    const account = canonicalAddress(named, "account");
    const [held, nonce, seasoning, period, now] = await decodingErrors(() =>
      Promise.all([
        this.registry.credentialOf(account),
        this.nonce(account),
        this.#constant("SEASONING"),
        this.#constant("CHANGE_PERIOD"),
        this.chain.now(),
      ]),
    );
    const { since, validUntil } = held;
    const issuerId = Number(held.issuerId);
    const { disavowedAt } = await decodingErrors(() => this.registry.issuer(issuerId));
    const seasonedAt = since === 0n ? 0n : since + seasoning;
    const { state, endsAt } = stateAt(held, disavowedAt, seasonedAt, BigInt(now));
    const isLive = state === "seasoning" || state === "citizen";
    const change = isLive ? await this.#changeOf(account, issuerId, since, period) : undefined;
    return {
      ...{ account, state, issuerId, since, validUntil, seasonedAt, endsAt, nonce },
      // the flag of a disavowed issuer's citizen stays until somebody reweighs it, and is counted no more
      counted: held.seasoned && disavowedAt === 0n,
      ...(change === undefined ? {} : { change }),
    };
  }

  /** The change of the issuer that an account has begun: the newest one, if it is of this credential and not done. */
  async #changeOf(
    account: string,
    issuerId: number,
    since: bigint,
    period: bigint,
  ): Promise<CredentialStatus["change"]> {
    const begun = this.registry.filters.ChangeOfIssuerBegun(account);
    const newest = (await this.chain.logs(this.registry, begun, this.deployment.block ?? 0)).at(-1);
    if (newest === undefined) return undefined;
    const [to, possibleAt] = [Number(newest.args.issuerId), newest.args.possibleAt];
    return to === issuerId || possibleAt < since + period ? undefined : { issuerId: to, possibleAt };
  }

  async #constant(name: "SEASONING" | "CHANGE_PERIOD" | "MAX_VALIDITY"): Promise<bigint> {
    return decodingErrors(async () => (await this.#own.getFunction(name)()) as bigint);
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
