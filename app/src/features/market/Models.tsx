import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { usePlace } from "../../chain/context";
import { whileReading } from "../../chain/follow";
import type { Facet } from "../../chain/source";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { useHashQuery } from "../../ui/hash";
import { Loading } from "../../ui/Loading";
import { ModelCard } from "./ModelCard";

const PAGE = 24;
const ORDERS = ["newest", "sold"] as const;

/** Models by search and facets; what is asked for is in the address. */
export default function Models() {
  const { t, count } = useWords();
  const { source } = usePlace();
  const [query, change] = useHashQuery();
  const [shown, setShown] = useState(PAGE);
  const text = useDeferredValue(query.get("q") ?? "");
  const filter = {
    text,
    license: query.get("licence") ?? undefined,
    tag: query.get("tag") ?? undefined,
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

  const facet = (name: "licence" | "tag", label: string, values: Facet) => (
    <label>
      {label}
      <select value={query.get(name) ?? ""} onChange={({ target }) => change({ [name]: target.value })}>
        <option value="">{t("models.any")}</option>
        {values.map(({ value, count: found }) => (
          <option key={value} value={value}>
            {value} ({found})
          </option>
        ))}
      </select>
    </label>
  );
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
