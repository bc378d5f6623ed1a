/**
 * Everything that moves a cursor, colours, hides, reorders or breaks lines instead of showing itself: controls, formats,
 * surrogates without a partner, private characters, line and paragraph separators, and what is ignored by default.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A text as a terminal may show it: each character that would act instead of being seen is written out, a line break
 * included. What others wrote (cards, addresses, symbols, proposals, answers of nodes) must not move the cursor,
 * imitate a line of the program, or turn the reading order round.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    if (code <= 0xff) return `\\x${hex(code, 2)}`;
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
  });
}

/** The text of a JSON document with the same characters escaped as JSON escapes them; its own line breaks stay. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) =>
    character === "\n" ? character : [...unitsOf(character)].map((unit) => `\\u${hex(unit, 4)}`).join(""),
  );
}

function* unitsOf(character: string): Iterable<number> {
  for (let index = 0; index < character.length; index++) yield character.charCodeAt(index);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
