import { errorsOf, type Entries } from "../../base/template";

/** What can be wrong with a proposal. */
export const governanceErrors = {
  PROPOSAL_MALFORMED: {
    message: 'The proposal "{title}" cannot be sent: {detail}',
    reason: "Its file asks for something that the governor does not take.",
    fix: "Correct the file; nothing was sent.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const governanceError = errorsOf(governanceErrors);
