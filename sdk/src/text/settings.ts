/** Variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Passwords may be any text; around every other setting white space says nothing. */
const ANY_TEXT = /PASSWORD$/;

/** A setting; undefined where it is empty: a variable that was emptied, or never filled in, is one that is not set. */
export function settingOf(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  const text = ANY_TEXT.test(name) ? value : value?.trim();
  return text === "" ? undefined : text;
}

/** All that is set in an environment, without what is empty. */
export function settingsOf(environment: Environment): Environment {
  const set = Object.keys(environment).flatMap((name) => {
    const value = settingOf(environment, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(set);
}
