export * from "./card";
export * from "./deals";
export * from "./errors";
export * from "./exchange";
export * from "./fairexchange";
export * from "./market";
export * from "./rpc";
export * from "./store";
