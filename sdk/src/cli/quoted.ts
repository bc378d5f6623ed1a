/** What a shell reads as it stands. */
const PLAIN = /^[\w./:@%+,=-]+$/;

/**
 * A word of a command that a person can paste, whatever it holds. Single quotes mean the same to every shell of Unix and to PowerShell; the
 * old command line of Windows knows double quotes alone.
 */
export function quoted(word: string, platform: NodeJS.Platform = process.platform): string {
  if (PLAIN.test(word)) return word;
  // a name cannot hold a double quote there
  if (platform === "win32") return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
