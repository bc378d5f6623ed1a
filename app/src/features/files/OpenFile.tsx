import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Deal } from "isonomy/reading";
import { useEffect, useState } from "react";

import { usePlace } from "../../chain/context";
import type { SoldFile } from "../../chain/source";
import { useWords } from "../../i18n";
import type { Opened, Tell } from "./api";
import { FileFailure } from "./FileFailure";
import { fileKeeper } from "./keeper";
import { Password } from "./KeyStep";
import { Progress } from "./Progress";
import type { Outcome } from "./standing";
import { useWork } from "./useWork";

interface OpenFileProps {
  readonly file: SoldFile;
  readonly deal: Deal;
  readonly scalar: bigint;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Opens a delivered file with the key of its purchase, and hands it out. */
export function OpenFile({ file, deal, scalar, onOutcome }: OpenFileProps) {
  const { t } = useWords();
  const { network } = usePlace();
  const queries = useQueryClient();
  const keeper = fileKeeper(network);
  const hasKey = useQuery({
    queryKey: ["key", deal.buyerKey],
    queryFn: () => keeper.hasKey(deal.buyerKey),
  });
  const here = useQuery({ queryKey: ["held", file.blob], queryFn: () => keeper.held(file) });
  const [phase, setPhase] = useState<"fetching" | "opening">("opening");
  const { done, error, result, start } = useWork<Opened>();
  const opened = result?.ok === true ? result.file : here.data?.opened;

  useEffect(() => {
    if (result?.ok === false) onOutcome("wrong");
    else if (opened !== undefined) onOutcome("right");
    else onOutcome("unopened");
  }, [result, opened, onOutcome]);

  const open = async (tell: Tell): Promise<Opened> => {
    const { bytes, of } = await keeper.held(file);
    if (bytes < of) {
      setPhase("fetching");
      await keeper.fetch(file, tell);
    }
    setPhase("opening");
    return keeper.open(file, deal, scalar, tell);
  };
  const forget = async (): Promise<void> => {
    await keeper.forget(file);
    await queries.invalidateQueries({ queryKey: ["held", file.blob] });
  };

  return (
    <section>
      <h2>{t("files.open")}</h2>
      {hasKey.error !== null && <FileFailure error={hasKey.error} />}
      {here.error !== null && <FileFailure error={here.error} />}
      {opened !== undefined ? (
        <Save file={opened} name={file.name} onForget={() => void forget()} />
      ) : done !== undefined ? (
        <Progress
          label={t(phase === "fetching" ? "files.fetching" : "files.opening")}
          done={done}
          of={Number(file.commitment.size)}
        />
      ) : hasKey.data === false ? (
        <Restore onRestored={() => void queries.invalidateQueries({ queryKey: ["key"] })} />
      ) : (
        hasKey.data === true && (
          <>
            <p>{t("files.openWhy")}</p>
            <button className="primary" data-step="open" onClick={() => void start(open)}>
              {t("files.openButton", { name: file.name })}
            </button>
          </>
        )
      )}
      {result?.ok === false && (
        <p role="alert" className="failure" data-wrong-chunk={String(result.wrongChunk)}>
          {t("files.wrong", { chunk: String(result.wrongChunk) })}
        </p>
      )}
      {error !== undefined && <FileFailure error={error} />}
    </section>
  );
}

function Save({ file, name, onForget }: { file: File; name: string; onForget: () => void }) {
  const { t, bytes } = useWords();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const created = URL.createObjectURL(file);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [file]);
  return (
    <>
      <p role="status" className="good" data-step="opened">
        {t("files.opened", { size: bytes(file.size) })}
      </p>
      <p className="row">
        <a className="button primary" data-step="saveFile" href={url} download={name}>
          {t("files.save", { name })}
        </a>
        <button onClick={onForget}>{t("files.forget")}</button>
      </p>
      <small>{t("files.forgetWhy")}</small>
    </>
  );
}

/** The key was made in another browser, or this one was cleared: the saved key file restores it. */
function Restore({ onRestored }: { onRestored: () => void }) {
  const { t } = useWords();
  const { network } = usePlace();
  const { done, error, start } = useWork<void>();
  const restore = (form: FormData): void =>
    void start(async () => {
      const text = await (form.get("file") as File).text();
      await fileKeeper(network).restore(text, String(form.get("password")));
      onRestored();
    });
  return (
    <form action={restore} className="filters">
      <p className="wide">{t("files.noKey")}</p>
      <label className="grow">
        {t("files.keyFile")}
        <input name="file" type="file" accept=".json,application/json" required />
      </label>
      <Password name="password" label={t("files.password")} />
      <button disabled={done !== undefined}>{t("files.restore")}</button>
      {error !== undefined && <FileFailure error={error} />}
    </form>
  );
}
