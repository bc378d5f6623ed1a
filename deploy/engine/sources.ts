import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { sleep } from "../../sdk/src/rpc/patient";
import { hideSecret } from "../../sdk/src/errors";
import { endpointOf, type Endpoint } from "../../sdk/src/rpc";
import { readAnswer } from "../../sdk/src/rpc/bounded";
import { settingOf, type Environment } from "../../sdk/src/text/settings";
import { entriesOf, type Book, type BookEntry } from "./book";
import { buildsOf } from "./builds";
import type { Network } from "./networks";
import type { Reader } from "./powers";

/** What an explorer needs to show the sources of a contract. */
interface Submission {
  readonly name: string;
  readonly entry: BookEntry;
  /** `contracts/market/Market.sol:Market`. */
  readonly identifier: string;
  /** Such as 0.8.30+commit.73712a01. */
  readonly compiler: string;
  readonly input: StandardInput;
  /** Constructor arguments as the chain has them, hexadecimal without 0x. */
  readonly constructorArguments: string;
}

interface StandardInput {
  readonly language: string;
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: object;
}

export interface SourcesOptions {
  readonly hre: HardhatRuntimeEnvironment;
  readonly network: Network;
  readonly reader: Reader;
  readonly book: Book;
  /** Constructor arguments by the contract's name, hexadecimal without 0x. */
  readonly constructorArguments: Readonly<Record<string, string>>;
  /** Where the bundle goes. */
  readonly folder: string;
  readonly environment: Environment;
  readonly say: (sentence: string) => void;
  readonly pollMs?: number;
}

const SOURCIFY = "https://sourcify.dev/server";
const TIMEOUT_MS = 20_000;
const POLLS = 30;
/** An answer of a service is a few lines. */
const MAX_ANSWER_BYTES = 1_048_576;
/** How much of a service's reason is repeated. */
const MAX_REASON = 300;

/** Writes the sources of every contract as a bundle, and submits them where they can be read beside the chain. */
export async function publishSources(options: SourcesOptions): Promise<void> {
  const { network, folder, environment, say } = options;
  const submissions = await prepare(options);
  writeBundle(folder, network, submissions);
  if (!network.isPublic) {
    say(`The sources are in ${folder}; nobody else sees ${network.title}, so they are not submitted.`);
    return;
  }

  const sourcify = settingOf(environment, "SOURCIFY_URL") ?? SOURCIFY;
  await submitAll("Sourcify", submissions, options, (submission) =>
    toSourcify(endpointOf(sourcify), submission, options),
  );

  const api = settingOf(environment, "EXPLORER_API_URL") ?? network.explorer?.apiUrl;
  const key = settingOf(environment, "ETHERSCAN_API_KEY");
  if (api === undefined) return;
  if (key === undefined) {
    say(`ETHERSCAN_API_KEY is not set, so the sources are not submitted to ${hostOf(api)}: submit ${folder} by hand.`);
    return;
  }
  hideSecret(key);
  await submitAll(hostOf(api), submissions, options, (submission) =>
    toExplorer(endpointOf(api), key, submission, options),
  );
}

/** Submits one contract after the other, and gives up on the first that the service cannot be reached for. */
async function submitAll(
  service: string,
  submissions: readonly Submission[],
  { folder, say }: SourcesOptions,
  submit: (submission: Submission) => Promise<string | undefined>,
): Promise<void> {
  const refused: string[] = [];
  for (const submission of submissions) {
    let problem: string | undefined;
    try {
      problem = await submit(submission);
    } catch {
      say(`${service} cannot be reached, so the sources are not published there: submit ${folder} by hand.`);
      return;
    }
    if (problem !== undefined) refused.push(`${submission.name} (${problem.slice(0, MAX_REASON)})`);
  }
  const accepted = submissions.length - refused.length;
  say(`${service} verified the sources of ${accepted} of ${submissions.length} contracts.`);
  if (refused.length > 0) say(`${service} did not verify ${refused.join(", ")}: submit these from ${folder} by hand.`);
}

/** Returns why the sources were not accepted, undefined when they were; throws when the service cannot be reached. */
async function toSourcify(
  server: Endpoint,
  { entry, identifier, compiler, input }: Submission,
  { network, pollMs = 2_000 }: SourcesOptions,
): Promise<string | undefined> {
  const { status, body } = await ask(server, `/v2/verify/${network.chainId}/${entry.address}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      stdJsonInput: input,
      compilerVersion: compiler,
      contractIdentifier: identifier,
      ...(entry.transaction === undefined ? {} : { creationTransactionHash: entry.transaction.hash }),
    }),
  });
  if (status === 409) return undefined; // verified before
  if (typeof body.verificationId !== "string") return String(body.message ?? `status ${status}`);
  for (let i = 0; i < POLLS; i++) {
    const { body: job } = await ask(server, `/v2/verify/${body.verificationId}`);
    if (job.isJobCompleted === true) {
      const match = (job.contract as { match?: string | null } | undefined)?.match;
      if (match === "match" || match === "exact_match") return undefined;
      return String((job.error as { message?: string } | undefined)?.message ?? "no match");
    }
    await sleep(pollMs);
  }
  return "still waiting";
}

/** The same, of an explorer that speaks Etherscan's API. */
async function toExplorer(
  api: Endpoint,
  key: string,
  { entry, identifier, compiler, input, constructorArguments }: Submission,
  { network, pollMs = 5_000 }: SourcesOptions,
): Promise<string | undefined> {
  const query = new URLSearchParams({ chainid: String(network.chainId), apikey: key });
  const form = new URLSearchParams({
    module: "contract",
    action: "verifysourcecode",
    codeformat: "solidity-standard-json-input",
    sourceCode: JSON.stringify(input),
    contractaddress: entry.address,
    contractname: identifier,
    compilerversion: `v${compiler}`,
    // the API's own spelling
    constructorArguements: constructorArguments,
  });
  const { body } = await ask(api, `?${query}`, { method: "POST", body: form });
  const known = (text: unknown): boolean => /already verified/i.test(String(text));
  if (known(body.result)) return undefined;
  if (body.status !== "1") return String(body.result ?? body.message);
  query.set("module", "contract");
  query.set("action", "checkverifystatus");
  query.set("guid", String(body.result));
  for (let i = 0; i < POLLS; i++) {
    const { body: state } = await ask(api, `?${query}`);
    if (state.status === "1" || known(state.result)) return undefined;
    if (!/pending|queue/i.test(String(state.result))) return String(state.result);
    await sleep(pollMs);
  }
  return "still waiting";
}

async function ask(
  server: Endpoint,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { url, headers } = server;
  const own = { ...headers, ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(`${url.replace(/\/$/, "")}${path}`, {
    ...init,
    headers: own,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status >= 500) throw new Error(`status ${response.status}`);
  const bytes = await readAnswer(response, MAX_ANSWER_BYTES);
  if (bytes.length > MAX_ANSWER_BYTES) throw new Error(`more than ${MAX_ANSWER_BYTES} bytes`);
  return { status: response.status, body: JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> };
}

async function prepare({ hre, reader, book, constructorArguments }: SourcesOptions): Promise<Submission[]> {
  const builds = buildsOf(hre);
  const submissions: Submission[] = [];
  for (const [name, entry] of Object.entries(entriesOf(book))) {
    const code = await reader.request<string>({ method: "eth_getCode", params: [entry.address, "latest"] });
    const build = await builds.leadingTo(entry.contractName, code);
    if (build === undefined) throw new Error(`No build leads to the code of ${name}. Run npm run compile.`);
    const { identifier, sourceName, info } = build;
    const { settings } = info.input;
    submissions.push({
      name,
      entry,
      identifier,
      compiler: info.solcLongVersion.replace(".Emscripten.clang", ""),
      input: {
        language: info.input.language,
        sources: needed(info.input.sources, sourceName),
        settings: { ...settings, outputSelection: { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode"] } } },
      },
      constructorArguments: constructorArguments[name] ?? "",
    });
  }
  return submissions;
}

/** A source and everything that it imports, directly or not. */
function needed(sources: StandardInput["sources"], root: string): Record<string, { content: string }> {
  const found: Record<string, { content: string }> = {};
  const visit = (name: string): void => {
    const source = sources[name];
    if (source === undefined || name in found) return;
    found[name] = { content: source.content };
    for (const [, path] of source.content.matchAll(/^\s*import\s[^;]*?["']([^"']+)["']/gm)) {
      visit(path!.startsWith(".") ? resolved(name, path!) : path!);
    }
  };
  visit(root);
  return found;
}

/** A relative import in terms of the names of sources. */
function resolved(importer: string, path: string): string {
  const parts = importer.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function writeBundle(folder: string, { title, chainId }: Network, submissions: readonly Submission[]): void {
  mkdirSync(folder, { recursive: true });
  const rows = submissions.map(({ name, entry, identifier, compiler, input, constructorArguments }) => {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(input));
    return [
      `## ${name}\n`,
      `- address: ${entry.address}`,
      `- contract: ${identifier}`,
      `- compiler: v${compiler}`,
      `- constructor arguments: ${constructorArguments === "" ? "none" : constructorArguments}`,
      `- standard JSON input: ${name}.json\n`,
    ].join("\n");
  });
  writeFileSync(
    join(folder, "README.md"),
    `# Sources of the contracts on ${title} (chain ${chainId})\n\n` +
      "To submit a contract by hand, choose “Solidity (Standard JSON input)” on the explorer's page for verifying sources, or\n" +
      "https://verify.sourcify.dev, and give it the file and the lines below.\n\n" +
      rows.join("\n"),
  );
}

function hostOf(url: string): string {
  return new URL(endpointOf(url).url).host;
}
