export * from "./card";
export * from "./errors";
export * from "./store";
