import parse from "spdx-expression-parse";

/** No identifier of the SPDX list has more parts between hyphens. */
const MAX_PARTS = 6;

/** Whether a text is an expression of the SPDX list. */
export function isSpdx(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The identifier of the SPDX list that differs from a text in upper and lower case alone, such as `Apache-2.0` for `apache-2.0`. */
export function spdxOf(text: string): string | undefined {
  const parts = text.split("-");
  if (parts.length > MAX_PARTS) return undefined;
  let spelled = [""];
  for (const part of parts) {
    const lower = part.toLowerCase();
    const ways = new Set([part.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1), lower]);
    spelled = spelled.flatMap((before) => [...ways].map((way) => (before === "" ? way : `${before}-${way}`)));
  }
  return spelled.find(isSpdx);
}
