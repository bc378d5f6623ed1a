import { sameAddress } from "../../addresses/address";
import { decodingErrors } from "../../errors/explain";
import { consent } from "../consent";
import { transaction } from "../output";
import type { Session } from "../session";
import { address, whole } from "../values";

/** Fixes who is paid for the licences of a model, or says who is. */
export async function run(
  session: Session,
  [model, named]: readonly string[],
  options: { yes?: boolean },
): Promise<void> {
  const modelId = whole(model!, "<model>");
  if (named === undefined) return show(session, modelId);
  const payee = address(named, "<address>");
  const market = await session.market();
  // nobody is asked about what the registry refuses
  await decodingErrors(() => market.registry.fixPayee.staticCall(modelId, payee));
  await consent(session, options.yes, {
    what: `Have all income of model ${modelId} go to ${payee} for good`,
    means: "It stays so for all versions and whoever holds the title, and nobody can ever change it.",
  });
  const receipt = await session.output.step("Fix the payee", () => market.fixPayee(modelId, payee));
  session.output.result([`${payee} is paid for the licences of model ${modelId} from now on.`], {
    ...{ modelId, payee, fixed: true },
    transaction: transaction(receipt),
  });
}

async function show(session: Session, modelId: bigint): Promise<void> {
  const { registry } = await session.market(await session.provider());
  const [{ creator, createdAt, payeeFixed, versionCount }, payee, window] = await decodingErrors(() =>
    Promise.all([registry.modelInfo(modelId), registry.payeeOfModel(modelId), registry.PAYEE_WINDOW()]),
  );
  const holder = await decodingErrors(() => registry.ownerOf(modelId));
  // a title that was sold leaves nobody who can
  const canFix =
    !payeeFixed && versionCount === 1n && sameAddress(creator, holder) && (await session.now()) <= createdAt + window;
  const who = sameAddress(payee, holder) && !payeeFixed ? `${payee}, who holds the title` : payee;
  const how = payeeFixed
    ? "for good, whoever holds the title"
    : canFix
      ? "until its creator fixes another account, in the model's first week"
      : "as long as the title is held; nobody can fix another account any more";
  session.output.result([`Paid for licences of model ${modelId}: ${who}, ${how}.`], {
    ...{ modelId, payee, fixed: payeeFixed, canFix },
  });
}
