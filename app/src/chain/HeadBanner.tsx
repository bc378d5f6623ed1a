import { useWords } from "../i18n";
import { hostOf } from "../network";
import { usePlace } from "./context";
import { useFreshness, useHead } from "./useHead";

/** A reorg is told of for so long. */
const TOLD_MS = 60_000;

/** Says that the node is away or behind, since when, and what still works; and that a reorg replaced what was shown. */
export function HeadBanner() {
  const { t, moment, number } = useWords();
  const { network } = usePlace();
  const head = useHead();
  useFreshness(head);
  if (head === undefined) return null;
  const { awaySince, behindSince, reorg } = head;
  const nodes = network.rpcUrls.map(hostOf).join(", ");
  const text =
    awaySince !== undefined
      ? t("head.away", { nodes, time: moment(awaySince / 1_000) })
      : behindSince !== undefined
        ? t("head.behind", { nodes, time: moment(behindSince / 1_000) })
        : reorg !== undefined && Date.now() - reorg.seenAt < TOLD_MS
          ? t("head.reorg", { block: number(reorg.from) })
          : undefined;
  return (
    <div role="status" data-head={awaySince !== undefined ? "away" : behindSince !== undefined ? "behind" : "well"}>
      {text !== undefined && <p className="notice">{text}</p>}
    </div>
  );
}
