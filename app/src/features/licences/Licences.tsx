import { useQuery } from "@tanstack/react-query";
import { useConnection } from "wagmi";
import { Link } from "wouter";

import { usePlace } from "../../chain/context";
import { modelIdOf } from "../../chain/ids";
import type { LicenceRow } from "../../chain/source";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Loading } from "../../ui/Loading";

/** What an account holds, and whether it can use it now. */
export default function Licences() {
  const { t } = useWords();
  const { source } = usePlace();
  const { address } = useConnection();
  const { data, error } = useQuery({
    queryKey: ["licences", address],
    queryFn: () => source.licences(address!),
    enabled: address !== undefined,
  });
  return (
    <>
      <h1>{t("licences.title")}</h1>
      {address === undefined ? (
        <p>{t("licences.connect")}</p>
      ) : error ? (
        <Failure error={error} />
      ) : data === undefined ? (
        <Loading />
      ) : data.length === 0 ? (
        <p>{t("licences.none")}</p>
      ) : (
        <ul className="plain">
          {data.map((row) => (
            <Licence key={String(row.licence.licenseId)} row={row} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Above it a module counts no time. */
const LAST_TIME = 2n ** 40n;

function Licence({ row: { licence, card } }: { row: LicenceRow }) {
  const { t, moment } = useWords();
  const { licenseId, versionId, usable, movable, escrowed, rights } = licence;
  const modelId = modelIdOf(versionId);
  return (
    <li className="card" data-licence={String(licenseId)}>
      <h2 className="title">
        <Link href={`/model/${modelId}`}>{card?.name ?? t("model.unnamed", { id: String(modelId) })}</Link>
      </h2>
      <p className="row">
        <span className={usable ? "badge good" : "badge bad"}>
          {t(usable ? "licences.usable" : "licences.notUsable")}
        </span>
        {movable && <span className="badge">{t("licences.movable")}</span>}
        {rights !== undefined && rights.left > 1n && rights.left < LAST_TIME && (
          <span className="badge">{t("licences.until", { time: moment(rights.left) })}</span>
        )}
      </p>
      <p className="mono">{String(licenseId)}</p>
      {escrowed && <Link href={`/file/${licenseId}`}>{t("files.toFile")}</Link>}
    </li>
  );
}
