import { useWords } from "../i18n";

export function Loading({ text }: { text?: string }) {
  const { t } = useWords();
  return (
    <p role="status" className="loading">
      {text ?? t("loading")}
    </p>
  );
}
