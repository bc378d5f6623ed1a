import "../../styles/files.css";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { OfferOnSale } from "isonomy/reading";
import { useState, type ReactNode } from "react";
import { useConnection } from "wagmi";
import { Link } from "wouter";

import { isZeroAddress, sameAddress } from "../../addresses";
import { usePlace } from "../../chain/context";
import type { SoldFile } from "../../chain/source";
import { useWords } from "../../i18n";
import { Loading } from "../../ui/Loading";
import type { Pad } from "./api";
import { FileFailure } from "./FileFailure";
import { fileKeeper, persist } from "./keeper";
import { KeyStep } from "./KeyStep";
import { Progress } from "./Progress";
import { useWork } from "./useWork";

export interface FileStepsProps {
  readonly on: OfferOnSale;
  /** What pays; it is given the key of the purchase once the file was checked and the key was saved. */
  readonly children: (key: Pad | undefined) => ReactNode;
}

/** What comes before a file is paid for: the whole file is here and is what the chain says, and the buyer's key is saved. */
export default function FileSteps({ on: { offer }, children }: FileStepsProps) {
  const { t } = useWords();
  const { source } = usePlace();
  const { address } = useConnection();
  const { data: file, error } = useQuery({
    queryKey: ["file", String(offer.versionId)],
    staleTime: Infinity,
    queryFn: () => source.file(offer.versionId),
  });
  const [checked, setChecked] = useState(false);
  const [saved, setSaved] = useState<{ readonly pad: Pad; readonly payer: string }>();
  // a pad is bound to who pays
  const mine = saved !== undefined && address !== undefined && sameAddress(saved.payer, address) ? saved : undefined;

  if (error !== null) return <FileFailure error={error} />;
  if (file === undefined) return <Loading />;
  return (
    <>
      {address !== undefined && mine === undefined && <Bought versionId={offer.versionId} account={address} />}
      <ol className="steps">
        <li>
          <h4>{t("files.step.check")}</h4>
          <Check file={file} onChecked={() => setChecked(true)} />
        </li>
        <li>
          <h4>{t("files.step.key")}</h4>
          {!checked ? (
            <p>{t("files.checkFirst")}</p>
          ) : address === undefined ? (
            <p>{t("files.connect")}</p>
          ) : (
            <KeyStep key={address} file={file} payer={address} onSaved={(pad) => setSaved({ pad, payer: address })} />
          )}
        </li>
        <li>
          <h4>{t("files.step.pay")}</h4>
          <Rules on={offer} />
          {children(checked ? mine?.pad : undefined)}
        </li>
      </ol>
    </>
  );
}

/** Says that the account has the file already: nobody should pay twice after a page was closed too soon. */
function Bought({ versionId, account }: { versionId: bigint; account: string }) {
  const { t } = useWords();
  const { source } = usePlace();
  const { data } = useQuery({ queryKey: ["licences", account], queryFn: () => source.licences(account) });
  const own = data?.find(({ licence }) => licence.escrowed && licence.versionId === versionId)?.licence;
  if (own === undefined) return null;
  return (
    <p role="status" className="warning" data-have={String(own.licenseId)}>
      {t("files.have")} <Link href={`/file/${own.licenseId}`}>{t("files.toFile")}</Link>
    </p>
  );
}

function Check({ file, onChecked }: { file: SoldFile; onChecked: () => void }) {
  const { t, bytes } = useWords();
  const { network } = usePlace();
  const queries = useQueryClient();
  const { data: held, error: unreadable } = useQuery({
    queryKey: ["held", file.blob],
    queryFn: () => fileKeeper(network).held(file),
  });
  const { done, error, result, start } = useWork<true>();
  const check = (): void =>
    void start(async (tell) => {
      await persist();
      await fileKeeper(network).fetch(file, tell);
      onChecked();
      return true;
    }).then(() => queries.invalidateQueries({ queryKey: ["held", file.blob] }));

  if (result === true) {
    return (
      <p role="status" className="good" data-step="checked">
        {t("files.checked", { name: file.name, size: bytes(Number(file.commitment.size)) })}
      </p>
    );
  }
  return (
    <>
      <p>{t("files.checkWhy", { name: file.name, size: bytes(Number(file.commitment.size)) })}</p>
      {held !== undefined && held.bytes > 0 && done === undefined && (
        <p>{t("files.partly", { held: bytes(held.bytes), of: bytes(held.of) })}</p>
      )}
      {done === undefined ? (
        <button data-step="check" onClick={check}>
          {t(error === undefined ? "files.check" : "files.checkAgain")}
        </button>
      ) : (
        <Progress
          label={t("files.checking")}
          done={done}
          of={Number(file.commitment.size)}
          onStop={() => void fileKeeper(network).stop(file)}
        />
      )}
      {error !== undefined && (
        <>
          <FileFailure error={error} />
          <p>{t("files.doNotPay")}</p>
        </>
      )}
      {unreadable !== null && <FileFailure error={unreadable} />}
    </>
  );
}

/** Deadlines and refunds, in words, before anything is signed. */
function Rules({ on }: { on: OfferOnSale["offer"] }) {
  const { t, duration } = useWords();
  const rules = [
    t("files.rule.delivery", { time: duration(Number(on.deliveryWindow)) }),
    t("files.rule.complaint", { time: duration(Number(on.complaintWindow)) }),
    t(isZeroAddress(on.arbitrator) ? "files.rule.noArbitrator" : "files.rule.arbitrator"),
    t("files.rule.accept"),
    t("files.rule.quality"),
  ];
  return (
    <ul>
      {rules.map((rule) => (
        <li key={rule}>{rule}</li>
      ))}
    </ul>
  );
}
