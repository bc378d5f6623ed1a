import { isZeroAddress, sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { licenseIdParts } from "../../market";
import { consent } from "../consent";
import { cliError } from "../errors";
import { licenceIn } from "../ids";
import { transaction } from "../output";
import type { Session } from "../session";
import { address, whole } from "../values";

/** Gives a licence, or with `--title` the title of a model, to another account. */
export async function run(
  session: Session,
  [id, to]: readonly string[],
  options: { title?: boolean; yes?: boolean },
): Promise<void> {
  const isTitle = options.title === true;
  const tokenId = isTitle ? whole(id!, "<id>") : licenceIn(id!, "<id>");
  const recipient = address(to!, "<to>");
  const market = await session.market();
  const account = (await session.wallet()).address;
  const what = isTitle ? `the title of model ${tokenId}` : `licence ${tokenId}`;
  const token = isTitle ? market.registry : market.licenses;
  const owner = await decodingErrors(() => token.ownerOf(tokenId));
  if (!sameAddress(owner, account)) throw cliError("NOT_HELD", { what, owner, account });
  if (isZeroAddress(recipient) || sameAddress(recipient, account)) {
    throw cliError("RECIPIENT_SAME", { what, recipient });
  }
  const known = isTitle ? undefined : licenseIdParts(tokenId);
  await consent(session, options.yes, {
    what: `Give ${what} to ${recipient} for good`,
    means: isTitle
      ? "Who holds it gets the income of later sales, and your offers of its versions end."
      : `Who holds it may use version ${known!.versionId}, and you may not any more.`,
  });
  const receipt = await session.output.step(isTitle ? "Transfer the title" : "Transfer the licence", () =>
    isTitle ? market.transferTitle(tokenId, recipient) : market.transferLicense(tokenId, recipient),
  );
  session.output.result([`${recipient} holds ${what} now.`], {
    ...(isTitle ? { modelId: tokenId } : { licenseId: tokenId, versionId: known!.versionId }),
    from: account,
    to: recipient,
    transaction: transaction(receipt),
  });
}
