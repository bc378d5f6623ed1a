/**
 * The text of a file that a person or another program wrote: UTF-8 with or without a byte order mark, as editors on
 * Windows write it, or UTF-16 with one, as its shell does when output is redirected.
 * @param fatal Throw at bytes that are no text, instead of replacing them.
 */
export function decodeText(bytes: Uint8Array, fatal = false): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le", { fatal }).decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be", { fatal }).decode(bytes);
  return new TextDecoder("utf-8", { fatal }).decode(bytes);
}

/** The same text without a byte order mark, for text that was decoded elsewhere. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
