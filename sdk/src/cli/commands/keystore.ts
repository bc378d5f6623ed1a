import { Wallet, encryptKeystoreJson } from "ethers";

import { cliError } from "../errors";
import { requireAbsent, writeNew } from "../files";
import { useNativeScrypt } from "../scrypt";
import type { Session } from "../session";

export async function run(session: Session, [path]: readonly string[], options: { import?: boolean }): Promise<void> {
  await requireAbsent(path!);
  const privateKey = options.import === true ? await readKey(session) : Wallet.createRandom().privateKey;
  const { address } = new Wallet(privateKey);
  const password = await session.newPassword();
  if (password.length === 0) throw cliError("PASSWORD_MISSING", { what: "the keystore" });
  useNativeScrypt();
  const scrypt = session.scryptCost === undefined ? undefined : { N: session.scryptCost };
  const text = await session.output.step("Encrypt the key", () =>
    encryptKeystoreJson({ address, privateKey }, password, { scrypt }),
  );
  await writeNew(path!, `${text}\n`, true);
  session.output.result(
    [`The keystore of ${address} is in ${path}.`, "Keep a copy of it and of its password: nobody can reset either."],
    { address, keystore: path },
  );
}

async function readKey(session: Session): Promise<string> {
  // typed at a terminal it would stay on the screen, and in what the terminal remembers
  const { io } = session;
  const text = (await (io.interactive ? io.ask("Private key (it is not shown): ") : io.input())).trim();
  const digits = text.replace(/^0x/i, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw cliError("KEY_INVALID");
  try {
    return new Wallet(`0x${digits}`).privateKey;
  } catch {
    // what was wrong with it must not show it
    throw cliError("KEY_INVALID");
  }
}
