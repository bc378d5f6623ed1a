import "../../styles/files.css";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useConnection } from "wagmi";
import { Link, useParams } from "wouter";

import { usePlace } from "../../chain/context";
import { modelIdOf } from "../../chain/ids";
import type { DealState } from "../../chain/source";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Loading } from "../../ui/Loading";
import { moneyOf } from "../../ui/money";
import { Acts } from "./Acts";
import { Credit } from "./Credit";
import { OpenFile } from "./OpenFile";
import { actsOf, isMoving, standingOf, type Outcome } from "./standing";

/** Milliseconds between two looks at a deal that may change. */
const POLL_MS = 4_000;

/** The file behind a licence: where its deal stands, and everything that can be done now. */
export default function DealPage() {
  const { licence } = useParams<{ licence: string }>();
  const { t } = useWords();
  const { source } = usePlace();
  const { data: state, error } = useQuery({
    queryKey: ["deal", licence],
    queryFn: async () => (await source.deal(BigInt(licence))) ?? null,
    enabled: /^\d+$/.test(licence),
    refetchInterval: ({ state: { data } }) => (data && isMoving(data) ? POLL_MS : false),
  });
  return (
    <>
      <h1>{t("files.title")}</h1>
      {error !== null && <Failure error={error} />}
      {state === null || !/^\d+$/.test(licence) ? (
        <p>{t("files.noDeal")}</p>
      ) : state === undefined ? (
        error === null && <Loading />
      ) : (
        <DealOf state={state} />
      )}
      <p>
        <Link href="/licences">{t("files.toLicences")}</Link>
      </p>
    </>
  );
}

function DealOf({ state }: { state: DealState }) {
  const words = useWords();
  const { t, moment } = words;
  const { network, source } = usePlace();
  const { address } = useConnection();
  const { deal } = state;
  const [outcome, setOutcome] = useState<Outcome>("unopened");
  const { data: file, error } = useQuery({
    queryKey: ["file", String(deal.versionId)],
    staleTime: Infinity,
    queryFn: () => source.file(deal.versionId),
  });
  const standing = standingOf(state);
  const acts = actsOf(state, address, outcome);
  const times = { deliverBy: moment(deal.deliverBy), complainBy: moment(deal.complainBy) };
  return (
    <>
      <p role="status" className="lead" data-standing={standing}>
        {t(`files.standing.${standing}`, times)}
      </p>
      <dl>
        <dt>{t("files.licence")}</dt>
        <dd className="mono">{String(deal.id)}</dd>
        <dt>{t("files.model")}</dt>
        <dd>
          {/* the model's number is all but the lowest bits of the version's */}
          <Link href={`/model/${modelIdOf(deal.versionId)}`}>{file?.name ?? String(deal.versionId)}</Link>
        </dd>
        <dt>{t("files.paid")}</dt>
        <dd>{moneyOf(network, words, deal.payToken, deal.price)}</dd>
        <dt>{t("files.deliverBy")}</dt>
        <dd>{times.deliverBy}</dd>
        {deal.complainBy !== 0n && (
          <>
            <dt>{t("files.complainBy")}</dt>
            <dd>{times.complainBy}</dd>
          </>
        )}
      </dl>
      {error !== null && (
        <>
          <p>{t("files.noFile")}</p>
          <Failure error={error} />
        </>
      )}
      {file !== undefined && state.scalar !== undefined && (
        <OpenFile file={file} deal={deal} scalar={state.scalar} onOutcome={setOutcome} />
      )}
      <Acts {...{ acts, state, file, outcome }} />
      <Credit deal={deal} />
    </>
  );
}
