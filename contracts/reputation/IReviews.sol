// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealStatus} from "../escrow/IEscrow.sol";
import {Offer} from "../market/IMarket.sol";

/// @title IReviews
/// @notice Reviews of models by people who paid for a licence. A review weighs what the protocol's fee of its licence
/// was, so that to move a model's mean costs fees, which never come back.
/// @dev Glossary: *author* - who held the licence when its review was first written; *weight* - the fee that the
/// licence paid, in a unit that is common to all tokens; *unit weight* - what 1e18 of a token's smallest units weigh;
/// *prompt* - of a sale: its fee was paid at the purchase, and no rights module kept the price.
///
/// A licence has one review, ever. Its author alone edits and erases it, also after the licence was sold on or burned:
/// no later holder overwrites what was written. The weight is that of the first writing and never changes: not by an
/// edit, and not by a vote. A review without weight is kept and shown, and counts nothing in the mean.
///
/// The weight is `floor(floor(price * fee / 1e4) * unitWeight / 1e18)`, at most `MAX_WEIGHT`. `price` is that of the
/// offer, which the call passes and the market proves; `fee` is in the id of the licence. It is never above what was
/// paid: a licence that was bought several times over, or renewed, weighs one purchase. It is 0
/// - for a deal that was disputed and not refunded whole: the seller may have got all of the price, or a part;
/// - where a rights module kept the price, or may have: it pays a fee later, or gives the price back;
/// - in a token without a unit weight.
///
/// The text is not on chain: `contentHash` is `keccak256(salt, text)`. Who keeps the text deletes it together with its
/// salt when the review is erased, and what is left says nothing.
///
/// Trusted: the Authority sets unit weights, and which sales of which rights modules are prompt; both only count for
/// reviews that are written later. One market, given at the creation: another issuer could invent licences that paid.
interface IReviews {
    /// @notice A review was written or edited. The latest event of a licence is its review.
    event Reviewed(
        uint48 indexed modelId,
        uint256 indexed licenseId,
        address indexed author,
        uint8 stars,
        uint80 weight,
        bytes32 contentHash
    );
    /// @notice A review was erased: nothing of it counts, and its text is to be deleted.
    event Erased(uint48 indexed modelId, uint256 indexed licenseId, address indexed author);
    /// @notice What 1e18 of a token's smallest units weigh in reviews that are written from now on.
    event UnitWeightSet(address indexed token, uint96 unitWeight);
    /// @notice Which bits of an offer's `rightsTerms` are zero in a prompt sale of a rights module.
    event PromptMaskSet(address indexed module, bytes32 mask);

    /// @notice Only the holder of a licence writes its review.
    error Reviews_NotHolder(uint256 licenseId, address caller, address holder);
    /// @notice Only its author edits or erases a review; zero when the licence has none.
    error Reviews_NotAuthor(uint256 licenseId, address caller, address author);
    /// @notice The market did not sell the licence under these terms.
    error Reviews_NotItsOffer(uint256 licenseId, bytes32 termsHash);
    /// @notice The licence has a review, or had one.
    error Reviews_Exists(uint256 licenseId, address author);
    /// @notice The licence's deal is not closed yet, or was refunded.
    error Reviews_DealNotClosed(uint256 licenseId, DealStatus status);
    /// @notice A review has 1 to 5 stars.
    error Reviews_BadStars(uint8 stars);
    /// @notice The review is erased already.
    error Reviews_AlreadyErased(uint256 licenseId);

    /// @notice Most stars that a review has.
    function MAX_STARS() external view returns (uint256);

    /// @notice Highest weight of one review: whatever is above is cut.
    function MAX_WEIGHT() external view returns (uint256);

    /// @notice Writes the review of a licence. Only its holder may call, once for a licence.
    /// @dev
    /// - Reverts with {Reviews_NotHolder}, {Reviews_Exists}, {Reviews_BadStars}, {Reviews_NotItsOffer}; with
    ///   {Reviews_DealNotClosed} while the deal of a file is open; with ERC-6093 `ERC721NonexistentToken` when there is
    ///   no such licence, a refunded one too.
    ///
    /// Emits {Reviewed}.
    /// @param offer The offer that the licence was sold under.
    /// @param stars 1 to `MAX_STARS`.
    /// @param contentHash `keccak256(salt, text)`; zero without a text.
    /// @return weight What the review weighs from now on.
    function review(
        Offer calldata offer,
        uint256 licenseId,
        uint8 stars,
        bytes32 contentHash
    ) external returns (uint80 weight);

    /// @notice Changes a review, or writes it again after it was erased. Only its author may call.
    /// @dev Reverts with {Reviews_NotAuthor}, {Reviews_BadStars}. Emits {Reviewed}. The weight stays.
    function edit(uint256 licenseId, uint8 stars, bytes32 contentHash) external;

    /// @notice Erases a review: it counts no longer. Only its author may call.
    /// @dev Reverts with {Reviews_NotAuthor}, {Reviews_AlreadyErased}. Emits {Erased}. Nobody else can review the
    /// licence afterwards.
    function erase(uint256 licenseId) external;

    /// @notice Sets what a token weighs. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized` for anyone else. Emits {UnitWeightSet}. Reviews that were written
    /// keep their weight.
    /// @param token The pay token; zero is the native coin.
    /// @param unitWeight What 1e18 of its smallest units weigh; 0: nothing.
    function setUnitWeight(address token, uint96 unitWeight) external;

    /// @notice Says which sales of a rights module are prompt. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized` for anyone else. Emits {PromptMaskSet}. Reviews that were written
    /// keep their weight.
    /// @param module The rights module. Its code must be such that it keeps no money of an offer whose `rightsTerms`
    /// have none of these bits.
    /// @param mask The bits of `rightsTerms` that are zero in a prompt sale; 0: no sale of the module is one.
    function setPromptMask(address module, bytes32 mask) external;

    /// @notice The review of a licence: who wrote it, with how many stars, and its weight. 0 stars: it was erased. All
    /// zero when there was none.
    function reviewOf(uint256 licenseId) external view returns (address author, uint8 stars, uint80 weight);

    /// @notice The sum of the weights of a model's reviews, and of weight times stars: their quotient is the mean.
    function totalOf(uint48 modelId) external view returns (uint128 weight, uint128 weightedStars);

    /// @notice What a review of the licence would weigh if it were written now. Whether it has one is not asked.
    /// @dev Reverts with {Reviews_NotItsOffer}, {Reviews_DealNotClosed}. Says nothing of whether the licence exists.
    function weightOf(Offer calldata offer, uint256 licenseId) external view returns (uint80);

    /// @notice What 1e18 of a token's smallest units weigh; 0: nothing.
    function unitWeight(address token) external view returns (uint96);

    /// @notice The bits of `rightsTerms` that are zero in a prompt sale of a rights module; 0: no sale of it is one.
    function promptMask(address module) external view returns (bytes32);
}
