import { addressErrors } from "./addresses/errors";
import type { Entries } from "./base/template";
import { cardErrors } from "./card/errors";
import { domains } from "./domains";
import { chainErrors } from "./errors/chainErrors";
import { nodeErrors } from "./errors/nodeErrors";
import { sendErrors } from "./errors/sendErrors";
import { fileErrors } from "./files/errors";
import { endpointErrors } from "./rpc/errors";
import { storeErrors } from "./store/errors";

/** Failures that the SDK itself, a node or a wallet raises, in the order of the documentation. */
export const clientErrors: Entries = Object.assign(
  {},
  cardErrors,
  storeErrors,
  fileErrors,
  endpointErrors,
  chainErrors,
  sendErrors,
  nodeErrors,
  addressErrors,
  ...domains.map((domain) => domain.clientErrors),
);
