/** What the system's codes say of a path or a port, without its own abbreviations. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "it, or its folder, does not exist.",
  EACCES: "this account has no permission.",
  EPERM: "this account has no permission.",
  EROFS: "the disk can only be read.",
  ENOSPC: "the disk is full.",
  EDQUOT: "this account has used up its part of the disk.",
  EFBIG: "the disk takes no file of that length.",
  EISDIR: "it is a folder.",
  ENOTDIR: "a part of its path is a file, not a folder.",
  EEXIST: "something of that name is there already.",
  ENOTEMPTY: "the folder is not empty.",
  ENAMETOOLONG: "its name is too long.",
  ELOOP: "its links lead in a circle.",
  EMFILE: "this program has too many files open.",
  ENFILE: "this machine has too many files open.",
  EBUSY: "another program uses it.",
  ETXTBSY: "another program uses it.",
  EADDRINUSE: "another program uses it.",
  EADDRNOTAVAIL: "this machine has no such address.",
  EIO: "the disk failed.",
};

/** Why the system refused a file, a folder or a port, as the end of a sentence: "the disk is full."; what it said itself where that has no words. */
export function whyOf(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (Object.hasOwn(WORDS, code)) return WORDS[code]!;
  const text = error instanceof Error ? error.message : String(error);
  return /[.!]$/.test(text) ? text : `${text}.`;
}
