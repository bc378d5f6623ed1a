import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type {
  Future,
  IgnitionModule,
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
  NamedArtifactContractDeploymentFuture,
} from "@nomicfoundation/ignition-core";
import type { Static, TObject } from "@sinclair/typebox";

import type { PowerEvent } from "./powers";
import type { Reading } from "./readings";
import { fields, validatorOf } from "./schema";

/** A contract of the system, as a constructor or a call takes it. */
export type Contract = NamedArtifactContractDeploymentFuture<string> | NamedArtifactContractAtFuture<string>;

/** The contracts of all domains by name. To read one is to create it first, so nobody has to put them in order. */
export type Contracts = Readonly<Record<string, Contract>>;

/** Creates one contract. A method, so that a list may hold domains with different parameters. */
type Create<P> = { create(m: IgnitionModuleBuilder, contracts: Contracts, parameters: P): Contract }["create"];

/** A value that a domain wants to be read back, named within its parameters. */
export interface OwnReading {
  readonly what: string;
  readonly contract: string;
  /** A function that only reads, by its name or signature. */
  readonly call: string;
  readonly args?: readonly unknown[];
  /** Of several results the one with this name or place. */
  readonly pick?: string | number;
  readonly expected: string | number | bigint | boolean;
}

/** What the deployment knows about one domain. */
export interface Deployable<
  Name extends string = string,
  Parameters extends TObject = TObject,
  Names extends string = string,
> {
  /** Folder below `contracts/`, and the domain's section of the parameters. */
  readonly name: Name;
  /** What the contracts of the domain hold or do, in a sentence. */
  readonly says: string;
  /** What a deployment decides here; a domain without such a thing has no section. */
  readonly parameters: Parameters;
  /** What a network has here where its file says nothing: a value that is the same everywhere is in no file. */
  readonly usual?: Partial<Static<Parameters>>;
  /** How each contract is created, by its name. */
  readonly contracts: Readonly<Record<Names, Create<Static<Parameters>>>>;
  /** Calls that connect the contracts once all are there. */
  wiring?(m: IgnitionModuleBuilder, contracts: Contracts, parameters: Static<Parameters>): Future[];
  /** Sentences, without full stops, about what the schema allows and nobody should deploy. A field is named within the section. */
  contradictions?(parameters: Static<Parameters>): string[];
  /** What every parameter must be on the chain, `*` standing for every item of a list. */
  readings?(parameters: Static<Parameters>): OwnReading[];
  /** Parameters that only a constructor sees, so that an address proves them. */
  readonly fixedByAddress?: readonly string[];
  /** Settings that no parameter decides, and what they are before anyone has voted. */
  readonly defaults?: readonly OwnReading[];
  /** Addresses among the parameters at which the chain must have a contract already. */
  outside?(parameters: Static<Parameters>): string[];
  /** Events by which contracts of the domain give a power. Roles, permissions and owners are known without them. */
  readonly powers?: readonly PowerEvent[];
}

/** Describes a domain to the deployment. */
export function deployable<const Name extends string, Parameters extends TObject, const Names extends string>(
  name: Name,
  manifest: Omit<Deployable<Name, Parameters, Names>, "name">,
): Deployable<Name, Parameters, Names> {
  return { ...manifest, name };
}

/** The names of all contracts that a list of domains deploys. */
export type ContractNames<D extends readonly Deployable[]> = NamesOf<D[number]>;
type NamesOf<E> = E extends { readonly contracts: infer C } ? keyof C & string : never;

/** The parameters of a list of domains: a section for each that has some. */
export type ParametersOf<D extends readonly Deployable[]> = {
  -readonly [E in D[number] as keyof E["parameters"]["properties"] extends never ? never : E["name"]]: Static<
    E["parameters"]
  >;
};

/** Everything that the engine has to know of what it deploys. */
export interface System<P = unknown> {
  /** Name of Ignition's module, and part of the salt. */
  readonly name: string;
  /** Of the parameters. */
  readonly schema: TObject;
  /** What the parameters are where a network's file says nothing. */
  readonly usual: Readonly<Record<string, object>>;
  readonly contractNames: readonly string[];
  readonly powers: readonly PowerEvent[];
  readonly fixedByAddress: readonly string[];
  readonly defaults: readonly Reading[];
  module(parameters: P): IgnitionModule;
  readings(parameters: P): Reading[];
  outside(parameters: P): string[];
  /** Sentences, without full stops, about what does not fit the schema, or else about what contradicts itself. */
  problems(parameters: unknown): string[];
}

/**
 * One system of several domains.
 * @param finish What is left to do once every domain has its contracts and its calls: who gets which power.
 */
export function systemOf<const D extends readonly Deployable[]>(
  name: string,
  domains: D,
  finish: (
    m: IgnitionModuleBuilder,
    contracts: Readonly<Record<ContractNames<D>, Contract>>,
    wiring: readonly Future[],
  ) => void,
): System<ParametersOf<D>> {
  const schema = fields(
    Object.fromEntries(
      domains
        .filter(({ parameters }) => Object.keys(parameters.properties).length > 0)
        .map((domain) => [domain.name, domain.parameters]),
    ),
  );
  const contractNames = domains.flatMap(({ contracts }) => Object.keys(contracts));
  const validate = validatorOf(schema);
  const section = (parameters: unknown, domain: Deployable): Record<string, unknown> =>
    (parameters as Record<string, Record<string, unknown>>)[domain.name] ?? {};
  const full = (reading: OwnReading, path: string): Reading => ({
    args: [],
    ...reading,
    what: path + reading.what,
    expected: String(reading.expected),
  });

  return {
    name,
    schema,
    usual: Object.fromEntries(
      domains.flatMap(({ name: domain, usual }) => (usual === undefined ? [] : [[domain, usual]])),
    ),
    contractNames,
    powers: domains.flatMap(({ powers = [] }) => powers),
    fixedByAddress: domains.flatMap((domain) => (domain.fixedByAddress ?? []).map((what) => `${domain.name}.${what}`)),
    defaults: domains.flatMap(({ defaults = [] }) => defaults.map((reading) => full(reading, ""))),
    module: (parameters) =>
      buildModule(name, (m) => {
        const contracts = contractsOf(m, domains, (domain) => section(parameters, domain));
        const wiring = domains.flatMap((domain) => domain.wiring?.(m, contracts, section(parameters, domain)) ?? []);
        finish(m, contracts as Readonly<Record<ContractNames<D>, Contract>>, wiring);
        return contracts;
      }),
    readings: (parameters) =>
      domains.flatMap((domain) =>
        (domain.readings?.(section(parameters, domain)) ?? []).map((reading) => full(reading, `${domain.name}.`)),
      ),
    outside: (parameters) => domains.flatMap((domain) => domain.outside?.(section(parameters, domain)) ?? []),
    problems(parameters) {
      const unfit = validate(parameters);
      if (unfit.length > 0) return unfit;
      return domains.flatMap((domain) =>
        (domain.contradictions?.(section(parameters, domain)) ?? []).map((sentence) => `${domain.name}.${sentence}`),
      );
    },
  };
}

/** Creates the contracts of all domains, each after those that it asks for. */
function contractsOf(
  m: IgnitionModuleBuilder,
  domains: readonly Deployable[],
  parametersOf: (domain: Deployable) => Record<string, unknown>,
): Contracts {
  const created = new Map<string, Contract>();
  const begun: string[] = [];
  const homes = new Map(domains.flatMap((domain) => Object.keys(domain.contracts).map((name) => [name, domain])));
  const contractOf = (name: string): Contract => {
    const known = created.get(name);
    if (known !== undefined) return known;
    const domain = homes.get(name);
    if (domain === undefined) throw new Error(`No domain deploys a contract ${name}, and ${begun.at(-1)} needs it.`);
    if (begun.includes(name)) throw new Error(`These contracts need one another: ${[...begun, name].join(", ")}.`);
    begun.push(name);
    const contract = domain.contracts[name]!(m, lookup, parametersOf(domain));
    begun.pop();
    created.set(name, contract);
    return contract;
  };
  const lookup = new Proxy<Contracts>({}, { get: (_target, name) => contractOf(String(name)) });
  return Object.fromEntries([...homes.keys()].map((name) => [name, contractOf(name)]));
}
