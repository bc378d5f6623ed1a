import { useCallback, useSyncExternalStore } from "react";

const listen = (tell: () => void): (() => void) => {
  addEventListener("hashchange", tell);
  return () => removeEventListener("hashchange", tell);
};

/** What stands after the `?` of `#/path?name=value`, and how to change it without a step of the history. */
export function useHashQuery(): [URLSearchParams, (changes: Readonly<Record<string, string | undefined>>) => void] {
  const hash = useSyncExternalStore(listen, () => location.hash);
  const [path = "#/", query = ""] = hash.split("?");
  const change = useCallback(
    (changes: Readonly<Record<string, string | undefined>>) => {
      const values = new URLSearchParams(query);
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === "") values.delete(name);
        else values.set(name, value);
      }
      const text = values.toString();
      history.replaceState(null, "", text === "" ? path : `${path}?${text}`);
      dispatchEvent(new HashChangeEvent("hashchange"));
    },
    [path, query],
  );
  return [new URLSearchParams(query), change];
}
