import { isIsonomyError, type IsonomyError } from "../base/error";
import { errorsOf, type Entries } from "../base/template";

/** What a server for licensees answers when it does not serve, and what its clients find wrong with answers. */
export const serverErrors = {
  REQUEST_MALFORMED: {
    message: "The request cannot be read: {detail}",
    reason: "Its path, method or body does not have the form that this server expects.",
    fix: "Correct the request; nothing was served.",
  },
  REQUEST_TOO_LARGE: {
    message: "The body of the request is longer than {limit} bytes.",
    reason: "The server bounds what it reads from people whom it does not know yet.",
    fix: "Send no more than a challenge with its signature.",
  },
  CHALLENGE_UNKNOWN: {
    message: "This server did not issue that challenge.",
    reason: "A field was changed, or it comes from another server, another chain or an earlier run of this server.",
    fix: "Ask for a new challenge, sign it as it is and send it once.",
  },
  CHALLENGE_EXPIRED: {
    message: "The challenge has expired.",
    reason: "A challenge is accepted for {seconds} seconds after it was issued.",
    fix: "Ask for a new challenge, sign it as it is and send it once.",
  },
  CHALLENGE_USED: {
    message: "The challenge was used before.",
    reason: "Each challenge opens one session.",
    fix: "Ask for a new challenge, sign it as it is and send it once.",
  },
  CHALLENGE_UNSIGNED: {
    message: "The challenge was not signed by {user}.",
    reason:
      "Another key signed it, or a device did in a form that its verifier does not take; or it was signed for another chain, another server or with other fields.",
    fix: "Sign with the account or the device that the challenge was issued for, and with a device in the form of its verifier.",
  },
  NOT_LICENSED: {
    message: "{user} may not use licence {licenseId} here.",
    reason:
      "It does not exist, has ended, is in dispute, is for another model, or belongs to somebody else who gave no seat.",
    fix: "Buy or renew a licence for this model, or ask its holder for a seat.",
  },
  SESSION_MISSING: {
    message: "The request has no session.",
    reason: "Only licensees are served, and a session shows that one of them signed a challenge.",
    fix: "Ask for a challenge, sign it, and send the token as `Authorization: Bearer <token>`.",
  },
  SESSION_INVALID: {
    message: "This server did not open that session.",
    reason: "The token was changed, or it comes from another server or from before a change of its secret.",
    fix: "Ask for a challenge, and sign it.",
  },
  SESSION_EXPIRED: {
    message: "The session has ended.",
    reason: "Sessions are short, so that a stolen token is of little use.",
    fix: "Ask for a challenge, and sign it.",
  },
  RIGHT_UNKNOWN: {
    message: "The server could not find out whether the licence may be used.",
    reason: "The node that it asks does not answer, answers for another chain, or is behind.",
    fix: "Try again shortly; the operator is told the cause.",
  },
  SERVER_BUSY: {
    message: "The server has too much to do at the moment.",
    reason: "It bounds the work that it accepts at a time.",
    fix: "Try again shortly.",
  },
  UNITS_UNPAID: {
    message: "A voucher of slot {slot} for {units} units in all is needed; {used} are used, and {paid} are signed for.",
    reason: "What is used is signed for first, and the last voucher does not cover this request.",
    fix: "Sign a voucher for {units} units or more, good until {validUntil} (Unix time) or later, and send it in the header `isonomy-voucher`.",
  },
  UNITS_EXHAUSTED: {
    message: "Licence {licenseId} has {left} units that nothing was signed for, which is too few.",
    reason: "All that was bought is used or signed for, by this key or another of the licence.",
    fix: "Buy more units for the licence, then send the same voucher again.",
  },
  VOUCHER_REFUSED: {
    message: "The voucher is not accepted: {detail}",
    reason:
      "A server takes only vouchers that it can redeem: of a key of the channel, in its cap, and for long enough.",
    fix: "Sign one with a key of the channel, good until {validUntil} (Unix time) or later.",
  },
  CHANNEL_UNUSABLE: {
    message: "Licence {licenseId} has no open channel that pays this server.",
    reason: "It was not sold by the unit, its channel was closed, or it names another node.",
    fix: "Buy a licence by the unit of the node that you ask.",
  },
  VOUCHERS_UNSAVED: {
    message: "The server cannot write down what is used.",
    reason: "Its disk is full or fails, so it serves nothing that it could not redeem.",
    fix: "Try again later with the same voucher; the operator is told the cause.",
  },
  VOUCHERS_DAMAGED: {
    message: "The vouchers in {path} cannot be read.",
    reason: "The file was edited or cut short, or it is from another release.",
    fix: "Put a copy of it back; without one, move it away, and what was not redeemed is lost.",
  },
  PAYMENT_REFUSED: {
    message: "The server at {origin} asks for {units} units in all, and {limit} are allowed now.",
    reason: "This client signs no more than its settings allow at a time and in all.",
    fix: "Compare with what you used; raise the limits if it is right, and do not use this server if it is not.",
  },
  PAYMENT_TOO_LONG: {
    message: "The server at {origin} asks for a voucher until {validUntil} (Unix time), more than {days} days ahead.",
    reason: "A voucher can be redeemed until it ends, and a server that redeems in time needs none for so long.",
    fix: "Check the clock of this machine; if it is right, do not use this server. Nothing was signed.",
  },
  CHALLENGE_FOREIGN: {
    message: "The server at {origin} asked for a signature that would be good elsewhere, or for something else.",
    reason: "A challenge has to name the server that is asked, the licence, the chain and you; this one does not.",
    fix: "Do not use this server; nothing was signed.",
  },
  ANSWER_UNKNOWN: {
    message: "The server at {origin} answered with status {status}, in a form that is not known here.",
    reason: "It is no server for licensees at this path, it failed, or something between you and it answered.",
    fix: "Check the address and the path; if they are right, ask the operator.",
  },
  SERVER_FAILED: {
    message: "The server failed to answer.",
    reason: "Something unexpected happened inside it, and its operator is told.",
    fix: "Try again; if it fails again, ask the operator.",
  },
} as const satisfies Entries;

/** The code of such a failure. */
export type ServerErrorCode = keyof typeof serverErrors;

/** Builds one of them from its code, the values of its sentences, and what was caught. */
export const serverError = /* @__PURE__ */ errorsOf(serverErrors);

/** A request that is not what was expected; nothing of it is repeated. */
export const malformed = (detail: string): Error => serverError("REQUEST_MALFORMED", { detail });

/** The status of HTTP that each of them is answered with; those of clients have none. */
const STATUS: Readonly<Partial<Record<ServerErrorCode, number>>> = {
  REQUEST_MALFORMED: 400,
  REQUEST_TOO_LARGE: 413,
  CHALLENGE_UNKNOWN: 401,
  CHALLENGE_EXPIRED: 401,
  CHALLENGE_USED: 401,
  CHALLENGE_UNSIGNED: 401,
  NOT_LICENSED: 403,
  SESSION_MISSING: 401,
  SESSION_INVALID: 401,
  SESSION_EXPIRED: 401,
  RIGHT_UNKNOWN: 503,
  SERVER_BUSY: 503,
  UNITS_UNPAID: 402,
  UNITS_EXHAUSTED: 402,
  VOUCHER_REFUSED: 402,
  CHANNEL_UNUSABLE: 403,
  VOUCHERS_UNSAVED: 503,
  SERVER_FAILED: 500,
};

/** The status of a failure; undefined for one that says nothing to the other side of the connection. */
export function statusOf(error: unknown): number | undefined {
  if (!isIsonomyError(error) || !Object.hasOwn(STATUS, error.code)) return undefined;
  return STATUS[(error as IsonomyError<ServerErrorCode>).code];
}
