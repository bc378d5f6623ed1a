import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/**
 * Which tests answer for which contract, the likeliest to notice a mistake first. Every file of contracts/ that has code has a line here:
 * `npm run mutate` refuses to start when one is missing.
 */
const unit = (folder: string, ...names: string[]): string[] =>
  names.map((name) => `test/unit/${folder}/${name}.test.ts`);
const finding = (name: string): string => `test/findings/${name}.test.ts`;
const findings = (...names: string[]): string[] => names.map(finding);

const exchange = (...names: string[]): string[] => unit("exchange", ...names.map((name) => `Exchange${name}`));
const escrow = (...names: string[]): string[] => unit("escrow", ...names.map((name) => `Escrow.${name}`));
const market = (...names: string[]): string[] => unit("market", ...names.map((name) => `Market.${name}`));

/** Without the comparison with another exchange over thousands of operations: a minute for what the others notice. */
const EXCHANGE = [
  ...exchange("Swaps", "Liquidity", "Oracle", "Settings", "Flash", "Permit", "Attacks"),
  ...unit("sdk", "exchange"),
  ...findings("one-pool-under-two-names", "a-price-moved-by-a-thousand-wei"),
];
const ESCROW = [
  ...escrow("settle", "open", "deliver", "bonds", "dispute", "ruling", "openers", "arbitrators", "matrix"),
  finding("escrow"),
  ...escrow("market"),
  ...findings("a-proof-lost-to-a-judgement", "sales-held-up-by-buyers-who-pay-nothing"),
  finding("a-share-given-to-a-contract-of-the-protocol"),
  ...findings("a-proof-taken-back-by-a-refund", "a-fee-left-with-the-arbiters", "a-miss-hidden-by-a-late-decline"),
];
const MARKET = [
  ...market("purchase", "settled", "offers", "escrowed", "cart", "swap", "signed", "permit", "admin", "hostile"),
  ...market("forwarder"),
  ...escrow("market"),
  finding("a-creators-good-name"),
  finding("an-announcement-of-the-sale"),
  finding("settling-a-dispute-paid-the-seller"),
  finding("the-key-of-a-model-given-away"),
  finding("sales-held-up-by-buyers-who-pay-nothing"),
  ...findings("a-share-given-to-a-contract-of-the-protocol", "the-reason-of-a-refused-permit"),
];
const VOTES = ["IsonomyGovernor", "IsonomyGovernor.voting"];
const GOVERNOR = [
  ...unit("governance", ...VOTES, "Captures", "Concentration", "Sdk", "Sieges"),
  finding("a-treasury-emptied-by-a-vote-of-its-youth"),
  ...findings("a-phase-that-began-between-two-payments", "citizens-whom-an-early-proposal-did-not-ask"),
  ...findings("a-grown-dao-that-lost-its-citizens", "a-module-of-a-time-that-never-was"),
];

export const TESTS: Readonly<Record<string, readonly string[]>> = {
  "contracts/court/Panel.sol": [...unit("court", "Panel"), finding("a-ruling-was-lost")],

  "contracts/exchange/CurveMath.sol": [
    ...unit("exchange", "CurveMath"),
    ...exchange("Swaps", "Liquidity", "Settings", "Permit", "Attacks"),
    ...unit("sdk", "exchange"),
  ],
  "contracts/exchange/Exchange.sol": EXCHANGE,
  "contracts/exchange/ExchangeBase.sol": EXCHANGE,
  "contracts/exchange/ExchangeLiquidity.sol": EXCHANGE,
  "contracts/exchange/ExchangeLoans.sol": exchange("Flash", "Settings", "Attacks"),
  "contracts/exchange/ExchangeSettings.sol": exchange("Settings", "Oracle"),
  "contracts/exchange/ExchangeSwaps.sol": EXCHANGE,
  "contracts/exchange/PoolState.sol": [
    ...exchange("Oracle", "Swaps", "Liquidity", "Flash", "Settings", "Attacks"),
    finding("a-price-moved-by-a-thousand-wei"),
  ],
  "contracts/exchange/PriceOracle.sol": [...exchange("Oracle"), finding("a-price-moved-by-a-thousand-wei")],

  "contracts/governance/BallotBox.sol": GOVERNOR,
  "contracts/governance/Directory.sol": [
    ...unit("governance", "Directory"),
    finding("a-module-of-a-time-that-never-was"),
  ],
  "contracts/governance/GenesisVesting.sol": unit("governance", "GovernanceToken"),
  "contracts/governance/GovernanceToken.sol": [
    ...unit("governance", "GovernanceToken", "GovernanceToken.properties", "Concentration", ...VOTES),
    finding("a-government-without-a-registry"),
  ],
  "contracts/governance/GuardianDesk.sol": [
    ...unit("governance", "GuardianDesk"),
    finding("a-brake-used-up-for-the-successor"),
  ],
  "contracts/governance/IsonomyGovernor.sol": GOVERNOR,
  "contracts/governance/IProposalRules.sol": GOVERNOR,
  "contracts/utils/BoundedPause.sol": [
    finding("a-brake-used-up-for-the-successor"),
    ...market("admin"),
    ...exchange("Settings"),
    ...unit("identity", "CitizenRegistry"),
  ],
  "contracts/utils/Mandates.sol": [finding("a-brake-used-up-for-the-successor")],
  "contracts/utils/Permit.sol": [...market("permit"), ...exchange("Permit"), finding("the-reason-of-a-refused-permit")],
  "contracts/utils/TreasuryPointer.sol": [...market("admin"), ...exchange("Settings")],
  "contracts/governance/ProposalRules.sol": GOVERNOR,
  "contracts/governance/Roles.sol": unit("governance", ...VOTES, "GuardianDesk", "Treasury"),
  "contracts/governance/Timelock.sol": unit("governance", "Directory", "Captures"),
  "contracts/governance/Treasury.sol": unit("governance", "Treasury", ...VOTES),
  "contracts/governance/VoteBounds.sol": GOVERNOR,
  "contracts/governance/VotingUnits.sol": unit("governance", "VotingUnits", "GovernanceToken"),

  "contracts/identity/CitizenRegistry.sol": [
    ...unit("identity", "CitizenRegistry", "CitizenRegistry.phases", "CitizenRegistry.properties"),
    ...unit("governance", "Concentration", "Sieges"),
    ...findings("a-captured-issuer-of-a-young-dao", "a-credential-kept-from-its-person"),
    ...findings("a-dao-taken-over-by-its-first-vote", "a-month-of-new-citizens-used-up-by-one"),
    ...findings("a-person-taken-hostage-by-an-issuer", "citizens-who-fled-from-a-disavowal"),
    ...findings("an-issuer-stopped-by-others-leaving", "a-cohort-that-a-suspension-unseasoned"),
    ...findings("an-issuer-gone-while-it-verified", "a-phase-that-began-between-two-payments"),
    ...findings("a-grown-dao-that-lost-its-citizens"),
  ],

  "contracts/identity/ICitizenRegistry.sol": [
    ...unit("identity", "CitizenRegistry.phases"),
    ...unit("governance", ...VOTES),
  ],

  "contracts/utils/Bps.sol": [...market("purchase"), ...exchange("Swaps"), ...unit("governance", "GovernanceToken")],
  "contracts/utils/Native.sol": [...market("purchase"), ...unit("ledger", "RevenueLedger"), ...exchange("Swaps")],
  "contracts/utils/ContractMetadata.sol": [...unit("license", "LicenseToken"), ...unit("registry", "ModelRegistry")],
  "contracts/escrow/DealBounds.sol": [...escrow("open"), ...unit("market", "OfferTerms"), ...market("offers", "admin")],
  "contracts/escrow/DealCodec.sol": [
    ...escrow("open", "settle", "matrix", "deliver"),
    ...market("escrowed", "purchase"),
  ],
  "contracts/ledger/RevenueSplit.sol": [...escrow("settle"), ...market("purchase")],
  "contracts/escrow/Bonds.sol": ESCROW,
  "contracts/escrow/Deals.sol": ESCROW,
  "contracts/escrow/Disputes.sol": ESCROW,
  "contracts/escrow/Escrow.sol": ESCROW,
  "contracts/market/Forwarder.sol": [...market("forwarder"), finding("a-sponsored-purchase-was-dropped")],
  "contracts/ledger/LedgerCall.sol": [...escrow("settle", "ruling"), ...market("purchase", "cart", "hostile")],
  "contracts/license/LicenseIds.sol": [...unit("license", "LicenseToken"), ...market("purchase", "escrowed")],
  "contracts/license/LicenseToken.sol": [
    ...unit("license", "LicenseToken"),
    ...market("purchase", "escrowed"),
    ...escrow("market"),
  ],
  "contracts/market/Checkout.sol": MARKET,
  "contracts/market/Market.sol": MARKET,
  "contracts/market/MarketSettings.sol": [
    ...market("admin", "forwarder", "purchase", "settled", "cart"),
    finding("a-brake-used-up-for-the-successor"),
  ],
  "contracts/market/OfferBook.sol": MARKET,
  "contracts/registry/ModelRegistry.sol": [
    ...unit("registry", "ModelRegistry"),
    finding("the-key-of-a-model-given-away"),
  ],
  "contracts/market/OfferTerms.sol": [...unit("market", "OfferTerms"), ...market("offers", "purchase")],
  "contracts/ledger/RevenueLedger.sol": unit("ledger", "RevenueLedger"),
  "contracts/escrow/UpdateDesk.sol": unit("escrow", "UpdateDesk"),
  "contracts/registry/VersionIds.sol": [...unit("registry", "ModelRegistry"), ...unit("license", "LicenseToken")],

  "contracts/registry/proof/ChaCha20.sol": unit("proof", "chacha20", "complaint"),
  "contracts/registry/proof/ContentComplaint.sol": [
    ...unit("proof", "complaint"),
    ...unit("registry", "ModelRegistry"),
  ],
  "contracts/registry/proof/CurveProof.sol": [...unit("proof", "curve"), ...escrow("deliver")],
  "contracts/registry/proof/Sha256Tree.sol": [...unit("proof", "tree", "complaint")],
};

/** Throws unless each of these contracts has tests, and those are there. */
export function requireTests(files: readonly string[], tests = TESTS): void {
  const problems = [
    ...files.filter((file) => tests[file] === undefined).map((file) => `${file} has none`),
    ...Object.keys(tests)
      .filter((file) => !files.includes(file))
      .map((file) => `${file} has no mutants`),
    ...[...new Set(Object.values(tests).flat())]
      .filter((test) => !existsSync(join(ROOT, test)))
      .map((test) => `${test} does not exist`),
  ];
  if (problems.length > 0) throw new Error(`scripts/mutation/tests.ts has to be mended: ${problems.join("; ")}.`);
}
