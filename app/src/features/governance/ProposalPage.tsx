import { useWords } from "../../i18n";
import type { ProposalDetail } from "../../chain/government";
import { Failure } from "../../tx/Failure";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { Actions } from "./Actions";
import { Calls } from "./Calls";
import { readDescription } from "./description";
import { Houses } from "./Houses";
import { useProposal } from "./queries";
import { lifeOf } from "./rules";

/** One proposal: what it would do, how it fares, and what can be done about it. */
export default function ProposalPage({ params }: { params: { id: string } }) {
  const { t } = useWords();
  if (!/^\d{1,78}$/.test(params.id)) return <h1>{t("error.lost")}</h1>;
  return <Opened id={BigInt(params.id)} />;
}

function Opened({ id }: { id: bigint }) {
  const { t } = useWords();
  const { data, error } = useProposal(id);
  // what was read last stays while a later look fails: it says so beside it
  if (data === undefined) return error ? <Failure error={error} /> : <Loading />;
  const { title, why } = readDescription(data.description);
  return (
    <article data-proposal={String(id)} data-state={data.state}>
      <h1>
        <bdi>{title === "" ? t("governance.untitled", { id: String(id) }) : title}</bdi>
      </h1>
      <p className="row">
        <span className="badge" id="state" data-state={data.state}>
          {t(`governance.state.${data.state}`)}
        </span>
        <span className="badge">{t(`governance.kind.${data.kind}`)}</span>
      </p>
      {data.proposer !== "" && (
        <p>
          {t("governance.by")} <Address value={data.proposer} />
        </p>
      )}
      {error && <Failure error={error} />}
      {data.description === "" && <p role="note">{t("governance.noDescription")}</p>}
      <p className="why" dir="auto">
        {why}
      </p>
      <Actions proposal={data} />
      <Houses proposal={data} />
      <Calls proposal={data} />
      <Life proposal={data} />
    </article>
  );
}

function Life({ proposal }: { proposal: ProposalDetail }) {
  const { t, moment, duration } = useWords();
  const { extended, delay, state } = proposal;
  return (
    <section aria-labelledby="life">
      <h2 id="life">{t("governance.life")}</h2>
      <ol className="life">
        {lifeOf(proposal).map(({ name, at, past }) => (
          <li key={name} data-step={name} className={past ? "past" : undefined}>
            <strong>{t(`governance.step.${name}`)}</strong>{" "}
            {at === undefined ? t("governance.notYet") : <time>{moment(at)}</time>}
          </li>
        ))}
      </ol>
      {extended && <p>{t("governance.extended")}</p>}
      {(state === "pending" || state === "active" || state === "succeeded") && (
        <p>{t("governance.wait", { time: duration(Number(delay)) })}</p>
      )}
    </section>
  );
}
