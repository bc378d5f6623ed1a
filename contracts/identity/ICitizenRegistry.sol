// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev The phases are 0, 1 and this one.
uint8 constant LAST_PHASE = 2;

/// @notice What an issuer signs. Nothing in it names a person.
/// @param account The account that will hold the credential, and the only one that may present this.
/// @param issuerId Which issuer vouches.
/// @param nullifier A value that is the same for the same person with every issuer of the domain, and reveals nothing.
/// @param claimHash A salted hash of what the issuer knows; zero when there is nothing to commit to.
/// @param validUntil When the credential ends, in Unix time.
/// @param deadline Until when this attestation may be presented, in Unix time.
/// @param nonce The account's next nonce, so that an attestation works once.
struct Attestation {
    address account;
    uint32 issuerId;
    bytes32 nullifier;
    bytes32 claimHash;
    uint48 validUntil;
    uint48 deadline;
    uint256 nonce;
}

/// @notice A credential. One storage slot, the nullifier and the hash.
struct Credential {
    uint48 since; // when it was issued; a renewal keeps it, a new issue replaces it
    uint48 validUntil; // when it ends by itself
    uint48 revokedAt; // when it was revoked or given up; 0 means never
    uint32 issuerId; // the issuer that vouches now; ids start at 1, so 0 means no credential
    bool live; // whether it is part of the issuer's count of live credentials
    bool seasoned; // whether it is part of the count of citizens
    bytes32 nullifier;
    bytes32 claimHash;
}

/// @notice An issuer of credentials.
struct Issuer {
    address signer; // an account, an ERC-1271 contract or an `IPersonhood` adapter
    bool adapter; // whether `signer` is an adapter
    uint48 retiredAt; // when it stopped issuing; 0 means never
    uint48 disavowedAt; // when everything it issued stopped counting; 0 means never
    bytes32 domain; // issuers of one domain share their nullifiers
    uint32 live; // credentials that are neither revoked nor swept as expired
    uint32 seasoned; // of those, the ones counted as citizens
    uint32 liveBefore; // what `live` was when `window` began
    uint16 window; // the window of 30 days, counted from the Unix epoch, in which `live` last changed
}

/// @title ICitizenRegistry
/// @notice One soulbound, expiring, revocable credential per person, and the count of citizens that the bootstrap
/// phases follow.
///
/// Glossary: a credential is *live* from issue to revocation or expiry; it is *seasoned* 30 days after issue; a
/// *citizen* holds a live and seasoned one. A *domain* is a set of issuers that derive the same nullifier for the same
/// person. A *phase* says how much the DAO may decide yet. A *window* is one of the 30-day periods since the Unix
/// epoch.
///
/// Invariants: one nullifier of a domain has at most one live credential; the number of citizens equals the seasoned
/// flags set and not disavowed; the phase never falls; nobody is a citizen by an issuer's word that is younger than 30
/// days; a nullifier never passes to another account while it makes a citizen, unless its issuer or its holder ends the
/// credential.
///
/// Trusted: an issuer for the personhood of those it vouches for, within the limits below. An issuer whose domain is
/// not shared with another's can vouch for a person who already has a credential there: the DAO should appoint issuers
/// of a single domain.
interface ICitizenRegistry {
    /// @notice The DAO named an issuer.
    event IssuerAppointed(uint32 indexed issuerId, address indexed signer, bytes32 indexed domain, bool adapter);
    /// @notice An issuer may not issue any more. What it issued keeps counting.
    event IssuerRetired(uint32 indexed issuerId);
    /// @notice Nothing an issuer vouched for counts any more.
    event IssuerDisavowed(uint32 indexed issuerId, uint32 citizensLost);
    /// @notice A credential was issued; it seasons from now.
    event CredentialIssued(
        address indexed account,
        uint32 indexed issuerId,
        bytes32 indexed nullifier,
        bytes32 claimHash,
        uint48 validUntil
    );
    /// @notice An issuer began to vouch for an account that another issuer vouches for. From `possibleAt` on, in
    /// Unix time, it can take the credential over.
    event ChangeOfIssuerBegun(address indexed account, uint32 indexed issuerId, uint48 possibleAt);
    /// @notice An issuer gave a nullifier that had lately gone to another account to yet another one, whose credential
    /// follows. The credential of `from` ended.
    event NullifierTakenOver(
        bytes32 indexed domain,
        bytes32 indexed nullifier,
        address from,
        address to,
        uint32 indexed issuerId
    );
    /// @notice A live credential was extended; it stays seasoned.
    event CredentialRenewed(address indexed account, uint32 indexed issuerId, bytes32 claimHash, uint48 validUntil);
    /// @notice A credential ended before its time: by its holder, or by its issuer or one that took its nullifier over.
    event CredentialRevoked(address indexed account, uint32 indexed issuerId, bool byHolder);
    /// @notice The number of citizens changed because of `account`.
    event CitizensCounted(address indexed account, bool citizen, uint256 citizens);
    /// @notice The DAO grew into a further phase, which begins in the next second.
    event PhaseReached(uint8 indexed phase, uint256 citizens);
    /// @notice This issuer vouches for more than half of the citizens from now on; with 0, none is recorded to do so
    /// any more.
    event MajorityRecorded(uint32 indexed issuerId);
    /// @notice Nothing that is new to an issuer is issued before `until`.
    event IssuancePaused(uint48 until);

    /// @notice The caller presents an attestation made for another account.
    error CitizenRegistry_NotTheAccount(address caller, address account);
    /// @notice The attestation was to be presented by `deadline`.
    error CitizenRegistry_AttestationExpired(uint48 deadline);
    /// @notice The credential would end in the past or later than `latest`.
    error CitizenRegistry_BadValidity(uint48 validUntil, uint48 latest);
    /// @notice The signature is not one of this issuer over this attestation, on this chain, for this contract.
    error CitizenRegistry_WrongSignature(uint32 issuerId, address signer);
    /// @notice The issuer issues in the other way: by signature or by adapter.
    error CitizenRegistry_WrongKindOfIssuer(uint32 issuerId, bool adapter);
    /// @notice No such issuer, or it may not issue any more.
    error CitizenRegistry_IssuerNotActive(uint32 issuerId);
    /// @notice The person already holds a live credential with another account, and the issuer may not take it over.
    error CitizenRegistry_NullifierInUse(bytes32 domain, bytes32 nullifier, address holder);
    /// @notice The account holds a live credential of another person or of another domain.
    error CitizenRegistry_AccountInUse(address account, bytes32 nullifier);
    /// @notice The issuer added `used` within 30 days and may add `quota`.
    error CitizenRegistry_QuotaReached(uint32 issuerId, uint256 used, uint256 quota);
    /// @notice The issuer vouches for `live` people, which is more than half of `total`, the most there were in this
    /// window and the last.
    error CitizenRegistry_ShareReached(uint32 issuerId, uint256 live, uint256 total);
    /// @notice The guardian paused issuance.
    error CitizenRegistry_IssuancePaused(uint48 until);
    /// @notice The account holds no live credential.
    error CitizenRegistry_NoCredential(address account);
    /// @notice The caller is not the issuer that vouches for this account.
    error CitizenRegistry_NotTheIssuer(address caller, uint32 issuerId);
    /// @notice An issuer needs an address.
    error CitizenRegistry_ZeroSigner();
    /// @notice The address already is an issuer, or was one.
    error CitizenRegistry_SignerInUse(address signer, uint32 issuerId);
    /// @notice There are as many issuers that may issue as there can be.
    error CitizenRegistry_TooManyIssuers(uint256 limit);
    /// @notice The issuer vouches for `seasoned` of the `citizens`, which is not more than half.
    error CitizenRegistry_NoMajority(uint32 issuerId, uint256 seasoned, uint256 citizens);
    /// @notice The conditions of the next phase are not met.
    error CitizenRegistry_PhaseNotReached(uint8 phase, uint256 citizens, uint256 issuers, uint256 largest);

    /// @notice Names an issuer. Restricted: the DAO, in every phase.
    /// @dev
    /// - Reverts with {CitizenRegistry_ZeroSigner} for the zero address.
    /// - Reverts with {CitizenRegistry_SignerInUse} for an address that is or was an issuer.
    /// - Reverts with {CitizenRegistry_TooManyIssuers} past 64 that may issue, and past 8 before phase 2 and while
    ///   `namesIssuersEarly`.
    ///
    /// Emits {IssuerAppointed}. Trusted: the issuer, within its quota and share.
    /// @param signer The account or ERC-1271 contract that signs, or the adapter that verifies.
    /// @param domain Which issuers it shares nullifiers with.
    /// @param adapter Whether `signer` is an {IPersonhood}.
    /// @return issuerId The new issuer's number, from 1.
    function appointIssuer(address signer, bytes32 domain, bool adapter) external returns (uint32 issuerId);

    /// @notice Ends an issuer's right to issue; what it issued runs to its end, and it may still revoke. Restricted.
    /// Irreversible.
    /// @dev
    /// - Reverts with {CitizenRegistry_IssuerNotActive} when it has none.
    ///
    /// Emits {IssuerRetired}.
    function retireIssuer(uint32 issuerId) external;

    /// @notice Voids everything an issuer vouched for, at once, and retires it. Restricted: the DAO, in every phase.
    /// Irreversible.
    /// @dev The count of citizens falls in this call; each holder's units fall when anyone reweighs it. Votes whose
    /// snapshot is earlier keep the citizens they had.
    /// - Reverts with {CitizenRegistry_IssuerNotActive} for an unknown issuer and one disavowed before.
    ///
    /// Emits {IssuerDisavowed}.
    function disavowIssuer(uint32 issuerId) external;

    /// @notice Stops for 7 days everything that is new to an issuer: people, other accounts, and the beginning of a
    /// change of the issuer. Restricted to the guardian. Renewals go on, and so do changes of the issuer that were
    /// begun 90 days before.
    /// @dev
    /// - Reverts with {BoundedPause_TooSoon} within 60 days of the start of the last pause under the same mandate.
    ///   Another mandate, which takes a vote, has its own: see {Mandates}.
    ///
    /// Emits {IssuancePaused}.
    function pauseIssuance() external;

    /// @notice Issues or renews the caller's credential against an issuer's signature.
    /// @dev A renewal (same person, same account, not yet ended) keeps the seasoning; a credential issued after the end
    /// seasons from the start. After a lost key: the issuer revokes, the person presents a new attestation from another
    /// account.
    ///
    /// A change of the issuer takes two visits. In the first, the new issuer begins to vouch, and nothing else changes:
    /// the account keeps the issuer it has, and loses its credential if that one is disavowed. In a second visit, 90
    /// days or more later, the credential becomes the new issuer's, within its quota, and stays seasoned. A visit in
    /// between changes nothing. The new issuer's share is not judged when the issuer that is left is retired.
    ///
    /// For 30 days after a nullifier went to another account, another issuer of the domain may give it to yet another
    /// one, once: an issuer that gave it to another account has no second say until thirty days pass without a change.
    /// The account that had it before all that ends the dispute when it has it again: nobody takes it over any more. So
    /// an issuer that ends a person's credential cannot keep the person out by giving the nullifier to somebody else,
    /// and neither can several.
    /// - Reverts with {CitizenRegistry_NotTheAccount} unless the caller is the account attested.
    /// - Reverts with {CitizenRegistry_AttestationExpired} after the deadline.
    /// - Reverts with {CitizenRegistry_WrongKindOfIssuer} when the issuer is an adapter.
    /// - Reverts with OpenZeppelin's `InvalidAccountNonce` when the attestation was used or is out of turn.
    /// - Reverts with {CitizenRegistry_WrongSignature} when the issuer did not sign this.
    /// - Reverts as `claim` does.
    ///
    /// Emits {CredentialIssued} or {CredentialRenewed}.
    function issue(Attestation calldata attestation, bytes calldata signature) external;

    /// @notice Issues or renews the caller's credential against a proof that an adapter verifies.
    /// @dev
    /// - Reverts with {CitizenRegistry_WrongKindOfIssuer} when the issuer signs instead.
    /// - Reverts with {CitizenRegistry_IssuancePaused} while issuance is paused, unless it renews or ends a change of
    ///   the issuer.
    /// - Reverts with {CitizenRegistry_IssuerNotActive} when the issuer is unknown, retired or disavowed, also when it
    ///   became so while its adapter verified.
    /// - Reverts with {CitizenRegistry_BadValidity} unless the credential ends in the future and within 2 years.
    /// - Reverts with {CitizenRegistry_NullifierInUse} when the person holds a live credential with another account of
    ///   the domain, and the issuer may not take it over.
    /// - Reverts with {CitizenRegistry_AccountInUse} when the account holds somebody else's live credential.
    /// - Reverts with {CitizenRegistry_QuotaReached} when the issuer added max(50, 10 % of the citizens) within 30
    ///   days; a person counts once in them.
    /// - Reverts with {CitizenRegistry_ShareReached} when there are 100 citizens and the issuer vouches for more than
    ///   half of the most people that there were in this window and the last, except by a change away from a retired
    ///   issuer, and unless others added enough in this window: more than two for each one of its own, beyond the most
    ///   that there were in the last window.
    ///
    /// Emits {CredentialIssued}, {CredentialRenewed} or {ChangeOfIssuerBegun}; before them {NullifierTakenOver} and
    /// {CredentialRevoked} when the issuer takes the nullifier over. Updates an account that held the person's last
    /// credential. Trusted: the adapter.
    function claim(uint32 issuerId, bytes calldata proof) external;

    /// @notice Ends a credential. Only the issuer that vouches for it may call.
    /// @dev
    /// - Reverts with {CitizenRegistry_NoCredential} when there is no live one.
    /// - Reverts with {CitizenRegistry_NotTheIssuer} for any other caller.
    ///
    /// Emits {CredentialRevoked}. Votes whose snapshot is earlier keep it.
    function revoke(address account) external;

    /// @notice Gives up the caller's credential and frees the nullifier for another account, which seasons from the
    /// start.
    /// @dev
    /// - Reverts with {CitizenRegistry_NoCredential} when there is no live one.
    ///
    /// Emits {CredentialRevoked}.
    function renounce() external;

    /// @notice Updates the counts for an account whose credential seasoned or expired. Anyone may call; the token does.
    /// @dev Emits {CitizensCounted} when the account starts or stops being a citizen. Never reverts.
    /// @return since When the credential was issued, in Unix time; 0 without one.
    /// @return endsAt When it ends or ended, by expiry, revocation or disavowal, in Unix time.
    /// @return bonusCounts Whether citizens' units count already (from phase 1 on).
    function settle(address account) external returns (uint48 since, uint48 endsAt, bool bonusCounts);

    /// @notice Moves to the next phase when its conditions are met. Anyone may call. Irreversible.
    /// @dev The phase begins in the next second, so that nothing within a transaction or a block sees it change: a
    /// batch whose first call pays somebody is judged to its end by the rules it began under.
    /// - Reverts with {CitizenRegistry_PhaseNotReached} when they are not, and in the last phase.
    ///
    /// Emits {PhaseReached}. Phase 1 takes 100 citizens of 2 issuers; phase 2 takes 1,000 of 3, none with more than
    /// half.
    function advancePhase() external;

    /// @notice Records that an issuer vouches for more than half of the citizens. Anyone may call. The DAO then decides
    /// on issuers without the consent of that issuer's citizens: see `lacksCitizensAt`.
    /// @dev What an issuer gains by itself in the last phase is recorded by itself. This is for the one that comes to
    /// have more than half because others left. The record ends by itself, in the call in which the issuer comes to
    /// have half or less.
    /// - Reverts with {CitizenRegistry_NoMajority} when the issuer vouches for half of the citizens counted now, or
    ///   less, or is unknown.
    ///
    /// Emits {MajorityRecorded}, unless it is recorded already.
    function recordMajority(uint32 issuerId) external;

    /// @notice How far the DAO has grown: 0, 1 or 2. Constant within a second.
    function phase() external view returns (uint8);

    /// @notice The phase at a Unix time. For the present and the past the answer never changes.
    function phaseAt(uint256 timepoint) external view returns (uint8);

    /// @notice The first second of phase 1 or 2; 0 for one that is not reached, and for any other number.
    function phaseBeginsAt(uint8 phase) external view returns (uint48);

    /// @notice Whether issuers are named under the rules of phase 1: before phase 2, and in it when the DAO lacked
    /// citizens in the second before this one. Constant within a second.
    function namesIssuersEarly() external view returns (bool);

    /// @notice Whether the citizens counted at a Unix time in the past cannot be asked for their majority about
    /// issuers: they were fewer than 200, or one issuer was recorded to vouch for more than half of them.
    /// @dev A captured issuer's people need not vote against anything to stop it: it is enough that they never vote. Of
    /// `n` citizens of whom one issuer's `x` never vote, the others can always decide. Where `x` is more than half,
    /// this is true. Where it is not, and this is not true, the others are at least a hundred and at least half, and
    /// fifty of them, or a tenth, are the turnout that it takes.
    function lacksCitizensAt(uint256 timepoint) external view returns (bool);

    /// @notice The issuer that was recorded to vouch for more than half of the citizens at a Unix time in the
    /// past; 0 if none was.
    function majorityAt(uint256 timepoint) external view returns (uint32 issuerId);

    /// @notice How many live credentials there are, of all issuers that are not disavowed. One that expired counts
    /// until anyone settles it.
    function liveTotal() external view returns (uint32);

    /// @notice How many citizens are counted now.
    function citizens() external view returns (uint256);

    /// @notice How many citizens were counted at a Unix time in the past.
    function citizensAt(uint256 timepoint) external view returns (uint256);

    /// @notice Whether an account is a citizen at this moment, counted or not.
    function isCitizen(address account) external view returns (bool);

    /// @notice The credential of an account; all zero without one.
    function credentialOf(address account) external view returns (Credential memory);

    /// @notice An issuer; all zero for an unknown number.
    function issuer(uint32 issuerId) external view returns (Issuer memory);

    /// @notice How many issuers were ever appointed.
    function issuerCount() external view returns (uint32);

    /// @notice Who holds or held a nullifier of a domain last.
    function holderOf(bytes32 domain, bytes32 nullifier) external view returns (address);

    /// @notice What an issuer added within the last 30 days, and what it may add.
    function quotaOf(uint32 issuerId) external view returns (uint256 used, uint256 quota);

    /// @notice The digest an issuer signs (EIP-712).
    function attestationDigest(Attestation calldata attestation) external view returns (bytes32);
}
