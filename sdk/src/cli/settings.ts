/** Options that every command takes. */
export interface GlobalOptions {
  readonly rpc?: string;
  readonly addresses?: string;
  readonly chain?: string;
  readonly keystore?: string;
  readonly passwordFile?: string;
  readonly keyring?: string;
  readonly store?: string;
  readonly storeHeaders?: string;
  readonly gateway?: readonly string[];
  readonly held?: string;
  readonly timeout?: string;
  readonly wait?: string;
  readonly maxFee?: string;
  readonly maxTip?: string;
  readonly json?: boolean;
}
