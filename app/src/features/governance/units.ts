import { formatUnits } from "viem";

import type { Words } from "../../i18n";

const DECIMALS = 18;
const SHOWN = 2;

/** Units or tokens, cut to two decimals: a vote is never shown as more than it is. */
export function unitsText(words: Words, amount: bigint): string {
  const [whole = "0", part = ""] = formatUnits(amount, DECIMALS).split(".");
  const shown = part.slice(0, SHOWN).replace(/0+$/, "");
  if (shown === "" && amount > 0n && whole === "0") return `< ${words.number(0.01)}`;
  return words.decimal(shown === "" ? whole : `${whole}.${shown}`);
}

export const percentText = (words: Words, part: number): string => `${words.number(Math.round(part * 1_000) / 10)} %`;
