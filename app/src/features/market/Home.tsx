import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";

import { usePlace } from "../../chain/context";
import { whileReading } from "../../chain/follow";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Loading } from "../../ui/Loading";
import { ModelCard } from "./ModelCard";

const NEWEST = 6;

export default function Home() {
  const { t } = useWords();
  const { source } = usePlace();
  const { data, error } = useQuery({
    queryKey: ["models", "newest"],
    queryFn: () => source.models({ order: "newest" }, { offset: 0, limit: NEWEST }),
    ...whileReading,
  });
  return (
    <>
      <h1>{t("app.tagline")}</h1>
      <p className="lead">{t("home.lead")}</p>
      <p>
        <Link href="/models" className="button primary">
          {t("home.find")}
        </Link>
      </p>
      <h2>{t("home.newest")}</h2>
      {error && <Failure error={error} />}
      {data === undefined ? (
        !error && <Loading text={t("models.reading")} />
      ) : (
        <ul className="cards">
          {data.rows.map((row) => (
            <ModelCard key={String(row.model.modelId)} row={row} />
          ))}
        </ul>
      )}
    </>
  );
}
