import { errorsOf, type Entries } from "../../base/template";

/** What can stand in the way of a deal: its keys, its state, its deadlines. */
export const dealErrors = {
  KEY_NOT_SAVED: {
    message: "The keyring {path} does not hold the key that was just written.",
    reason: "The disk or another program changed the file.",
    fix: "Check the disk and the programs that write to the file; nothing was paid or published with the key.",
  },
  KEYRING_UNWRITABLE: {
    message: "No key can be kept in {path}: {detail}",
    reason: "Its folder cannot be made or written to, or the disk is full; a key that is not kept is lost.",
    fix: "Name a keyring in a place where this account may write; nothing was sealed, published or paid.",
  },
  KEYRING_UNAVAILABLE: {
    message: 'The keyring "{name}" of this page cannot be opened: {detail}',
    reason:
      "A page keeps keys in IndexedDB and encrypts them with WebCrypto; private windows, blocked site data and pages without https have neither.",
    fix: "Open the page over https in an ordinary window that may keep data, or keep the keys elsewhere; nothing was sealed, published or paid.",
  },
  KEY_NOT_KEPT: {
    message: "The keyring {path} has no secret for the point {x}.",
    reason: "The secret was kept in another file, or this is somebody else's deal.",
    fix: "Open the keyring that the purchase or the version was made with. Without it the seller cannot deliver, and the buyer cannot open the file; an undelivered deal refunds after its deadline.",
  },
  KEY_NOT_DELIVERED: {
    message: "The key of deal {id} has not been delivered.",
    reason: "The seller has until {deliverBy:time}.",
    fix: "Wait for the delivery, or call refundUndelivered once the deadline has passed.",
  },
  DEAL_UNKNOWN: {
    message: "{opener} has not opened a deal {id}.",
    reason: "The number is wrong, the client looks at another chain, or a reorg removed the purchase.",
    fix: "Check the network and the receipt; buy again if the purchase is gone.",
  },
  DEAL_NOT_OURS: {
    message: "Deal {id} of {opener} is not a sale of this seller: {detail}",
    reason:
      "Anyone may open a free deal in anyone's name to obtain a key; only a sale under the seller's own offer pays for it.",
    fix: "Do not deliver. If you signed the offer and never listed it, name its file with --signed; otherwise let the deal be refunded.",
  },
  DEAL_NOT_OPEN: {
    message: "Deal {id} is {status}, not open.",
    reason: "It was delivered, declined or refunded in the meantime.",
    fix: "Read the deal again. Nothing was sent.",
  },
  DEAL_NOT_MISSED: {
    message: "Deal {id} is {status}, and no missed delivery can be shown for it.",
    reason:
      "A missed delivery counts only for a paid deal that was still open when its window had passed, and only with an honest pad.",
    fix: "There is nothing to record. Nothing was sent.",
  },
  DEAL_NOT_REFUNDABLE: {
    message: "Deal {id} is {status}, and a proof cannot refund it any more.",
    reason: "It was closed before the proof, or it was delivered and its window for complaints is over.",
    fix: "Prove the version defective without the refund, which ends its sales. Nothing was sent.",
  },
  DEAL_NOT_FINAL: {
    message: "Deal {id} has {confirmations} confirmations of the {needed} that a delivery waits for.",
    reason: "A reorg could still undo the payment after the key is public.",
    fix: "Deliver later.",
  },
  DEADLINE_TOO_CLOSE: {
    message: "Deal {id} must be delivered by {deliverBy:time}, which is less than {margin} seconds away.",
    reason: "A delivery that is mined too late gives the key away for nothing.",
    fix: "Let the deal refund, or deliver with a smaller margin at your own risk.",
  },
} as const satisfies Entries;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const dealError = errorsOf(dealErrors);
