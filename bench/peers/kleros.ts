import type { Wallet } from "ethers";
import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";

const ROOT = "@kleros/kleros-interaction/build/contracts";
const AMOUNT = 10n ** 18n;
const TIMEOUT = 86_400n;
// an IPFS path, as the front end of Kleros Escrow passes it
const META_EVIDENCE = "/ipfs/QmZMqWhLi3Qwm3UuGFx6AqLFT2UtKwbz4pKrbvnRqXUuVU/metaEvidence.json";

/** Kleros Escrow v1: the money of one deal, with an arbitrator behind it; paid out by the buyer or after the timeout. */
export async function kleros(chain: Chain): Promise<Figures<"open" | "pay" | "execute">> {
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
  const deals: Wallet[] = [];
  for (let id = 0; id < 6; id++) {
    const payer = await chain.actor("kleros.payer");
    await chain.fund(token, owner, payer, 10n * AMOUNT, escrow);
    const terms = [AMOUNT, await token.getAddress(), TIMEOUT, payee.address, META_EVIDENCE];
    open = await chain.gas(payer, escrow, "createTransaction", terms);
    deals.push(payer);
  }
  // the first payment fills the payee's slot, and one deal stays open, so that the escrow is never emptied
  await chain.gas(deals[1], escrow, "pay", [1n, AMOUNT]);
  const pay = await chain.gas(deals[2], escrow, "pay", [2n, AMOUNT]);
  await chain.wait(Number(TIMEOUT));
  const execute = await chain.gas(deals[3], escrow, "executeTransaction", [3n]);
  return { open, pay, execute };
}
