import { errorsOf, type Entries } from "../errors/template";

/** What can be wrong with the addresses of a call or of a deployment. */
export const addressErrors = {
  ADDRESS_MISSING: {
    message: "The addresses name no {name}.",
    reason: "They are those of a part of a deployment, or of another release.",
    fix: "Take the addresses of a whole deployment.",
  },
  ADDRESS_INVALID: {
    message: '"{address}" is not an address ({name}).',
    reason: "It is mistyped, cut short, a name, or its mixed case is not the checksum of its digits.",
    fix: "Copy the address again: 0x and 40 hexadecimal digits, or an ICAP code. Names are not looked up; nothing was sent.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const addressError = errorsOf(addressErrors);
