import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAddress } from "ethers";

/** A token that the market accepts from the first day, with the risks its issuer is known for (bits of `PayTokenRisks`). */
export interface PayTokenParameter {
  token: string;
  risks: number;
}

/** Everything that a deployment decides. One file a network, in `deploy/parameters/`. */
export interface ProtocolParameters {
  timelock: {
    /** Seconds that every change waits. */
    minDelay: number;
    proposers: string[];
    /** Empty: anyone may execute what has waited long enough. */
    executors: string[];
  };
  guardian: string;
  treasury: string;
  market: { protocolFeeBps: number; payTokens: PayTokenParameter[] };
  panel: { arbiters: string[]; threshold: number; feeWei: string };
  metadata: { titles: string; licenses: string };
}

/** Reads and checks the parameters of a network. */
export function readParameters(network: string): ProtocolParameters {
  const file = join(__dirname, "..", "parameters", `${network}.json`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Error(`There are no parameters for the network "${network}". Create deploy/parameters/${network}.json.`);
  }
  const parameters = JSON.parse(text) as ProtocolParameters;
  checkParameters(parameters);
  return parameters;
}

/** Throws a sentence that names the first field that cannot be deployed. */
export function checkParameters(parameters: ProtocolParameters): void {
  const { timelock, market, panel, metadata } = parameters;
  for (const [field, value] of Object.entries({ timelock, market, panel, metadata })) {
    if (typeof value !== "object" || value === null) throw new Error(`${field} is missing.`);
  }
  checkAddress("guardian", parameters.guardian);
  checkAddress("treasury", parameters.treasury);
  if (timelock.proposers.length === 0)
    throw new Error("timelock.proposers is empty: nobody could ever change anything.");
  checkAddresses("timelock.proposers", timelock.proposers);
  checkAddresses("timelock.executors", timelock.executors);
  checkRange("timelock.minDelay", timelock.minDelay, 1, 60 * 86_400);
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

function checkAddresses(field: string, values: string[]): void {
  const known = new Set<string>();
  values.forEach((value, i) => {
    checkAddress(`${field}[${i}]`, value);
    if (known.has(value.toLowerCase())) throw new Error(`${field}[${i}] is named twice: "${value}".`);
    known.add(value.toLowerCase());
  });
}

function checkAddress(field: string, value: unknown): void {
  if (typeof value !== "string" || !value.startsWith("0x") || !isAddress(value) || BigInt(value) === 0n) {
    throw new Error(`${field} is not an address: "${value}".`);
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
