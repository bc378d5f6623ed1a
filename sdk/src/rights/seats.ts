import { keccak256, type ContractTransactionReceipt } from "ethers";

import type { ILicenseToken, ISeats } from "../../../typechain-types";
import { ILicenseToken__factory } from "../../../typechain-types/factories/contracts/license/ILicenseToken.sol/ILicenseToken__factory";
import { ISeats__factory } from "../../../typechain-types/factories/contracts/rights/ISeats__factory";
import { canonicalAddress } from "../addresses/address";
import type { PartialDeployment } from "../addresses/deployment";
import { checked } from "../base/checked";
import type { ClientOptions } from "../chain/chain";
import { Client, type Links, type Runner } from "../chain/client";
import { eventIn } from "../chain/events";
import type { Sent } from "../chain/sent";
import { rightsError } from "../domains/rights/errors";
import { decodingErrors } from "../errors/explain";
import { canonicalOffer, type Offer } from "../market/offer";

/** The modules that give seats. */
export type SeatModule = "SeatLicenses" | "Subscriptions" | "UsageChannel";
/** What a client of such a module needs the addresses of. */
export type SeatContract<Module extends SeatModule = SeatModule> = Module | "LicenseToken" | "Market";

/** The seats of a licence, as its holder has given them. */
export interface SeatCount {
  readonly seats: bigint;
  readonly used: bigint;
  /** Seconds for which a seat that was given is kept. */
  readonly minStay: bigint;
}

/**
 * The user that a device is: the last 20 bytes of the hash of its ERC-7913 signer.
 * @param signer The verifier's address and the device's key, in hexadecimal.
 * @throws `ARGUMENT_INVALID` for what is no bytes in hexadecimal.
 * @example
 * ```ts
 * await seats.giveSeat(offer, licenseId, deviceUser(concat([verifier, publicKey])));
 * ```
 */
export const deviceUser = /* @__PURE__ */ checked((signer: string): string => {
  return canonicalAddress(`0x${keccak256(signer).slice(-40)}`, "signer");
});

/**
 * Gives and takes the seats of licences for several users. Every write is the holder's, and passes the offer that the licence was sold
 * under.
 * @example
 * ```ts
 * const seats = new SeatClient(deploymentOn(chainId), signer);
 * await seats.giveSeat(offer, licenseId, colleague);
 * ```
 */
export class SeatClient<Module extends SeatModule = "SeatLicenses"> extends Client<SeatContract<Module>> {
  /** The rights module, for calls of your own. */
  readonly seats: ISeats;
  readonly #licenses: ILicenseToken;
  readonly #module: Module;

  constructor(
    deployment: PartialDeployment<SeatContract<NoInfer<Module>>>,
    runner: Runner,
    options: ClientOptions = {},
    module = "SeatLicenses" as Module,
  ) {
    const links = { [module]: { LICENSES: "LicenseToken", MARKET: "Market" } };
    super(deployment, runner, options, links as unknown as Links<SeatContract<Module>>);
    this.seats = this.contract(ISeats__factory, module);
    this.#licenses = this.contract(ILicenseToken__factory, "LicenseToken");
    this.#module = module;
  }

  /**
   * The index of the module, for the `rights` of an offer.
   * @throws `RIGHTS_CLOSED` where the module is not registered, or takes no new licences.
   * @example
   * ```ts
   * const rights = await seats.index();
   * await market.createOffer({ ...terms, rights, rightsTerms: packSeatTerms({ seats: 5n, minStay: 0n }) });
   * ```
   */
  async index(): Promise<bigint> {
    const { [this.#module]: address } = this.deployment.contracts as Readonly<Record<string, string>>;
    const [index, open] = await decodingErrors(() => this.#licenses.rightsInfo(address!));
    if (index === 0n || !open) throw rightsError("RIGHTS_CLOSED", { module: this.#module, address: address! });
    return index;
  }

  /**
   * Gives a user a seat.
   * @throws `Seats_Full`, `Seats_AlreadySeated`, `Rights_NotOwner`, `Rights_NotItsOffer`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await seats.giveSeat(offer, licenseId, colleague);
   * ```
   */
  giveSeat(named: Offer, licenseId: bigint, user: string): Sent<ContractTransactionReceipt> {
    return this.#seat("giveSeat", "SeatGiven", named, licenseId, user);
  }

  /**
   * Takes a user's seat.
   * @throws `Seats_NotSeated`, `Seats_MinimumStay`, `Rights_NotOwner`, `Rights_NotItsOffer`, `ADDRESS_INVALID`.
   * @example
   * ```ts
   * await seats.takeSeat(offer, licenseId, colleague);
   * ```
   */
  takeSeat(named: Offer, licenseId: bigint, user: string): Sent<ContractTransactionReceipt> {
    return this.#seat("takeSeat", "SeatTaken", named, licenseId, user);
  }

  /**
   * How many seats a licence has, and how many its holder has given.
   * @throws `Rights_NotItsOffer`, `ERC721NonexistentToken`.
   * @example
   * ```ts
   * const { seats: all, used } = await seats.seatsOf(offer, licenseId);
   * ```
   */
  async seatsOf(named: Offer, licenseId: bigint): Promise<SeatCount> {
    const offer = canonicalOffer(named);
    const owner = await decodingErrors(() => this.#licenses.ownerOf(licenseId));
    const [[seats, minStay], used] = await decodingErrors(() =>
      Promise.all([this.seats.seatTerms(offer, licenseId), this.seats.seatsUsed(licenseId, owner)]),
    );
    return { seats, used, minStay };
  }

  /**
   * Since when a user has a seat of a licence's holder, in Unix time; 0 without one.
   * @throws `ADDRESS_INVALID`, and what a node fails with.
   * @example
   * ```ts
   * const isSeated = (await seats.seatedSince(licenseId, account, colleague)) > 0n;
   * ```
   */
  async seatedSince(licenseId: bigint, owner: string, user: string): Promise<bigint> {
    return decodingErrors(() =>
      this.seats.seatedSince(licenseId, canonicalAddress(owner, "owner"), canonicalAddress(user, "user")),
    );
  }

  #seat(
    method: "giveSeat" | "takeSeat",
    event: "SeatGiven" | "SeatTaken",
    named: Offer,
    licenseId: bigint,
    account: string,
  ): Sent<ContractTransactionReceipt> {
    return this.chain.write(async ({ send }) => {
      const offer = canonicalOffer(named);
      const user = canonicalAddress(account, "user");
      const owner = await this.chain.account();
      const receipt = await send(this.seats, () => this.seats[method].populateTransaction(offer, licenseId, user));
      eventIn(this.seats, receipt, event, { licenseId, owner, user });
      return receipt;
    });
  }
}
