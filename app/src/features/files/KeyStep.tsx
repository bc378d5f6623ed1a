import { useEffect, useId, useState } from "react";

import { usePlace } from "../../chain/context";
import type { SoldFile } from "../../chain/source";
import { useWords } from "../../i18n";
import type { Pad } from "./api";
import { FileFailure } from "./FileFailure";
import { fileKeeper, persist } from "./keeper";
import { useWork } from "./useWork";
import { MIN_PASSWORD, keyFileName, passwordProblem } from "./words";

interface Made {
  readonly pad: Pad;
  readonly text: string;
}

/** Makes the key of a purchase and has it saved: only then it may be paid with. */
export function KeyStep({ file, payer, onSaved }: { file: SoldFile; payer: string; onSaved: (pad: Pad) => void }) {
  const { t } = useWords();
  const { network } = usePlace();
  const [wrong, setWrong] = useState<"short" | "differs">();
  const { done, error, result, start } = useWork<Made>();

  const make = (form: FormData): void => {
    const password = String(form.get("password"));
    const problem = passwordProblem(password, String(form.get("again")));
    setWrong(problem);
    if (problem !== undefined) return;
    void start(async () => {
      const { chainId, contracts } = network.deployment;
      const { versionId, commitment, name } = file;
      await persist();
      const keeper = fileKeeper(network);
      const purchase = { chainId, escrow: contracts.Escrow, versionId, keyX: commitment.keyX, payer };
      const pad = await keeper.newPad(purchase, `purchase of version ${versionId}: ${name}`);
      return { pad, text: await keeper.keyFile(password) };
    });
  };

  if (result !== undefined) return <SaveKey made={result} name={file.name} onSaved={() => onSaved(result.pad)} />;
  return (
    <form action={make} className="filters">
      <p className="wide">{t("files.keyWhy")}</p>
      <Password name="password" label={t("files.password")} isNew />
      <Password name="again" label={t("files.passwordAgain")} isNew />
      <button disabled={done !== undefined}>{t("files.makeKey")}</button>
      {done !== undefined && (
        <p role="status" className="loading">
          {t("files.makingKey")}
        </p>
      )}
      {wrong !== undefined && <p role="alert">{t(`files.password.${wrong}`, { count: MIN_PASSWORD })}</p>}
      {error !== undefined && <FileFailure error={error} />}
    </form>
  );
}

export function Password({ name, label, isNew = false }: { name: string; label: string; isNew?: boolean }) {
  const id = useId();
  return (
    <label htmlFor={id}>
      {label}
      <input id={id} name={name} type="password" required autoComplete={isNew ? "new-password" : "current-password"} />
    </label>
  );
}

function SaveKey({ made, name, onSaved }: { made: Made; name: string; onSaved: () => void }) {
  const { t } = useWords();
  const [url, setUrl] = useState<string>();
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    const created = URL.createObjectURL(new Blob([made.text], { type: "application/json" }));
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [made]);
  const save = (): void => {
    setSaved(true);
    onSaved();
  };
  return (
    <>
      <p>{t("files.saveKeyWhy")}</p>
      <a className="button" data-step="save" href={url} download={keyFileName(name, new Date())} onClick={save}>
        {t("files.saveKey")}
      </a>
      {saved && <p role="status">{t("files.keySaved")}</p>}
    </>
  );
}
