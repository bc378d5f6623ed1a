// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {DealStatus, IEscrow} from "../escrow/IEscrow.sol";
import {ILicenseToken} from "../license/ILicenseToken.sol";
import {LicenseIds} from "../license/LicenseIds.sol";
import {IMarket, Offer} from "../market/IMarket.sol";
import {OfferTerms} from "../market/OfferTerms.sol";
import {VersionIds} from "../registry/VersionIds.sol";
import {BPS} from "../utils/Bps.sol";
import {IReviews} from "./IReviews.sol";

/// @title Reviews
/// @notice Reviews of models, weighed by the fees that were paid. See {IReviews}.
/// @dev Invariants: a licence's author and weight are written once; a model's total is the sum over its reviews that
/// are not erased. Holds no money.
contract Reviews is IReviews, AccessManaged {
    using LicenseIds for uint256;
    using OfferTerms for Offer;
    using VersionIds for uint64;

    /// @dev One slot: 160 + 80 + 8 bits. No author: never written; no stars: erased.
    struct Review {
        address author;
        uint80 weight;
        uint8 stars;
    }

    /// @dev One slot: 128 + 128 bits.
    struct Total {
        uint128 weight;
        uint128 weightedStars;
    }

    /// @inheritdoc IReviews
    uint256 public constant MAX_STARS = 5;
    /// @inheritdoc IReviews
    uint256 public constant MAX_WEIGHT = type(uint80).max;

    /// @dev How many smallest units of a token a unit weight is of.
    uint256 private constant UNITS = 1e18;

    /// @notice Where holders and licences are read.
    ILicenseToken public immutable LICENSES;
    /// @notice The one market whose sales count. Another issuer could invent licences that paid.
    IMarket public immutable MARKET;
    /// @notice Where the deals of the market are read.
    IEscrow public immutable ESCROW;

    mapping(uint256 licenseId => Review) private _reviews;
    mapping(uint48 modelId => Total) private _totals;
    /// @inheritdoc IReviews
    mapping(address token => uint96) public unitWeight;
    /// @inheritdoc IReviews
    mapping(address module => bytes32) public promptMask;

    /// @param authority The AccessManager that guards the settings.
    /// @param licenses Where holders and licences are read.
    /// @param market The market whose sales count.
    /// @param escrow The market's escrow.
    constructor(address authority, ILicenseToken licenses, IMarket market, IEscrow escrow) AccessManaged(authority) {
        (LICENSES, MARKET, ESCROW) = (licenses, market, escrow);
        // both revert where there is no market or escrow
        market.epochOf(address(this));
        escrow.statusOf(address(market), 0);
    }

    /// @inheritdoc IReviews
    function review(
        Offer calldata offer,
        uint256 licenseId,
        uint8 stars,
        bytes32 contentHash
    ) external returns (uint80 weight) {
        address holder = LICENSES.ownerOf(licenseId);
        require(msg.sender == holder, Reviews_NotHolder(licenseId, msg.sender, holder));
        address author = _reviews[licenseId].author;
        require(author == address(0), Reviews_Exists(licenseId, author));
        weight = _weigh(offer, licenseId);

        _write(licenseId, Review(msg.sender, weight, 0), stars, contentHash);
    }

    /// @inheritdoc IReviews
    function edit(uint256 licenseId, uint8 stars, bytes32 contentHash) external {
        _write(licenseId, _ownReview(licenseId), stars, contentHash);
    }

    /// @inheritdoc IReviews
    function erase(uint256 licenseId) external {
        Review memory entry = _ownReview(licenseId);
        require(entry.stars != 0, Reviews_AlreadyErased(licenseId));

        uint48 modelId = _count(licenseId, entry, 0);
        emit Erased(modelId, licenseId, msg.sender);
    }

    /// @inheritdoc IReviews
    function setUnitWeight(address token, uint96 unitWeight_) external restricted {
        unitWeight[token] = unitWeight_;
        emit UnitWeightSet(token, unitWeight_);
    }

    /// @inheritdoc IReviews
    function setPromptMask(address module, bytes32 mask) external restricted {
        promptMask[module] = mask;
        emit PromptMaskSet(module, mask);
    }

    /// @inheritdoc IReviews
    function reviewOf(uint256 licenseId) external view returns (address author, uint8 stars, uint80 weight) {
        Review storage entry = _reviews[licenseId];
        return (entry.author, entry.stars, entry.weight);
    }

    /// @inheritdoc IReviews
    function totalOf(uint48 modelId) external view returns (uint128 weight, uint128 weightedStars) {
        Total storage total = _totals[modelId];
        return (total.weight, total.weightedStars);
    }

    /// @inheritdoc IReviews
    function weightOf(Offer calldata offer, uint256 licenseId) external view returns (uint80) {
        return _weigh(offer, licenseId);
    }

    function _write(uint256 licenseId, Review memory entry, uint8 stars, bytes32 contentHash) private {
        require(stars != 0 && stars <= MAX_STARS, Reviews_BadStars(stars));

        uint48 modelId = _count(licenseId, entry, stars);
        emit Reviewed(modelId, licenseId, entry.author, stars, entry.weight, contentHash);
    }

    /// @dev Replaces the stars of a review, in its own slot and in the total of its model; none: it does not count.
    function _count(uint256 licenseId, Review memory entry, uint8 stars) private returns (uint48 modelId) {
        modelId = licenseId.versionOf().modelOf();
        uint128 weight = entry.weight;
        if (weight != 0) {
            Total memory total = _totals[modelId];
            if (entry.stars == 0) total.weight += weight;
            if (stars == 0) total.weight -= weight;
            total.weightedStars = total.weightedStars + weight * stars - weight * entry.stars;
            _totals[modelId] = total;
        }
        entry.stars = stars;
        _reviews[licenseId] = entry;
    }

    function _ownReview(uint256 licenseId) private view returns (Review memory entry) {
        entry = _reviews[licenseId];
        require(msg.sender == entry.author, Reviews_NotAuthor(licenseId, msg.sender, entry.author));
    }

    /// @dev The fee that the market took for certain when it sold the licence, in the common unit.
    function _weigh(Offer calldata offer, uint256 licenseId) private view returns (uint80) {
        (, , , , address issuer, address rights, ) = LICENSES.licenseInfo(licenseId);
        bytes32 termsHash = offer.hash();
        // the serial names the offer, the index the issuer
        require(
            issuer == address(MARKET) && MARKET.soldUnder(licenseId, termsHash),
            Reviews_NotItsOffer(licenseId, termsHash)
        );

        if (licenseId.has(LicenseIds.ESCROWED)) {
            DealStatus status = ESCROW.statusOf(address(MARKET), licenseId);
            require(
                status == DealStatus.Settled || status == DealStatus.Split,
                Reviews_DealNotClosed(licenseId, status)
            );
            if (status == DealStatus.Split) return 0;
        }
        if (rights != address(0) && !_isPrompt(rights, offer.rightsTerms)) return 0;

        uint256 fee = (uint256(offer.price) * uint16(licenseId.noteOf())) / BPS;
        return uint80(Math.min((fee * unitWeight[offer.payToken]) / UNITS, MAX_WEIGHT));
    }

    function _isPrompt(address module, bytes32 terms) private view returns (bool) {
        bytes32 mask = promptMask[module];
        return mask != 0 && terms & mask == 0;
    }
}
