/** Milliseconds until a list that is still read is asked for again. */
const AGAIN_MS = 1_000;

interface Asked {
  readonly state: { readonly data?: { readonly reading: boolean } | undefined };
}

/** For a query of a list: it is asked again as long as more is being read, and when it is shown again. An answer waits for no request. */
export const whileReading = {
  staleTime: 0,
  refetchInterval: ({ state }: Asked): number | false => (state.data?.reading === true ? AGAIN_MS : false),
};
