import { errorsOf, type Entries } from "../base/template";

/** What can be wrong with the address of a server, or with the size of its answer. */
export const endpointErrors = {
  ENDPOINT_INVALID: {
    message: 'The address "{address}" is not one of a server.',
    reason: "A node, a store or a webhook is named by an HTTP address.",
    fix: "Write one address, not a list, as http://host:port or https://host, with a path where the server has one; nothing was sent.",
  },
  ANSWER_TOO_LARGE: {
    message: "The server at {address} sent more than {limit} MiB in answer to one request.",
    reason: "It does not keep to what was asked, or the events or transactions that were asked for at once do not fit.",
    fix: "Ask for fewer blocks at a time, or name another node. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const endpointError = errorsOf(endpointErrors);
