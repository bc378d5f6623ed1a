import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { IsonomyError } from "../../base/error";
import { RememberedKeys } from "../../deals/rememberedKeys";
import { isAway } from "../../errors/away";
import { decodeError } from "../../errors/decode";
import type { Offer } from "../../market";
import { endpointOf, type Endpoint } from "../../rpc/endpoint";
import { SellerAgent, StateFile, serveHealth, type LogLine, type SignedOffers } from "../../seller";
import { sleep } from "../../seller/pacing";
import { redactArgs } from "../../text/redact";
import { cliError } from "../errors";
import { jsonText, unreadableFile } from "../files";
import type { Session } from "../session";
import { amount, duration, finality, small } from "../values";
import { signedOfferIn } from "./signedOffer";

interface Options {
  readonly watch?: boolean;
  readonly state?: string;
  readonly confirmations: string;
  readonly margin: string;
  readonly alertBefore: string;
  readonly every: string;
  readonly logRange: string;
  readonly parallel: string;
  readonly declinesPerDay: string;
  readonly patience: string;
  readonly raiseAfter: string;
  readonly silence: string;
  readonly signed?: string;
  readonly maxGasPrice?: string;
  readonly http: string;
  readonly alertTo?: string;
}

const WEBHOOK_MS = 5_000;

export async function run(session: Session, _: readonly string[], options: Options): Promise<void> {
  const confirmations = finality(options.confirmations);
  const margin = duration(options.margin, "--margin");
  const alertBefore = duration(options.alertBefore, "--alert-before");
  const every = milliseconds(options.every, "--every");
  const http = options.http === "off" || options.watch !== true ? undefined : listenAt(options.http);
  const alertTo = options.alertTo === undefined ? undefined : endpointOf(webhook(options.alertTo));
  const patience = milliseconds(options.patience, "--patience");
  const transactions = {
    patience,
    pollIntervalMs: Math.min(every, 1_000),
    raiseAfter: milliseconds(options.raiseAfter, "--raise-after"),
    ...(options.maxGasPrice === undefined ? {} : { maxFeePerGas: amount(options.maxGasPrice, 9, "--max-gas-price") }),
    limits: session.feeLimits(),
  };
  const numbers = {
    maxBlocksPerRequest: small(options.logRange, "--log-range", 1),
    parallel: small(options.parallel, "--parallel", 1, 64),
    declinesPerDay: small(options.declinesPerDay, "--declines-per-day", 0, 100_000),
    silenceAlertMs: milliseconds(options.silence, "--silence"),
  };

  const stop = AbortSignal.any([session.io.signal, session.io.closed]);
  if (options.watch === true) await untilReached(session, stop, every, numbers.silenceAlertMs, alertTo);
  const [wallet, provider] = [await session.signer(), await session.provider()];
  const keyring = new RememberedKeys(await session.openKeyring());
  const deployment = await session.deployment();
  const { block: fromBlock, chainId, contracts } = deployment;
  const { Escrow: escrow } = contracts;
  const { DealClient } = await import("../../deals/client");
  const { nodePlatform } = await import("../../fairexchange/node");
  const platform = nodePlatform(0);
  const path = options.state ?? session.home(`seller-${chainId}-${wallet.address.toLowerCase()}.json`);
  const state = new StateFile(path, session.fileAccess());
  const say = (line: LogLine): void => log(session, line);

  const unlock = await state.lock();
  session.interruption.onInterrupt(unlock);
  try {
    const agent = new SellerAgent({
      ...{ provider, wallet, escrow, fromBlock, state, pollIntervalMs: every, alertBefore, transactions, ...numbers },
      chainId: BigInt(chainId),
      policy: { confirmations, margin },
      deals: (signer) => new DealClient(deployment, signer, { platform, keyring }),
      ...(options.signed === undefined ? {} : { signedOffers: () => signedOffers(options.signed!) }),
      log: say,
      ...(alertTo === undefined ? {} : { alert: (line: LogLine) => post(alertTo, line) }),
    });
    if (options.watch !== true) {
      await agent.start();
      await agent.poll();
      return;
    }
    const server =
      http === undefined
        ? undefined
        : await serveHealth(
            http.host,
            http.port,
            () => agent.health(),
            () => agent.metrics.text(),
          );
    // from here on the agent ends its round; one that looks once is interrupted as any other command
    session.interruption.own();
    try {
      await agent.start(stop);
      if (server !== undefined) {
        const where = http!.host.includes(":") ? `[${http!.host}]` : http!.host;
        const text = `/health and /metrics answer on http://${where}:${server.port}`;
        say({ level: "info", event: "http", text, port: server.port });
      }
      await agent.run(stop);
      say({ level: "info", event: "stopped", text: "stopped; what is known is kept" });
    } finally {
      await server?.close();
    }
  } finally {
    await unlock();
  }
}

/** An agent that is started while the line is down waits for it, as one that is at work does. */
async function untilReached(
  session: Session,
  stop: AbortSignal,
  every: number,
  silence: number,
  alertTo?: Endpoint,
): Promise<void> {
  const since = Date.now();
  let alerted = false;
  for (;;) {
    try {
      await session.deployment();
      return;
    } catch (error) {
      const { code, message, fix } = decodeError(error);
      if (!isAway(code) || stop.aborted) throw error;
      const level = Date.now() - since > silence ? "alert" : "warning";
      const line: LogLine = { level, event: "chain-lost", text: `${message} ${fix}`, code };
      log(session, line);
      if (level === "alert" && !alerted && alertTo !== undefined) {
        alerted = true;
        await post(alertTo, line).catch((cause: unknown) => {
          log(session, {
            level: "warning",
            event: "alert-unheard",
            text: `an alert was not passed on: ${String(cause)}`,
          });
        });
      }
    }
    await sleep(every, stop);
  }
}

function log(session: Session, { level, text, ...rest }: LogLine): void {
  const at = new Date().toISOString();
  const mark = level === "info" ? "" : `${level.toUpperCase()}: `;
  session.output.line(`${at} ${mark}${text}`, { at, level, text, ...rest });
}

/** Seconds, with a fraction where somebody tests. */
function milliseconds(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 86_400) {
    throw cliError("VALUE_INVALID", {
      value: text,
      name,
      expected: "a number of seconds",
      example: "a number like 12",
    });
  }
  return value * 1_000;
}

/** Where to listen: a host and a port. */
export function listenAt(text: string): { host: string; port: number } {
  // an IPv6 address is in brackets, which are not part of it; without them its end could be the port
  const [, ipv6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) > 65_535) {
    const expected = "a host and a port";
    throw cliError("VALUE_INVALID", {
      value: text,
      name: "--http",
      expected,
      example: "127.0.0.1:9464, [::1]:9464, or off",
    });
  }
  return { host, port: Number(port) };
}

function webhook(text: string): string {
  if (!/^https?:\/\/\S+$/i.test(text)) {
    const expected = "an address to post to";
    throw cliError("VALUE_INVALID", {
      value: text,
      name: "--alert-to",
      expected,
      example: "http://127.0.0.1:9000/alerts",
    });
  }
  return text;
}

async function post({ url, headers: own }: Endpoint, line: LogLine): Promise<void> {
  const headers = { ...own, "content-type": "application/json" };
  const body = jsonText(redactArgs(line));
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(WEBHOOK_MS) });
  // what it says is not read, and its connection is free again
  await response.body?.cancel();
  if (!response.ok) throw new Error(`status ${response.status}`);
}

/** Every offer in a folder that can be read; the others by their names, so that one of them stops nothing. */
export async function signedOffers(folder: string): Promise<SignedOffers> {
  const offers: Offer[] = [];
  const unreadable: { path: string; error: IsonomyError }[] = [];
  const names = await readdir(folder).catch((error: unknown) => {
    unreadable.push({ path: folder, error: unreadableFile(folder, "--signed", error) });
    return [];
  });
  for (const name of names.filter((one) => one.endsWith(".json")).sort()) {
    const path = join(folder, name);
    try {
      offers.push((await signedOfferIn(path, "--signed")).terms);
    } catch (error) {
      unreadable.push({ path, error: decodeError(error) });
    }
  }
  return { offers, unreadable };
}
