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
    "Only a contract can issue licences.",
    "Check the address and the network.",
  ],
} as const satisfies ContractSentences;
