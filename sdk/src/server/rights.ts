import type { Provider } from "ethers";

import type { ILicenseToken } from "../../../typechain-types";
import { addressKey } from "../addresses/address";
import { chainIdNow } from "../chain/deployed";
import { chainError } from "../errors/chainErrors";
import { decodingErrors } from "../errors/explain";
import { serverError, statusOf } from "./errors";
import { Slots, inTime } from "./slots";

export interface RightSettings {
  readonly provider: Provider;
  readonly licenses: ILicenseToken;
  readonly chainId: bigint;
  readonly versionId: bigint;
  /** Seconds for which a yes is good. */
  readonly recheckSeconds: number;
  /** Seconds by which the newest block may be older than the clock. */
  readonly maxLagSeconds: number;
  /** Milliseconds to wait for the node. */
  readonly timeoutMs: number;
  /** Questions to the node at a time, of sessions and of strangers each. */
  readonly maxQuestions: number;
  readonly now: () => number;
  /** Is told what the node failed with; the other side of the connection is not. */
  readonly onFailure: (error: unknown) => void;
}

/** Answers that are kept. What is forgotten is asked again. */
const MAX_ANSWERS = 10_000;
/** Seconds for which a no is kept: who has just bought should not wait. */
const NO_SECONDS = 2;

/** Asks the chain whether somebody may use a licence, and not for each request. Where it cannot find out, the answer is no. */
export class Rights {
  readonly #settings: RightSettings;
  readonly #answers = new Map<string, { readonly usable: boolean; readonly at: number }>();
  readonly #asked = new Map<string, Promise<boolean>>();
  /** People with a session do not wait for strangers. */
  readonly #members: Slots;
  readonly #strangers: Slots;

  constructor(settings: RightSettings) {
    this.#settings = settings;
    this.#members = new Slots(settings.maxQuestions);
    this.#strangers = new Slots(settings.maxQuestions);
  }

  /** Throws unless the user may use the licence; asks the chain again when the last answer is too old. */
  async require(licenseId: bigint, user: string): Promise<void> {
    const key = `${licenseId} ${addressKey(user)}`;
    const known = this.#answers.get(key);
    const { now, recheckSeconds } = this.#settings;
    const age = known === undefined ? -1 : now() - known.at;
    // a clock that was put back makes no answer younger
    const isGood = known !== undefined && age >= 0 && age < (known.usable ? recheckSeconds : NO_SECONDS);
    const usable = isGood ? known.usable : await this.#once(key, licenseId, user);
    if (!isGood) this.#keep(key, usable);
    if (!usable) throw serverError("NOT_LICENSED", { user, licenseId });
  }

  /** Throws unless the user may use the licence by what the chain says now. */
  async requireNow(licenseId: bigint, user: string): Promise<void> {
    const usable = await this.ask(() => this.#isUsable(licenseId, user));
    // strangers' answers do not displace those of members
    if (usable) this.#keep(`${licenseId} ${addressKey(user)}`, usable);
    if (!usable) throw serverError("NOT_LICENSED", { user, licenseId });
  }

  /** Runs a question about somebody who is not known yet. */
  ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#ask(this.#strangers, question);
  }

  /** Runs a question to the node in its time; what it fails with is the operator's to know. */
  async #ask<T>(slots: Slots, question: () => Promise<T>): Promise<T> {
    const { timeoutMs, onFailure } = this.#settings;
    try {
      // a question that is given up takes its place until the node answers, or its connection ends
      return await inTime(timeoutMs, slots.run(question));
    } catch (error) {
      if (statusOf(error) !== undefined) throw error;
      onFailure(error);
      throw serverError("RIGHT_UNKNOWN");
    }
  }

  /** Requests of one user at once are one question. */
  #once(key: string, licenseId: bigint, user: string): Promise<boolean> {
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#ask(this.#members, () => this.#isUsable(licenseId, user)).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }

  async #isUsable(licenseId: bigint, user: string): Promise<boolean> {
    const { provider, licenses, chainId, versionId, maxLagSeconds, now } = this.#settings;
    return decodingErrors(async () => {
      const [actual, block, usable, covered] = await Promise.all([
        chainIdNow(provider),
        provider.getBlock("latest"),
        licenses.isAuthorized(licenseId, user),
        licenses.covers(licenseId, versionId),
      ]);
      if (actual !== chainId) throw chainError("WRONG_NETWORK", { actual, expected: chainId });
      // a node that is behind does not know yet what was taken, cancelled or has ended
      if (block === null || block.timestamp + maxLagSeconds < now()) {
        throw chainError("NODE_BEHIND", { detail: `its newest block is of ${block?.timestamp ?? "no"} (Unix time).` });
      }
      return usable && covered;
    });
  }

  #keep(key: string, usable: boolean): void {
    this.#answers.delete(key);
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.delete(this.#answers.keys().next().value!);
    this.#answers.set(key, { usable, at: this.#settings.now() });
  }
}
