// Words that the docs and the comments of the sources do not use, each with a better one. Only words without a good use are here.
const WORDS = [
  [/\b(whoever|whomever|whosoever)\b/i, "anyone who, or the noun: the caller, the holder"],
  [/\bmend(s|ed|ing)?\b/i, "fix or repair"],
  [/\bbut for\b/i, "except"],
  [/\bso many\b/i, "the number, or enough"],
  [/\bseconds since 1970\b/i, "Unix time"],
  [/\bpersons\b/i, "people"],
  [/\b(himself|herself)\b/i, "themselves"],
  [/\bone's own\b/i, "your own, or the noun: the caller's own"],
  [/\bbrings? along\b/i, "pass or supply"],
  [/\bin the place of\b/i, "instead of"],
  [/\bdear(er|est)\b/i, "more expensive, most expensive"],
  [/\b(afresh|thereof|wherein|whereof|herein|hitherto)\b/i, "again, or a whole sentence"],
  [
    /\b(one|a) (file|folder|page|slot|line|record|swap|contract) a (network|domain|reader|deal|key|token|day)\b/i,
    "per",
  ],
];

/** What is prose in a page: neither code, nor where a link leads, nor the title of a test, which is quoted as it is. */
function proseOf(line) {
  return line
    .replace(/`[^`]*` › [^;|]*/g, "")
    .replace(/`[^`]*`/g, "")
    .replace(/\]\([^)]*\)/g, "]");
}

/** One sentence for each such word: where it is, and what to say instead. */
function wordsIn(text, page) {
  const found = [];
  let code = false;
  for (const [i, line] of text.split("\n").entries()) {
    if (/^\s*```/.test(line)) code = !code;
    if (code) continue;
    for (const [word, better] of WORDS) {
      const match = word.exec(proseOf(line));
      if (match) found.push(`${page}:${i + 1}: "${match[0]}": say ${better}.`);
    }
  }
  return found;
}

/** The comments of a source, each on the line that it is on; code is left out. */
function commentsOf(source) {
  let block = false;
  return source
    .split("\n")
    .map((line) => {
      const opens = /^\s*\/\*/.test(line);
      const inside = block || opens;
      if (inside) block = !line.includes("*/");
      if (inside) return line.replace(/^\s*(\/?\*+\/?)/, "");
      return /\/\/\/?(.*)$/.exec(line.replace(/"[^"]*"/g, ""))?.[1] ?? "";
    })
    .join("\n");
}

module.exports = { commentsOf, wordsIn };
