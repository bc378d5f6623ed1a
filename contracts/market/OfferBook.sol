// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IEscrow} from "../escrow/IEscrow.sol";
import {IExchange} from "../exchange/IExchange.sol";
import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IMarket, Offer, Order} from "./IMarket.sol";
import {IOfferPolicy} from "./IOfferPolicies.sol";
import {Sale} from "./IRights.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {Line, OfferTerms} from "./OfferTerms.sol";
import {RightsCall} from "./RightsCall.sol";

/// @notice The contracts that a market's sales go through.
/// @param registry Where versions, titles and payees are read.
/// @param licenses Where licences are issued.
/// @param ledger Where income is credited.
/// @param escrow Where the money of a file waits for the key.
/// @param exchange Where other tokens are turned into an offer's.
/// @param policies Who says whether a purchase meets the policy of its offer.
struct Parts {
    IModelRegistry registry;
    ILicenseToken licenses;
    IRevenueLedger ledger;
    IEscrow escrow;
    IExchange exchange;
    IOfferPolicy policies;
}

/// @title OfferBook
/// @notice Offers: listed, signed and revoked, and the count of what each has sold.
/// @dev Invariant: an offer never has more licences sold and not refunded than its supply.
abstract contract OfferBook is IMarket, MarketSettings, EIP712, ReentrancyGuardTransient {
    using LicenseIds for uint256;
    using OfferTerms for Offer;
    using OfferTerms for Line;
    using RightsCall for Offer;
    using RightsCall for Sale;
    using SafeCast for uint256;

    /// @dev One slot: 32 + 32 + 32 + 8 + 8 + 40 bits.
    struct OfferState {
        // sequential number of the offer, from 1; a signed offer gets its number at the first sale
        uint32 number;
        // licences issued, refunded ones too: with the number, the serial of the newest
        uint32 issued;
        uint32 refunded;
        bool listed;
        bool revoked;
        // `tokenChanges` when the pay token was last checked
        uint40 tokensSeen;
    }

    /// @notice Where versions and titles are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Where licences are issued.
    ILicenseToken public immutable LICENSES;
    /// @notice Where the money of a file waits for the key.
    IEscrow public immutable ESCROW;
    /// @notice Who says whether a purchase meets the policy of its offer.
    IOfferPolicy public immutable POLICIES;

    uint32 private _offerCount;
    mapping(bytes32 termsHash => OfferState) internal _offers;

    /// @inheritdoc IMarket
    mapping(address creator => uint64) public epochOf;

    /// @param parts The contracts that a sale goes through.
    constructor(Parts memory parts) EIP712("Isonomy Market", "1") {
        (REGISTRY, LICENSES, ESCROW, POLICIES) = (parts.registry, parts.licenses, parts.escrow, parts.policies);
        // reverts where there is no escrow: later calls skip the check that there is code
        parts.escrow.statusOf(address(this), 0);
    }

    /// @inheritdoc IMarket
    function createOffer(Offer calldata offer) external payable nonReentrant returns (bytes32 termsHash) {
        Line memory line = OfferTerms.allocate(1)[0];
        termsHash = line.load(offer);
        Offer memory terms = line.offer;
        terms.requireClean();
        (address holder, uint40 defectiveAt, uint64 size, address payee) = REGISTRY.saleInfo(terms.versionId);
        address creator = _msgSender();
        require(creator == holder && creator == terms.creator, Market_NotTitleHolder(terms.versionId, creator, holder));
        require(defectiveAt == 0, Market_VersionDefective(terms.versionId));
        _checkToken(terms.payToken);
        terms.check(size);
        terms.checkReferrer(holder, payee);
        _checkExpiry(terms, termsHash);
        if (terms.rights != 0) terms.check(LICENSES.openRights(terms.rights));
        OfferState storage state = _offers[termsHash];
        require(!state.listed, Market_AlreadyListed(termsHash));
        require(!state.revoked, Market_OfferRevoked(termsHash));

        state.listed = true;
        if (state.number == 0) state.number = ++_offerCount;
        emit OfferListed(termsHash, terms.versionId, creator, terms);

        if (msg.value != 0) ESCROW.postBond{value: msg.value}(address(this), creator, termsHash);
    }

    /// @inheritdoc IMarket
    function revokeOffer(Offer calldata offer) external {
        address creator = _msgSender();
        require(creator == offer.creator, Market_NotCreator(creator, offer.creator));
        bytes32 termsHash = offer.hash();

        _offers[termsHash].revoked = true;
        emit OfferRevoked(termsHash, creator);
    }

    /// @inheritdoc IMarket
    function revokeAllSigned() external {
        address creator = _msgSender();
        uint64 epoch = ++epochOf[creator];
        emit EpochStarted(creator, epoch);
    }

    /// @inheritdoc IMarket
    function hashOffer(Offer calldata offer) external pure returns (bytes32 termsHash) {
        return offer.hash();
    }

    /// @inheritdoc IMarket
    function offerDigest(Offer calldata offer) external view returns (bytes32) {
        return _hashTypedDataV4(offer.hash());
    }

    /// @inheritdoc IMarket
    function offerState(bytes32 termsHash) external view returns (uint32 sold, bool listed, bool revoked) {
        OfferState storage state = _offers[termsHash];
        return (state.issued - state.refunded, state.listed, state.revoked);
    }

    /// @notice Whether the serial of an id is one of these terms: it begins with the number of the offer. Says nothing
    /// of whether the licence exists or who issued it.
    function soldUnder(uint256 licenseId, bytes32 termsHash) external view returns (bool) {
        return _isNumberOf(licenseId, _offers[termsHash].number);
    }

    /// @dev Checks everything about one item of a purchase, counts a new licence as sold, and tells the rights module.
    /// Sets every field of the line.
    function _takeOne(
        Line memory line,
        Offer calldata source,
        Order calldata order,
        bytes calldata signature,
        address payer,
        Config memory current
    ) internal {
        bytes32 termsHash = line.load(source);
        Offer memory offer = line.offer;
        require(termsHash == order.termsHash, Market_TermsMismatch(order.termsHash, termsHash));
        line.price = _priceOf(offer, order);
        line.feeBps = current.protocolFeeBps;
        line.referrerBps = order.referrer == address(0) ? 0 : offer.referrerBps;

        if (order.renews == 0) {
            _takeNew(line, order, signature, payer, current);
        } else {
            _takeRenewal(line, order);
        }
        if (offer.policy != 0) POLICIES.admit(offer.policy, termsHash, payer, order.recipient, order.renews);
        if (offer.rights != 0) _grant(line, order, payer, current.treasury);
    }

    /// @dev A new licence: what was promised to nobody yet. The offer must be open, and its creator hold the title.
    function _takeNew(
        Line memory line,
        Order calldata order,
        bytes calldata signature,
        address payer,
        Config memory current
    ) private {
        Offer memory offer = line.offer;
        bytes32 termsHash = order.termsHash;
        require(
            current.protocolFeeBps <= offer.maxProtocolFeeBps,
            Market_FeeAboveBound(current.protocolFeeBps, offer.maxProtocolFeeBps)
        );
        require(block.timestamp >= current.pausedUntil, Market_Paused(current.pausedUntil));
        _checkExpiry(offer, termsHash);
        require(offer.buyer == address(0) || offer.buyer == payer, Market_NotTheBuyer(payer, offer.buyer));
        (address holder, uint64 size) = _saleOf(line);
        require(holder == offer.creator, Market_TitleMoved(offer.versionId, offer.creator, holder));
        // asked again: the payee may have been fixed since the offer was listed
        offer.checkReferrer(holder, line.payee);

        OfferState storage entry = _offers[termsHash];
        OfferState memory state = entry;
        require(!state.revoked, Market_OfferRevoked(termsHash));
        require(state.issued - state.refunded < offer.supply, Market_SoldOut(termsHash, offer.supply));
        if (state.tokensSeen != current.tokenChanges) {
            _checkToken(offer.payToken);
            entry.tokensSeen = current.tokenChanges;
        }
        if (!state.listed) _checkSigned(offer, termsHash, signature, size);
        if (state.number == 0) {
            state.number = ++_offerCount;
            entry.number = state.number;
        }
        uint32 issued = state.issued + 1;
        entry.issued = issued;

        line.escrowed = offer.deliveryWindow != 0;
        line.draft = _draftOf(offer, line.feeBps, (uint64(state.number) << 32) | issued);
    }

    /// @dev A licence that was sold under these very terms: they were promised, so nothing of what may have changed
    /// since is asked, but whether the version is sold at all. How long the promise holds, the rights module says. A
    /// protocol fee that rose above the offer's bound does not end the promise: the bound is what is taken.
    function _takeRenewal(Line memory line, Order calldata order) private view {
        _saleOf(line);
        uint16 maxFeeBps = line.offer.maxProtocolFeeBps;
        if (line.feeBps > maxFeeBps) line.feeBps = maxFeeBps;
        require(
            line.offer.rights != 0 && _isNumberOf(order.renews, _offers[order.termsHash].number),
            Market_NotItsOffer(order.renews, order.termsHash)
        );
        line.escrowed = false;
        // as it was sold: only the fee of that day and the serial are taken from the id
        line.draft = _draftOf(line.offer, uint16(order.renews.noteOf()), uint64(order.renews));
    }

    /// @dev Sets who is paid. Reverts when the version is not sold any more.
    function _saleOf(Line memory line) private view returns (address holder, uint64 size) {
        uint64 versionId = line.offer.versionId;
        uint40 defectiveAt;
        (holder, defectiveAt, size, line.payee) = REGISTRY.saleInfo(versionId);
        require(defectiveAt == 0, Market_VersionDefective(versionId));
    }

    /// @dev Tells the rights module of the sale. One that keeps the money is credited instead of everybody.
    function _grant(Line memory line, Order calldata order, address payer, address treasury) private {
        bool renewal = order.renews != 0;
        (uint256 licenseId, address rights) = LICENSES.resolve(address(this), line.draft);
        // the serial names the offer, but not who issued the licence, for what version and with which flags
        require(!renewal || licenseId == order.renews, Market_NotItsOffer(order.renews, order.termsHash));
        Offer memory offer = line.offer;
        Sale memory sale = RightsCall.allocate()[0];
        sale.licenseId = licenseId;
        (sale.termsHash, sale.terms) = (order.termsHash, offer.rightsTerms);
        (sale.payer, sale.recipient, sale.payee) = (payer, order.recipient, line.payee);
        (sale.referrer, sale.treasury) = (order.referrer, treasury);
        (sale.payToken, sale.price) = (offer.payToken, line.price);
        (sale.protocolFeeBps, sale.referrerBps) = (line.feeBps, line.referrerBps);
        (sale.key, sale.quantity, sale.renewal) = (order.pad, order.quantity == 0 ? 1 : order.quantity, renewal);
        if (sale.grant(rights)) (line.payee, line.feeBps, line.referrerBps) = (rights, 0, 0);
    }

    /// @dev At most what the buyer agreed to, and what a deal can hold.
    function _priceOf(Offer memory offer, Order calldata order) private pure returns (uint128 price) {
        price = offer.price;
        uint32 quantity = order.quantity;
        if (quantity > 1) {
            require(offer.rights != 0, Market_SoldSingly(quantity));
            price = (uint256(price) * quantity).toUint128();
        }
        require(price <= order.maxPrice, Market_PriceAboveBound(price, order.maxPrice));
    }

    function _draftOf(Offer memory offer, uint16 feeBps, uint64 serial) private pure returns (uint256) {
        uint8 flags =
            (offer.transferable ? LicenseIds.TRANSFERABLE : 0) |
                (offer.deliveryWindow != 0 ? LicenseIds.ESCROWED : 0) |
                (offer.includesUpdates ? LicenseIds.UPDATES : 0);
        return LicenseIds.draft(feeBps, offer.rights, flags, offer.versionId, serial);
    }

    function _isNumberOf(uint256 licenseId, uint32 number) private pure returns (bool) {
        return number != 0 && uint32(licenseId >> 32) == number;
    }

    /// @dev What `createOffer` checks of a listed offer is checked here for a signed one, at each use.
    function _checkSigned(Offer memory offer, bytes32 termsHash, bytes calldata signature, uint64 size) private view {
        require(signature.length != 0, Market_NotListed(termsHash));
        offer.requireClean();
        offer.check(size);
        uint64 epoch = epochOf[offer.creator];
        require(offer.epoch == epoch, Market_WrongEpoch(offer.creator, offer.epoch, epoch));
        require(
            SignatureChecker.isValidSignatureNowCalldata(offer.creator, _hashTypedDataV4(termsHash), signature),
            Market_BadSignature(termsHash, offer.creator)
        );
    }

    function _checkExpiry(Offer memory offer, bytes32 termsHash) private view {
        require(
            offer.expiresAt == 0 || block.timestamp <= offer.expiresAt,
            Market_OfferExpired(termsHash, offer.expiresAt)
        );
    }
}
