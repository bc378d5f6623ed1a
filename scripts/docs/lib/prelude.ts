// What the examples of the reference begin with: each name is something that a program has by then. A test compiles them all
// with these declarations, and the reference shows them.
import type { createReadStream as readStream } from "node:fs";
import type { readFile as read } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import type * as ethers from "ethers";
import type { CID as Cid } from "multiformats";
import type { Chain, PublicClient, WalletClient } from "viem";
import type * as isonomy from "../../../sdk/src";
import type { Express } from "express";
import type * as node from "../../../sdk/src/node";
import type * as server from "../../../sdk/src/server";
import type * as viem from "../../../sdk/src/market/viem";
import type { IERC20__factory, IERC20Permit__factory, IMarket__factory } from "../../../typechain-types";

// what `isonomy/abis` exports, which is made when the package is built
export declare const iMarketAbi: typeof IMarket__factory.abi;
export declare const ierc20Abi: typeof IERC20__factory.abi;
export declare const ierc20PermitAbi: typeof IERC20Permit__factory.abi;
// functions of other packages
export declare const CID: typeof Cid;
export declare const JsonRpcProvider: typeof ethers.JsonRpcProvider;
export declare const ZeroAddress: string;
export declare const concat: typeof ethers.concat;
export declare const createReadStream: typeof readStream;
export declare const formatEther: typeof ethers.formatEther;
export declare const formatUnits: typeof ethers.formatUnits;
export declare const hexlify: typeof ethers.hexlify;
export declare const parseEther: typeof ethers.parseEther;
export declare const randomBytes: typeof ethers.randomBytes;
export declare const readFile: typeof read;

// begin: what the reference shows
export declare const deployment: isonomy.Deployment; // deploymentOn(chainId)
export declare const chainId: bigint;
export declare const provider: ethers.JsonRpcProvider; // new JsonRpcProvider(rpcRequest("http://127.0.0.1:8545"))
export declare const signer: ethers.Signer; // your account
export declare const sponsor: ethers.Signer; // somebody who pays the gas
export declare const account: viem.Hex; // an address, as the next three are
export declare const buyer: string;
export declare const colleague: string;
export declare const company: string;

export declare const market: isonomy.MarketClient; // new MarketClient(deployment, signer), and the others alike
export declare const payments: isonomy.PaymentClient;
export declare const deals: isonomy.DealClient;
export declare const exchange: isonomy.ExchangeClient;
export declare const governance: isonomy.GovernanceClient;
export declare const citizens: isonomy.CitizenClient;
export declare const policies: isonomy.PolicyClient;
export declare const reading: isonomy.ReadClient;
export declare const subscriptions: isonomy.SubscriptionClient;
export declare const standing: isonomy.StandingOrderClient;
export declare const seats: isonomy.SeatClient;
export declare const usage: isonomy.UsageClient;
export declare const lineage: isonomy.LineageClient;
export declare const resale: isonomy.ResaleClient;
export declare const parents: isonomy.LineageClient; // of the account that holds the parent's title
export declare const reviews: isonomy.ReviewClient;
export declare const measurements: isonomy.MetricClient; // of an evaluator, to sign
export declare const issuer: isonomy.PolicyClient; // of the account that a policy names
export declare const issuerSigner: ethers.Signer; // that account

export declare const versionId: bigint;
export declare const modelId: bigint;
export declare const licenseId: bigint;
export declare const proposalId: bigint;
export declare const offer: isonomy.Offer;
export declare const another: isonomy.Offer;
export declare const terms: Parameters<typeof isonomy.completeOffer>[1]; // what an offer says, without what has a default
export declare const termsHash: string; // hashOffer(offer)
export declare const policy: string; // policyId({ issuer: company, number: 1n })
export declare const clearance: isonomy.SignedClearance; // what PolicyClient.sign returned
export declare const ask: isonomy.SignedAsk; // what ResaleClient.signAsk returned
export declare const consent: isonomy.SignedConsent; // what LineageClient.signConsent returned
export declare const measured: Omit<isonomy.Measurement, "evaluator">; // what was measured
export declare const signed: isonomy.SignedMetric; // what MetricClient.sign returned
export declare const metric: isonomy.Measurement;
export declare const uid: string; // the name of a metric
export declare const submittedAt: bigint; // in Unix time
export declare const evaluators: readonly string[]; // addresses of those whom you believe
export declare const salt: string; // 32 random bytes
export declare const reviewText: string;
export declare const holder: string; // an address
export declare const channel: isonomy.Channel; // what UsageClient.channelOf returned
export declare const voucher: isonomy.Voucher; // what signVoucher returned
export declare const domain: ReturnType<typeof isonomy.usageDomain>; // of vouchers
export declare const session: ethers.BaseWallet; // a key of the channel
export declare const machine: ethers.BaseWallet; // another key of it
export declare const verifier: string; // an ERC-7913 verifier
export declare const publicKey: string; // of a device
export declare const validUntil: bigint; // in Unix time
export declare const signature: string;
export declare const payToken: string; // an address, as the next four are
export declare const tokenIn: string;
export declare const tokenOut: string;
export declare const token0: string;
export declare const token1: string;
export declare const amountIn: bigint;
export declare const route: isonomy.Route;
export declare const purchased: bigint; // the id of a licence
export declare const newest: isonomy.Version;

export declare const card: isonomy.ModelCard;
export declare const draft: isonomy.CardDraft;
export declare const store: isonomy.BlobStore;
export declare const gateway: isonomy.GatewayStore; // new GatewayStore("https://trustless-gateway.link")
export declare const cid: string; // a content identifier
export declare const bytes: Uint8Array;
export declare const sink: isonomy.ByteSink;
export declare const platform: isonomy.Platform; // nodePlatform(), or portablePlatform in a page
export declare const keyring: isonomy.PageKeyring; // or FileKeyring, in Node
export declare const password: string;
export declare const deal: isonomy.Deal;
export declare const held: isonomy.HeldBlob; // what DealClient.hold returned
export declare const version: isonomy.FileCommitment;
export declare const key: bigint; // a version's secret
export declare const buyerSecret: bigint;
export declare const delivered: bigint; // the scalar that the seller sent
export declare const complaint: isonomy.Complaint;
export declare const encrypted: Uint8Array;
export declare const leaves: readonly Uint8Array[];

export declare const attestation: isonomy.Attestation;
export declare const proposal: isonomy.ProposalFile;
export declare const transaction: ethers.TransactionRequest;
export declare const raw: string; // a signed transaction
export declare const privateKey: string;
export declare const wallet: ethers.BaseWallet;
export declare const sellerOptions: node.SellerOptions;
export declare const journal: node.Journal;
export declare const journalSigner: node.JournalSigner;
export declare const journalSettings: node.JournalSettings;
export declare const metrics: node.Metrics;
export declare const response: ServerResponse;

export declare const gate: server.LicenseGate;
export declare const access: server.AccessClient;
export declare const book: server.VoucherBook<isonomy.Channel>;
export declare const app: Express; // express()
export declare const request: Request; // what somebody asked a server

export declare const permit: viem.PermitTerms;
export declare const text: string; // of a key file
export declare const publicClient: PublicClient; // of viem
export declare const walletClient: WalletClient;
export declare const chain: Chain;
export declare const signal: AbortSignal;
export declare const error: unknown; // what was caught
export declare function show(text: string): void; // what your program does with it
// end
