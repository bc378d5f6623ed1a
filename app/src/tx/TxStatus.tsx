import { usePlace } from "../chain/context";
import { useWords } from "../i18n";
import { Failure } from "./Failure";
import type { TxState } from "./machine";

/** Where a transaction is, in a sentence. */
export function TxStatus({ state }: { state: TxState }) {
  const { t } = useWords();
  const { network } = usePlace();
  if (state.at === "idle") return null;
  if (state.at === "failed") return <Failure error={state.error} />;
  const hash = "hash" in state ? state.hash : undefined;
  const values: Record<string, string> =
    state.at === "included" || state.at === "final"
      ? { block: String(state.block) }
      : state.at === "wrongAccount"
        ? { then: state.then, now: state.now }
        : {};
  return (
    <p role="status" className="status" data-tx={state.at}>
      {t(`tx.${state.at}`, values)}
      {hash !== undefined && (
        <small className="mono">
          {network.explorer === undefined ? (
            t("tx.hash", { hash })
          ) : (
            <a href={`${network.explorer}/tx/${hash}`} rel="noopener noreferrer" target="_blank">
              {t("tx.hash", { hash })}
            </a>
          )}
        </small>
      )}
    </p>
  );
}
