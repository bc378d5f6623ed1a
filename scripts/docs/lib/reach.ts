import type {
  ContractDefinition,
  ErrorDefinition,
  EventDefinition,
  Expression,
  FunctionCall,
  FunctionDefinition,
  ModifierDefinition,
} from "solidity-ast";
import type { Node } from "solidity-ast/node";
import { findAll } from "solidity-ast/utils";

import type { Callable, Program } from "./program";

/** What a call can end in. */
export interface Reach {
  readonly errors: ReadonlySet<ErrorDefinition>;
  readonly events: ReadonlySet<EventDefinition>;
}

type Body = FunctionDefinition | ModifierDefinition;

/**
 * The errors and events of everything that a function runs in its own contract: its modifiers, what it calls of the contract and of what the
 * contract inherits from, and libraries. What happens in other contracts is theirs to say.
 */
export function reachOf(program: Program, contract: ContractDefinition, callable: Callable): Reach {
  const errors = new Set<ErrorDefinition>();
  const events = new Set<EventDefinition>();
  if (callable.nodeType === "VariableDeclaration") return { errors, events };

  const linear = program.linear(contract);
  const seen = new Set<number>();
  const queue: Body[] = [callable];
  for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
    if (seen.has(body.id)) continue;
    seen.add(body.id);
    for (const { modifierName } of body.nodeType === "FunctionDefinition" ? body.modifiers : []) {
      const modifier = program.node(modifierName.referencedDeclaration);
      if (modifier?.nodeType === "ModifierDefinition") queue.push(derived(modifier));
    }
    if (body.body === null || body.body === undefined) continue;
    for (const call of findAll("FunctionCall", body.body)) {
      const target = targetOf(call, body);
      if (target?.nodeType === "ErrorDefinition") errors.add(target);
      else if (target?.nodeType === "EventDefinition") events.add(target);
      else if (target?.nodeType === "FunctionDefinition") queue.push(target);
    }
  }
  return { errors, events };

  function targetOf(call: FunctionCall, within: Body): Node | undefined {
    const callee = call.expression;
    if (callee.nodeType !== "Identifier" && callee.nodeType !== "MemberAccess") return undefined;
    const declared = program.node(callee.referencedDeclaration);
    if (declared?.nodeType !== "FunctionDefinition") return declared;
    if (callee.nodeType === "Identifier") return derived(declared);

    const home = program.homeOf(declared);
    const on = typeOf(callee.expression);
    if (on.startsWith("t_super") || on.startsWith("t_type$_t_super")) return next(declared, within);
    if (home?.contractKind === "library") return declared.visibility === "internal" ? declared : undefined;
    // a name before the dot is a base or this contract; anything else is a call to a contract
    return on.startsWith("t_type") ? declared : undefined;
  }

  /** The declaration that a call by name ends up in, in this contract. */
  function derived<T extends Body>(declared: T): T {
    const home = program.homeOf(declared);
    if (home === undefined || !linear.includes(home)) return declared;
    return after(-1, declared) ?? declared;
  }

  /** The declaration that `super` means, in this contract. */
  function next(declared: FunctionDefinition, within: Body): FunctionDefinition {
    const home = program.homeOf(within);
    return after(home === undefined ? -1 : linear.indexOf(home), declared) ?? declared;
  }

  function after<T extends Body>(index: number, declared: T): T | undefined {
    for (const base of linear.slice(index + 1)) {
      const found = base.nodes.find(
        (node) => node.nodeType === declared.nodeType && sameShape(node as T, declared) && hasBody(node as T),
      );
      if (found !== undefined) return found as T;
    }
    return undefined;
  }
}

function typeOf(expression: Expression): string {
  return expression.typeDescriptions.typeIdentifier ?? "";
}

function hasBody(body: Body): boolean {
  return body.body !== null && body.body !== undefined;
}

function sameShape(one: Body, other: Body): boolean {
  if (one.name !== other.name) return false;
  const types = (body: Body): string[] =>
    body.parameters.parameters.map(({ typeDescriptions }) =>
      (typeDescriptions.typeString ?? "").replace(/ (memory|calldata|storage pointer|storage ref)$/, ""),
    );
  return types(one).join() === types(other).join();
}
