import type { Provider, Signer } from "ethers";

import { canonicalAddress } from "../addresses/address";

/** A contract of the addresses; one that is missing or no address is refused by its name. */
export function connected<T>(
  factory: { connect(address: string, runner: Signer | Provider): T },
  addresses: object,
  name: string,
  runner: Signer | Provider,
): T {
  return factory.connect(canonicalAddress(String((addresses as Record<string, unknown>)[name]), name), runner);
}
