import { errorsOf, type Entries } from "../base/template";

/** What can be wrong with the address of a server. */
export const endpointErrors = {
  ENDPOINT_INVALID: {
    message: 'The address "{address}" is not one of a server.',
    reason: "A node, a store or a webhook is named by an HTTP address.",
    fix: "Write one address, not a list, as http://host:port or https://host, with a path where the server has one; nothing was sent.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const endpointError = errorsOf(endpointErrors);
