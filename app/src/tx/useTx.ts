import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { Address, TransactionReceipt } from "viem";
import { useConfig } from "wagmi";

import { IDLE, next, type TxState } from "./machine";
import { send, settle, type Call } from "./send";

/** Milliseconds between two looks at a block that is not final. */
const POLL_MS = 4_000;

export interface Tx {
  readonly state: TxState;
  /** Sends a call; resolves with the receipt of what succeeded. */
  run(call: Call, account: Address): Promise<TransactionReceipt | undefined>;
  reset(): void;
}

/** One transaction of a screen, with its states. */
export function useTx(): Tx {
  const config = useConfig();
  const [state, say] = useReducer(next, IDLE);
  const [receipt, setReceipt] = useState<TransactionReceipt>();
  const running = useRef(false);

  useEffect(() => {
    if (receipt === undefined) return undefined;
    const timer = setInterval(() => {
      void settle(config, receipt).then((event) => {
        if (event === undefined) return;
        say(event);
        if (event.type === "finalize") clearInterval(timer);
      });
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [config, receipt]);

  const run = useCallback(
    async (call: Call, account: Address) => {
      // a second click comes before the state of the first one is drawn
      if (running.current) return undefined;
      running.current = true;
      try {
        setReceipt(undefined);
        const found = await send(config, call, account, say);
        setReceipt(found);
        return found;
      } finally {
        running.current = false;
      }
    },
    [config],
  );
  return { state, run, reset: useCallback(() => say({ type: "reset" }), []) };
}
