import { useState } from "react";
import { Link } from "wouter";

import type { Dao as DaoState, ProposalRow } from "../../chain/government";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { readDescription } from "./description";
import { useDao, useProposals } from "./queries";
import { unitsText } from "./units";

/** Proposals that are read at a time. */
const PAGE = 20;

/** What the government may do now, and what is before it. */
export default function Dao() {
  const { t } = useWords();
  const { data, error } = useDao();
  return (
    <>
      <h1>{t("governance.title")}</h1>
      <p className="lead">{t("governance.lead")}</p>
      {error ? <Failure error={error} /> : data === undefined ? <Loading /> : <Standing dao={data} />}
      <Proposals />
    </>
  );
}

function Standing({ dao }: { dao: DaoState }) {
  const words = useWords();
  const { t, number, moment, duration } = words;
  const phase = Math.min(dao.phase, 2) as 0 | 1 | 2;
  return (
    <section aria-labelledby="phase">
      <h2 id="phase" data-phase={dao.phase}>
        {t("governance.phase", { phase: dao.phase })}
      </h2>
      <p>{t(`governance.phase.${phase}`)}</p>
      <dl>
        <dt>{t("governance.citizens")}</dt>
        <dd data-citizens={String(dao.citizens)}>{number(dao.citizens)}</dd>
        <dt>{t("governance.guardian")}</dt>
        <dd>
          <Address value={dao.guardian} />
        </dd>
        <dt>{t("governance.mandate")}</dt>
        <dd>
          {moment(dao.mandateEndsAt)}
          {dao.mandateEndsAt <= dao.now && ` (${t("governance.mandateOver")})`}
        </dd>
        <dt>{t("governance.threshold")}</dt>
        <dd>{t("governance.units", { units: unitsText(words, dao.threshold) })}</dd>
        <dt>{t("governance.times")}</dt>
        <dd>
          {t("governance.timesValue", {
            delay: duration(Number(dao.votingDelay)),
            period: duration(Number(dao.votingPeriod)),
          })}
        </dd>
      </dl>
    </section>
  );
}

function Proposals() {
  const { t } = useWords();
  const [shown, setShown] = useState(PAGE);
  const { data, error } = useProposals(shown);
  return (
    <section aria-labelledby="proposals">
      <h2 id="proposals">{t("governance.proposals")}</h2>
      {error ? (
        <Failure error={error} />
      ) : data === undefined ? (
        <Loading />
      ) : data.total === 0 ? (
        <p>{t("governance.noProposals")}</p>
      ) : (
        <>
          <ul className="plain">
            {data.rows.map((row) => (
              <Proposal key={String(row.id)} row={row} />
            ))}
          </ul>
          {data.rows.length < data.total && <button onClick={() => setShown(shown + PAGE)}>{t("models.more")}</button>}
        </>
      )}
    </section>
  );
}

function Proposal({ row }: { row: ProposalRow }) {
  const { t, moment } = useWords();
  const { title } = readDescription(row.description);
  return (
    <li className="card" data-proposal={String(row.id)}>
      <h3>
        <Link href={`/dao/proposal/${row.id}`}>
          <bdi>{title === "" ? t("governance.untitled", { id: String(row.id) }) : title}</bdi>
        </Link>
      </h3>
      <p className="row">
        <span className="badge" data-state={row.state}>
          {t(`governance.state.${row.state}`)}
        </span>
        <span className="badge">{t(`governance.kind.${row.kind}`)}</span>
        {row.state === "pending" && <span>{t("governance.votingFrom", { time: moment(row.votingFrom) })}</span>}
        {row.state === "active" && <span>{t("governance.votingUntil", { time: moment(row.votingUntil) })}</span>}
      </p>
    </li>
  );
}
