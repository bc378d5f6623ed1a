import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { Signer } from "ethers";
import { ethers } from "hardhat";

import { AccessClient, type GateOptions, type Licensee } from "../../sdk/src/server";
import { SHELLS, listening, serverFixture, type Shell } from "../unit/server/fixture";

/** The address that gates without a server name. */
export const ORIGIN = "https://models.example";

/** A chain with a licence that has two seats, and servers and clients for it. */
export async function licensees() {
  const protocol = await loadFixture(serverFixture);
  const seatOffer = protocol.actions.seatOffer({ seats: 2n, minStay: 0n });
  const licenseId = await protocol.actions.sell(seatOffer);
  await protocol.reset();

  /** A server with one of the shells. */
  async function serve(shell: Shell, differs: Partial<GateOptions> = {}) {
    const { origin, server } = await listening();
    const gate = protocol.gateAt(origin, differs);
    server.on("request", SHELLS[shell](gate));
    return { origin, gate, server };
  }

  const clientOf = (origin: string, licensee: Licensee, id = licenseId, path = "/access") =>
    new AccessClient({ origin, deployment: protocol.deployment, licenseId: id, licensee, path });

  return { protocol, seatOffer, licenseId, serve, clientOf };
}
export type Licensees = Awaited<ReturnType<typeof licensees>>;

export const asAccount = (account: Signer): Licensee => ({ account });

/** The chain's provider, which says whom it calls. */
export function watching(tell: (to: string) => void) {
  return new Proxy(ethers.provider, {
    get(target, name) {
      if (name === "call") {
        return (transaction: { to: string }) => (tell(String(transaction.to).toLowerCase()), target.call(transaction));
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
