import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { isFileProblem } from "./problem";

/** Any failure of the work on a file; those of a browser's storage in the page's own words. */
export function FileFailure({ error }: { error: unknown }) {
  const { t, bytes } = useWords();
  if (!isFileProblem(error)) return <Failure error={error} />;
  const values = {
    size: error.files === "noSpace" ? bytes(error.lacking) : "",
    detail: error.files === "unknown" ? error.detail : "",
  };
  return (
    <p role="alert" className="failure" data-code={error.files}>
      {t(`files.problem.${error.files}`, values)}
    </p>
  );
}
