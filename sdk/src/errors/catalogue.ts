import { addressErrors } from "../addresses/errors";
import { cardErrors } from "../card/errors";
import { chainErrors } from "../chain/errors";
import { sendErrors } from "../chain/sendErrors";
import { domains } from "../domains";
import { fileErrors } from "../files/errors";
import { endpointErrors } from "../rpc/errors";
import { storeErrors } from "../store/errors";
import { nodeErrors } from "./nodeErrors";
import type { Entries } from "./template";

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
