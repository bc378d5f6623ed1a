export * from "./ballot";
export * from "./citizens";
export * from "./client";
export * from "./concentration";
export * from "./proposal";
export * from "./units";
