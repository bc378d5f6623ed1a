export * from "./ballot";
export * from "./client";
export * from "./concentration";
export * from "./proposal";
export * from "./units";
