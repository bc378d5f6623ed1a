import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of a credential before the registry is asked. */
export const identityErrors = {
  ISSUER_NOT_ISSUING: {
    message: "Issuer {issuerId} issues nothing: {state}.",
    reason: "Only an issuer that the DAO appointed, and neither retired nor disavowed, can vouch for anybody.",
    fix: "Check the number of the issuer; nothing was signed or sent.",
  },
  ISSUER_IS_ADAPTER: {
    message: "Issuer {issuerId} is the adapter {signer}: it verifies proofs, and signs no attestations.",
    reason: "The registry takes no signature of an issuer that was appointed as an adapter.",
    fix: "The person presents a proof instead: `isonomy citizens claim {issuerId} <proof>`. Nothing was signed.",
  },
  ISSUER_SIGNS: {
    message: "Issuer {issuerId} signs attestations, and verifies no proofs.",
    reason: "It was appointed with an account that signs, {signer}, and not as an adapter.",
    fix: "Ask it for an attestation, and present that: `isonomy citizens present <file>`. Nothing was sent.",
  },
  ISSUER_OF_ANOTHER: {
    message: "Issuer {issuerId} signs as {signer}, and the account here is {account}.",
    reason: "The registry takes an attestation only from the account that the DAO appointed.",
    fix: "Sign with the issuer's own account, on the command line by --keystore; nothing was signed.",
  },
  VALIDITY_OUT_OF_BOUNDS: {
    message: "The credential would end at {validUntil:time}; it must end after now and by {latest:time}.",
    reason: "A credential lasts two years at most, so that its holder is attested again.",
    fix: "Choose an end in between; nothing was signed.",
  },
  DEADLINE_PASSED: {
    message: "The attestation could be presented until {deadline:time}, and that is over.",
    reason: "The registry takes none after its deadline.",
    fix: "Choose a later deadline; nothing was signed.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const identityError = errorsOf(identityErrors);
