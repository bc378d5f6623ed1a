import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { eraseHere, keptHere, type Kind } from "./kept";

/** What the page keeps in this browser, and how each part of it is erased; keys only after a question. */
export function Kept() {
  const { t, bytes } = useWords();
  const { data, refetch } = useQuery({ queryKey: ["kept"], queryFn: keptHere, staleTime: 0 });
  const [error, setError] = useState<unknown>();
  const dialog = useRef<HTMLDialogElement>(null);
  const erase = (kind: Kind): void =>
    void eraseHere(kind)
      .then(() => setError(undefined), setError)
      .then(() => refetch());

  if (data === undefined) return null;
  const lines = {
    settings: data.settings,
    files: data.files.map(({ name, size }) => `${name} (${bytes(size)})`),
    keys: data.keys,
  };
  return (
    <section>
      <h2>{t("network.kept")}</h2>
      {(["settings", "files", "keys"] as const).map((kind) => (
        <div key={kind} data-kept={kind}>
          <h3>{t(`network.kept.${kind}`)}</h3>
          <p className="mono">{lines[kind].length === 0 ? t("network.nothingKept") : lines[kind].join(", ")}</p>
          {lines[kind].length > 0 && (
            <button onClick={() => (kind === "keys" ? dialog.current?.showModal() : erase(kind))}>
              {t(`network.erase.${kind}`)}
            </button>
          )}
        </div>
      ))}
      <dialog ref={dialog} aria-labelledby="erase-keys">
        <h3 id="erase-keys">{t("network.erase.keys")}</h3>
        <p>{t("network.eraseKeysMeans")}</p>
        <div className="row">
          <button onClick={() => dialog.current?.close()}>{t("network.keepKeys")}</button>
          <button
            data-act="erase-keys"
            onClick={() => {
              dialog.current?.close();
              erase("keys");
            }}
          >
            {t("network.erase.keys")}
          </button>
        </div>
      </dialog>
      {error !== undefined && <Failure error={error} />}
    </section>
  );
}
