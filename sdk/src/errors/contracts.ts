import { ESCROW, UPDATES, PROOFS, COURT } from "./sentences/delivery";
import { EXCHANGE } from "./sentences/exchange";
import { CITIZENS, GOVERNOR, TREASURY, VOTES } from "./sentences/government";
import { MARKET, REGISTRY, LICENSES, LEDGER } from "./sentences/market";
import { POWERS } from "./sentences/powers";
import { TOKENS, GENERAL } from "./sentences/standards";
import type { Sentences } from "./sentences/sentences";
import type { Entry } from "./template";

/** The custom errors by the part of the protocol that raises them, in the order of the documentation. */
export const contractErrorGroups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Market: entries(MARKET),
  "Model registry": entries(REGISTRY),
  Licences: entries(LICENSES),
  "Revenue ledger": entries(LEDGER),
  Escrow: entries(ESCROW),
  Updates: entries(UPDATES),
  Proofs: entries(PROOFS),
  Exchange: entries(EXCHANGE),
  Panel: entries(COURT),
  Powers: entries(POWERS),
  Governor: entries(GOVERNOR),
  "Votes and vesting": entries(VOTES),
  "Treasury and directory": entries(TREASURY),
  Citizens: entries(CITIZENS),
  Tokens: entries(TOKENS),
  General: entries(GENERAL),
};

/** The entry of each custom error, by its name. */
export const contractErrors: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(contractErrorGroups));

function entries(sentences: Record<string, Sentences>): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(sentences).map(([name, [message, reason, fix]]) => [name, { message, reason, fix }]),
  );
}
