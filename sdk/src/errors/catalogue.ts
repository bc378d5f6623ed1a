import { IsonomyError, type ErrorArgs } from "./error";
import { fill, type Entry } from "./template";

/** Failures that the SDK itself, a node or a wallet raises. */
export const clientErrors = {
  CARD_INVALID: {
    message: "The card cannot be published: {problem}{others}",
    reason: "A card must follow the published schema, because buyers and programs rely on its fields.",
    fix: "{fix}",
  },
  CARD_NOT_JSON: {
    message: "The card is not JSON: {detail}",
    reason: "The bytes are cut short, damaged, or another kind of file.",
    fix: "Check the file with any JSON tool, or fetch it again.",
  },
  CARD_TOO_LARGE: {
    message: "The card is {size} bytes long and may be at most {limit}.",
    reason: "A card must fit one block of a store, so that nobody downloads more than they agreed to.",
    fix: "Shorten the longest texts and point to their full form instead.",
  },
  CARD_HASH_MISMATCH: {
    message: "The card's hash is {actual}, but the registry keeps {expected}.",
    reason: "The card was changed after it was published, or this is the card of another version.",
    fix: "Do not rely on this card; fetch it by the CID that the version names.",
  },
  BLOB_CID_INVALID: {
    message: 'The content identifier "{cid}" cannot be read: {detail}',
    reason: "The text is cut short, mistyped, or of a kind this store does not keep (CIDv1 with SHA-256).",
    fix: "Copy the identifier again from the version or the receipt.",
  },
  BLOB_MISSING: {
    message: "Block {block} of {cid} is not in the store.",
    reason: "The content was never put into this store, or part of it was deleted.",
    fix: "Put the content into the store again, or use a store that holds all of it.",
  },
  BLOB_CORRUPTED: {
    message: "Block {block} of {cid} does not match its hash.",
    reason: "The stored bytes were changed or cut short after they were written.",
    fix: "Delete the block and put the content into the store again.",
  },
  BLOB_TOO_LARGE: {
    message: "{cid} is longer than the {limit} bytes that were asked for.",
    reason: "The store holds something larger than what its publisher promised.",
    fix: "Do not rely on it, or read it as a stream.",
  },
  BLOB_NOT_A_FILE: {
    message: "{cid} is not a file.",
    reason: "The identifier names a directory, or data that is not UnixFS.",
    fix: "Use the identifier of the file itself.",
  },

  FILE_LOCKED: {
    message: "{path} is in use by process {pid} on {host}.",
    reason: "Another command reads and writes the same file, and two at once would lose what one of them wrote.",
    fix: "Wait until it ends, or end it; then run this one again.",
  },
  LOCK_LOST: {
    message: "{path} was taken over by another process.",
    reason: "This one was suspended, or its disk was out of reach, for so long that it counted as dead.",
    fix: "Look at what the other one did, then run this one again; nothing more was written.",
  },
  FILE_EXPOSED: {
    message: "The file {path} is open to others (mode {mode}).",
    reason: "It holds a key or a password, and other accounts of this machine may read or change it.",
    fix: "Run `chmod 600 {path}`; if others may have read it, change what is in it. Where its mode cannot be changed, as in a mounted volume, ISONOMY_FILE_ACCESS names the reason (docs/seller.md).",
  },
  FILE_ACCESS_UNKNOWN: {
    message: "{name} cannot be {value}.",
    reason: "It names the one reason for which files of keys may be open to others than their owner.",
    fix: "Choose one of {choice}, or leave it empty: then such files are refused.",
  },
  FILE_MOUNTED: {
    message: "{path} can be changed but not be replaced as a whole.",
    reason:
      "It is a mount of its own, as when a container is given one file; a crash in the middle of a change would lose what it holds.",
    fix: "Mount the folder that holds it instead, and name the file in that folder; what was there before is unchanged.",
  },
  LOCK_INVALID: {
    message: "What is at {path} is no lock of this program: {detail}",
    reason: "A lock is a small file that a command makes and removes again; something else has its name.",
    fix: "Find out what it is for, and remove it when nothing needs it; nothing was written.",
  },
  FILE_NOT_REGULAR: {
    message: "{path} is not a regular file.",
    reason: "It is a folder, a pipe, a socket or a device, which could be read for ever.",
    fix: "Give the path of a file; what comes out of a pipe has to be written into one first.",
  },
  FILE_TOO_LONG: {
    message: "The file {path} is longer than {limit} bytes.",
    reason: "It is another kind of file than was expected.",
    fix: "Check the path.",
  },
  KEY_NOT_SAVED: {
    message: "The keyring {path} does not hold the key that was just written.",
    reason: "The disk or another program changed the file.",
    fix: "Check the disk and the programs that write to the file; nothing was paid or published with the key.",
  },
  ENDPOINT_INVALID: {
    message: 'The address "{address}" is not one of a server.',
    reason: "A node, a store or a webhook is named by an HTTP address.",
    fix: "Write one address, not a list, as http://host:port or https://host, with a path where the server has one; nothing was sent.",
  },
  IPFS_UNREACHABLE: {
    message: "The IPFS node does not answer at {api}: {detail}.",
    reason: "It is not running, its API listens elsewhere, or the connection was lost.",
    fix: "Start the node, or give the address of its API; then put the content again.",
  },
  IPFS_REFUSED: {
    message: "The IPFS node refused a call at {api}: {detail}.",
    reason: "Its API is restricted, its disk is full, or it is too old for the settings that were asked for.",
    fix: "Read what it answered, and update or configure the node.",
  },
  IPFS_OTHER_CID: {
    message: "The IPFS node stored something else at {api}: {detail}.",
    reason: "It cut the file in another way than asked, or the bytes changed on the way.",
    fix: "Use a node that knows max-file-links, or keep the content in a folder store.",
  },
  INSUFFICIENT_FUNDS: {
    message: "The account cannot pay for this transaction.",
    reason: "Its native balance is below the value sent plus the highest gas fee.",
    fix: "Send native coin to the account, or send a smaller value.",
  },
  TOKEN_BALANCE_TOO_LOW: {
    message: "{account} has {balance} of the token {token} and needs {needed}, in its smallest unit.",
    reason: "The account does not hold what would be taken from it.",
    fix: "Send the account more of the token, or choose a smaller amount; nothing was sent.",
  },
  FEE_ABOVE_LIMIT: {
    message: "The transaction could cost {fee} in native coin for its gas, and the limit is {limit}.",
    reason: "The node names the price and the amount of gas: the network is crowded, or the node is not to be trusted.",
    fix: "Compare the price of gas with another source, then wait, or raise the limit (maxFee; --max-fee on the command line); nothing was signed.",
  },
  TIP_ABOVE_LIMIT: {
    message: "The transaction would pay a tip of {tip} gwei for each unit of gas, and the limit is {limit}.",
    reason:
      "The node names the tip, and whoever builds the block gets it: the network is crowded, or the node is not to be trusted.",
    fix: "Compare the tip with another source, then wait, or raise the limit (maxTip; --max-tip on the command line); nothing was signed.",
  },
  NONCE_EXPIRED: {
    message: "The transaction's number was already used by this account.",
    reason: "Another transaction of the same account was sent in the meantime, or the node was restarted.",
    fix: "Send it again; in a wallet that remembers a restarted local chain, reset the account first.",
  },
  REPLACEMENT_UNDERPRICED: {
    message: "The transaction would replace a waiting one but does not pay enough more.",
    reason: "The account has a waiting transaction with the same number.",
    fix: "Wait for the first one, or raise the fee by at least a tenth.",
  },
  TRANSACTION_KNOWN: {
    message: "The node has this transaction already.",
    reason: "It was sent before, and its answer was lost or the call was repeated.",
    fix: "Look it up by its hash; do not sign another one.",
  },
  NONCE_TOO_HIGH: {
    message: "The transaction's number is ahead of the account's next one.",
    reason: "A transaction with a lower number was dropped or never sent, or the node is behind.",
    fix: "Send the missing one first; in a wallet that remembers a restarted local chain, reset the account.",
  },
  FEE_TOO_LOW: {
    message: "The transaction pays less for gas than the network asks now.",
    reason: "The base fee rose since it was signed, or the node asks for a minimum.",
    fix: "Send it again with the current fees.",
  },
  FEE_ABOVE_NODE_CAP: {
    message: "The transaction's fee is above the cap that the node is set to.",
    reason: "The node protects its users from a mistyped fee.",
    fix: "Check the fee; raise the node's cap only when the fee is meant.",
  },
  GAS_LIMIT_TOO_LOW: {
    message: "The transaction's gas limit does not cover its own data.",
    reason: "The limit was set by hand, or estimated for another call.",
    fix: "Leave the gas limit out, so that it is estimated.",
  },
  GAS_LIMIT_TOO_HIGH: {
    message: "The transaction's gas limit is above what the chain or the node allows.",
    reason: "The limit was set by hand, or the call does more than fits one block.",
    fix: "Lower the gas limit, or split the call.",
  },
  POOL_FULL: {
    message: "The node does not take the transaction now.",
    reason: "Its pool is full, it is not in sync yet, or this account has too many transactions waiting.",
    fix: "Send the very same transaction again later: look it up by its hash before signing another one.",
  },
  TRANSACTION_REPLACED: {
    message: "The transaction {hash} was replaced by {replacement}, which does something else.",
    reason: "The account sent another transaction with the same number and a higher fee.",
    fix: "Look at {replacement} before trying again; the first transaction can never be mined any more.",
  },
  TRANSACTION_CANCELLED: {
    message: "The transaction {hash} was cancelled by {replacement}.",
    reason: "The account sent itself nothing with the same number, which is how a wallet cancels.",
    fix: "Send it again when it is wanted after all; nothing but the fee of the cancellation was spent.",
  },
  TRANSACTION_DROPPED: {
    message: "The node has not had the transaction {hash} for {seconds} seconds, and its number is still free.",
    reason: "The node forgot it, its fee was too low to be kept, or it was sent past the node to a private relay.",
    fix: "Look {hash} up, then send it again: with the same number only one of both can be mined.",
  },
  TRANSACTION_UNCONFIRMED: {
    message:
      "The transaction {hash} of {account}, number {nonce}, was sent, and what became of it is not known after {seconds} seconds.",
    reason: "Its fee is too low for the blocks since, or the node stopped answering.",
    fix: "Look {hash} up before anything is sent again: it may still be mined. Until that is decided send only with the same number, {nonce}, of which one transaction can be mined; a wallet can speed it up or cancel it.",
  },
  TRANSACTION_MAYBE_SENT: {
    message: "The transaction of {account} may have been sent, and its hash is not known: {detail}",
    reason:
      "The wallet or the node that signs failed after it was asked to send, and its answer says neither yes nor no.",
    fix: "Look at the wallet's activity, and whether {account} has used its number {nonce}, before anything is sent again: a second transaction would do the same twice.",
  },
  USER_REJECTED: {
    message: "The wallet's owner declined to sign.",
    reason: "The request was closed or refused in the wallet.",
    fix: "Ask again when the owner is ready; nothing was sent.",
  },
  NETWORK_UNREACHABLE: {
    message: "The node does not answer.",
    reason: "It is not running, its address is wrong, or the connection was lost.",
    fix: "Check the node and its address. A transaction already sent may still be mined: look it up before sending it again.",
  },
  NETWORK_CHANGED: {
    message: "The wallet changed from chain {before} to chain {after}.",
    reason: "Its owner or another page switched the network, and a provider of ethers keeps to the one it began with.",
    fix: "Switch the wallet back to chain {before}; or make the provider and the client anew, with the addresses of chain {after}. Look up a transaction that was on its way.",
  },
  TIMEOUT: {
    message: "The node did not answer in time.",
    reason: "It is overloaded, or the transaction is not mined yet.",
    fix: "Look the transaction up before sending it again.",
  },
  NODE_BUSY: {
    message: "The node asks to be asked later: {detail}",
    reason:
      "It allows so many requests in a time, or it is overloaded; it went on saying so while the request was repeated.",
    fix: "Wait some minutes before reading again, or name a node that allows more requests. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  NODE_BEHIND: {
    message: "The node has not reached the block it was asked about: {detail}",
    reason: "Several nodes answer at its address and one is behind, or it is not synchronised.",
    fix: "Read again once it has caught up, or name another node.",
  },
  NODE_FAILED: {
    message: "The node could not carry out the request: {detail}",
    reason:
      "It has a fault of its own, or something between it and this program answered in its place; that says nothing about the contract.",
    fix: "Wait and read again, or name another node. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  RANGE_REFUSED: {
    message: "The node answers for no range of blocks that is asked for: {detail}",
    reason: "It refused ever smaller ranges of events, down to one block.",
    fix: "Name a node that serves eth_getLogs for this chain.",
  },
  BATCH_REFUSED: {
    message: "The node takes no batch of requests: {detail}",
    reason: "It allows one request at a time, and the provider sent several in one.",
    fix: "Make the provider with `batchMaxCount: 1`, or name another node.",
  },
  ANSWER_MISSING: {
    message: "The node left a request without an answer.",
    reason: "It dropped a part of a batch, or something between it and this program did.",
    fix: "Read again, or name another node. A transaction that was on its way may have been taken: look it up before sending it again.",
  },
  PROVIDER_MISSING: {
    message: "The account is not connected to a node.",
    reason: "The client was made with a signer that has no provider, or with one that cannot do this.",
    fix: "Connect the signer to a provider; nothing was sent.",
  },
  CONTRACT_MISSING: {
    message: "There is no {name} at {address} on chain {chainId}.",
    reason: "The addresses belong to another network, or the wallet is on another one.",
    fix: "Switch the wallet to the deployment's network, or take the addresses of chain {chainId}; nothing was sent.",
  },
  CONTRACT_FOREIGN: {
    message: "The contract at {address} on chain {chainId} is not the {name} of this deployment: {detail}",
    reason: "The addresses are mixed from several deployments or networks, or one of them is wrong.",
    fix: "Take all addresses from the file of one deployment; nothing was sent.",
  },
  NOT_A_CONTRACT: {
    message: "The address does not answer as the expected contract.",
    reason: "Nothing is deployed there on this network, or it is another contract.",
    fix: "Check the address and the network against the deployment.",
  },
  EVENT_MISSING: {
    message: "The transaction {hash} left no {event} at {address}.",
    reason: "The address is not the contract that was expected, or the contract is of another release.",
    fix: "Check the addresses and the network against the deployment, then look the transaction up.",
  },
  CONTRACT_REVERTED: {
    message: "A contract refused the call: {reason}",
    reason: "It stated a reason of its own, which is not one of this protocol's errors.",
    fix: "Read the reason; it usually comes from the pay token or from another contract in the call.",
  },
  CONTRACT_PANICKED: {
    message: "A contract stopped with panic code {code}.",
    reason: "Solidity's own checks failed, such as an overflow, a division by zero or an index out of range.",
    fix: "Check the amounts of the call; if they are sound, report the call as a fault.",
  },
  CONTRACT_ERROR_UNKNOWN: {
    message: "A contract refused the call with data {data}.",
    reason: "The data is none of this protocol's errors; a token or another contract in the call may have raised it.",
    fix: "Look the first four bytes up in that contract's ABI.",
  },
  CONTRACT_REVERTED_SILENTLY: {
    message: "A contract refused the call without a reason.",
    reason: "The call ran out of gas, reached a function that does not exist, or met a token that gives no reason.",
    fix: "Raise the gas limit, and check the addresses of the call.",
  },
  NO_ROUTE: {
    message: "No path of pools leads from {tokenIn} to {tokenOut} for this amount.",
    reason: "No pool joins the tokens within four hops, or those that do are too shallow for the amount.",
    fix: "Try a smaller amount or another token, or add liquidity to a pool between them.",
  },
  SWAP_WITHOUT_BOUND: {
    message: "The trade was not sent, because nothing would bound its outcome.",
    reason: "The quote is zero, and whoever orders the transactions could leave a trade without a bound with nothing.",
    fix: "Trade an amount that is worth at least one unit of what comes out.",
  },
  SWAP_TOO_DEAR: {
    message: "The price takes {amountIn} of {tokenIn} at the cheapest route, and at most {maxSpent} may be spent.",
    reason: "The pools on the way are shallow for this amount, or the token is worth less than the bound assumes.",
    fix: "Pay in the offer's own token, wait for deeper pools, or raise the bound; nothing was sent.",
  },
  SHARES_MISSING: {
    message: "{account} has no shares of pool {poolId}.",
    reason: "It deposited nothing there, or redeemed or sent away what it had.",
    fix: "Check the tokens, the fee tier and the account; nothing was sent.",
  },
  SLIPPAGE_OUT_OF_RANGE: {
    message: "A slippage of {slippageBps} basis points is outside 0 to {maximum}.",
    reason: "A bound that lets half of a trade be lost protects from nothing.",
    fix: "Choose 10 to 100 basis points for an ordinary pool.",
  },
  WRONG_NETWORK: {
    message: "The node is on chain {actual}, but chain {expected} was expected.",
    reason:
      "The address of the node or the addresses belong to another network, or the wallet switched to another one.",
    fix: "Switch to chain {expected}, or take the deployment of chain {actual}; nothing was sent.",
  },
  ADDRESS_MISSING: {
    message: "The addresses name no {name}.",
    reason: "They are those of a part of a deployment, or of another release.",
    fix: "Take the addresses of a whole deployment.",
  },
  PROPOSAL_MALFORMED: {
    message: 'The proposal "{title}" cannot be sent: {detail}',
    reason: "Its file asks for something that the governor does not take.",
    fix: "Correct the file; nothing was sent.",
  },
  SIGNATURE_INVALID: {
    message: "The signature cannot be used: {detail}",
    reason:
      "A key's signature has 65 bytes, or 64 in the short form of EIP-2098; only a contract's account has another.",
    fix: "Sign again with the account's own key, or copy the whole signature; nothing was sent.",
  },
  SIGNATURE_DELEGATED: {
    message: "The account {account} is delegated to the code at {delegate}, which does not accept this signature.",
    reason:
      "The code of an account decides what its signatures are (ERC-1271), and its key alone no longer does: also when " +
      "the code is there by EIP-7702.",
    fix: "List the offer on chain instead, end the delegation, or delegate to code that accepts what the account's key signs.",
  },
  PERMIT_UNSUPPORTED: {
    message: "{token} cannot be paid with a permit: {detail}",
    reason: "A permit is a signature by ERC-2612 in the token's own domain, and not every token knows them.",
    fix: "Pay with an allowance: purchase approves the price and no more. Nothing was signed.",
  },
  SIGNING_DOMAIN_FOREIGN: {
    message: "{verifier} asks for signatures for {verifyingContract} on chain {chainId}.",
    reason: "It announces a signing domain that is not its own, so a signature for it would count elsewhere.",
    fix: "Do not sign for it. Pay with an allowance, or in a token that you know; nothing was signed.",
  },
  SPONSORED_REQUEST_INVALID: {
    message: "The request to sponsor is not one for a purchase: {detail}",
    reason: "A sponsor pays the gas of whatever it sends, and strangers sign what they like.",
    fix: "Ask for one that signSponsored made; nothing was sent.",
  },
  SIGNER_MISSING: {
    message: "This needs an account that signs.",
    reason: "The client was made with a provider, which can only read.",
    fix: "Connect the client to a signer.",
  },
  DELIVERY_UNDECIDED: {
    message: "Version {versionId} has a file of {size} bytes, and the offer does not say whether its key is owed.",
    reason: "Without a delivery window a licence is sold at once, and no buyer gets the file.",
    fix: "Give deliveryWindow in seconds, or 0 to sell licences alone; nothing was sent.",
  },
  WINDOW_MISSING: {
    message: "The offer of version {versionId} does not say whether the key of its file is owed.",
    reason: "Without a delivery window a licence is sold at once, and of a version with a file no buyer gets the file.",
    fix: "Give deliveryWindow in seconds as a bigint, or 0n to sell licences alone; nothing was sent.",
  },
  EPOCH_NOT_CURRENT: {
    message: "The offer is for epoch {epoch} of signatures, and the account is in epoch {current}.",
    reason: "A signed offer counts in its own epoch only; `revokeAllSigned` starts the next one.",
    fix: "Leave epoch out, so that the present one is taken; nothing was signed.",
  },
  KEY_SHARED: {
    message: "The key of version {versionId} is also the key of version {other}.",
    reason: "What is delivered for one of them opens the file of the other, whatever that one costs.",
    fix: "Do not offer it; seal the file under a fresh key and publish that as a new version. Nothing was sent.",
  },
  KEYRING_UNWRITABLE: {
    message: "No key can be kept in {path}: {detail}",
    reason: "Its folder cannot be made or written to, or the disk is full; a key that is not kept is lost.",
    fix: "Name a keyring in a place where this account may write; nothing was sealed, published or paid.",
  },
  KEY_NOT_KEPT: {
    message: "The keyring {path} has no secret for the point {x}.",
    reason: "The secret was kept in another file, or this is somebody else's deal.",
    fix: "Open the keyring that the purchase or the version was made with. Without it the seller cannot deliver, and the buyer cannot open the file; an undelivered deal refunds after its deadline.",
  },
  KEY_NOT_DELIVERED: {
    message: "The key of deal {id} has not been delivered.",
    reason: "The seller has until {deliverBy} (seconds since 1970).",
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
      "Anyone may open a deal in anyone's name, for nothing, to be given a key; only a sale under one's own offer pays for it.",
    fix: "Do not deliver. When you signed the offer and never listed it, bring it along; otherwise let the deal refund.",
  },
  DEAL_NOT_OPEN: {
    message: "Deal {id} is {status}, not open.",
    reason: "It was delivered, declined or refunded in the meantime.",
    fix: "Read the deal again. Nothing was sent.",
  },
  DEAL_NOT_MISSED: {
    message: "Deal {id} is {status}, and no missed delivery can be shown for it.",
    reason: "Only a paid deal counts that was still open when its window had passed, and only with an honest pad.",
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
    message: "Deal {id} must be delivered by {deliverBy}, which is less than {margin} seconds away.",
    reason: "A delivery that is mined too late gives the key away for nothing.",
    fix: "Let the deal refund, or deliver with a smaller margin at your own risk.",
  },
  ADDRESS_INVALID: {
    message: '"{address}" is not an address ({name}).',
    reason: "It is mistyped, cut short, a name, or its mixed case is not the checksum of its digits.",
    fix: "Copy the address again: 0x and 40 hexadecimal digits, or an ICAP code. Names are not looked up; nothing was sent.",
  },
  ARGUMENT_INVALID: {
    message: "An argument cannot be used: {detail}",
    reason: "Its type or its range does not fit what the contract expects.",
    fix: "Correct the argument; nothing was sent.",
  },
  UNEXPECTED: {
    message: "Something unexpected failed: {detail}",
    reason: "No known failure fits it.",
    fix: "Read the error that was caught, in its `cause`.",
  },
} as const satisfies Record<string, Entry>;

export type ClientErrorCode = keyof typeof clientErrors;

/** Builds an error of the SDK from its entry. */
export function fail(code: ClientErrorCode, args: ErrorArgs = {}, cause?: unknown): IsonomyError {
  return new IsonomyError(fill(code, clientErrors[code], args), cause);
}
