// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {BPS} from "../utils/Bps.sol";
import {BoundedPause} from "../utils/BoundedPause.sol";
import {Attestation, Credential, ICitizenRegistry, Issuer, LAST_PHASE} from "./ICitizenRegistry.sol";
import {IPersonhood} from "./IPersonhood.sol";
import {IReweigh} from "./IReweigh.sol";

/// @title CitizenRegistry
/// @notice See {ICitizenRegistry}: purpose, glossary, invariants, trusted parties.
contract CitizenRegistry is ICitizenRegistry, AccessManaged, BoundedPause, EIP712, Nonces, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace208;
    using RateLimiter for RateLimiter.SlidingWindow;

    /// @dev Two slots: 160 + 48 + 48, and 160 bits. Who holds or held a nullifier last; when it went to another account
    /// last, 0 if it never did or if that was undone; when it did so for the first time without thirty quiet days
    /// since; and who had it until then.
    struct Holding {
        address account;
        uint48 changedAt;
        uint48 disputedSince;
        // slot
        address before;
    }

    /// @dev One slot: 48 + 48 bits. When an issuer last added a nullifier within its quota, and when it last gave it to
    /// another account.
    struct Vouching {
        uint48 addedAt;
        uint48 gaveAt;
    }

    /// @dev One slot: 32 + 48 bits. The issuer that an account wants to change to, and when that issuer first vouched
    /// for it.
    struct Change {
        uint32 issuerId;
        uint48 begunAt;
    }

    /// @dev One slot: 32 + 32 + 32 + 16 bits. Live credentials of all issuers that are not disavowed, the most that
    /// there were in a window of 30 days, and in the one before; and which window that is, counted from the Unix epoch.
    struct LiveTotal {
        uint32 live;
        uint32 most;
        uint32 mostBefore;
        uint16 window;
    }

    /// @notice Seconds a credential must have existed before it makes a citizen.
    uint48 public constant SEASONING = 30 days;
    /// @notice Seconds another issuer must have vouched before it takes a credential over. Longer than any disavowal,
    /// from its proposal to its execution: 70 days with the longest voting delay, voting period and extensions, and
    /// four times the wait. So nobody who begins to change when a disavowal is proposed escapes it, and twenty days are
    /// left to see it and to propose.
    uint48 public constant CHANGE_PERIOD = 90 days;
    /// @notice Longest validity of a credential, in seconds; then its holder must be attested again.
    uint48 public constant MAX_VALIDITY = 730 days;
    /// @notice Window of an issuer's quota, in seconds.
    uint48 public constant QUOTA_WINDOW = 30 days;
    /// @notice How long after a nullifier went to another account an issuer of its domain may give it to yet another
    /// one. No credential seasons sooner, so nobody who was counted loses it.
    uint48 public constant TAKEOVER_WINDOW = SEASONING;
    /// @notice What an issuer may always add within the window.
    uint256 public constant QUOTA_FLOOR = 50;
    /// @notice What an issuer may add within the window, as a part of the citizens.
    uint256 public constant QUOTA_BPS = 1_000;
    /// @notice Maximum number of active issuers. Retiring or disavowing one frees its place.
    uint32 public constant MAX_ISSUERS = 64;
    /// @notice The same before the last phase: twenty issuers could register a thousand people in a month and reach
    /// that phase before a vote could disavow them.
    uint32 public constant MAX_EARLY_ISSUERS = 8;
    /// @notice Citizens that phase 1 takes; from this many on, an issuer stops at half of all.
    uint256 public constant PHASE_1_CITIZENS = 100;
    /// @notice Issuers that phase 1 takes.
    uint256 public constant PHASE_1_ISSUERS = 2;
    /// @notice Citizens that phase 2 takes.
    uint256 public constant PHASE_2_CITIZENS = 1_000;
    /// @notice Issuers that phase 2 takes.
    uint256 public constant PHASE_2_ISSUERS = 3;
    /// @notice With fewer citizens than this, issuers are named as in phase 1. Fifty have to vote for a majority of
    /// theirs, see `BallotBox.TURNOUT_FLOOR`. Where half of all never vote, because their issuer invented them, that is
    /// still no more than half of the others.
    uint256 public constant LEAST_CITIZENS = 200;

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address account,uint32 issuerId,bytes32 nullifier,bytes32 claimHash,uint48 validUntil,"
        "uint48 deadline,uint256 nonce)"
    );

    /// @notice Notified of every change; holds the units that depend on it.
    IReweigh public immutable TOKEN;

    /// @dev When phases 1 and 2 begin, in Unix time; 0 while they are out of reach.
    uint48 private _phase1At;
    uint48 private _phase2At;
    /// @inheritdoc ICitizenRegistry
    uint32 public issuerCount;
    /// @notice When the last pause of issuance ends or ended, in Unix time.
    uint48 public pausedUntil;
    /// @dev Issuers that may issue.
    uint32 private _activeIssuers;
    /// @dev The issuer that is recorded to vouch for more than half of the citizens; 0 for none. True whenever it is
    /// not 0.
    uint32 private _majority;
    LiveTotal private _total;

    mapping(uint32 issuerId => Issuer) private _issuers;
    mapping(address signer => uint32 issuerId) private _issuerOf;
    mapping(address account => Credential) private _credentials;
    mapping(bytes32 domain => mapping(bytes32 nullifier => Holding)) private _holders;
    mapping(address account => Change) private _changes;
    mapping(uint32 issuerId => mapping(bytes32 nullifier => Vouching)) private _vouchings;
    RateLimiter.SlidingWindow private _additions;
    Checkpoints.Trace208 private _citizens;
    Checkpoints.Trace208 private _majorities;

    /// @param authority The Authority that says who may call the restricted functions.
    /// @param token The governance token.
    constructor(address authority, IReweigh token) AccessManaged(authority) EIP712("Isonomy CitizenRegistry", "1") {
        TOKEN = token;
        // the limit depends on the citizens and is checked where credentials are added; the window only counts
        _additions.updateSettings(QUOTA_WINDOW, type(uint208).max);
    }

    /// @inheritdoc ICitizenRegistry
    function appointIssuer(address signer, bytes32 domain, bool adapter) external restricted returns (uint32 issuerId) {
        require(signer != address(0), CitizenRegistry_ZeroSigner());
        require(_issuerOf[signer] == 0, CitizenRegistry_SignerInUse(signer, _issuerOf[signer]));
        uint32 limit = namesIssuersEarly() ? MAX_EARLY_ISSUERS : MAX_ISSUERS;
        require(_activeIssuers < limit, CitizenRegistry_TooManyIssuers(limit));

        ++_activeIssuers;
        issuerId = ++issuerCount;
        _issuerOf[signer] = issuerId;
        Issuer storage appointed = _issuers[issuerId];
        (appointed.signer, appointed.adapter, appointed.domain) = (signer, adapter, domain);
        emit IssuerAppointed(issuerId, signer, domain, adapter);
    }

    /// @inheritdoc ICitizenRegistry
    function retireIssuer(uint32 issuerId) external restricted {
        _retire(_activeIssuer(issuerId));
        emit IssuerRetired(issuerId);
    }

    /// @inheritdoc ICitizenRegistry
    function disavowIssuer(uint32 issuerId) external restricted {
        Issuer storage disavowed = _issuers[issuerId];
        require(
            disavowed.signer != address(0) && disavowed.disavowedAt == 0,
            CitizenRegistry_IssuerNotActive(issuerId)
        );

        uint32 lost = disavowed.seasoned;
        _setTotal(_total.live - disavowed.live);
        (disavowed.live, disavowed.seasoned) = (0, 0);
        disavowed.disavowedAt = Time.timestamp();
        if (disavowed.retiredAt == 0) _retire(disavowed);
        if (lost != 0) {
            _citizens.push(Time.timestamp(), _citizens.latest() - lost);
            _keepMajority(issuerId);
        }
        emit IssuerDisavowed(issuerId, lost);
    }

    /// @inheritdoc ICitizenRegistry
    function pauseIssuance() external restricted {
        (uint256 until, ) = _startPause(msg.sender, MAX_PAUSE);
        pausedUntil = uint48(until);
        emit IssuancePaused(uint48(until));
    }

    /// @inheritdoc ICitizenRegistry
    function issue(Attestation calldata attestation, bytes calldata signature) external nonReentrant {
        require(msg.sender == attestation.account, CitizenRegistry_NotTheAccount(msg.sender, attestation.account));
        require(Time.timestamp() <= attestation.deadline, CitizenRegistry_AttestationExpired(attestation.deadline));
        uint32 issuerId = attestation.issuerId;
        Issuer storage by = _activeIssuer(issuerId);
        require(!by.adapter, CitizenRegistry_WrongKindOfIssuer(issuerId, true));
        _useCheckedNonce(msg.sender, attestation.nonce);
        // a signer that is a contract is asked by a static call: nothing read before can have changed after it
        require(
            SignatureChecker.isValidSignatureNow(by.signer, attestationDigest(attestation), signature),
            CitizenRegistry_WrongSignature(issuerId, by.signer)
        );

        _grant(issuerId, by, attestation.nullifier, attestation.claimHash, attestation.validUntil);
    }

    /// @inheritdoc ICitizenRegistry
    function claim(uint32 issuerId, bytes calldata proof) external nonReentrant {
        Issuer storage by = _activeIssuer(issuerId);
        require(by.adapter, CitizenRegistry_WrongKindOfIssuer(issuerId, false));
        (bytes32 nullifier, uint48 validUntil) = IPersonhood(by.signer).verify(msg.sender, proof);
        // the adapter may have carried out the vote that retires or disavows it
        _activeIssuer(issuerId);

        _grant(issuerId, by, nullifier, bytes32(0), validUntil);
    }

    /// @inheritdoc ICitizenRegistry
    function revoke(address account) external nonReentrant {
        uint32 issuerId = _credentials[account].issuerId;
        require(_isLive(account), CitizenRegistry_NoCredential(account));
        require(msg.sender == _issuers[issuerId].signer, CitizenRegistry_NotTheIssuer(msg.sender, issuerId));

        _end(account, false);
    }

    /// @inheritdoc ICitizenRegistry
    function renounce() external nonReentrant {
        require(_isLive(msg.sender), CitizenRegistry_NoCredential(msg.sender));

        _end(msg.sender, true);
    }

    /// @inheritdoc ICitizenRegistry
    function settle(address account) public returns (uint48 since, uint48 endsAt, bool bonusCounts) {
        Credential storage held = _credentials[account];
        (since, endsAt) = (held.since, _endsAt(held));
        bonusCounts = phase() != 0;

        _settle(account, held, since, endsAt);
    }

    /// @inheritdoc ICitizenRegistry
    function advancePhase() external {
        uint8 reached =
            _phase2At != 0
                ? LAST_PHASE + 1
                : _phase1At != 0
                    ? LAST_PHASE
                    : 1;
        uint256 counted = _citizens.latest();
        uint256 contributing = 0;
        uint256 largest = 0;
        for (uint32 id = 1; id <= issuerCount; ++id) {
            uint256 seasoned = _issuers[id].seasoned;
            if (seasoned != 0) ++contributing;
            largest = Math.max(largest, seasoned);
        }
        bool met =
            reached == 1
                ? counted >= PHASE_1_CITIZENS && contributing >= PHASE_1_ISSUERS
                : reached == LAST_PHASE &&
                    counted >= PHASE_2_CITIZENS &&
                    contributing >= PHASE_2_ISSUERS &&
                    2 * largest <= counted;
        require(met, CitizenRegistry_PhaseNotReached(reached, counted, contributing, largest));

        // from the next second on: within this one nothing changes that a call before this one has read
        uint48 beginsAt = Time.timestamp() + 1;
        if (reached == 1) _phase1At = beginsAt;
        else _phase2At = beginsAt;
        emit PhaseReached(reached, counted);
    }

    /// @inheritdoc ICitizenRegistry
    function recordMajority(uint32 issuerId) external {
        uint256 seasoned = _issuers[issuerId].seasoned;
        uint256 counted = _citizens.latest();
        require(2 * seasoned > counted, CitizenRegistry_NoMajority(issuerId, seasoned, counted));
        if (_majority != issuerId) _setMajority(issuerId);
    }

    /// @inheritdoc ICitizenRegistry
    function phase() public view returns (uint8) {
        return phaseAt(Time.timestamp());
    }

    /// @inheritdoc ICitizenRegistry
    function phaseAt(uint256 timepoint) public view returns (uint8) {
        (uint48 first, uint48 second) = (_phase1At, _phase2At);
        if (second != 0 && timepoint >= second) return LAST_PHASE;
        return first != 0 && timepoint >= first ? 1 : 0;
    }

    /// @inheritdoc ICitizenRegistry
    function phaseBeginsAt(uint8 ofPhase) external view returns (uint48) {
        return
            ofPhase == 1
                ? _phase1At
                : ofPhase == LAST_PHASE
                    ? _phase2At
                    : 0;
    }

    /// @inheritdoc ICitizenRegistry
    function namesIssuersEarly() public view returns (bool) {
        // the second before this one is over: nothing within this one changes the answer
        return phase() < LAST_PHASE || lacksCitizensAt(Time.timestamp() - 1);
    }

    /// @inheritdoc ICitizenRegistry
    function lacksCitizensAt(uint256 timepoint) public view returns (bool) {
        return citizensAt(timepoint) < LEAST_CITIZENS || majorityAt(timepoint) != 0;
    }

    /// @inheritdoc ICitizenRegistry
    function majorityAt(uint256 timepoint) public view returns (uint32) {
        // only issuers' numbers are recorded, so the cast cuts nothing
        return uint32(_majorities.upperLookupRecent(uint48(Math.min(timepoint, type(uint48).max))));
    }

    /// @inheritdoc ICitizenRegistry
    function liveTotal() external view returns (uint32) {
        return _total.live;
    }

    /// @inheritdoc ICitizenRegistry
    function citizens() external view returns (uint256) {
        return _citizens.latest();
    }

    /// @inheritdoc ICitizenRegistry
    function citizensAt(uint256 timepoint) public view returns (uint256) {
        return _citizens.upperLookupRecent(uint48(Math.min(timepoint, type(uint48).max)));
    }

    /// @inheritdoc ICitizenRegistry
    function isCitizen(address account) external view returns (bool) {
        Credential storage held = _credentials[account];
        return _isSeasoned(held.since, _endsAt(held));
    }

    /// @inheritdoc ICitizenRegistry
    function credentialOf(address account) external view returns (Credential memory) {
        return _credentials[account];
    }

    /// @inheritdoc ICitizenRegistry
    function issuer(uint32 issuerId) external view returns (Issuer memory) {
        return _issuers[issuerId];
    }

    /// @inheritdoc ICitizenRegistry
    function holderOf(bytes32 domain, bytes32 nullifier) external view returns (address) {
        return _holders[domain][nullifier].account;
    }

    /// @inheritdoc ICitizenRegistry
    function quotaOf(uint32 issuerId) public view returns (uint256 used, uint256 quota) {
        used = _additions.used(bytes32(uint256(issuerId)));
        quota = Math.max(QUOTA_FLOOR, (_citizens.latest() * QUOTA_BPS) / BPS);
    }

    /// @inheritdoc ICitizenRegistry
    function attestationDigest(Attestation calldata attestation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, attestation)));
    }

    /// @dev The common part of both ways to issue. The caller is the account.
    function _grant(
        uint32 issuerId,
        Issuer storage by,
        bytes32 nullifier,
        bytes32 claimHash,
        uint48 validUntil
    ) private {
        uint48 nowAt = Time.timestamp();
        require(
            validUntil > nowAt && validUntil <= nowAt + MAX_VALIDITY,
            CitizenRegistry_BadValidity(validUntil, nowAt + MAX_VALIDITY)
        );
        bytes32 domain = by.domain;
        _free(issuerId, domain, nullifier);
        Credential storage held = _credentials[msg.sender];
        bool renewal = _isLive(msg.sender);
        require(
            !renewal || (held.nullifier == nullifier && _issuers[held.issuerId].domain == domain),
            CitizenRegistry_AccountInUse(msg.sender, held.nullifier)
        );
        // an ended credential leaves the counts before another takes its place
        settle(msg.sender);

        if (renewal) {
            if (held.issuerId != issuerId && !_changeIssuer(issuerId, by, held)) return;
            held.validUntil = validUntil;
            held.claimHash = claimHash;
            emit CredentialRenewed(msg.sender, issuerId, claimHash, validUntil);
        } else {
            _requireIssuance();
            _add(issuerId, nullifier);
            _requireShare(issuerId, by);
            _setLive(by, by.live + 1);
            _setTotal(_total.live + 1);
            _credentials[msg.sender] = Credential({
                since: nowAt,
                validUntil: validUntil,
                revokedAt: 0,
                issuerId: issuerId,
                live: true,
                seasoned: false,
                nullifier: nullifier,
                claimHash: claimHash
            });
            _hold(issuerId, domain, nullifier);
            emit CredentialIssued(msg.sender, issuerId, nullifier, claimHash, validUntil);
        }

        TOKEN.reweigh(msg.sender);
    }

    /// @dev Makes sure that no other account holds a live credential with this nullifier.
    function _free(uint32 issuerId, bytes32 domain, bytes32 nullifier) private {
        Holding storage holding = _holders[domain][nullifier];
        address holder = holding.account;
        if (holder == address(0) || holder == msg.sender) return;

        if (_vouchesFor(holder, domain, nullifier)) {
            // each issuer has one say while it is disputed: otherwise two would take it from one another for ever
            require(
                Time.timestamp() < holding.changedAt + TAKEOVER_WINDOW &&
                    _vouchings[issuerId][nullifier].gaveAt < holding.disputedSince,
                CitizenRegistry_NullifierInUse(domain, nullifier, holder)
            );
            emit NullifierTakenOver(domain, nullifier, holder, msg.sender, issuerId);
            _end(holder, false);
        } else {
            // a credential that expired counts until somebody settles it: nobody is counted with two accounts
            TOKEN.reweigh(holder);
        }
    }

    /// @dev The nullifier is the caller's from now on, and disputed for a while if it was another account's before. The
    /// account that had it before the dispute ends it: otherwise each further captured issuer could take a person out
    /// once more who was let in again. Nothing shows whether an issuer freed a nullifier for its person, who lost a
    /// key, or against her; what was there before the dispute is preferred to both.
    function _hold(uint32 issuerId, bytes32 domain, bytes32 nullifier) private {
        Holding storage holding = _holders[domain][nullifier];
        address before = holding.account;
        if (before == msg.sender) return;

        holding.account = msg.sender;
        if (before == address(0)) return;
        uint48 nowAt = Time.timestamp();
        if (holding.changedAt + TAKEOVER_WINDOW <= nowAt) (holding.disputedSince, holding.before) = (nowAt, before);
        holding.changedAt = holding.before == msg.sender ? 0 : nowAt;
        _vouchings[issuerId][nullifier].gaveAt = nowAt;
    }

    function _requireIssuance() private view {
        require(Time.timestamp() >= pausedUntil, CitizenRegistry_IssuancePaused(pausedUntil));
    }

    /// @dev Counts one addition against the issuer's quota. The same person is one addition within the window, however
    /// often it comes and goes: otherwise one could use up what is there for everybody.
    function _add(uint32 issuerId, bytes32 nullifier) private {
        uint48 addedAt = _vouchings[issuerId][nullifier].addedAt;
        if (addedAt != 0 && addedAt + QUOTA_WINDOW > Time.timestamp()) return;

        (uint256 used, uint256 quota) = quotaOf(issuerId);
        require(used < quota, CitizenRegistry_QuotaReached(issuerId, used, quota));
        _vouchings[issuerId][nullifier].addedAt = Time.timestamp();
        _additions.consume(bytes32(uint256(issuerId)), 1);
    }

    /// @dev The issuer may vouch for one more. It is measured by the most people that there were lately, so that it is
    /// not stopped because others left. Where it vouches for more than half of them anyway, it may add one for each two
    /// that others add beyond what there was before, which never makes its share larger.
    function _requireShare(uint32 issuerId, Issuer storage by) private view {
        if (_citizens.latest() < PHASE_1_CITIZENS) return;
        (uint256 most, uint256 before) = _mostLately();
        uint256 live = by.live;
        uint256 added = by.window == _windowNow() ? Math.saturatingSub(live, by.liveBefore) : 0;
        uint256 measure = Math.max(most, before);
        // strictly more than half stops it: with two equal issuers neither would otherwise ever issue again
        require(
            2 * live <= measure || before + 3 * (added + 1) <= _total.live,
            CitizenRegistry_ShareReached(issuerId, live, measure)
        );
    }

    /// @dev The first time, another issuer of the domain only begins to vouch: until it has done so for longer than a
    /// disavowal takes, the account keeps the issuer it had, and falls with the disavowal of that issuer. A change
    /// counts against the quota when it is whole: begun ones cost nothing, so nobody could be kept from using an
    /// issuer's quota up by them.
    ///
    /// The share is not judged where the issuer that is left is retired: its people need another, and the only one
    /// there is may vouch for half of everybody already. Nobody gains a vote by it. The people were counted before, by
    /// the word of an issuer that cannot add to them; each has to come in person, within the new issuer's quota;
    /// retiring an issuer takes a vote of the DAO; and an issuer that comes to vouch for more than half adds nobody
    /// new, and can be disavowed without its citizens' consent, see `recordMajority`.
    /// @return changed Whether the credential is the new issuer's from now on.
    function _changeIssuer(uint32 issuerId, Issuer storage by, Credential storage held) private returns (bool changed) {
        Change storage change = _changes[msg.sender];
        uint48 nowAt = Time.timestamp();
        // a change that was begun before the credential was issued is about another one
        if (change.issuerId != issuerId || change.begunAt < held.since) {
            _requireIssuance();
            (change.issuerId, change.begunAt) = (issuerId, nowAt);
        }
        uint48 possibleAt = change.begunAt + CHANGE_PERIOD;
        if (nowAt < possibleAt) {
            emit ChangeOfIssuerBegun(msg.sender, issuerId, possibleAt);
            return false;
        }

        _add(issuerId, held.nullifier);
        if (_issuers[held.issuerId].retiredAt == 0) _requireShare(issuerId, by);
        delete _changes[msg.sender];
        _moveTo(issuerId, by, held);
        return true;
    }

    /// @dev A live credential is renewed by another issuer of its domain, which vouches from now on.
    function _moveTo(uint32 issuerId, Issuer storage by, Credential storage held) private {
        Issuer storage before = _issuers[held.issuerId];
        _setLive(before, before.live - 1);
        _setLive(by, by.live + 1);
        if (held.seasoned) {
            --before.seasoned;
            ++by.seasoned;
            _keepMajority(issuerId);
        }
        held.issuerId = issuerId;
    }

    /// @dev Ends a live credential now.
    function _end(address account, bool byHolder) private {
        Credential storage held = _credentials[account];
        held.revokedAt = Time.timestamp();
        emit CredentialRevoked(account, held.issuerId, byHolder);

        TOKEN.reweigh(account);
    }

    /// @dev Moves an account in or out of the counts. A disavowed issuer's counts were removed as a whole, so its
    /// accounts only lose their flags.
    function _settle(address account, Credential storage held, uint48 since, uint48 endsAt) private {
        bool counted = held.seasoned;
        bool live = held.live;
        bool seasonedNow = _isSeasoned(since, endsAt);
        bool ended = Time.timestamp() >= endsAt;
        if (counted == seasonedNow && !(live && ended)) return;

        Issuer storage by = _issuers[held.issuerId];
        bool disavowed = by.disavowedAt != 0;
        if (live && ended) {
            held.live = false;
            if (!disavowed) {
                _setLive(by, by.live - 1);
                _setTotal(_total.live - 1);
            }
        }
        if (counted == seasonedNow) return;
        held.seasoned = seasonedNow;
        uint208 total = _citizens.latest();
        if (!disavowed) {
            if (seasonedNow) {
                ++by.seasoned;
                ++total;
            } else {
                --by.seasoned;
                --total;
            }
            _citizens.push(Time.timestamp(), total);
            _keepMajority(held.issuerId);
        }
        emit CitizensCounted(account, seasonedNow, total);
    }

    /// @dev After the counts changed: forgets a majority that is none any more, and in the last phase records one that
    /// `issuerId` has come to have. That of an issuer whose count stayed as it was, because others left, is for anyone
    /// to record.
    function _keepMajority(uint32 issuerId) private {
        uint256 counted = _citizens.latest();
        uint32 recorded = _majority;
        uint32 majority = recorded;
        if (recorded != 0 && 2 * uint256(_issuers[recorded].seasoned) <= counted) majority = 0;
        if (_phase2At != 0 && 2 * uint256(_issuers[issuerId].seasoned) > counted) majority = issuerId;
        if (majority != recorded) _setMajority(majority);
    }

    function _setMajority(uint32 issuerId) private {
        _majority = issuerId;
        _majorities.push(Time.timestamp(), issuerId);
        emit MajorityRecorded(issuerId);
    }

    function _setLive(Issuer storage by, uint32 live) private {
        uint16 window = _windowNow();
        if (by.window != window) (by.window, by.liveBefore) = (window, by.live);
        by.live = live;
    }

    function _setTotal(uint32 total) private {
        (uint32 most, uint32 before) = _mostLately();
        _total = LiveTotal({live: total, most: total > most ? total : most, mostBefore: before, window: _windowNow()});
    }

    /// @dev The most live credentials in this window of 30 days, and in the one before. The total stayed as it is since
    /// it was last set.
    function _mostLately() private view returns (uint32 most, uint32 before) {
        LiveTotal memory total = _total;
        uint256 passed = _windowNow() - total.window;
        if (passed == 0) return (total.most, total.mostBefore);
        return (total.live, passed == 1 ? total.most : total.live);
    }

    /// @dev 16 bits last for five thousand years.
    function _windowNow() private view returns (uint16) {
        return SafeCast.toUint16(Time.timestamp() / QUOTA_WINDOW);
    }

    function _retire(Issuer storage retired) private {
        retired.retiredAt = Time.timestamp();
        --_activeIssuers;
    }

    function _activeIssuer(uint32 issuerId) private view returns (Issuer storage active) {
        active = _issuers[issuerId];
        require(active.signer != address(0) && active.retiredAt == 0, CitizenRegistry_IssuerNotActive(issuerId));
    }

    function _isLive(address account) private view returns (bool) {
        Credential storage held = _credentials[account];
        return Time.timestamp() < _endsAt(held);
    }

    /// @dev Whether the account's live credential is this person's: it may be another's by now.
    function _vouchesFor(address account, bytes32 domain, bytes32 nullifier) private view returns (bool) {
        Credential storage held = _credentials[account];
        return _isLive(account) && held.nullifier == nullifier && _issuers[held.issuerId].domain == domain;
    }

    function _isSeasoned(uint48 since, uint48 endsAt) private view returns (bool) {
        return since != 0 && since + SEASONING <= Time.timestamp() && Time.timestamp() < endsAt;
    }

    /// @dev The earliest of expiry, revocation and disavowal; 0 without a credential.
    function _endsAt(Credential storage held) private view returns (uint48 endsAt) {
        endsAt = held.validUntil;
        uint48 revokedAt = held.revokedAt;
        uint48 disavowedAt = _issuers[held.issuerId].disavowedAt;
        if (revokedAt != 0 && revokedAt < endsAt) endsAt = revokedAt;
        if (disavowedAt != 0 && disavowedAt < endsAt) endsAt = disavowedAt;
    }
}
