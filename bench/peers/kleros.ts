import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const ROOT = "@kleros/kleros-interaction/build/contracts";
const AMOUNT = 10n ** 18n;
const TIMEOUT = 86_400n;
// an IPFS path, as the front end of Kleros Escrow passes it
const META_EVIDENCE = "/ipfs/QmZMqWhLi3Qwm3UuGFx6AqLFT2UtKwbz4pKrbvnRqXUuVU/metaEvidence.json";

/** Kleros Escrow v1: the money of one deal, with an arbitrator behind it. */
export async function kleros(chain: Chain): Promise<Figures<"open" | "release">> {
  const [owner, payee] = await chain.actors(2, "kleros");
  const token = await chain.token(owner);
  const arbitrator = await chain.deploy(`${ROOT}/CentralizedArbitrator.json`, owner, 1_000n);
  const escrow = await chain.deploy(
    `${ROOT}/MultipleArbitrableTokenTransaction.json`,
    owner,
    await arbitrator.getAddress(),
    "0x",
    TIMEOUT,
  );
  let open = 0;
  let release = 0;
  for (let id = 0; id < 4; id++) {
    const payer = await chain.actor("kleros.payer");
    await chain.fund(token, owner, payer, 10n * AMOUNT, escrow);
    const terms = [AMOUNT, await token.getAddress(), TIMEOUT, payee.address, META_EVIDENCE];
    open = await chain.gas(payer, escrow, "createTransaction", terms);
    // the escrow keeps other people's money, so its balance stays above zero
    if (id > 0) release = await chain.gas(payer, escrow, "pay", [BigInt(id), AMOUNT]);
  }
  return { open, release };
}
