import { settingOf, settingsOf, type Environment } from "../../sdk/src/text/settings";

/** A setting of this process, from its environment or `.env`; undefined where it is empty. */
export function setting(name: string): string | undefined {
  return settingOf(process.env, name);
}

/** All settings of this process that are not empty. Hardhat adds those of `.env` when it is loaded. */
export function settings(): Environment {
  return settingsOf(process.env);
}

/** Changes a setting of this process, or takes it away, for what reads it later. */
export function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** The environment of a program that this process starts: its own, and more. */
export function inherited(more: Environment = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}
