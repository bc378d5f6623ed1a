import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash, hexlify, id } from "ethers";
import { ethers } from "hardhat";

import { winkCard } from "../../../scripts/demo/card";
import { cardBytes, metadataHash } from "../../../sdk/src/card";
import { cliErrors } from "../../../sdk/src/cli/errors";
import { clientErrors, contractErrors, isIsonomyError, type IsonomyError } from "../../../sdk/src/errors";
import {
  buyerPad,
  encryptKeys,
  fairExchangeErrors,
  keyPairOf,
  openBlob,
  portablePlatform,
  prepare,
  rootOf,
  sellerScalar,
  streamSecrets,
  xorChunk,
} from "../../../sdk/src/fairexchange";
import { privilegedAbis, unitsCurve } from "../../../sdk/src/governance";
import { sellerErrors } from "../../../sdk/src/seller";
import {
  packSeatTerms,
  packSubscriptionTerms,
  packUsageTerms,
  signVoucher,
  usageDomain,
  UsageClient,
} from "../../../sdk/src/rights";
import { LicenseGate, MemoryVouchers, serverErrors, type GateOptions } from "../../../sdk/src/server";
import { MemoryBlocks, UnixFsStore } from "../../../sdk/src/store";
import { purchaseCall } from "../../../sdk/src/market/viem";
import { imaginaryBook } from "../../support/bookOf";
import { clientsOf, dealOf, nativeOffer } from "../../support/clients";

const SDK = join(__dirname, "../../../sdk");

/** The exports of every entry of the package that is a source; `abis` and `typechain` are generated from the contracts. */
function entries(): Record<string, Record<string, unknown>> {
  const list = readFileSync(join(SDK, "build/entries.mjs"), "utf8");
  const sources = [...list.matchAll(/^ {2}"?([\w-]+)"?: "(sdk\/src\/[\w/]+)\.ts",$/gm)];
  return Object.fromEntries(
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the list is known only when it runs
    sources.map(([, name, path]) => [name!, require(join(SDK, "..", path!)) as Record<string, unknown>]),
  );
}

const isClass = (value: unknown): boolean => typeof value === "function" && /^class\b/.test(value.toString());

const ADDRESS = "0x8ba1f109551bD432803012645Ac136ddd64DBA72";
const OTHER = "0x00000000000000000000000000000000000000AA";
const HASH = id("something");
const BOOK = imaginaryBook(31_337);
const OFFER = nativeOffer();
const MONTH = { period: 2_592_000n, renewUntil: 0n, cancellable: false, seats: 0n, minStay: 0n };
const ASK = {
  ...{ licenseId: 1n, seller: ADDRESS, payToken: ADDRESS, price: 1n, expiresAt: 1n, buyer: ADDRESS },
  ...{ maxFeeBps: 1n, maxRoyaltyBps: 1n, versionId: 1n, deliveryWindow: 1n, complaintWindow: 1n, epoch: 1n, bit: 1n },
};
const CLEARANCE = { policy: HASH, termsHash: HASH, recipient: ADDRESS, nonce: 1n, validUntil: 1n };
const MEASURED = {
  ...{ evaluator: ADDRESS, versionId: 1n, dataSet: HASH, metric: HASH, value: -1n, decimals: 0n, method: HASH },
  ...{ measuredAt: 1n, validUntil: 2n },
};
const DEAL = dealOf(OFFER);
const FEE_LIMITS = { maxFee: 10n ** 18n, maxTip: 10n ** 11n };
const POOL = {
  ...{ id: 1n, token0: ZeroAddress, token1: ADDRESS, feeBps: 30n, protocolShare: 0n },
  ...{ reserve0: 10n ** 20n, reserve1: 10n ** 20n, totalShares: 10n ** 20n },
};
const LEGS = [{ pool: POOL, tokenIn: ZeroAddress, tokenOut: ADDRESS }];
const RESERVES = { reserveIn: 10n ** 20n, reserveOut: 10n ** 20n, feeBps: 30n };
const CURVE = unitsCurve(10n ** 24n);
const PROPOSAL = {
  ...{ title: "Nothing", why: "No reason." },
  calls: [{ target: ADDRESS, abi: new ethers.Interface(["function set(uint256 x)"]), call: "set", args: [1n] }],
};
const ISSUER = Wallet.createRandom();
const ATTESTATION = {
  ...{ account: ADDRESS, issuerId: 1, nullifier: ZeroHash, claimHash: ZeroHash },
  ...{ validUntil: 1n, deadline: 1n, nonce: 0n },
};
const USAGE_DOMAIN = usageDomain(ADDRESS, 1n);
const METER = { units: 1n, grace: 3_600n, providerBps: 1n, provider: ADDRESS, seats: 0n };
const USED = { slot: 0, units: 1n, validUntil: 1 };
const ACCESS = { licenseId: 1n, signer: "0x0102", audience: "https://models.example", nonce: ZeroHash, issuedAt: 1 };
const SIGN_IN = {
  ...{ origin: "https://models.example", chainId: 1n, account: ADDRESS, licenseId: 1n },
  ...{ nonce: "abcdefgh", issuedAt: 1, expiresAt: 2 },
};
const GATE: GateOptions = {
  ...{ origin: "https://models.example", deployment: BOOK, provider: ethers.provider, versionId: 1n },
  ...{ secret: "0123456789abcdef0123456789abcdef", sessionSeconds: 60, path: "/access" },
};
const { primitives } = portablePlatform;

/** Arguments that a function takes, and the codes with which it refuses some wrong ones. */
interface Row {
  readonly takes: () => unknown[] | Promise<unknown[]>;
  readonly refuses: readonly string[];
  /** The code with which the right arguments fail here, where they do. */
  readonly fails?: string;
}
const row = (takes: Row["takes"], ...refuses: string[]): Row => ({ takes, refuses });
const ARGUMENT = "ARGUMENT_INVALID";
const CODES = Object.keys({
  ...{ ...clientErrors, ...contractErrors, ...cliErrors, ...fairExchangeErrors, ...sellerErrors, ...serverErrors },
});

/** A sealed file and its blob. */
async function seal() {
  const pieces: Uint8Array[] = [];
  const file = new Uint8Array(3_000).fill(7);
  const made = await prepare([file], { write: async (bytes) => void pieces.push(bytes.slice()) }, portablePlatform);
  const { key, ...version } = made;
  const blob = Buffer.concat(pieces);
  return { key, version, blob, source: () => [blob] };
}

let first: ReturnType<typeof seal> | undefined;
const sealed = () => (first ??= seal());

const PURCHASE = { chainId: 1n, escrow: ADDRESS, versionId: 1n, payer: OTHER };
const SELLER = keyPairOf(12_345n);
const PAD = buyerPad(portablePlatform, SELLER.x, PURCHASE);
const CONTEXT = { ...PURCHASE, buyerX: PAD.buyerX };
const SCALAR = sellerScalar(SELLER.secret, CONTEXT, PAD.pad);
const LEAF = new Uint8Array(32).fill(1);
const noSink = { write: async () => undefined };

const { escrow } = clientsOf(BOOK, ethers.provider).DealClient;

const STORED = { kind: "version", secret: SELLER.secret, x: SELLER.x, note: "a key" } as const;
const keyFile = () => encryptKeys([STORED], "word", portablePlatform, 1_024);

let folder = "";
let fresh = 0;
const freshPath = (): string => join(folder, `file${fresh++}`);

const ROWS: Record<string, Row> = {
  // addresses
  canonicalAddress: row(() => [ADDRESS], "ADDRESS_INVALID"),
  deploymentOn: row(
    () => [31_337, { text: JSON.stringify(BOOK), path: "book.json" }],
    ...["NO_DEPLOYMENT", "DEPLOYMENT_INVALID", "DEPLOYMENT_OTHER_CHAIN"],
  ),
  parseDeployment: row(() => [BOOK, "the book", 31_337], "DEPLOYMENT_INVALID", "DEPLOYMENT_OTHER_CHAIN"),
  sameAddress: row(() => [ADDRESS, OTHER], "ADDRESS_INVALID"),
  // card
  cardBytes: row(() => [winkCard], "CARD_INVALID"),
  cardFromHuggingFace: row(() => ["---\nlicense: mit\n---\n# A model"], "ARGUMENT_INVALID"),
  cardFromBytes: row(() => [cardBytes(winkCard)], "CARD_NOT_JSON"),
  metadataHash: row(() => [winkCard], "CARD_INVALID"),
  parseCard: row(() => [winkCard], "CARD_INVALID"),
  verifiedCard: row(() => [cardBytes(winkCard), metadataHash(winkCard)], "CARD_NOT_JSON", "CARD_HASH_MISMATCH"),
  // chain
  endpointOf: row(() => ["http://127.0.0.1:8545"], "ENDPOINT_INVALID"),
  mined: row(
    () => [
      { getTransactionReceipt: async () => ({ status: 1 }) },
      { hash: HASH, from: ADDRESS, nonce: 0, to: ADDRESS, data: "0x", value: 0n },
      { minedMs: 30, goneMs: 10, unseenMs: 10, silentMs: 20 },
    ],
    ...["TRANSACTION_UNCONFIRMED", ARGUMENT],
  ),
  requireFees: row(() => [{ gasLimit: 21_000n, gasPrice: 10n ** 10n }, FEE_LIMITS], ARGUMENT),
  rpcRequest: row(() => ["http://127.0.0.1:8545", 1_000], "ENDPOINT_INVALID"),
  tokenInfo: row(() => [{ call: async () => "0x" }, ADDRESS, BOOK], "ADDRESS_INVALID", ARGUMENT),
  // deals
  canonicalDeal: row(() => [DEAL], "ADDRESS_INVALID"),
  commitmentOf: row(() => [escrow, DEAL], "ADDRESS_INVALID", ARGUMENT),
  finalBlock: row(() => [ethers.provider, 5, "safe"], ARGUMENT),
  plainDeal: row(() => [DEAL], ARGUMENT),
  // exchange
  amountIn: row(() => [10n ** 18n, RESERVES], ARGUMENT),
  amountOut: row(() => [10n ** 18n, RESERVES], ARGUMENT),
  bestExactIn: row(() => [[POOL], ZeroAddress, ADDRESS, 10n ** 18n, 2], "ADDRESS_INVALID", ARGUMENT),
  bestExactOut: row(() => [[POOL], ZeroAddress, ADDRESS, 10n ** 18n, 2], "ADDRESS_INVALID", ARGUMENT),
  deposit: row(() => [POOL, 10n ** 18n, 10n ** 18n], ARGUMENT),
  depositSingle: row(() => [POOL, true, 10n ** 18n, 30n, 10n], ARGUMENT),
  lowerBound: row(() => [10n ** 18n, 50n], "SLIPPAGE_OUT_OF_RANGE", ARGUMENT),
  packHop: row(() => [ADDRESS, 30n], "ADDRESS_INVALID", ARGUMENT),
  paths: row(() => [[POOL], ZeroAddress, ADDRESS, 2], "ADDRESS_INVALID"),
  positionFigures: row(() => [POOL, [{ kind: "added", amount0: 1n, amount1: 1n, shares: 1n }], 1n], ARGUMENT),
  priceImpact: row(() => [LEGS, 10n ** 18n, 10n ** 17n], ARGUMENT),
  protocolFee: row(() => [10n ** 18n, 30n, 10n], ARGUMENT),
  quoteExactIn: row(() => [LEGS, 10n ** 18n], ARGUMENT),
  quoteExactOut: row(() => [LEGS, 10n ** 18n], ARGUMENT),
  squareRoot: row(() => [10n ** 18n], ARGUMENT),
  upperBound: row(() => [10n ** 18n, 50n], "SLIPPAGE_OUT_OF_RANGE", ARGUMENT),
  withdrawal: row(() => [POOL, 10n ** 18n], ARGUMENT),
  // fair exchange
  blobLength: row(() => [3_000n], ARGUMENT),
  buildComplaint: row(() => {
    const { key, version, source } = defective();
    return [source(), key, version, 0, portablePlatform];
  }),
  buyerPad: row(() => [portablePlatform, SELLER.x, PURCHASE], "POINT_INVALID", ARGUMENT),
  chunkCount: row(() => [3_000], ARGUMENT),
  complaintProves: row(async () => {
    const { key, version, source } = defective();
    const opened = await openBlob(source, key, version, noSink, portablePlatform);
    return [primitives, version, (opened as { complaint: unknown }).complaint];
  }, "COMPLAINT_INVALID"),
  decryptKeys: row(async () => [await keyFile(), "word"], "KEY_FILE_DAMAGED", "KEY_FILE_PASSWORD"),
  encryptKeys: row(() => [[STORED], "word", portablePlatform, 1_024], "PASSWORD_EMPTY", ARGUMENT),
  isHonestPad: row(() => [PAD.pad, PAD.secret, SELLER.x, CONTEXT], ARGUMENT),
  isKey: row(() => [SELLER.x], ARGUMENT),
  isSecretOf: row(() => [SELLER.secret, SELLER.x, 0n], ARGUMENT),
  keyPairOf: row(() => [12_345n], "SCALAR_INVALID", ARGUMENT),
  lin: row(() => [SELLER.x, 0n, 1n, 0n], ARGUMENT),
  newKeyPair: row(() => [portablePlatform], ARGUMENT),
  openBlob: row(async () => {
    const { key, version, source } = await sealed();
    return [source, key, version, noSink, portablePlatform];
  }, "VERSION_INVALID"),
  pathOf: row(() => [primitives, [LEAF, LEAF], 1], ARGUMENT),
  prepare: row(() => [[new Uint8Array(10)], noSink, portablePlatform, {}], ARGUMENT),
  prepareInto: row(() => [[new Uint8Array(10)], new UnixFsStore(new MemoryBlocks()), portablePlatform, {}], ARGUMENT),
  recoverKey: row(() => [SCALAR, PAD.secret, SELLER.x, PURCHASE], "SCALAR_WRONG", "SCALAR_INVALID", "POINT_INVALID"),
  requireBuyable: row(async () => [(await sealed()).version], "VERSION_INVALID"),
  rootOf: row(() => [primitives, [LEAF, LEAF]], ARGUMENT),
  sellerScalar: row(() => [SELLER.secret, CONTEXT, PAD.pad], "SCALAR_INVALID", "DELIVERY_DECLINED"),
  streamSecrets: row(() => [12_345n], ARGUMENT),
  verifyBlob: row(async () => {
    const { version, source } = await sealed();
    return [source(), version, portablePlatform];
  }, "VERSION_INVALID"),
  verifyDelivery: row(() => [SELLER.x, PAD.pad, SCALAR], ARGUMENT),
  verifyPath: row(() => [primitives, rootOf(primitives, [LEAF, LEAF]), 2, 1, LEAF, [LEAF]], ARGUMENT),
  xorChunk: row(() => [primitives, LEAF, 0, new Uint8Array(1_024)], ARGUMENT),
  // governance
  describeCalls: row(() => [PROPOSAL, [{ name: "Thing", address: ADDRESS }]], "ADDRESS_INVALID", ARGUMENT),
  encodeBallot: row(() => [{ against: 1n, for: 2n, abstain: 3n }, "for"], ARGUMENT),
  encodeProposal: row(() => [PROPOSAL, ADDRESS], "ADDRESS_INVALID", "PROPOSAL_MALFORMED"),
  integerSqrt: row(() => [10n ** 18n], ARGUMENT),
  multiplierOf: row(() => [10n ** 18n, CURVE], ARGUMENT),
  readPermissions: {
    takes: () => [{ provider: ethers.provider, abis: privilegedAbis, deployment: BOOK }],
    refuses: ["ADDRESS_INVALID"],
    // nothing is deployed there
    fails: "CONTRACT_MISSING",
  },
  signAttestation: row(() => [ISSUER, ADDRESS, 31_337n, ATTESTATION], "ADDRESS_INVALID", ARGUMENT),
  unitsCurve: row(() => [10n ** 24n], ARGUMENT),
  unitsOf: row(() => [10n ** 18n, true, CURVE], ARGUMENT),
  unitsOfSplitHolder: row(() => [10n ** 18n, 2, (balance: bigint) => balance], ARGUMENT),
  voteConcentration: row(() => [[3n, 2n, 1n]], ARGUMENT),
  waitText: row(() => [86_400n], ARGUMENT),
  // market
  acceptsSignature: row(
    async () => [ethers.provider, ISSUER.address, HASH, await ISSUER.signMessage("x")],
    ...["ADDRESS_INVALID", "SIGNATURE_INVALID"],
  ),
  canonicalOffer: row(() => [OFFER], "ADDRESS_INVALID", ARGUMENT),
  completeOffer: row(() => [ADDRESS, { versionId: 1n, price: 1n, supply: 1n, deliveryWindow: 0n }], "WINDOW_MISSING"),
  delegateOf: row(() => [ethers.provider, ADDRESS], "ADDRESS_INVALID"),
  ecdsaSignature: row(async () => [await ISSUER.signMessage("x")], "SIGNATURE_INVALID"),
  formatLicenseId: row(() => [1n << 136n], ARGUMENT),
  formatVersionId: row(() => [65_537n], ARGUMENT),
  consentDigest: row(
    () => [ADDRESS, 1n, { parent: 1n, child: 2n, bps: 1n, validUntil: 1n }],
    "ADDRESS_INVALID",
    ARGUMENT,
  ),
  deviceUser: row(() => [HASH], ARGUMENT),
  contentHash: row(() => [HASH, "a text"], ARGUMENT),
  costToMove: row(() => [{ weight: 10n, weightedStars: 30n }, 4], ARGUMENT),
  easAttestation: row(
    () => [{ ...MEASURED, uid: HASH, submittedAt: 1n, revokedAt: 0n }],
    ...["ADDRESS_INVALID", ARGUMENT],
  ),
  feeOfWeight: row(() => [1n, 1n], ARGUMENT),
  meanStars: row(() => [{ weight: 10n, weightedStars: 30n }], ARGUMENT),
  metricName: row(() => ["accuracy"], ARGUMENT),
  metricUid: row(() => [ADDRESS, 1n, MEASURED], "ADDRESS_INVALID", ARGUMENT),
  packSeatTerms: row(() => [{ seats: 1n, minStay: 0n }], ARGUMENT),
  packSubscriptionTerms: row(() => [MONTH], ARGUMENT),
  readSeatTerms: row(() => [packSeatTerms({ seats: 1n, minStay: 0n })], ARGUMENT),
  packUsageTerms: row(() => [METER], "ADDRESS_INVALID", ARGUMENT),
  readUsageTerms: row(() => [packUsageTerms(METER)], ARGUMENT),
  channelKey: row(() => [ADDRESS], "ADDRESS_INVALID"),
  readSubscriptionTerms: row(() => [packSubscriptionTerms(MONTH)], ARGUMENT),
  signVoucher: row(() => [ISSUER, USAGE_DOMAIN, { licenseId: 1n, ...USED }], ARGUMENT),
  usageDomain: row(() => [ADDRESS, 1n], "ADDRESS_INVALID"),
  voucherSigner: row(
    async () => [USAGE_DOMAIN, 1n, await signVoucher(ISSUER, USAGE_DOMAIN, { licenseId: 1n, ...USED })],
    ARGUMENT,
  ),
  clearanceDigest: row(() => [ADDRESS, 1n, { ...CLEARANCE }], "ADDRESS_INVALID", ARGUMENT),
  askDigest: row(() => [ADDRESS, 1n, ASK], "ADDRESS_INVALID", ARGUMENT),
  hashAsk: row(() => [ASK], "ADDRESS_INVALID", ARGUMENT),
  nextBit: row(() => [1n, 1n], ARGUMENT),
  policyId: row(() => [{ issuer: ADDRESS, number: 1n }], "ADDRESS_INVALID", ARGUMENT),
  policyParts: row(() => [HASH], ARGUMENT),
  priceOf: row(() => [OFFER, { quantity: 2n }], ARGUMENT),
  hashOffer: row(() => [OFFER], "ADDRESS_INVALID", ARGUMENT),
  licenseId: row(
    () => [{ module: 1n, transferable: true, escrowed: false, includesUpdates: false, versionId: 1n, serial: 1n }],
    ARGUMENT,
  ),
  licenseIdParts: row(() => [1n << 136n], ARGUMENT),
  marketDomain: row(() => [ADDRESS, 1n], "ADDRESS_INVALID"),
  offerDigest: row(() => [ADDRESS, 1n, OFFER], "ADDRESS_INVALID", ARGUMENT),
  orderFor: row(
    () => [OFFER, ADDRESS, { recipient: OTHER, key: { buyerKey: HASH, pad: OTHER }, quantity: 2n, renews: 1n }],
    "ADDRESS_INVALID",
    ARGUMENT,
  ),
  parseLicenseId: row(() => ["1.2-5.3te"], ARGUMENT),
  parseVersionId: row(() => ["1.2"], ARGUMENT),
  toOffer: row(() => [OFFER], "ADDRESS_INVALID", ARGUMENT),
  sharesOf: row(() => [10n ** 18n, 100n, 0n], ARGUMENT),
  versionId: row(() => [{ modelId: 1n, number: 1n }], ARGUMENT),
  versionIdParts: row(() => [65_537n], ARGUMENT),
  // viem
  approvalCall: row(() => [BOOK, { ...OFFER, payToken: ADDRESS }], "ADDRESS_INVALID", ARGUMENT),
  licenseIdsIn: row(() => {
    const [, order] = purchaseCall(BOOK, OFFER, OTHER).args;
    return [BOOK, { logs: [], transactionHash: HASH }, OTHER, [order].slice(1)];
  }, ARGUMENT),
  offerTypedData: row(() => [BOOK, 31_337, OFFER], "ADDRESS_INVALID", ARGUMENT),
  permitTypedData: row(
    () => [
      BOOK,
      { ...OFFER, payToken: ADDRESS },
      OTHER,
      { domain: { name: "Token", chainId: 31_337n, verifyingContract: ADDRESS }, nonce: 0n, deadline: 1n },
    ],
    ...["ADDRESS_INVALID", ARGUMENT],
  ),
  purchaseCall: row(() => [BOOK, OFFER, OTHER], "ADDRESS_INVALID", ARGUMENT),
  purchaseSignedCall: row(() => [BOOK, OFFER, OTHER, "0x1234"], "ADDRESS_INVALID", "SIGNATURE_INVALID", ARGUMENT),
  purchaseWithPermitCall: row(
    async () => [BOOK, OFFER, OTHER, { deadline: 1n, signature: await ISSUER.signMessage("x") }],
    ...["ADDRESS_INVALID", "SIGNATURE_INVALID", ARGUMENT],
  ),
  viemOffer: row(() => [OFFER], "ADDRESS_INVALID", ARGUMENT),
  // node
  fileSink: row(() => [freshPath()], "FILE_NOT_OPENED", ARGUMENT),
  folderStore: row(() => [folder], ARGUMENT),
  prepareFile: row(async () => {
    const path = freshPath();
    await writeFile(path, "something");
    return [path, noSink, portablePlatform, {}];
  }),
  readKeyFile: row(async () => {
    const path = freshPath();
    await writeFile(path, await keyFile(), { mode: 0o600 });
    return [path, "word"];
  }, "KEY_FILE_LOST"),
  // server
  accessDigest: row(() => [ADDRESS, 1n, { ...ACCESS }], "ADDRESS_INVALID", ARGUMENT),
  accessDomain: row(() => [ADDRESS, 1n], "ADDRESS_INVALID"),
  expressAccess: row(() => [new LicenseGate(GATE)]),
  expressGuard: row(() => [new LicenseGate(GATE)]),
  fetchGuard: row(() => [new LicenseGate(GATE), () => new Response("")]),
  signInMessage: row(() => [{ ...SIGN_IN }], "ADDRESS_INVALID", ARGUMENT),
  usageReader: row(() => [new UsageClient(BOOK, ethers.provider)]),
  // no guard let it pass
  visitOf: { takes: () => [{}], refuses: [], fails: "SESSION_MISSING" },
  serveHealth: row(() => ["127.0.0.1", 0, () => ({ healthy: true }), () => ""]),
  writeKeyFile: row(() => [freshPath(), [STORED], "word", portablePlatform, 1_024], "PASSWORD_EMPTY"),
  namedStore: row(() => [folder, {}], ARGUMENT),
  // store
  headersIn: row(() => ["authorization: Bearer 1234"], "STORE_HEADER_INVALID", ARGUMENT),
  readAll: row(async () => {
    const store = new UnixFsStore(new MemoryBlocks());
    return [store, await store.put(new Uint8Array(10)), 100];
  }, "BLOB_CID_INVALID"),
};

/** A version of one chunk, which is not what its content hash says. */
function defective() {
  const { secret: key, x: keyX } = SELLER;
  const hashOf = (...parts: Uint8Array[]): Uint8Array => primitives.sha256(Buffer.concat(parts));
  const wrong = new Uint8Array(32).fill(9);
  const chunk = xorChunk(primitives, streamSecrets(key).stream, 0, new Uint8Array(100).fill(7));
  const zero = Uint8Array.of(0);
  const version = {
    ...{ keyX, size: 100n },
    root: hexlify(rootOf(primitives, [hashOf(zero, wrong, chunk)])),
    contentRoot: hexlify(rootOf(primitives, [hashOf(zero, wrong)])),
  };
  return { key, version, source: () => [Buffer.concat([wrong, chunk])] };
}

/** Functions that refuse nothing, and why. */
const REFUSE_NOTHING: Record<string, string> = {
  checkCard: "lists what is wrong with whatever it is given",
  emptyCard: "writes down the kind that it is given, and `checkCard` says when there is no such kind",
  decodeError: "explains whatever was thrown",
  errorsOf: "makes errors, from a table that the compiler checks",
  explainError: "explains whatever was thrown",
  decodingErrors: "explains whatever a call throws, also that there is none",
  fill: "makes errors, from sentences that the compiler checks",
  hideSecret: "takes texts that the compiler checks, and a wrong one is no secret",
  isAway: "a question about any code",
  isContractName: "a question about any text",
  metricText: "takes what anybody wrote on chain, and returns it as it is where it is no text",
  isContractsAnswer: "a question about whatever was thrown",
  isIsonomyError: "a question about whatever was thrown",
  isProtocolError: "a question about any code",
  isUndecided: "a question about any code",
  nodePlatform: "takes a number of threads, and works without any",
  patient: "changes a provider of ethers, and leaves anything else as it is",
  placeholdersOf: "reads sentences that the compiler checks",
  readRefusalOf: "a question about whatever was thrown",
  redact: "cleans texts for errors, whose making must not fail",
  redactArgs: "cleans values for errors, whose making must not fail",
  redactValue: "cleans values for errors, whose making must not fail",
  refusalIn: "a question about any text",
  refusalOf: "a question about whatever was thrown",
  withoutSecrets: "cleans texts for errors, whose making must not fail",
};

/** Classes, with arguments that their constructors take. */
const CLASSES: Record<string, Row> = {
  AccessClient: row(
    () => [{ origin: "https://models.example", deployment: BOOK, licenseId: 1n, licensee: { account: ISSUER } }],
    ...["ADDRESS_INVALID", ARGUMENT],
  ),
  VoucherBook: row(
    () => [{ reader: {}, store: new MemoryVouchers(), domain: USAGE_DOMAIN, node: ADDRESS, saveSeconds: 3_600 }],
    ...["ADDRESS_INVALID", ARGUMENT],
  ),
  LicenseGate: row(() => [{ ...GATE }], "ADDRESS_INVALID", ARGUMENT),
  BoundedWallet: row(() => [ISSUER.privateKey, FEE_LIMITS], ARGUMENT),
  CitizenClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  DealClient: row(() => [BOOK, ethers.provider, { platform: portablePlatform }], "ADDRESS_INVALID", ARGUMENT),
  ExchangeClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  FallbackStore: row(() => [new UnixFsStore(new MemoryBlocks())], ARGUMENT),
  GatewayStore: row(
    () => [[{ url: "http://127.0.0.1:8080", headers: { "x-key": "1234" } }], { timeoutMs: 100 }],
    ...["ENDPOINT_INVALID", "STORE_HEADER_INVALID", ARGUMENT],
  ),
  GovernanceClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  IpfsStore: row(() => ["http://127.0.0.1:5001", {}, { timeoutMs: 100 }], "ENDPOINT_INVALID"),
  SeatClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  StandingOrderClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  SubscriptionClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  UsageClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  ResaleClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  LineageClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  PolicyClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  ReviewClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  MetricClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  MarketClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  PaymentClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
  ReadClient: row(() => [BOOK, ethers.provider, {}], "ADDRESS_INVALID", ARGUMENT),
};

const KEEPS = "keeps what it is given; what is wrong with it, its methods say";

/** Classes whose constructors refuse nothing, and why. What the methods of clients throw is in the table of writes. */
const KEEP_ANYTHING: Record<string, string> = {
  Client: "what all clients are made of; they are made themselves",
  FileKeyring: KEEPS,
  FolderBlocks: KEEPS,
  FolderStore: KEEPS,
  IsonomyError: "the error itself",
  JournalSigner: KEEPS,
  LogPager: KEEPS,
  MemoryBlocks: "takes nothing",
  MemoryVouchers: "takes nothing",
  VoucherFolder: "made by VoucherFolder.open",
  Metrics: "takes nothing",
  PagedProvider: "a provider of ethers, whose constructor it leaves as it is",
  PageKeyring: KEEPS,
  Pipe: "takes nothing",
  RememberedKeys: KEEPS,
  SellerAgent: KEEPS,
  SellerMetrics: "takes nothing",
  Sent: "made by Sent.begin",
  StateFile: KEEPS,
  UnixFsStore: KEEPS,
};

/** Wrong values in place of a good one: other types, malformed text, and objects without one field or with a wrong one. */
function* wrongFor(good: unknown, depth = 0): Generator<[string, unknown]> {
  for (const wrong of [undefined, null, 7, -1n, true, "nonsense", "", {}, [], () => undefined, Symbol("wrong")]) {
    yield [typeof wrong === "object" ? JSON.stringify(wrong) : String(wrong), wrong];
  }
  if (typeof good === "string") for (const wrong of [`${good}zz`, good.slice(0, -1)]) yield [wrong.slice(-20), wrong];
  if (typeof good === "bigint") for (const wrong of [-good - 1n, 1n << 300n]) yield [String(wrong), wrong];
  if (depth === 2) return;
  if (Array.isArray(good)) {
    for (const [name, wrong] of good.length === 0 ? [] : wrongFor(good[0], depth + 1)) {
      yield [`[0] = ${name}`, [wrong, ...good.slice(1)]];
    }
  } else if (typeof good === "object" && good !== null && Object.getPrototypeOf(good) === Object.prototype) {
    for (const key of Object.keys(good)) {
      for (const [name, wrong] of wrongFor((good as Record<string, unknown>)[key], depth + 1)) {
        yield [`${key} = ${name}`, { ...good, [key]: wrong }];
      }
    }
  }
}

async function outcomeOf(call: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("does not end")), 60_000)));
  try {
    const result = await Promise.race([call(), late]);
    await (result as { close?: () => unknown } | undefined)?.close?.();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

describe("Everything that the package exports", function () {
  this.timeout(240_000);
  const found = entries();
  const exported = new Map(Object.values(found).flatMap((entry) => Object.entries(entry)));
  const functions = [...exported].filter(([, value]) => typeof value === "function" && !isClass(value));
  const classes = [...exported].filter(([, value]) => isClass(value));
  const namesOf = (list: readonly [string, unknown][]): string[] => list.map(([name]) => name).sort();

  // a wrong path is the name of a file somewhere: here
  const home = process.cwd();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-exports-"));
    process.chdir(folder);
  });
  after(async () => {
    process.chdir(home);
    await rm(folder, { recursive: true, force: true });
  });

  it("is read from every entry that package.json names", () => {
    const { exports } = JSON.parse(readFileSync(join(SDK, "package.json"), "utf8")) as { exports: object };
    const names = Object.keys(exports).map((name) => (name === "." ? "index" : name.replace("./", "")));
    const others = ["abis", "typechain", "contracts/*", "package.json"];
    expect([...Object.keys(found), ...others]).to.have.members(names);
  });

  it("is a value, or a function or class with a row here", () => {
    expect([...Object.keys(ROWS), ...Object.keys(REFUSE_NOTHING)].sort()).to.deep.equal(namesOf(functions));
    expect([...Object.keys(CLASSES), ...Object.keys(KEEP_ANYTHING)].sort()).to.deep.equal(namesOf(classes));
  });

  async function refuses(call: (...args: unknown[]) => unknown, { takes, refuses: codes, fails }: Row): Promise<void> {
    const taken = await takes();
    const failure = await outcomeOf(() => call(...taken));
    expect((failure as IsonomyError | undefined)?.code, String(failure)).to.equal(fails);
    const seen = new Set<string>();
    const foreign: string[] = [];
    for (const at of taken.keys()) {
      for (const [what, wrong] of wrongFor(taken[at])) {
        const args = await takes();
        args[at] = wrong;
        const error = await outcomeOf(() => call(...args));
        if (isIsonomyError(error)) seen.add(error.code);
        else if (error !== undefined) foreign.push(`argument ${at} is ${what}: ${String(error)}`);
      }
    }
    expect(foreign).to.deep.equal([]);
    expect([...seen]).to.include.members([...codes]);
    expect(CODES).to.include.members([...seen]);
  }

  for (const [name, value] of functions.filter(([one]) => one in ROWS)) {
    it(`fails with a code when ${name} is given what it does not take`, () =>
      refuses(value as (...args: unknown[]) => unknown, ROWS[name]!));
  }

  for (const [name, value] of classes.filter(([one]) => one in CLASSES)) {
    it(`fails with a code when ${name} is made of what it does not take`, () =>
      refuses((...args) => new (value as new (...args: unknown[]) => unknown)(...args), CLASSES[name]!));
  }
});
