import { lazy } from "react";

export type { Pad } from "./api";
export { FOLDER } from "./storage";
/** What comes before a file is paid for; it comes with the first offer that delivers one. */
export const FileSteps = lazy(() => import("./FileSteps"));
