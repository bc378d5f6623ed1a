import { useQuery, useQueryClient, type Query } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { BlockNotFoundError, type Client } from "viem";
import { getBlock } from "viem/actions";
import { useConfig } from "wagmi";

import { usePlace } from "./context";
import { Head, type Blocks, type HeadState } from "./head";

/** Chains of developers: they make a block when there is something to put into it. */
const STANDING = [1_337, 31_337];
const KEY = ["chain", "head"] as const;
const POLL_MS = { public: 4_000, test: 1_000 };
/** What depends on the chain is asked again at most this often, however fast blocks come. */
const SETTLE_MS = 4_000;

/** What is the same in every block says so by a `staleTime` without end. */
function dependsOnChain({ queryKey, options }: Query): boolean {
  const { staleTime } = options as { staleTime?: unknown };
  return queryKey[1] !== KEY[1] && staleTime !== Infinity && staleTime !== "static";
}

function blocksOf(client: Client): Blocks {
  return {
    newest: () => getBlock(client),
    at: (blockNumber) =>
      getBlock(client, { blockNumber }).catch((error: unknown) => {
        if (error instanceof BlockNotFoundError) return undefined;
        throw error;
      }),
  };
}

const heads = new WeakMap<Client, Head>();

/** The newest block and how the node is. Asks for it, so one component of the page is enough; others may look too. */
export function useHead(): HeadState | undefined {
  const { network } = usePlace();
  const client = useConfig().getClient() as Client;
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: () => {
      const head = heads.get(client) ?? new Head(blocksOf(client), !STANDING.includes(network.deployment.chainId));
      heads.set(client, head);
      return head.look();
    },
    refetchInterval: network.test ? POLL_MS.test : POLL_MS.public,
    staleTime: 0,
  });
  return data;
}

/** Has what depends on the chain read again when there is another newest block. */
export function useFreshness(head: HeadState | undefined): void {
  const queries = useQueryClient();
  const last = useRef({ hash: "", at: -Infinity });
  const hash = head?.block?.hash;
  useEffect(() => {
    if (hash === undefined || hash === last.current.hash) return undefined;
    const isFirst = last.current.hash === "";
    const refresh = (): void => {
      last.current = { hash, at: Date.now() };
      // what the page asked for first is as new as the first block that it saw
      if (!isFirst) void queries.invalidateQueries({ predicate: dependsOnChain });
    };
    const timer = setTimeout(refresh, Math.max(0, last.current.at + SETTLE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [hash, queries]);
}
