import type { Provider } from "ethers";

/** What a node does with a question instead of answering it; `ask` asks the honest node. */
export type Lies = {
  readonly [Method in "getLogs" | "call" | "getBlock"]?: (
    ask: (...parameters: never[]) => Promise<never>,
    ...parameters: never[]
  ) => Promise<unknown>;
};

/** A provider that answers some questions as it likes, and the others as the node does. */
export function lyingProvider<P extends Provider>(honest: P, lies: Lies): P {
  const liar: P = new Proxy(honest, {
    get(target, name) {
      if (name === "provider") return liar;
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      const ask = (value as (...parameters: never[]) => Promise<never>).bind(target);
      const lie = lies[name as keyof Lies];
      return lie === undefined ? ask : (...parameters: never[]) => lie(ask, ...parameters);
    },
  });
  return liar;
}
