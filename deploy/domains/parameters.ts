import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAddress, parseEther } from "ethers";

import { decodeText } from "../../sdk/src/text/decode";
import { addressKey, sameAddress } from "../../sdk/src/addresses/address";

/** A token that the market accepts from the first day, with the risks its issuer is known for (bits of `PayTokenRisks`). */
export interface PayTokenParameter {
  token: string;
  risks: number;
}

/** A line of the genesis distribution. With a duration the tokens vest, as those of insiders must. */
export interface GenesisParameter {
  holder: string;
  /** In tokens, as a decimal number. */
  amount: string;
  /** Seconds during which nothing vests. */
  cliff: number;
  /** Seconds until everything has vested; 0 hands the tokens over at once. */
  duration: number;
}

/** Everything that a deployment decides. One file a network, in `deploy/parameters/`. */
export interface ProtocolParameters {
  timelock: {
    /** Seconds that every change waits at least; the kind of a proposal makes it longer. */
    minDelay: number;
  };
  /** May cancel proposals, and pause purchases, deposits and the issuing of credentials for a few days. */
  guardian: string;
  governance: {
    genesis: GenesisParameter[];
    /** Seconds between a proposal and its snapshot. */
    votingDelay: number;
    /** Seconds of voting. */
    votingPeriod: number;
    /** Units that it takes to propose, as a decimal number. */
    proposalThreshold: string;
    /** Percent of the delegated units that For and Abstain need together. */
    quorumPercent: number;
  };
  market: { protocolFeeBps: number; payTokens: PayTokenParameter[] };
  panel: { arbiters: string[]; threshold: number; feeWei: string };
  metadata: { titles: string; licenses: string };
}

const DAY = 86_400;
const BPS = 10_000n;
/** Bounds of the token, see `GovernanceToken`. */
const CURVE_CAP_BPS = 75n;
const INSIDER_CAP_BPS = 2_000n;

/** Reads and checks the parameters of a network. */
export function readParameters(network: string): ProtocolParameters {
  const file = join(__dirname, "..", "parameters", `${network}.json`);
  let text: string;
  try {
    text = decodeText(readFileSync(file));
  } catch {
    throw new Error(`There are no parameters for the network "${network}". Create deploy/parameters/${network}.json.`);
  }
  const parameters = JSON.parse(text) as ProtocolParameters;
  checkParameters(parameters);
  return parameters;
}

/** Throws a sentence that names the first field that cannot be deployed. */
export function checkParameters(parameters: ProtocolParameters): void {
  const { timelock, governance, market, panel, metadata } = parameters;
  for (const [field, value] of Object.entries({ timelock, governance, market, panel, metadata })) {
    if (typeof value !== "object" || value === null) throw new Error(`${field} is missing.`);
  }
  checkAddress("guardian", parameters.guardian);
  checkRange("timelock.minDelay", timelock.minDelay, DAY, 2 * DAY);
  checkRange("governance.votingDelay", governance.votingDelay, 2 * DAY, 14 * DAY);
  checkRange("governance.votingPeriod", governance.votingPeriod, 3 * DAY, 21 * DAY);
  checkRange("governance.quorumPercent", governance.quorumPercent, 2, 20);
  const supply = checkGenesis(governance.genesis);
  checkAmount("governance.proposalThreshold", governance.proposalThreshold);
  if (parseEther(governance.proposalThreshold) > (supply * CURVE_CAP_BPS) / BPS) {
    throw new Error(
      `governance.proposalThreshold is above 0.75 % of the genesis supply: only large holders could propose. It is ${governance.proposalThreshold}.`,
    );
  }
  checkRange("market.protocolFeeBps", market.protocolFeeBps, 0, 500);
  market.payTokens.forEach(({ token, risks }, i) => {
    checkAddress(`market.payTokens[${i}].token`, token);
    checkRange(`market.payTokens[${i}].risks`, risks, 0, 255);
  });
  checkAddresses("panel.arbiters", panel.arbiters);
  checkRange("panel.threshold", panel.threshold, Math.floor(panel.arbiters.length / 2) + 1, panel.arbiters.length);
  if (!/^[0-9]{1,38}$/.test(panel.feeWei))
    throw new Error(`panel.feeWei is not a whole number of wei: "${panel.feeWei}".`);
  checkText("metadata.titles", metadata.titles);
  checkText("metadata.licenses", metadata.licenses);
}

/** Throws when the account that deploys is to hold tokens or a mandate: it ends with nothing. */
export function checkDeployer({ governance, guardian }: ProtocolParameters, deployer: string): void {
  const same = (account: string): boolean => sameAddress(account, deployer);
  if (same(guardian)) throw new Error("guardian is the account that deploys, which keeps no power. Name another.");
  const line = governance.genesis.findIndex(({ holder }) => same(holder));
  if (line >= 0)
    throw new Error(
      `governance.genesis[${line}].holder is the account that deploys, which keeps no tokens. Name another.`,
    );
}

/** Checks the distribution and returns the supply, in the token's smallest unit. */
function checkGenesis(genesis: GenesisParameter[]): bigint {
  if (!Array.isArray(genesis) || genesis.length === 0)
    throw new Error("governance.genesis is empty: nobody could ever vote.");
  let supply = 0n;
  let vested = 0n;
  genesis.forEach(({ holder, amount, cliff, duration }, i) => {
    const field = `governance.genesis[${i}]`;
    checkAddress(`${field}.holder`, holder);
    checkAmount(`${field}.amount`, amount);
    checkRange(`${field}.duration`, duration, 0, 20 * 365 * DAY);
    checkRange(`${field}.cliff`, cliff, 0, duration);
    supply += parseEther(amount);
    if (duration > 0) vested += parseEther(amount);
  });
  if (vested * BPS > supply * INSIDER_CAP_BPS)
    throw new Error(
      "governance.genesis gives more than a fifth of the tokens to lines that vest, which are the insiders'.",
    );
  return supply;
}

function checkAddresses(field: string, values: string[]): void {
  const known = new Set<string>();
  values.forEach((value, i) => {
    checkAddress(`${field}[${i}]`, value);
    if (known.has(addressKey(value))) throw new Error(`${field}[${i}] is named twice: "${value}".`);
    known.add(addressKey(value));
  });
}

function checkAddress(field: string, value: unknown): void {
  if (typeof value !== "string" || !value.startsWith("0x") || !isAddress(value) || BigInt(value) === 0n) {
    throw new Error(`${field} is not an address: "${value}".`);
  }
}

function checkAmount(field: string, value: unknown): void {
  if (typeof value !== "string" || !/^[0-9]{1,30}(\.[0-9]{1,18})?$/.test(value) || parseEther(value) === 0n) {
    throw new Error(`${field} is not an amount of tokens above 0: "${value}".`);
  }
}

function checkRange(field: string, value: number, minimum: number, maximum: number): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new Error(`${field} must be a whole number from ${minimum} to ${maximum}; it is ${value}.`);
  }
}

function checkText(field: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw new Error(`${field} is missing.`);
}
