/** What `npm start` was asked for. */
export interface StartOptions {
  /** Keep the chain running when the job is done. */
  readonly stay: boolean;
  readonly port: number;
}

const DEFAULT_PORT = 8545;

/** Reads the arguments and ISONOMY_PORT; throws a sentence for what it does not understand. */
export function readOptions(parameters: readonly string[], portText = String(DEFAULT_PORT)): StartOptions {
  const unknown = parameters.filter((parameter) => parameter !== "--exit");
  if (unknown.length > 0) {
    throw new Error(`${unknown.join(" ")} is not understood. The only option is --exit: npm start -- --exit`);
  }
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(
      `ISONOMY_PORT is "${portText}", which is no port. Set it to a number from 1 to 65535, or leave it out.`,
    );
  }
  return { stay: !parameters.includes("--exit"), port };
}
