import {
  deploy,
  DeploymentResultType,
  isContractFuture,
  type ArtifactResolver,
  type DeploymentResult,
  type EIP1193Provider,
  type ExecutionEventListener,
  type Future,
  type IgnitionModule,
} from "@nomicfoundation/ignition-core";
import { AbiCoder, toQuantity } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { sameAddress } from "../../sdk/src/addresses/address";
import { replaceFile } from "../../sdk/src/files";
import { CREATE_X, placeCreateX } from "./createx";
import { readPowers, type Powers } from "./powers";
import type { System } from "./system";

/** One transaction of the deployment. */
export interface Step {
  /** Ignition's name of the step. */
  readonly id: string;
  readonly title: string;
  /** Where the contract will be that the step creates; undefined when it calls one. */
  readonly creates?: string;
  readonly gas: bigint;
}

/** A contract of the deployment under the name that the module gives it. */
export interface Planned {
  readonly id: string;
  /** Name of the contract in the sources. */
  readonly contractName: string;
  readonly address: string;
  /** Whether a step creates it; otherwise another contract does. */
  readonly ownStep: boolean;
}

/** What a deployment will do, found out by doing it on a chain inside this process. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly contracts: Readonly<Record<string, Planned>>;
  readonly gas: bigint;
  /** Who holds which power at the end. */
  readonly powers: Powers;
}

export interface RehearsalOptions<P = unknown> {
  readonly system: System<P>;
  readonly parameters: P;
  readonly deployer: string;
  readonly salt: string;
  /** Code that is on the chain already at addresses which the parameters name. */
  readonly codes: ReadonlyMap<string, string>;
}

/** What `deploy` of Ignition needs and we give it everywhere alike. */
export function artifactsOf(hre: HardhatRuntimeEnvironment): ArtifactResolver {
  return {
    loadArtifact: (name) => hre.artifacts.readArtifact(name),
    // 20 MB for every step otherwise; the sources for the explorers are written once, when everything is deployed
    getBuildInfo: () => Promise.resolve(undefined),
  };
}

/**
 * The plan of an earlier run of the same deployment, kept beside its journal, or else a rehearsal. Same means: equal code, parameters, account,
 * salt and code at the addresses that the parameters name.
 */
export async function planOf<P>(
  hre: HardhatRuntimeEnvironment,
  options: RehearsalOptions<P>,
  folder: string,
): Promise<Plan> {
  const fingerprint = await fingerprintOf(hre, options);

  const file = join(folder, "plan.json");
  const kept = keptPlan(file);
  if (kept?.fingerprint === fingerprint) return kept.plan;
  const plan = await rehearsedAs(hre, options, fingerprint);
  const text = JSON.stringify({ fingerprint, plan }, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  await replaceFile(file, text, 0o644);
  return plan;
}

/** What a plan depends on. */
async function fingerprintOf<P>(
  hre: HardhatRuntimeEnvironment,
  { system, parameters, deployer, salt, codes }: RehearsalOptions<P>,
): Promise<string> {
  const futures = [...allFutures(system.module(parameters))];
  const names = new Set(futures.map((future) => ("contractName" in future ? future.contractName : "")));
  names.delete("");
  const bytecodes = await Promise.all(
    [...names].map(async (name) => (await hre.artifacts.readArtifact(name)).bytecode),
  );
  const steps = futures.map((future) => future.id);
  const text = JSON.stringify([deployer, salt, parameters, [...codes], steps, bytecodes]);
  // half a megabyte, for which keccak in JavaScript takes a tenth of a second
  return createHash("sha256").update(text).digest("hex");
}

/** The plan of an earlier run; undefined when there is none, or it was damaged: a rehearsal makes a new one. */
function keptPlan(file: string): { readonly fingerprint: string; readonly plan: Plan } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(file, "utf8"), (_key, value: unknown) =>
      typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as { fingerprint: string; plan: Plan } | null;
    return kept ?? undefined;
  } catch {
    return undefined;
  }
}

/** The rehearsals of this process, by their fingerprints: a process may deploy and verify the same several times. */
const rehearsed = new WeakMap<object, Map<string, Plan>>();

/**
 * Runs the whole deployment on the chain inside this process, from the same account, by the same factory and salt, and puts the chain back
 * as it was. Whatever would revert reverts here, before anything is sent; addresses and gas are those of the real run. What this
 * process has rehearsed already is not run again.
 */
export async function rehearse<P>(hre: HardhatRuntimeEnvironment, options: RehearsalOptions<P>): Promise<Plan> {
  return rehearsedAs(hre, options, await fingerprintOf(hre, options));
}

async function rehearsedAs<P>(
  hre: HardhatRuntimeEnvironment,
  options: RehearsalOptions<P>,
  fingerprint: string,
): Promise<Plan> {
  const plans = rehearsed.get(options.system) ?? new Map<string, Plan>();
  rehearsed.set(options.system, plans);
  const plan = plans.get(fingerprint) ?? (await rehearseAnew(hre, options));
  plans.set(fingerprint, plan);
  return plan;
}

/** Runs it whether or not this process has before: `rehearse` does without. */
export async function rehearseAnew<P>(
  hre: HardhatRuntimeEnvironment,
  { system, parameters, deployer, salt, codes }: RehearsalOptions<P>,
): Promise<Plan> {
  const { provider } = hre.network;
  const module = system.module(parameters);
  if (hre.network.name !== "hardhat") throw new Error("The rehearsal needs Hardhat's own chain.");
  const snapshot = await provider.request({ method: "evm_snapshot" });
  try {
    await placeCreateX({ request: <T>(request: object) => provider.request(request as never) as Promise<T> });
    for (const [address, code] of codes) await provider.request({ method: "hardhat_setCode", params: [address, code] });
    await provider.request({ method: "hardhat_setBalance", params: [deployer, toQuantity(10n ** 24n)] });
    await provider.request({ method: "hardhat_impersonateAccount", params: [deployer] });
    const fromBlock = Number(await provider.request({ method: "eth_blockNumber" }));

    const hashes: [string, string][] = [];
    // what the factory failed to create, for the reason that it does not pass on
    let created: string | undefined;
    const watched: EIP1193Provider = {
      async request(request) {
        try {
          return await provider.request(request);
        } catch (error) {
          const [call] = (request.params ?? []) as { to?: string; data?: string }[];
          if (request.method === "eth_estimateGas" && call?.to !== undefined && sameAddress(call.to, CREATE_X))
            created ??= call.data;
          throw error;
        }
      },
    };
    const result = await deploy({
      artifactResolver: artifactsOf(hre),
      provider: watched,
      ignitionModule: module,
      deploymentParameters: {},
      accounts: [deployer],
      strategy: "create2",
      strategyConfig: { salt },
      config: { blockPollingInterval: 5, requiredConfirmations: 1 },
      executionEventListener: listener({
        transactionSend: ({ futureId, hash }) => void hashes.push([futureId, hash]),
      }),
    });
    if (result.type === DeploymentResultType.EXECUTION_ERROR && created !== undefined) {
      throw new Error(await constructorReason(hre, shortId(result.failed[0]?.futureId ?? ""), created));
    }
    const addresses = addressesOf(result);

    const futures = new Map([...allFutures(module)].map((future) => [future.id, future]));
    const steps: Step[] = [];
    for (const [futureId, hash] of hashes) {
      const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
        gasUsed: string;
      };
      const future = futures.get(futureId);
      if (future === undefined) throw new Error(`The step ${futureId} is not part of the module.`);
      const address = addresses[futureId];
      steps.push({
        id: futureId,
        title: titleOf(future),
        gas: BigInt(receipt.gasUsed),
        ...(address === undefined ? {} : { creates: address }),
      });
    }

    const own = new Set(steps.map(({ id }) => id));
    const contracts: Record<string, Planned> = {};
    for (const [name, future] of Object.entries(module.results)) {
      if (!isContractFuture(future)) continue;
      const address = addresses[future.id];
      if (address === undefined) throw new Error(`The rehearsal left no address for ${name}.`);
      contracts[name] = { id: future.id, contractName: future.contractName, address, ownStep: own.has(future.id) };
    }
    const chain = { request: <T>(request: object) => provider.request(request as never) as Promise<T> };
    return {
      steps,
      contracts,
      gas: steps.reduce((sum, { gas }) => sum + gas, 0n),
      powers: await readPowers(chain, { contracts, fromBlock, events: system.powers }),
    };
  } finally {
    await provider.request({ method: "evm_revert", params: [snapshot] });
  }
}

/** Why a constructor reverts: it is asked directly, because the factory says only that it does. */
async function constructorReason(hre: HardhatRuntimeEnvironment, step: string, created: string): Promise<string> {
  const [, initCode] = AbiCoder.defaultAbiCoder().decode(["bytes32", "bytes"], `0x${created.slice(10)}`);
  let reason = "the factory refuses it";
  try {
    await hre.network.provider.request({
      method: "eth_call",
      params: [{ from: CREATE_X, data: String(initCode) }, "latest"],
    });
  } catch (error) {
    reason = (error as Error).message;
  }
  return `${step} cannot be created with these parameters: ${reason}. Nothing was sent.`;
}

/** Addresses by step, or an error that says what went wrong at which step. */
export function addressesOf(result: DeploymentResult): Record<string, string> {
  if (result.type === DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    return Object.fromEntries(Object.values(result.contracts).map(({ id, address }) => [id, address]));
  }
  throw new StepsFailed(result);
}

/** The deployment ended before its last step. */
export class StepsFailed extends Error {
  constructor(readonly result: Exclude<DeploymentResult, { type: DeploymentResultType.SUCCESSFUL_DEPLOYMENT }>) {
    super(reasonOf(result));
    this.name = "StepsFailed";
  }
}

function reasonOf(result: StepsFailed["result"]): string {
  switch (result.type) {
    case DeploymentResultType.EXECUTION_ERROR: {
      const failed = result.failed.map(({ futureId, error }) => `${shortId(futureId)}: ${error}`);
      const waiting = result.timedOut.map(({ futureId }) => `${shortId(futureId)}: its transaction was never taken up`);
      return `The deployment stopped. ${[...failed, ...waiting].join("; ")}.`;
    }
    case DeploymentResultType.RECONCILIATION_ERROR:
      return (
        "What is being deployed has changed since the deployment began, so it cannot go on: " +
        `${flat(result.errors)}. Take back the change, or begin a new deployment in another folder (--home).`
      );
    case DeploymentResultType.PREVIOUS_RUN_ERROR:
      return `An earlier run failed at: ${Object.keys(result.errors).map(shortId).join(", ")}.`;
    case DeploymentResultType.VALIDATION_ERROR:
      return `The deployment is not valid: ${flat(result.errors)}.`;
  }
}

function flat(errors: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(errors)
    .map(([id, reasons]) => `${shortId(id)}: ${reasons.join(", ")}`)
    .join("; ");
}

/** A step's name without the module's, which is the same for all. */
export function shortId(id: string): string {
  return id.slice(id.indexOf("#") + 1);
}

/** The module's steps and those of the modules it uses. */
export function* allFutures(module: IgnitionModule): Generator<Future> {
  for (const submodule of module.submodules) yield* allFutures(submodule);
  yield* module.futures;
}

function titleOf(future: Future): string {
  if ("functionName" in future && "contract" in future) {
    const call = `${future.contract.contractName}.${future.functionName}`;
    const given = shortId(future.id);
    return given === call ? call : `${call} (${given})`;
  }
  return "contractName" in future ? `create ${future.contractName}` : shortId(future.id);
}

/** A listener to what a deployment does, of which only some events are of interest. */
export function listener(events: Partial<ExecutionEventListener>): ExecutionEventListener {
  return new Proxy(events, {
    get: (given, name) => given[name as keyof ExecutionEventListener] ?? (() => undefined),
  }) as ExecutionEventListener;
}
