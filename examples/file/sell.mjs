// node sell.mjs FILE CARD PRICE: seals a file, publishes it with its card and offers it at a price, such as 2.5.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { parseUnits } from "ethers";
import { formatVersionId, prepareInto } from "isonomy";

import { connect, run } from "./settings.mjs";

const DAY = 86_400n;

await run(async (path, cardPath, price) => {
  const { deals, keyring, platform, published, token } = await connect();
  const card = JSON.parse(readFileSync(cardPath, "utf8"));

  // the key is on the disk before anything is sealed under it
  const keep = ({ secret, x }) => keyring.add({ kind: "version", secret, x, note: `version of ${basename(path)}` });
  const { size } = statSync(path);
  const sealed = await prepareInto(createReadStream(path), published, platform, { keep, expectedSize: size });

  const described = { ...card, file: { ...card.file, blob: sealed.cid, name: basename(path) } };
  const { versionId } = await deals.market.listModel(described, published, { file: sealed });
  const { termsHash } = await deals.market.createOffer({
    versionId,
    payToken: token.address,
    price: parseUnits(price, token.decimals),
    supply: 1_000n,
    deliveryWindow: DAY,
    complaintWindow: 2n * DAY,
  });
  console.log(JSON.stringify({ version: formatVersionId(versionId), price: `${price} ${token.symbol}`, termsHash }));
});
