import { useQuery } from "@tanstack/react-query";
import { useConnection } from "wagmi";

import { usePlace } from "../../chain/context";

/** Milliseconds between two looks at what others change. */
const LOOK_MS = 12_000;

export function useDao() {
  const { source } = usePlace();
  const { address } = useConnection();
  return useQuery({
    queryKey: ["dao", address],
    queryFn: () => source.dao(address),
    refetchInterval: LOOK_MS,
  });
}

export function useProposals(limit: number) {
  const { source } = usePlace();
  return useQuery({
    queryKey: ["proposals", limit],
    queryFn: () => source.proposals({ offset: 0, limit }),
    // a longer list is shown as far as it was while the rest is read
    placeholderData: (before) => before,
    refetchInterval: LOOK_MS,
  });
}

export function useProposal(id: bigint) {
  const { source } = usePlace();
  const { address } = useConnection();
  return useQuery({
    queryKey: ["proposal", String(id), address],
    queryFn: () => source.proposal(id, address),
    refetchInterval: LOOK_MS,
  });
}

export function useConcentration() {
  const { source } = usePlace();
  return useQuery({ queryKey: ["concentration"], queryFn: () => source.concentration() });
}
