export * from "./ballot";
export * from "./client";
export * from "./concentration";
export * from "./permissions";
export * from "./privilegedAbis";
export * from "./proposal";
export * from "./roles";
export * from "./units";
