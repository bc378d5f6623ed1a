/** Where a transaction is, from the first check to the block that nothing replaces. */
export type TxState =
  | { readonly at: "idle" | "checking" | "wallet" | "rejected" }
  | { readonly at: "sent" | "dropped" | "reorged"; readonly hash: string }
  | { readonly at: "replaced" | "cancelled"; readonly hash: string; readonly by: string }
  | { readonly at: "included" | "final"; readonly hash: string; readonly block: bigint }
  | { readonly at: "failed"; readonly error: unknown; readonly hash?: string | undefined }
  | { readonly at: "wrongAccount"; readonly then: string; readonly now: string };

export type TxEvent =
  | { readonly type: "check" | "ask" | "reject" | "drop" | "reorg" | "finalize" | "reset" }
  | { readonly type: "send"; readonly hash: string }
  | { readonly type: "replace" | "cancel"; readonly by: string }
  | { readonly type: "include"; readonly hash: string; readonly block: bigint }
  | { readonly type: "fail"; readonly error: unknown }
  | { readonly type: "switchAccount"; readonly then: string; readonly now: string };

export const IDLE: TxState = { at: "idle" };

/** Whether something is going on that must not be begun a second time. */
export const isBusy = ({ at }: TxState): boolean => ["checking", "wallet", "sent", "reorged"].includes(at);

/** Whether the transaction is on the chain. */
export const isDone = ({ at }: TxState): boolean => at === "included" || at === "final";

const hashOf = (state: TxState): string | undefined => ("hash" in state ? state.hash : undefined);

/** The next state; what cannot follow is ignored, because answers of wallets and nodes come late. */
export function next(state: TxState, event: TxEvent): TxState {
  const hash = hashOf(state);
  switch (event.type) {
    case "reset":
      return isBusy(state) ? state : IDLE;
    case "check":
      return isBusy(state) ? state : { at: "checking" };
    case "ask":
      return state.at === "checking" ? { at: "wallet" } : state;
    case "reject":
      return state.at === "wallet" || state.at === "checking" ? { at: "rejected" } : state;
    case "switchAccount":
      return state.at === "wallet" || state.at === "checking"
        ? { at: "wrongAccount", then: event.then, now: event.now }
        : state;
    case "send":
      return state.at === "wallet" ? { at: "sent", hash: event.hash } : state;
    case "replace":
    case "cancel":
      return hash === undefined || isDone(state)
        ? state
        : { at: event.type === "replace" ? "replaced" : "cancelled", hash, by: event.by };
    case "drop":
      return state.at === "sent" || state.at === "reorged" ? { at: "dropped", hash: state.hash } : state;
    case "include":
      return hash === undefined ? state : { at: "included", hash: event.hash, block: event.block };
    case "reorg":
      return state.at === "included" ? { at: "reorged", hash: state.hash } : state;
    case "finalize":
      return state.at === "included" ? { ...state, at: "final" } : state;
    case "fail":
      return isDone(state) ? state : { at: "failed", error: event.error, hash };
  }
}
