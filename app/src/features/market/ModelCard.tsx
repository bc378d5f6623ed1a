import { Link } from "wouter";

import { usePlace } from "../../chain/context";
import type { ModelRow } from "../../chain/source";
import { useWords } from "../../i18n";
import { moneyOf } from "../../ui/money";

/** A model in a list. */
export function ModelCard({ row }: { row: ModelRow }) {
  const words = useWords();
  const { network } = usePlace();
  const { model, card, offers, sold } = row;
  const [cheapest] = offers;
  const [metric] = card?.metrics ?? [];
  return (
    <li className="card" data-model={String(model.modelId)}>
      <h3>
        <Link href={`/model/${model.modelId}`}>
          {card?.name ?? words.t("model.unnamed", { id: String(model.modelId) })}
        </Link>
      </h3>
      <p className="clamp">{card?.description ?? words.t("model.noCard")}</p>
      <p className="row">
        <span className="badge">{words.t(model.newest.file === undefined ? "model.service" : "model.file")}</span>
        {card !== undefined && (
          <span className="badge">{"spdx" in card.license ? card.license.spdx : card.license.name}</span>
        )}
        {model.newest.defectiveAt !== 0n && <span className="badge bad">{words.t("model.defective")}</span>}
        {!row.verified && <span className="badge">{words.t("models.unverified")}</span>}
        {metric !== undefined && (
          <span className="badge">
            {metric.name} {words.number(metric.value)} ({metric.dataset})
          </span>
        )}
      </p>
      <p className="row between">
        <strong>
          {cheapest === undefined
            ? words.t("model.notForSale")
            : words.t("model.from", { price: moneyOf(network, words, cheapest.offer.payToken, cheapest.offer.price) })}
        </strong>
        <span>{words.count("model.sold", Number(sold))}</span>
      </p>
    </li>
  );
}
