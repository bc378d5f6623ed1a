import type { Commands } from "../commands";

/** Credentials, and what anyone can do so that citizens are counted as they are. */
export const commands: Commands = ({ add, under }) => {
  const citizens = under(
    "citizens",
    "A person's credential, and the count of citizens, their majorities and the phase.",
  );
  add(
    under("show", "The credential of an account: who vouches, until when, and whether it counts.", citizens).argument(
      "[account]",
      "address; the keystore's when left out",
    ),
    () => import("../commands/credential"),
  );
  add(
    under("attest", "Sign an attestation into a file, as its issuer; nothing is sent.", citizens)
      .argument("<account>", "address of the person, who presents it")
      .argument("<file>", "new file for the attestation")
      .requiredOption("--issuer <number>", "number of the issuer")
      .requiredOption("--nullifier <hash>", "32 bytes, the same for the same person with every issuer of the domain")
      .option("--claim <hash>", "salted hash of what the issuer knows; zero when left out")
      .requiredOption("--valid <time>", "how long the credential lasts, such as 365d; two years at most")
      .option("--deadline <time>", "how long it can be presented", "7d"),
    async () => (await import("../commands/attest")).attest,
  );
  add(
    under("present", "Present what an issuer signed for your account.", citizens).argument(
      "<file>",
      "file that `citizens attest` wrote",
    ),
    async () => (await import("../commands/present")).present,
  );
  add(
    under("claim", "Present a proof to an issuer that verifies proofs by an adapter.", citizens)
      .argument("<issuer>", "number of the issuer")
      .argument("<proof>", "its bytes in hexadecimal, as the adapter asks for them"),
    async () => (await import("../commands/present")).claim,
  );
  add(
    under("renounce", "Give up the credential of your account, for good.", citizens).option(
      "-y, --yes",
      "do it without being asked",
    ),
    async () => (await import("../commands/present")).renounce,
  );
  add(
    under("revoke", "End the credential of an account, as the issuer that vouches for it.", citizens)
      .argument("<account>", "address of the person")
      .option("-y, --yes", "do it without being asked"),
    async () => (await import("../commands/attest")).revoke,
  );
  add(
    under(
      "reweigh",
      "Count a citizen whose credential has seasoned, or stop counting one whose credential ended.",
      citizens,
    ).argument("<account>", "address of the citizen"),
    async () => (await import("../commands/citizens")).reweigh,
  );
  add(
    under("majority", "Record that an issuer vouches for more than half of the citizens.", citizens).argument(
      "<issuer>",
      "number of the issuer",
    ),
    async () => (await import("../commands/citizens")).majority,
  );
  add(
    under("advance", "Move the DAO to its next phase, once there are enough citizens.", citizens),
    async () => (await import("../commands/citizens")).advance,
  );
};
