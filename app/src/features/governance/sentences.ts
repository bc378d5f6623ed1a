import type { Network } from "../../network";
import type { Words } from "../../i18n";
import { moneyOf } from "../../ui/money";
import { argumentText, type DecodedCall } from "./calls";
import { unitsText } from "./units";

/** Functions that a vote calls, which have a sentence of their own. */
const KNOWN = [
  "appointIssuer",
  "disavowIssuer",
  "listTier",
  "mint",
  "pay",
  "retireIssuer",
  "set",
  "setFlashFee",
  "setPayToken",
  "setProposalGuardian",
  "setProposalThreshold",
  "setProtocolFee",
  "setProtocolShare",
  "setRegistry",
  "setTreasury",
  "setVotingDelay",
  "setVotingPeriod",
  "updateQuorumNumerator",
] as const;

/** A call in one sentence; undefined for a function that has none. */
export function sentenceOf(
  { contract, name, args, call }: DecodedCall,
  words: Words,
  network: Network,
): string | undefined {
  const known = KNOWN.find((one) => one === name);
  if (known === undefined || contract === undefined) return undefined;
  const { contracts } = network.deployment;
  const values: Record<string, string> = { contract };
  for (const arg of args) values[arg.name] = argumentText(arg, words, contracts);
  const amount = args.find((arg) => arg.name === "amount" || arg.name === "newProposalThreshold")?.value as bigint;
  const token = args.find((arg) => arg.name === "token")?.value as string | undefined;
  if (known === "pay" && token !== undefined) values.amount = moneyOf(network, words, token, amount);
  if (known === "mint") values.amount = unitsText(words, amount);
  if (known === "setProposalThreshold") values.newProposalThreshold = unitsText(words, amount);
  if (known === "setPayToken" && args[1]?.value === false) return words.t("governance.call.setPayToken.no", values);
  // a value goes along with what the sentence does not mention
  return call.value === 0n ? words.t(`governance.call.${known}`, values) : undefined;
}
