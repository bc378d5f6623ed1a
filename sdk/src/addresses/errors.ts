import { errorsOf, type Entries } from "../base/template";

/** What can be wrong with the addresses of a call or of a deployment. */
export const addressErrors = {
  NO_DEPLOYMENT: {
    message: "No deployment on chain {chainId} is known.",
    reason: "The package's address book has none, and no file of a deployment was given.",
    fix: "Use a node of another chain, or name the file that `npm run deploy` wrote.",
  },
  DEPLOYMENT_INVALID: {
    message: "{source} is not a deployment that can be used: {detail}",
    reason: "It is another file, or it was changed or cut short since `npm run deploy` wrote it.",
    fix: "Name the file that `npm run deploy` wrote, or run it again for the same network: it writes the file again and sends nothing twice.",
  },
  DEPLOYMENT_OTHER_CHAIN: {
    message: "{source} is for chain {chain}, and the node is on chain {actual}.",
    reason: "On another chain its addresses are nobody's, or those of strangers.",
    fix: "Name the file of chain {actual}, or a node of chain {chain}; nothing was sent.",
  },
  ADDRESS_INVALID: {
    message: '"{address}" is not an address ({name}).',
    reason: "It is mistyped, cut short, a name, or its mixed case is not the checksum of its digits.",
    fix: "Copy the address again: 0x and 40 hexadecimal digits, or an ICAP code. Names are not looked up; nothing was sent.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const addressError = errorsOf(addressErrors);
