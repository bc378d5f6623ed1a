import { createContext, useContext } from "react";

import en from "./en.json";

/** Languages of the page, by BCP 47. */
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

type Key = keyof typeof en;
/** Sentences that differ by a number are written as `_one`, `_other`. */
type Plural = Key extends infer K ? (K extends `${infer Stem}_other` ? Stem : never) : never;
type Catalogue = Readonly<Record<Key, string>>;
type Values = Readonly<Record<string, string | number>>;

const CHOSEN = "isonomy.language";

export interface Words {
  readonly language: Language;
  /** A sentence, with its `{places}` filled. */
  t(key: Key, values?: Values): string;
  /** A sentence for a number, which fills `{count}`. */
  count(key: Plural, count: number): string;
  number(value: number | bigint): string;
  /** A decimal number written with a point, exact: no digit is rounded away. */
  decimal(text: string): string;
  /** A point in time, of Unix time. */
  moment(seconds: bigint | number): string;
  /** How long something takes, of seconds, to its largest unit. */
  duration(seconds: number): string;
  bytes(size: number): string;
}

const later: Record<Language, () => Promise<Catalogue>> = {
  en: async () => en,
  de: async () => (await import("./de.json")).default,
};

/** The language that was chosen, else the first of the browser's that there is. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages].map((one) => one?.slice(0, 2));
  return LANGUAGES.find((one) => one === wanted.find((tag) => LANGUAGES.some((known) => known === tag))) ?? "en";
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(CHOSEN, language);
  location.reload();
}

export async function loadWords(language: Language): Promise<Words> {
  return wordsOf(language, await later[language]());
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

export function wordsOf(language: Language, catalogue: Catalogue): Words {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const point = numbers.formatToParts(1.5).find(({ type }) => type === "decimal")!.value;
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const t = (key: Key, values: Values = {}): string =>
    catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return {
    language,
    t,
    count: (key, count) =>
      t(`${key}_${plurals.select(count) === "one" ? "one" : "other"}` as Key, { count: numbers.format(count) }),
    number: (value) => numbers.format(value),
    decimal: (text) => {
      const [whole, part] = text.split(".");
      return `${numbers.format(BigInt(whole!))}${part === undefined ? "" : `${point}${part}`}`;
    },
    moment: (seconds) => moments.format(Number(seconds) * 1_000),
    duration: (seconds) => {
      const [unit, length] = UNITS.find(([, one]) => seconds >= one) ?? UNITS.at(-1)!;
      const amount = Math.round((seconds / length) * 10) / 10;
      return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(amount);
    },
    bytes: (size) => {
      const [unit, length] = (
        [
          ["gigabyte", 1e9],
          ["megabyte", 1e6],
          ["kilobyte", 1e3],
        ] as const
      ).find(([, one]) => size >= one) ?? ["byte", 1];
      const format = { style: "unit", unit, maximumFractionDigits: 1 } as const;
      return new Intl.NumberFormat(language, format).format(size / length);
    },
  };
}

export const WordsContext = createContext<Words>(wordsOf("en", en));
export const useWords = (): Words => useContext(WordsContext);
