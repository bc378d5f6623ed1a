/** How deep an error may wrap another before its inside is not looked at any more. */
const MAX_DEPTH = 8;

/** One error of a chain of errors that wrap one another. */
export interface Layer {
  readonly code?: unknown;
  readonly data?: unknown;
  readonly message?: unknown;
  readonly shortMessage?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly responseBody?: unknown;
  readonly error?: unknown;
  readonly info?: unknown;
}

/** The error and whatever it wraps, outermost first. */
export function layersOf(error: unknown): Layer[] {
  const layers: Layer[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH || seen.has(value)) return;
    seen.add(value);
    layers.push(value as Layer);
    const wrapper = value as Record<string, unknown>;
    for (const key of ["data", "error", "info", "cause", "originalError", "errors", "response"]) {
      let inside: unknown;
      try {
        inside = wrapper[key];
      } catch {
        // a getter of a foreign object may throw, and tells nothing then
        continue;
      }
      for (const each of Array.isArray(inside) ? inside : [inside]) visit(each, depth + 1);
    }
  };
  visit(error, 0);
  return layers;
}

/** Whether something is bytes in hexadecimal. */
export function isHexData(value: unknown): value is string {
  return typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value);
}
