import type { ContractSentences } from "../../base/template";

/** What licences refuse. */
export const licenseSentences = {
  LicenseToken_NotMinter: [
    "{caller} may not issue licences.",
    "Only modules that the DAO has admitted may issue licences.",
    "Buy through the market.",
  ],
  LicenseToken_NotIssuer: [
    "{caller} has no power over licence {licenseId}, which {issuer} issued.",
    "A licence obeys only the module that sold it.",
    "Call {issuer}.",
  ],
  LicenseToken_Soulbound: [
    "Licence {licenseId} cannot be transferred.",
    "It was sold to stay with its holder.",
    "Buy a transferable licence where one is offered.",
  ],
  LicenseToken_Locked: [
    "Licence {licenseId} cannot be transferred yet.",
    "The deal it was bought in is still open.",
    "Wait until the deal is settled.",
  ],
  LicenseToken_NotAContract: [
    "{module} is not a contract.",
    "Only a contract can issue licences, or say who may use them.",
    "Check the address and the network.",
  ],
  LicenseToken_RightsClosed: [
    "The rights module {index} takes no new licences.",
    "There is none with this index, or the DAO has closed it; licences that name it are used and renewed as before.",
    "Choose an offer with other rights.",
  ],
  LicenseToken_ReservedBits: [
    "The draft {draft} of a licence's id has bits that the token fills in.",
    "The index of the issuer and whether the rights are guarded are never the issuer's to say.",
    "Leave the reserved bits zero.",
  ],
  LicenseToken_GuardIsFixed: [
    "Whether {module} is asked before transfers cannot be changed: it was registered with guarded = {guarded}.",
    "Licences that were sold depend on it.",
    "Call with guarded = {guarded}, or register another module.",
  ],
} as const satisfies ContractSentences;
