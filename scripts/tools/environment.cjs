// What plain scripts read from the environment: an empty variable is one that is not set, as in deploy/engine/environment.ts.

/** A setting; undefined where it is empty. @param {string} name @returns {string | undefined} */
const setting = (name) => process.env[name]?.trim() || undefined;

/** The environment of a program that this process starts: its own, and more. @returns {NodeJS.ProcessEnv} */
const inherited = (more = {}) => ({ ...process.env, ...more });

module.exports = { inherited, setting };
