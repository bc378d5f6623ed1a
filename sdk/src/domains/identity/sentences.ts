import type { ContractSentences } from "../../base/template";

/** What the registry of citizens refuses. */
export const identitySentences = {
  CitizenRegistry_NotTheAccount: [
    "{caller} presents what an issuer signed for {account}.",
    "A credential goes to the account it was signed for.",
    "Send it from {account}.",
  ],
  CitizenRegistry_AttestationExpired: [
    "The attestation was valid until {deadline:time}.",
    "It was presented too late.",
    "Ask the issuer for a new one.",
  ],
  CitizenRegistry_BadValidity: [
    "The credential would end at {validUntil:time}; it must end after now and by {latest:time}.",
    "A credential lasts at most two years.",
    "Ask the issuer for another end.",
  ],
  CitizenRegistry_WrongSignature: [
    "Issuer {issuerId} ({signer}) did not sign this.",
    "The attestation, the chain or the contract differs from what was signed, or the signature is not of 65 bytes.",
    "Ask the issuer to sign for this chain and registry.",
  ],
  CitizenRegistry_WrongKindOfIssuer: [
    "Issuer {issuerId} issues by the other method (adapter: {adapter}).",
    "Some issuers sign, others verify a proof through an adapter.",
    "Use issue for a signature and claim for a proof.",
  ],
  CitizenRegistry_IssuerNotActive: [
    "Issuer {issuerId} cannot issue.",
    "It was never appointed, or it was retired or disavowed.",
    "Go to another issuer.",
  ],
  CitizenRegistry_NullifierInUse: [
    "This person holds a credential with {holder}.",
    "One person has one credential (domain {domain}, nullifier {nullifier}).",
    "Give the other one up, or have it revoked. If an issuer gave your place to a stranger's account, ask another issuer of the domain within 30 days, with the account that you had.",
  ],
  CitizenRegistry_AccountInUse: [
    "{account} holds a credential of another person (nullifier {nullifier}).",
    "An account has one credential.",
    "Use another account.",
  ],
  CitizenRegistry_QuotaReached: [
    "Issuer {issuerId} added {used} citizens within 30 days and may add {quota}.",
    "The quota bounds what a captured issuer can do.",
    "Wait, or go to another issuer.",
  ],
  CitizenRegistry_ShareReached: [
    "Issuer {issuerId} vouches for {live} people; the recent maximum of all people is {total}.",
    "From 100 citizens on, an issuer stops at half of the highest number of people in two windows of 30 days; beyond that, it adds one for each two that others add.",
    "Go to another issuer. A change from a retired issuer is not refused for this reason.",
  ],
  CitizenRegistry_IssuancePaused: [
    "Nobody new is issued a credential until {until:time}.",
    "The guardian paused issuance, for at most 7 days. Renewals with the same issuer continue.",
    "Wait until then, or renew with the issuer that vouches for you.",
  ],
  CitizenRegistry_NoCredential: [
    "{account} holds no credential.",
    "It never had one, or it ended.",
    "There is nothing to end.",
  ],
  CitizenRegistry_NotTheIssuer: [
    "{caller} may not revoke this credential.",
    "Issuer {issuerId} vouches for it.",
    "Ask that issuer.",
  ],
  CitizenRegistry_ZeroSigner: ["The issuer has no address.", "It is the zero address.", "Name an address."],
  CitizenRegistry_SignerInUse: [
    "{signer} is or was issuer {issuerId}.",
    "An address can be an issuer only once.",
    "Name another address.",
  ],
  CitizenRegistry_TooManyIssuers: [
    "The limit of {limit} active issuers is reached.",
    "Each adds people every month, so their number is bounded: 8 before phase 2, while fewer than 200 citizens are left, and while one issuer has more than half of them; 64 otherwise.",
    "Disavow or retire one first.",
  ],
  CitizenRegistry_NoMajority: [
    "Issuer {issuerId} vouches for {seasoned} of the {citizens} citizens.",
    "A majority is more than half of those who are counted.",
    "Reweigh credentials that have seasoned or ended, or do not record a majority.",
  ],
  CitizenRegistry_PhaseNotReached: [
    "Phase {phase} is not reached: {citizens} citizens of {issuers} issuers, the largest with {largest}.",
    "Phase 1 takes 100 citizens of 2 issuers, phase 2 takes 1,000 of 3 with none above half.",
    "Reweigh credentials that have seasoned, or wait.",
  ],
  RateLimitExceeded: [
    "The limit of this window is used up.",
    "The amount is more than the window allows.",
    "Wait, or ask for less.",
  ],
} as const satisfies ContractSentences;
