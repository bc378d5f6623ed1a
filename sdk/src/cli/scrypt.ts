import { scrypt } from "ethers";
import { scrypt as nativeScrypt } from "node:crypto";
import { promisify } from "node:util";

let native = false;

/** Node's own scrypt is several times faster than the one in JavaScript. */
export function useNativeScrypt(): void {
  if (native) return;
  native = true;
  const derive = promisify<Uint8Array, Uint8Array, number, object, Buffer>(nativeScrypt);
  scrypt.register(
    (password, salt, N, r, p, length) =>
      derive(password, salt, length, { N, r, p, maxmem: 256 * N * r }).then(
        (key) => `0x${key.toString("hex")}`,
      ) as never,
  );
}
