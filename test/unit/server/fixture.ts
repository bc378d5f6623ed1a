import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { p256 } from "@noble/curves/nist.js";
import P256Verifier from "@openzeppelin/contracts/build/contracts/ERC7913P256Verifier.json";
import { ContractFactory, concat, getBytes, hexlify } from "ethers";
import express from "express";
import { ethers } from "hardhat";

import type { PartialDeployment } from "../../../sdk/src/addresses/deployment";
import { deviceUser } from "../../../sdk/src/rights";
import {
  LicenseGate,
  expressAccess,
  expressGuard,
  fetchGuard,
  visitOf,
  type GateOptions,
  type Visit,
  type VoucherBook,
} from "../../../sdk/src/server";
import { rightsFixture, type RightsFixture } from "../rights/fixture";
import { machineFixture } from "../rights/usageFixture";

export const CHAIN_ID = 31_337n;

/** What a server of a test answers with, when it serves. */
export interface Served {
  readonly licence: string;
  readonly user: string;
  readonly text: string;
}

/** A server that listens on this machine. */
export interface Listening {
  readonly origin: string;
  readonly server: Server;
  close(): Promise<void>;
}

const open = new Set<Listening>();

/** Listens on a free port; the server says later what it answers. */
export async function listening(): Promise<Listening> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const one: Listening = {
    origin,
    server,
    close: () =>
      new Promise((resolve) => {
        open.delete(one);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  open.add(one);
  return one;
}

/** Closes what a test left listening. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map((one) => one.close()));
}

/** A request and a response as servers for the web have them, on a server of Node. */
export function nodeHandler(handler: (request: Request) => Promise<Response>, origin: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const init = {
      method: request.method!,
      headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]),
      ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: "half" as const } : {}),
    };
    handler(new Request(`${origin}${request.url}`, init)).then(async (answered) => {
      response.writeHead(answered.status, Object.fromEntries(answered.headers));
      response.end(Buffer.from(await answered.arrayBuffer()));
    });
  };
}

const servedTo = ({ licenseId, user }: Visit, text: string): Served => ({ licence: `${licenseId}`, user, text });

/** What a test's server charges; a text that begins with "fail" is answered with 500. */
export interface Metering {
  readonly book?: VoucherBook<unknown>;
  readonly units?: bigint;
}
const isFailure = (text: string): boolean => text.startsWith("fail");

/** The two shells: each serves POST /infer to licensees, and echoes the text. */
export const SHELLS = {
  express: (gate: LicenseGate, metering: Metering = {}) => {
    const app = express();
    app.use(expressAccess(gate));
    app.post("/infer", expressGuard(gate, metering), express.text(), (request, response) => {
      if (isFailure(String(request.body))) response.status(500);
      response.json(servedTo(visitOf(request), String(request.body)));
    });
    return app as unknown as (request: IncomingMessage, response: ServerResponse) => void;
  },
  fetch: (gate: LicenseGate, metering: Metering = {}) => {
    const answer = async (request: Request, visit: Visit): Promise<Response> => {
      const text = await request.text();
      return Response.json(servedTo(visit, text), { status: isFailure(text) ? 500 : 200 });
    };
    const serve = fetchGuard(gate, answer, metering);
    return nodeHandler(serve, gate.origin);
  },
};
export type Shell = keyof typeof SHELLS;

/** A device with a key on P-256, as phones have one. Contracts take no s above half of the order. */
export function device(verifier: string) {
  const secret = p256.utils.randomSecretKey();
  const signer = concat([verifier, p256.getPublicKey(secret, false).subarray(1)]);
  const sign = (digest: string): string => hexlify(p256.sign(getBytes(digest), secret, { prehash: false, lowS: true }));
  return { signer, user: deviceUser(signer), sign };
}

/** A chain with licences, seats and subscriptions; and what makes a gate for them. */
export async function serverFixture() {
  return withServer(await loadFixture(rightsFixture));
}

/** The same with an open channel, of which a machine has slot 1. */
export async function meterFixture() {
  return withServer(await loadFixture(machineFixture));
}

async function withServer<P extends RightsFixture>(protocol: P) {
  const { contracts, ids } = protocol;
  const deployment: PartialDeployment<"LicenseToken"> = {
    chainId: CHAIN_ID,
    contracts: { LicenseToken: await contracts.LicenseToken.getAddress() },
  };
  const verifier = await new ContractFactory(P256Verifier.abi, P256Verifier.bytecode, protocol.actors.creator).deploy();

  /** The clock of a server: that of the chain, and what a test adds. */
  let ahead = 0;
  let latest = await time.latest();
  const now = () => latest + ahead;
  /** Time passes for the server alone: the chain has no new block. */
  const wait = (seconds: number): void => void (ahead += seconds);
  /** Time passes for both. */
  const pass = async (seconds: number): Promise<void> => {
    await time.increase(ahead + seconds);
    [latest, ahead] = [await time.latest(), 0];
  };
  const failures: unknown[] = [];

  /** For the next test: a fixture is made once. */
  const reset = async (): Promise<void> => {
    [latest, ahead] = [await time.latest(), 0];
    failures.length = 0;
  };

  const gateAt = (origin: string, differs: Partial<GateOptions> = {}) =>
    new LicenseGate({
      ...{ origin, deployment, provider: ethers.provider, versionId: ids.versionId, now },
      onFailure: (error) => void failures.push(error),
      ...differs,
    });

  return { ...protocol, deployment, verifier: await verifier.getAddress(), now, wait, pass, reset, failures, gateAt };
}
