import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";

const ROOT = join(__dirname, "..", "..");
/** A minute for what the others notice: the comparison with another exchange over thousands of operations. */
const TOO_LONG = new Set(["test/unit/exchange/ExchangeDifferential.test.ts"]);

const findings = (...names: string[]): string[] => names.map((name) => `test/findings/${name}.test.ts`);
const unit = (...names: string[]): string[] => names.map((name) => `test/unit/${name}.test.ts`);

const EXCHANGE = ["Attacks", "Liquidity", "Settings", "Swaps"].map((name) => `exchange/Exchange${name}`);

/**
 * Tests whose names do not say which contract they answer for, and a choice for libraries that half of all contracts use. Every other file of
 * `contracts/` finds its tests by their names: see {@link testsOf}.
 */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  "court/Panel": findings("a-ruling-was-lost"),
  "escrow/DealBounds": unit("escrow/Escrow.open", "market/OfferTerms", "market/Market.offers", "market/Market.admin"),
  "escrow/DealCodec": [
    ...unit("escrow/Escrow.open", "escrow/Escrow.settle", "escrow/Escrow.matrix", "escrow/Escrow.deliver"),
    ...unit("market/Market.escrowed", "market/Market.purchase"),
  ],
  "escrow/Escrow": findings(
    ...["escrow", "a-proof-lost-to-a-judgement", "sales-held-up-by-buyers-who-pay-nothing"],
    ...["a-share-given-to-a-contract-of-the-protocol", "a-proof-taken-back-by-a-refund"],
    ...["a-fee-left-with-the-arbiters", "a-miss-hidden-by-a-late-decline"],
  ),
  "exchange/CurveMath": unit(...EXCHANGE, "exchange/ExchangePermit", "sdk/exchange"),
  "exchange/Exchange": [
    ...unit("sdk/exchange"),
    ...findings("one-pool-under-two-names", "a-price-moved-by-a-thousand-wei"),
  ],
  "governance/Directory": findings("a-module-of-a-time-that-never-was"),
  "governance/GovernanceToken": [
    ...unit("governance/Concentration", "governance/IsonomyGovernor", "governance/IsonomyGovernor.voting"),
    ...findings("a-government-without-a-registry"),
  ],
  "governance/GuardianDesk": findings("a-brake-used-up-for-the-successor"),
  "governance/IsonomyGovernor": [
    ...unit("governance/Captures", "governance/Concentration", "governance/Sieges", "governance/Sdk"),
    ...findings("a-treasury-emptied-by-a-vote-of-its-youth", "a-phase-that-began-between-two-payments"),
    ...findings("citizens-whom-an-early-proposal-did-not-ask", "a-grown-dao-that-lost-its-citizens"),
    ...findings("a-module-of-a-time-that-never-was"),
  ],
  "governance/Roles": unit(
    ...["governance/IsonomyGovernor", "governance/IsonomyGovernor.voting"],
    ...["governance/GuardianDesk", "governance/Treasury"],
  ),
  "governance/Timelock": unit("governance/Directory", "governance/Captures"),
  "governance/Treasury": unit("governance/IsonomyGovernor", "governance/IsonomyGovernor.voting"),
  "governance/VotingUnits": unit("governance/GovernanceToken"),
  "identity/CitizenRegistry": [
    ...unit("governance/Concentration", "governance/Sieges"),
    ...findings("a-captured-issuer-of-a-young-dao", "a-credential-kept-from-its-person"),
    ...findings("a-dao-taken-over-by-its-first-vote", "a-month-of-new-citizens-used-up-by-one"),
    ...findings("a-person-taken-hostage-by-an-issuer", "citizens-who-fled-from-a-disavowal"),
    ...findings("an-issuer-stopped-by-others-leaving", "a-cohort-that-a-suspension-unseasoned"),
    ...findings("an-issuer-gone-while-it-verified", "a-phase-that-began-between-two-payments"),
    ...findings("a-grown-dao-that-lost-its-citizens"),
  ],
  "identity/ICitizenRegistry": unit(
    ...["identity/CitizenRegistry.phases", "governance/IsonomyGovernor", "governance/IsonomyGovernor.voting"],
  ),
  "ledger/LedgerCall": [
    ...unit("escrow/Escrow.settle", "escrow/Escrow.ruling"),
    ...unit("market/Market.purchase", "market/Market.cart", "market/Market.hostile"),
  ],
  "ledger/RevenueSplit": unit("escrow/Escrow.settle", "market/Market.purchase"),
  "license/LicenseIds": unit("license/LicenseToken", "market/Market.purchase", "market/Market.escrowed"),
  "license/LicenseToken": unit("market/Market.purchase", "market/Market.escrowed", "escrow/Escrow.market"),
  "market/Forwarder": [...unit("market/Market.forwarder"), ...findings("a-sponsored-purchase-was-dropped")],
  "market/Market": [
    ...unit("escrow/Escrow.market"),
    ...findings("a-creators-good-name", "an-announcement-of-the-sale", "settling-a-dispute-paid-the-seller"),
    ...findings("the-key-of-a-model-given-away", "sales-held-up-by-buyers-who-pay-nothing"),
    ...findings("a-share-given-to-a-contract-of-the-protocol", "the-reason-of-a-refused-permit"),
  ],
  "market/MarketSettings": findings("a-brake-used-up-for-the-successor"),
  "market/OfferTerms": unit("market/Market.offers", "market/Market.purchase"),
  "registry/ModelRegistry": findings("the-key-of-a-model-given-away"),
  "registry/proof/ChaCha20": unit("proof/chacha20", "proof/complaint"),
  "registry/proof/ContentComplaint": unit("proof/complaint", "registry/ModelRegistry"),
  "registry/proof/CurveProof": unit("proof/curve", "escrow/Escrow.deliver"),
  "registry/proof/Sha256Tree": unit("proof/tree", "proof/complaint"),
  "utils/BoundedPause": [
    ...unit("market/Market.admin", "exchange/ExchangeSettings", "identity/CitizenRegistry"),
    ...findings("a-brake-used-up-for-the-successor"),
  ],
  "utils/Bps": unit("market/Market.purchase", "exchange/ExchangeSwaps", "governance/GovernanceToken"),
  "utils/Mandates": findings("a-brake-used-up-for-the-successor"),
  "utils/Native": unit("market/Market.purchase", "ledger/RevenueLedger", "exchange/ExchangeSwaps"),
  "utils/Permit": [
    ...unit("market/Market.permit", "exchange/ExchangePermit"),
    ...findings("the-reason-of-a-refused-permit"),
  ],
  "utils/TreasuryPointer": unit("market/Market.admin", "exchange/ExchangeSettings"),
};

/**
 * The tests that answer for a contract: of `contracts/market/Market.sol` those that are called `test/unit/market/Market*.test.ts`, and those
 * that are named above. For an abstract contract the tests of those that inherit it in its folder answer too, and for what has none the
 * tests of all files that import it. Its own come first: they are the likeliest to notice a mistake.
 * @param file As `contracts/market/Market.sol`.
 */
export function testsOf(file: string): string[] {
  return [...testsFor(file, new Set())];
}

function testsFor(file: string, seen: ReadonlySet<string>): Set<string> {
  const name = file.replace(/^contracts\/|\.sol$/g, "");
  const found = new Set([...namedAfter(name), ...(ALSO[name] ?? [])]);
  const importers = IMPORTERS.get(file) ?? [];
  const isPart = found.size > 0 && /^abstract contract /m.test(readFileSync(join(ROOT, file), "utf8"));
  const others =
    found.size === 0 ? importers : isPart ? importers.filter((other) => dirname(other) === dirname(file)) : [];
  for (const importer of others) {
    if (seen.has(importer)) continue;
    for (const test of testsFor(importer, new Set([...seen, file]))) found.add(test);
  }
  return found;
}

function namedAfter(name: string): string[] {
  const folder = `test/unit/${dirname(name)}`;
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder))
    .filter((test) => test.startsWith(basename(name)) && test.endsWith(".test.ts"))
    .map((test) => `${folder}/${test}`)
    .filter((test) => !TOO_LONG.has(test))
    .sort();
}

/** The files that import a file, by its path; interfaces run nothing and are left out. */
const IMPORTERS: ReadonlyMap<string, readonly string[]> = readImporters();

function readImporters(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const files = readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" })
    .map((path) => `contracts/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".sol"));
  for (const file of files.sort()) {
    const source = readFileSync(join(ROOT, file), "utf8");
    if (!/^(abstract contract|contract|library) /m.test(source)) continue;
    for (const [, path] of source.matchAll(/^import\s[^;]*?["'](\.[^"']+)["']/gm)) {
      const imported = posix.join(posix.dirname(file), path!);
      found.set(imported, [...(found.get(imported) ?? []), file]);
    }
  }
  return found;
}

/** Throws unless each of these contracts has tests, and each line above is about one of them and names tests that are there. */
export function requireTests(files: readonly string[], also = ALSO): void {
  const problems = [
    ...files
      .filter((file) => testsOf(file).length === 0)
      .map((file) => `${file} has none: write test/unit/${file.replace(/^contracts\/|\.sol$/g, "")}.test.ts`),
    ...Object.keys(also)
      .filter((name) => !files.includes(`contracts/${name}.sol`))
      .map((name) => `${name} has no mutants`),
    ...[...new Set(Object.values(also).flat())]
      .filter((test) => !existsSync(join(ROOT, test)))
      .map((test) => `${test} does not exist`),
  ];
  if (problems.length > 0) throw new Error(`scripts/mutation/tests.ts has to be corrected: ${problems.join("; ")}.`);
}
