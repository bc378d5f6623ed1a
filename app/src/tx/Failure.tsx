import { useEffect, useState } from "react";

import type { Problem } from "../chain/source";
import { useWords } from "../i18n";

const isProblem = (error: unknown): error is Problem =>
  typeof error === "object" && error !== null && "code" in error && "fix" in error && "reason" in error;

/** Any failure, of the wallet, the node, a store or a contract: what happened, why it can, and what to do. */
export function Failure({ error }: { error: unknown }) {
  const { t } = useWords();
  const [problem, setProblem] = useState<Problem | undefined>(isProblem(error) ? error : undefined);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (isProblem(error)) return setProblem(error);
    let current = true;
    // the sentences of all errors are a tenth of the page: they come with the first failure
    void import("isonomy/errors").then(({ decodeError }) => {
      if (current) setProblem(decodeError(error).toJSON());
    });
    return () => void (current = false);
  }, [error]);

  if (problem === undefined) return <p role="alert">{t("failure.unknown")}</p>;
  const { code, message, reason, fix, args } = problem;
  const details = JSON.stringify({ code, args }, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return (
    <div role="alert" className="failure" data-code={code}>
      <p>
        <strong>{message}</strong> {reason} {fix}
      </p>
      <details>
        <summary>{t("failure.details")}</summary>
        <code>{details}</code>{" "}
        <button onClick={() => void navigator.clipboard.writeText(details).then(() => setCopied(true))}>
          {t(copied ? "failure.copied" : "failure.copy")}
        </button>
      </details>
    </div>
  );
}
