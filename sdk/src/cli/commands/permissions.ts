import { decodingErrors } from "../../errors/explain";
import { readPermissions, waitText } from "../../governance/permissions";
import { privilegedAbis } from "../../governance/privilegedAbis";
import { cliError } from "../errors";
import { columns } from "../output";
import type { Session } from "../session";

export async function run(session: Session): Promise<void> {
  const [deployment, provider] = [await session.deployment(), await session.provider()];
  const table = await session.output.step("Read every role from the chain", () =>
    decodingErrors(() => readPermissions({ provider, abis: privilegedAbis, deployment })),
  );
  const functions = table.functions.map(({ contract, signature, role, holders }) => [
    contract,
    signature,
    role,
    holders.map(({ account, waits }) => `${account} (${waitText(waits)})`).join(", ") || "nobody",
  ]);
  const others = table.others.map(({ contract, power, holders }) => [contract, power, holders.join(", ") || "nobody"]);
  const wrong = table.functions.filter(({ differs }) => differs !== "");
  if (wrong.length > 0) {
    const list = wrong.map(({ contract, signature, differs }) => `${contract}.${signature}: ${differs}`).join("; ");
    throw cliError("PERMISSIONS_DIFFER", { count: wrong.length, list, permissions: table });
  }
  session.output.result(
    [...columns([["contract", "function", "role", "who (waits at least)"], ...functions]), "", ...columns(others)],
    { ...table },
  );
}
