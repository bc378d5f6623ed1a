import { useQuery } from "@tanstack/react-query";
import type { ModelCard } from "isonomy/card";
import { useConnection } from "wagmi";
import { useParams } from "wouter";

import { usePlace } from "../../chain/context";
import type { ModelDetail } from "../../chain/source";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { OfferPanel } from "./OfferPanel";

/** One model: card, offers, versions, provenance. */
export default function Model() {
  const { id } = useParams<{ id: string }>();
  const { source } = usePlace();
  const { address } = useConnection();
  const { data, error } = useQuery({
    queryKey: ["model", id, address],
    queryFn: () => source.model(BigInt(id), address),
    enabled: /^\d+$/.test(id),
  });
  if (error) return <Failure error={error} />;
  if (data === undefined) return <Loading />;
  return <Whole detail={data} />;
}

function Whole({ detail }: { detail: ModelDetail }) {
  const { t, number } = useWords();
  const { model, card, cardProblem, offers } = detail;
  return (
    <article>
      <h1>{card?.name ?? t("model.unnamed", { id: String(model.modelId) })}</h1>
      <p className="row">
        <span>{t("model.version", { version: card?.version ?? String(model.versionCount) })}</span>
        {card?.authors?.map(({ name }) => (
          <span key={name}>{t("model.by", { name })}</span>
        ))}
        {model.newest.defectiveAt !== 0n && <span className="badge bad">{t("model.defective")}</span>}
      </p>
      {cardProblem !== undefined && (
        <>
          <p>{t("model.noCard")}</p>
          <Failure error={cardProblem} />
        </>
      )}
      {card !== undefined && <p className="description">{card.description}</p>}
      <section aria-labelledby="offers">
        <h2 id="offers">{t("model.offers")}</h2>
        {offers.length === 0 && <p>{t("model.noOffers")}</p>}
        <ul className="plain">
          {offers.map((one) => (
            <OfferPanel key={one.termsHash} on={one} detail={detail} />
          ))}
        </ul>
      </section>
      {card !== undefined && card.metrics.length > 0 && (
        <section>
          <h2>{t("model.metrics")}</h2>
          <div className="scroll">
            <table>
              <thead>
                <tr>
                  <th>{t("model.metric")}</th>
                  <th>{t("model.value")}</th>
                  <th>{t("model.dataset")}</th>
                </tr>
              </thead>
              <tbody>
                {card.metrics.map((metric) => (
                  <tr key={`${metric.name} ${metric.dataset}`}>
                    <td>{metric.name}</td>
                    <td>{number(metric.value)}</td>
                    <td>{metric.dataset}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      {card !== undefined && <Said card={card} />}
      <Provenance detail={detail} />
    </article>
  );
}

function Said({ card }: { card: ModelCard }) {
  const { t } = useWords();
  const list = (title: string, lines: readonly string[]) =>
    lines.length > 0 && (
      <section>
        <h2>{title}</h2>
        <ul>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </section>
    );
  return (
    <>
      {list(t("model.capabilities"), card.capabilities)}
      {list(t("model.intendedUses"), card.intendedUses)}
      {list(t("model.limits"), card.limits)}
      {list(t("model.licence"), ["spdx" in card.license ? card.license.spdx : card.license.name])}
      {list(
        t("model.baseModels"),
        (card.baseModels ?? []).map(({ name, relation }) => (relation === undefined ? name : `${name} (${relation})`)),
      )}
      {(card.baseModels ?? []).length > 0 && <small>{t("model.baseModelsNote")}</small>}
    </>
  );
}

function Provenance({ detail: { model, versions, publications } }: { detail: ModelDetail }) {
  const { t, moment, bytes } = useWords();
  return (
    <section>
      <h2>{t("model.provenance")}</h2>
      <dl>
        <dt>{t("model.creator")}</dt>
        <dd>
          <Address value={model.creator} />
        </dd>
        <dt>{t("model.holder")}</dt>
        <dd>
          <Address value={model.holder} />
        </dd>
        <dt>{t("model.payee")}</dt>
        <dd>
          <Address value={model.payee} /> {model.payeeFixed && <small>{t("model.payeeFixed")}</small>}
        </dd>
      </dl>
      <h3>{t("model.versions")}</h3>
      <ul>
        {versions.map(({ versionId, number, file, defectiveAt }) => {
          const published = publications.find((one) => one.versionId === versionId);
          return (
            <li key={String(versionId)}>
              {t("model.version", { version: String(number) })}
              {published !== undefined && `, ${t("model.published")} ${moment(published.publishedAt)}`}
              {file !== undefined && `, ${t("model.size")} ${bytes(Number(file.size))}`}
              {defectiveAt !== 0n && <span className="badge bad">{t("model.defective")}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
