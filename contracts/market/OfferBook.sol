// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IEscrow} from "../escrow/IEscrow.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IMarket, Offer, Order} from "./IMarket.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {OfferTerms} from "./OfferTerms.sol";

/// @title OfferBook
/// @notice Offers: listed, signed and revoked, and the count of what each has sold.
/// @dev Invariant: an offer never has more licences sold and not refunded than its supply.
abstract contract OfferBook is MarketSettings, EIP712, ReentrancyGuardTransient {
    using OfferTerms for Offer;
    using OfferTerms for Offer[];

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
    /// @notice Where the money of a file waits for the key.
    IEscrow public immutable ESCROW;

    uint32 private _offerCount;
    mapping(bytes32 termsHash => OfferState) internal _offers;

    /// @inheritdoc IMarket
    mapping(address creator => uint64) public epochOf;

    /// @param registry Where versions and titles are read.
    /// @param escrow Where the money of a file waits for the key.
    constructor(IModelRegistry registry, IEscrow escrow) EIP712("Isonomy Market", "1") {
        (REGISTRY, ESCROW) = (registry, escrow);
        // reverts where there is no escrow: later calls skip the check that there is code
        escrow.statusOf(address(this), 0);
    }

    /// @inheritdoc IMarket
    function createOffer(Offer calldata offer) external payable nonReentrant returns (bytes32 termsHash) {
        Offer[] memory offers = OfferTerms.allocate(1);
        termsHash = offers.load(0, offer);
        Offer memory terms = offers[0];
        terms.requireClean();
        (address holder, uint40 defectiveAt, uint64 size) = REGISTRY.saleInfo(terms.versionId);
        address creator = _msgSender();
        require(creator == holder && creator == terms.creator, Market_NotTitleHolder(terms.versionId, creator, holder));
        require(defectiveAt == 0, Market_VersionDefective(terms.versionId));
        _checkToken(terms.payToken);
        terms.check(size);
        _checkExpiry(terms, termsHash);
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

    /// @dev Checks everything about one licence of an offer, and counts it as sold. Puts it at `index`; returns the
    /// serial of the licence.
    function _takeOne(
        Offer[] memory offers,
        uint256 index,
        Offer calldata source,
        Order calldata order,
        bytes calldata signature,
        address payer,
        Config memory current
    ) internal returns (uint64 serial) {
        bytes32 termsHash = offers.load(index, source);
        Offer memory offer = offers[index];
        require(termsHash == order.termsHash, Market_TermsMismatch(order.termsHash, termsHash));
        OfferState storage entry = _offers[termsHash];
        OfferState memory state = entry;
        require(!state.revoked, Market_OfferRevoked(termsHash));
        require(state.issued - state.refunded < offer.supply, Market_SoldOut(termsHash, offer.supply));
        _checkExpiry(offer, termsHash);
        require(offer.buyer == address(0) || offer.buyer == payer, Market_NotTheBuyer(payer, offer.buyer));
        require(offer.price <= order.maxPrice, Market_PriceAboveBound(offer.price, order.maxPrice));
        require(
            current.protocolFeeBps <= offer.maxProtocolFeeBps,
            Market_FeeAboveBound(current.protocolFeeBps, offer.maxProtocolFeeBps)
        );
        if (state.tokensSeen != current.tokenChanges) {
            _checkToken(offer.payToken);
            entry.tokensSeen = current.tokenChanges;
        }
        (address holder, uint40 defectiveAt, uint64 size) = REGISTRY.saleInfo(offer.versionId);
        require(defectiveAt == 0, Market_VersionDefective(offer.versionId));
        require(holder == offer.creator, Market_TitleMoved(offer.versionId, offer.creator, holder));
        if (!state.listed) _checkSigned(offer, termsHash, signature, size);

        if (state.number == 0) {
            state.number = ++_offerCount;
            entry.number = state.number;
        }
        uint32 issued = state.issued + 1;
        entry.issued = issued;
        serial = (uint64(state.number) << 32) | issued;
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
