import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { usePlace } from "../../chain/context";
import { whileReading } from "../../chain/follow";
import type { Facet } from "../../chain/source";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { useHashQuery } from "../../ui/hash";
import { Loading } from "../../ui/Loading";
import { tokenOf } from "../../ui/money";
import { ModelCard } from "./ModelCard";

const PAGE = 24;
const ORDERS = ["newest", "sold"] as const;
const KINDS = ["model", "dataset", "content"] as const;

/** Models by search and facets; what is asked for is in the address. */
export default function Models() {
  const { t, count } = useWords();
  const { source, network } = usePlace();
  const [query, change] = useHashQuery();
  const [shown, setShown] = useState(PAGE);
  const text = useDeferredValue(query.get("q") ?? "");
  const filter = {
    text,
    license: query.get("licence") ?? undefined,
    tag: query.get("tag") ?? undefined,
    kind: KINDS.find((one) => one === query.get("kind")),
    payToken: query.get("token") ?? undefined,
    onSale: query.get("sale") === "1",
    ...(query.get("files") === "1" ? { file: true } : {}),
    order: ORDERS.find((one) => one === query.get("sort")),
  };
  const { data, error, refetch } = useQuery({
    queryKey: ["models", filter, shown],
    queryFn: () => source.models(filter, { offset: 0, limit: shown }),
    placeholderData: keepPreviousData,
    ...whileReading,
  });

  const facet = (name: string, label: string, values: Facet, wordOf = (value: string): string => value) => {
    const chosen = query.get(name) ?? "";
    // what was chosen stays to be seen, also where nothing has it
    const isListed = chosen === "" || values.some(({ value }) => value === chosen);
    const shownValues = isListed ? values : [...values, { value: chosen, count: 0 }];
    return (
      <label>
        {label}
        <select value={chosen} onChange={({ target }) => change({ [name]: target.value })}>
          <option value="">{t("models.any")}</option>
          {shownValues.map(({ value, count: found }) => (
            <option key={value} value={value}>
              {wordOf(value)} ({found})
            </option>
          ))}
        </select>
      </label>
    );
  };
  const kindOf = (value: string): string => {
    const kind = KINDS.find((one) => one === value);
    return kind === undefined ? value : t(`models.kind.${kind}`);
  };
  const box = (name: string, label: string) => (
    <label className="check">
      <input
        type="checkbox"
        checked={query.get(name) === "1"}
        onChange={({ target }) => change({ [name]: target.checked ? "1" : undefined })}
      />
      {label}
    </label>
  );
  return (
    <>
      <h1>{t("models.title")}</h1>
      <form role="search" className="filters" onSubmit={(event) => event.preventDefault()}>
        <label className="grow">
          {t("models.search")}
          <input
            type="search"
            name="q"
            defaultValue={query.get("q") ?? ""}
            placeholder={t("models.searchHint")}
            onChange={({ target }) => change({ q: target.value })}
          />
        </label>
        {data && facet("licence", t("models.license"), data.facets.license)}
        {data && facet("tag", t("models.tag"), data.facets.tag)}
        {data && facet("kind", t("models.kindLabel"), data.facets.kind, kindOf)}
        {data && facet("token", t("models.token"), data.facets.token, (one) => tokenOf(network, one).symbol)}
        <label>
          {t("models.order")}
          <select value={filter.order ?? ""} onChange={({ target }) => change({ sort: target.value })}>
            <option value="">{t(text === "" ? "models.order.newest" : "models.order.best")}</option>
            {text !== "" && <option value="newest">{t("models.order.newest")}</option>}
            <option value="sold">{t("models.order.sold")}</option>
          </select>
        </label>
        {box("sale", t("models.onSale"))}
        {box("files", t("models.withFile"))}
      </form>
      {error && (
        <>
          <Failure error={error} />
          <button onClick={() => void refetch()}>{t("error.retry")}</button>
        </>
      )}
      {data === undefined && !error && <Loading text={t("models.reading")} />}
      {data !== undefined && (
        <>
          <p role="status">
            {data.total === 0 ? t("models.none") : count("models.found", data.total)}
            {data.read < data.of && ` ${t("models.partly", { read: data.read, of: data.of })}`}
          </p>
          <ul className="cards">
            {data.rows.map((row) => (
              <ModelCard key={String(row.model.modelId)} row={row} />
            ))}
          </ul>
          {data.rows.length < data.total && <button onClick={() => setShown(shown + PAGE)}>{t("models.more")}</button>}
        </>
      )}
    </>
  );
}
