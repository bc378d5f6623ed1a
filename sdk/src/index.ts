export * from "./card";
export * from "./errors";
export * from "./market";
export * from "./store";
