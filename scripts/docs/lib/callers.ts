import type { FunctionDefinition } from "solidity-ast";

import { GRANTS, PERMISSIONS, type RoleName } from "../../../sdk/src/governance/roles";
import { asMarkdown, inline, type Doc } from "./natspec";
import type { Callable } from "./program";

/** What it takes to use a role, by the rules of `ProposalRules` and `GuardianDesk`. */
const TAKES: Readonly<Record<RoleName, string>> = {
  ADMIN: "by a constitutional vote",
  PARAMETER: "by a vote about parameters",
  MONEY: "by a vote about money",
  GUARDIAN: "for the guardian",
};

/** A sentence that says who calls. */
const SAYS_WHO =
  /\b(may call|can call|anyone|nobody else|only arbiters|called by|callable by)\b|^Disabled:|^The opener calls/i;
/** A sentence by which the call is about the caller's own. */
const ABOUT_CALLER = /\bcaller\b/;

/** How a modifier that lets some in and others not is called. */
const GUARD = /^only[A-Z]/;

/**
 * Who may call a function: from the table of permissions where it is restricted, from its text otherwise. Undefined where the text leaves it
 * open and the call changes something.
 */
export function callerOf(contract: string, signature: string, callable: Callable, doc: Doc): string | undefined {
  const row = PERMISSIONS.find((one) => one.contract === contract && one.signature === signature);
  if (isRestricted(callable) !== (row !== undefined)) {
    throw new Error(
      `${contract}.${signature}: the permissions in sdk/src/domains/<domain>/domain.ts and the source disagree.`,
    );
  }
  if (row !== undefined) {
    const { holder } = GRANTS.find(({ role }) => role === row.role)!;
    return `\`${holder}\`, ${TAKES[row.role]} (role \`${row.role}\`)`;
  }
  if (readsOnly(callable)) return "anyone";
  const guards = guardsOf(callable);
  return guards.length > 0 ? guards.map((guard) => `\`${guard}\``).join(", ") : sentenceOf(doc);
}

export function readsOnly(callable: Callable): boolean {
  return callable.nodeType === "VariableDeclaration" || ["view", "pure"].includes(callable.stateMutability);
}

/** The modifiers of OpenZeppelin's that let only some callers in, with their arguments. */
export function guardsOf(callable: Callable): string[] {
  if (callable.nodeType === "VariableDeclaration") return [];
  return callable.modifiers
    .filter(({ modifierName }) => GUARD.test(modifierName.name))
    .map(({ modifierName, arguments: given }) => {
      const names = (given ?? []).map((one) => (one as { name?: string }).name ?? "…");
      return names.length === 0 ? modifierName.name : `${modifierName.name}(${names.join(", ")})`;
    });
}

/** Whether only the Authority lets somebody call it. */
export function isRestricted(callable: Callable): boolean {
  return namesOf(callable).includes("restricted");
}

function namesOf(callable: Callable): string[] {
  return callable.nodeType === "VariableDeclaration"
    ? []
    : (callable as FunctionDefinition).modifiers.map(({ modifierName }) => modifierName.name);
}

/** The first sentence that says who calls, of the running text; what makes it revert is listed apart. */
function sentenceOf({ notice, dev }: Doc): string | undefined {
  const running = [notice, dev]
    .map(asMarkdown)
    .flatMap((text) => text.split("\n\n"))
    .filter((paragraph) => !paragraph.startsWith("- "))
    .flatMap((paragraph) => inline(paragraph).split(/(?<=[.:])\s+(?=[A-Z`{])/))
    .filter((sentence) => !sentence.startsWith("Reverts"));
  const said = running.find((sentence) => SAYS_WHO.test(sentence));
  if (said !== undefined) return said;
  return running.some((sentence) => ABOUT_CALLER.test(sentence)) ? "anyone, for what is the caller's" : undefined;
}
