/** The end of a file's name in a key file's: what a creator wrote, and no path of a disk. */
const plain = (name: string): string => name.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60);

/** What the saved key file is called: it says what for and when, so that the newest is found. */
export const keyFileName = (name: string, now: Date): string =>
  `isonomy-keys-${plain(name)}-${now.toISOString().slice(0, 19).replace(/[:T]/g, "")}.json`;

/** Shortest password that is taken: the file may lie in a cloud, where it can be tried for ever. */
export const MIN_PASSWORD = 10;

/** Why a password is not taken; undefined for one that is. */
export function passwordProblem(password: string, again: string): "short" | "differs" | undefined {
  if ([...password].length < MIN_PASSWORD) return "short";
  return password === again ? undefined : "differs";
}

/** Share that is done, from 0 to 1. */
export const shareDone = (done: number, of: number): number => (of <= 0 ? 0 : Math.min(1, done / of));
