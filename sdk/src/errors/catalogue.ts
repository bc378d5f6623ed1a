import { addressErrors } from "../addresses/errors";
import { cardErrors } from "../card/errors";
import { chainErrors } from "../chain/errors";
import { dealErrors } from "../deals/errors";
import { exchangeErrors } from "../exchange/errors";
import { fileErrors } from "../files/errors";
import { governanceErrors } from "../governance/errors";
import { marketErrors } from "../market/errors";
import { endpointErrors } from "../rpc/errors";
import { storeErrors } from "../store/errors";
import { nodeErrors } from "./nodeErrors";

/** Failures that the SDK itself, a node or a wallet raises, in the order of the documentation. */
export const clientErrors = {
  ...cardErrors,
  ...storeErrors,
  ...fileErrors,
  ...endpointErrors,
  ...chainErrors,
  ...nodeErrors,
  ...addressErrors,
  ...exchangeErrors,
  ...marketErrors,
  ...dealErrors,
  ...governanceErrors,
};
