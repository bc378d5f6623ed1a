import { useCallback, useRef, useState } from "react";

import type { Tell } from "./api";

export interface Work<T> {
  /** Bytes that are done; undefined while nothing is going on. */
  readonly done: number | undefined;
  readonly error: unknown;
  readonly result: T | undefined;
  /** Begins, unless it is going on already. */
  start(work: (tell: Tell) => Promise<T>): Promise<void>;
}

/** One long work of a screen, with how far it is. */
export function useWork<T>(): Work<T> {
  const [done, setDone] = useState<number>();
  const [error, setError] = useState<unknown>();
  const [result, setResult] = useState<T>();
  const running = useRef(false);
  const start = useCallback(async (work: (tell: Tell) => Promise<T>) => {
    if (running.current) return;
    running.current = true;
    setError(undefined);
    setResult(undefined);
    setDone(0);
    try {
      setResult(await work(setDone));
    } catch (failure) {
      setError(failure);
    } finally {
      running.current = false;
      setDone(undefined);
    }
  }, []);
  return { done, error, result, start };
}
