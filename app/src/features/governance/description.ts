/** What a proposal says of itself: its first line is the title, and its last names the proposer, as the governor asks. */
export function readDescription(description: string): { title: string; why: string } {
  const text = description.replace(/\s*#proposer=0x[\da-fA-F]{40}$/, "").trim();
  const [first = "", ...rest] = text.split("\n");
  return { title: first.replace(/^#+\s*/, "").trim(), why: rest.join("\n").trim() };
}
