import { Transaction } from "ethers";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One call on its way to the node. */
export interface RpcCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
  /** How many calls of this method have come, this one included. */
  readonly nth: number;
  /** The request's path and query, and what it says who asks. */
  readonly path?: string;
  readonly authorization?: string | undefined;
}

/** What goes wrong with a call. A batch suffers as a whole what any of its calls draws, except `forget` and `error`. */
export type Fault =
  /** Taken and never answered: the caller's own patience ends it. The node is not asked. */
  | { readonly kind: "timeout" }
  /** Answered late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Refused by the endpoint with a status such as 429, with the seconds to wait when given. The node is not asked. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number }
  /** The connection breaks before the node is asked. */
  | { readonly kind: "reset" }
  /** The node acts, and the connection breaks before its answer arrives. */
  | { readonly kind: "lostAnswer" }
  /** The node acts, and something in front of it answers in its place; without a body nothing is ever answered. */
  | { readonly kind: "otherAnswer"; readonly status?: number; readonly body?: string | object }
  /** A raw transaction is answered with its hash, and the node never hears of it. */
  | { readonly kind: "forget" }
  /** A lie. The node is not asked. */
  | { readonly kind: "answer"; readonly result: unknown }
  /** A JSON-RPC error. The node is not asked. */
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: unknown };

/** Decides what goes wrong with a call; undefined leaves it alone. */
export type Rule = (call: RpcCall) => Fault | undefined;

/** An HTTP JSON-RPC endpoint in front of a node, which fails on purpose. */
export interface RpcProxy {
  readonly url: string;
  /** How many calls came, by method, those included that met a fault. */
  readonly calls: Readonly<Record<string, number>>;
  /** Hashes of the raw transactions that reached the node, in order; a repeated one is there as often as it came. */
  readonly sent: readonly string[];
  /** The faults that calls met, in order. */
  readonly met: readonly { readonly method: string; readonly fault: Fault["kind"] | "cut" }[];
  /** Adds a rule; the first that names a fault decides. Returns what takes the rule away again. */
  rule(rule: Rule): () => void;
  /** Calls the listener with every raw transaction before it is passed on, or held back by a fault. */
  onTransaction(listener: (hash: string, nth: number) => void | Promise<void>): () => void;
  /** Breaks every open connection and every new one, until `repair`. */
  cut(): void;
  repair(): void;
  /** Cuts for some time. */
  cutFor(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The nth call of a method, and no other, meets the fault. */
export function nthCall(method: string, nth: number, fault: Fault): Rule {
  return (call) => (call.method === method && call.nth === nth ? fault : undefined);
}

/** The next calls of a method, `times` of them, meet the fault. */
export function nextCalls(method: string | RegExp, times: number, fault: Fault): Rule {
  let left = times;
  return ({ method: called }) => {
    if (left === 0 || !(typeof method === "string" ? called === method : method.test(called))) return undefined;
    left--;
    return fault;
  };
}

/** Each call meets one of the faults with the probability, the same ones for the same seed and order of calls. */
export function randomly(seed: number, probability: number, faults: readonly Fault[]): Rule {
  const draw = random(seed);
  return () => (draw() < probability ? faults[Math.floor(draw() * faults.length)] : undefined);
}

/** Mulberry32: equal seeds give equal draws on every machine. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Message {
  jsonrpc?: string;
  id?: unknown;
  method: string;
  params?: unknown[];
}

/** Starts a proxy on a free port of this machine, in front of the node at `target`. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const calls: Record<string, number> = {};
  const sent: string[] = [];
  const met: { method: string; fault: Fault["kind"] | "cut" }[] = [];
  const rules = new Set<Rule>();
  const listeners = new Set<(hash: string, nth: number) => void | Promise<void>>();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let isCut = false;

  function faultOf(call: RpcCall): Fault | undefined {
    for (const rule of rules) {
      const fault = rule(call);
      if (fault === undefined) continue;
      met.push({ method: call.method, fault: fault.kind });
      return fault;
    }
    return undefined;
  }

  /** Resolves once the time is over, and never when the proxy closes first. */
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as Message | Message[];
    const messages = Array.isArray(body) ? body : [body];
    if (isCut) {
      for (const { method } of messages) met.push({ method, fault: "cut" });
      request.socket.destroy();
      return;
    }

    const answers: unknown[] = [];
    const forwarded: Message[] = [];
    let loseAnswer = false;
    let other: (Fault & { readonly kind: "otherAnswer" }) | undefined;
    for (const message of messages) {
      const { id, method, params = [] } = message;
      const nth = (calls[method] = (calls[method] ?? 0) + 1);
      const hash = method === "eth_sendRawTransaction" ? Transaction.from(String(params[0])).hash : null;
      if (hash !== null) for (const listener of listeners) await listener(hash, nth);
      const { url = "/", headers } = request;
      const fault = faultOf({ id, method, params, nth, path: url, authorization: headers.authorization });
      switch (fault?.kind) {
        case "timeout":
          return;
        case "reset":
          request.socket.destroy();
          return;
        case "status":
          if (fault.retryAfter !== undefined) response.setHeader("retry-after", String(fault.retryAfter));
          response.writeHead(fault.status, { "content-type": "text/plain" }).end(`status ${fault.status}`);
          return;
        case "delay":
          await sleep(fault.ms);
          break;
        case "lostAnswer":
          loseAnswer = true;
          break;
        case "otherAnswer":
          other = fault;
          break;
        case "forget":
          if (hash === null) throw new Error(`Only a raw transaction can be forgotten, not ${method}.`);
          answers.push({ jsonrpc: "2.0", id, result: hash });
          continue;
        case "answer":
          answers.push({ jsonrpc: "2.0", id, result: fault.result });
          continue;
        case "error":
          answers.push({ jsonrpc: "2.0", id, error: { code: fault.code, message: fault.message, data: fault.data } });
          continue;
        case undefined:
          break;
      }
      if (hash !== null) sent.push(hash);
      forwarded.push(message);
    }

    if (forwarded.length > 0) answers.push(...(await ask(target, forwarded)));
    // A cut that came while the node worked takes the answer too.
    if (loseAnswer || isCut) {
      request.socket.destroy();
      return;
    }
    if (other !== undefined) {
      const { status = 200, body: said } = other;
      if (said === undefined) return;
      if (typeof said === "string") response.writeHead(status, { "content-type": "text/html" }).end(said);
      else {
        const errors = messages.map(({ id }) => ({ jsonrpc: "2.0", id, error: said }));
        response
          .writeHead(status, { "content-type": "application/json" })
          .end(JSON.stringify(Array.isArray(body) ? errors : errors[0]));
      }
      return;
    }
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(502, { "content-type": "text/plain" }).end(error.message);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // a connection that ends in the middle is what the proxy is for
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));

  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const repair = (): void => {
    isCut = false;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    sent,
    met,
    rule(rule) {
      rules.add(rule);
      return () => rules.delete(rule);
    },
    onTransaction(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    cut,
    repair,
    async cutFor(ms) {
      cut();
      await sleep(ms);
      repair();
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Each message by itself and in order, so that a node that refuses batches serves as well. */
async function ask(target: string, messages: readonly Message[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const message of messages) {
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    answers.push(await response.json());
  }
  return answers;
}
