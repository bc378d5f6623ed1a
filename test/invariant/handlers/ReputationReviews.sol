// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {DealStatus} from "../../../contracts/escrow/IEscrow.sol";
import {Offer} from "../../../contracts/market/IMarket.sol";
import {IReviews} from "../../../contracts/reputation/IReviews.sol";
import {Act} from "./EscrowBooks.sol";
import {Licence, Opinion, Sold} from "./ReputationBooks.sol";
import {ReputationStage} from "./ReputationStage.sol";

/// @notice Licences of all kinds are reviewed, and those who may not try it too.
abstract contract ReputationReviews is ReputationStage {
    function _addReviewsActions() internal {
        _action(ReputationReviews.review.selector, "review");
        // claim(attacks#licences-listings-offers-and-signatures): a review that weighs the whole fee of a split deal
        // claim(attacks#licences-listings-offers-and-signatures): a review of a licence that was refunded
        _action(ReputationReviews.reviewDeal.selector, "reviewDeal");
        // claim(attacks#licences-listings-offers-and-signatures): a review that weighs a price that the buyer gets back
        _action(ReputationReviews.reviewKept.selector, "reviewKept");
        _action(ReputationReviews.edit.selector, "edit");
        _action(ReputationReviews.erase.selector, "erase");
        // claim(attacks#licences-listings-offers-and-signatures): a second holder who overwrites the first one's review
        _action(ReputationReviews.overwrite.selector, "overwrite");
        // claim(attacks#licences-listings-offers-and-signatures): a review weighed by the price of another offer
        _action(ReputationReviews.reviewWrongly.selector, "reviewWrongly");
        // claim(attacks#licences-listings-offers-and-signatures): a review of a licence that paid no fee
        _action(ReputationReviews.reviewFree.selector, "reviewFree");
        _action(ReputationReviews.vote.selector, "vote");
    }

    function review(uint256 seed) external counted {
        uint256 index = _unreviewed(seed, Sold(seed % 2));
        _review(index, seed);
        _refuse(address(reviews), _licences[index].owner, _reviewCall(index, seed), _exists(index));
        _done();
    }

    /// @notice A deal says how much of its fee was paid: all, a part, nothing, or not yet.
    function reviewDeal(uint256 seed) external counted {
        uint256 way = _mix(seed, 1) % 4;
        uint256 index = _newDeal(seed, way == 3);
        uint256 deal = _licences[index].deal;
        _refuseOpen(index, DealStatus.Open, seed);
        if (way == 0) {
            _attempt(deal, Act.Decline, _deals[deal].seller, 0, true);
            bytes4 unknown = IERC721Errors.ERC721NonexistentToken.selector;
            _refuse(
                address(reviews),
                _licences[index].owner,
                _reviewCall(index, seed),
                abi.encodeWithSelector(unknown, _deals[deal].id)
            );
            return _done();
        }
        _deliver(deal);
        _refuseOpen(index, DealStatus.Delivered, seed);
        if (way == 3) {
            _attempt(deal, Act.Dispute, _deals[deal].recipient, 0, true);
            _refuseOpen(index, DealStatus.Disputed, seed);
            _attempt(deal, Act.Concede, _deals[deal].recipient, 0, true);
            // the seller got all of it, or a part: nobody says how much
            _licences[index].feeSeen = type(uint256).max;
        } else {
            uint256 before = ledger.balanceOf(_deals[deal].payToken, address(treasury));
            _attempt(deal, Act.Accept, _deals[deal].recipient, 0, true);
            _licences[index].feeSeen = ledger.balanceOf(_deals[deal].payToken, address(treasury)) - before;
        }
        _review(index, seed);
        _done();
    }

    /// @notice A subscription that can be cancelled pays no fee when it is bought.
    function reviewKept(uint256 seed) external counted {
        uint256 index = _unreviewed(seed, Sold.Cancellable);
        _review(index, seed);
        assertEq(_opinions[index].weight, 0, "a review weighs what its author can take back");
        _done();
    }

    function edit(uint256 seed) external counted {
        uint256 index = _reviewed(seed);
        _refuseStars(index, _opinions[index].author, IReviews.edit.selector, seed);
        _edit(index, seed);
        _done();
    }

    /// @notice Nothing of it counts then, until its author writes it again.
    function erase(uint256 seed) external counted {
        uint256 index = _reviewed(seed);
        Opinion storage opinion = _opinions[index];
        uint256 id = _licences[index].id;
        if (opinion.stars != 0) {
            vm.prank(opinion.author);
            reviews.erase(id);
            opinion.stars = 0;
        }
        checkReview(index);
        bytes4 erased = IReviews.Reviews_AlreadyErased.selector;
        _refuse(
            address(reviews),
            opinion.author,
            abi.encodeCall(IReviews.erase, (id)),
            abi.encodeWithSelector(erased, id)
        );
        // nobody else reviews the licence afterwards
        _refuse(address(reviews), _licences[index].owner, _reviewCall(index, seed), _exists(index));
        if (seed % 2 == 0) _edit(index, seed);
        _done();
    }

    function overwrite(uint256 seed) external counted {
        uint256 index = _reviewed(seed);
        Licence storage licence = _licences[index];
        address author = _opinions[index].author;
        if (licence.offer.transferable) {
            address next = _stranger(licence.owner, seed);
            vm.prank(licence.owner);
            licenses.transferFrom(licence.owner, next, licence.id);
            licence.owner = next;
        }
        address thief = _stranger(author, _mix(seed, 1));
        if (licence.owner != author) _refuse(address(reviews), licence.owner, _reviewCall(index, seed), _exists(index));
        bytes memory expected = abi.encodeWithSelector(IReviews.Reviews_NotAuthor.selector, licence.id, thief, author);
        _refuse(
            address(reviews),
            thief,
            abi.encodeCall(IReviews.edit, (licence.id, uint8(1 + (seed % 5)), 0)),
            expected
        );
        _refuse(address(reviews), thief, abi.encodeCall(IReviews.erase, (licence.id)), expected);
        _edit(index, seed);
        _done();
    }

    /// @notice By a stranger, with another offer, of no licence, or with no stars or six.
    function reviewWrongly(uint256 seed) external counted {
        uint256 index = _unreviewed(seed, Sold(_mix(seed, 1) % 3));
        Licence storage licence = _licences[index];
        address stranger = _stranger(licence.owner, seed);
        _refuse(
            address(reviews),
            stranger,
            _reviewCall(index, seed),
            abi.encodeWithSelector(IReviews.Reviews_NotHolder.selector, licence.id, stranger, licence.owner)
        );
        Offer memory dear = licence.offer;
        dear.price += 1 + uint128(_mix(seed, 2) % 1e12);
        _refuse(address(reviews), licence.owner, _call(dear, licence.id, seed), _notItsOffer(licence.id, dear));
        // one that was sold, of another licence
        Offer memory other = _licences[_mix(seed, 3) % _licences.length].offer;
        if (other.salt != licence.offer.salt) {
            _refuse(address(reviews), licence.owner, _call(other, licence.id, seed), _notItsOffer(licence.id, other));
        }
        uint256 unsold = licence.id | (1 << 31);
        bytes4 unknown = IERC721Errors.ERC721NonexistentToken.selector;
        _refuse(
            address(reviews),
            licence.owner,
            _call(licence.offer, unsold, seed),
            abi.encodeWithSelector(unknown, unsold)
        );
        _refuseStars(index, licence.owner, IReviews.review.selector, seed);
        checkReview(index);
        _done();
    }

    function reviewFree(uint256 seed) external counted {
        uint256 index = _newLicence(seed, Sold.AtOnce, seed % 2 == 0);
        _review(index, seed);
        if (seed % 2 == 0) assertEq(_opinions[index].weight, 0, "a review weighs a fee that was not paid");
        _done();
    }

    /// @notice Weights change for reviews that are written from now on.
    function vote(uint256 seed) external counted {
        address token = tokens[_mix(seed, 1) % tokens.length];
        uint96 weight = _mix(seed, 2) % 4 == 0 ? 0 : uint96(_mix(seed, 3) % (seed % 2 == 0 ? 1e19 : 2 ** 96));
        address stranger = _buyer(seed);
        _refuse(
            address(reviews),
            stranger,
            abi.encodeCall(IReviews.setUnitWeight, (token, weight)),
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
        );
        _byVote();
        reviews.setUnitWeight(token, weight);
        _unitWeights[token] = weight;
        if (seed % 3 == 0) {
            _termsCount = !_termsCount;
            _byVote();
            reviews.setPromptMask(address(subscriptions), _termsCount ? bytes32(uint256(0xff) << 72) : bytes32(0));
        }
        if (_licences.length != 0) checkReview(_mix(seed, 4) % _licences.length);
        _done();
    }

    // ---- what is refused

    function _reviewCall(uint256 index, uint256 seed) private view returns (bytes memory) {
        return _call(_licences[index].offer, _licences[index].id, seed);
    }

    function _call(Offer memory offer, uint256 id, uint256 seed) private pure returns (bytes memory) {
        return abi.encodeCall(IReviews.review, (offer, id, uint8(1 + (seed % 5)), bytes32(seed)));
    }

    function _exists(uint256 index) private view returns (bytes memory) {
        bytes4 exists = IReviews.Reviews_Exists.selector;
        return abi.encodeWithSelector(exists, _licences[index].id, _opinions[index].author);
    }

    function _notItsOffer(uint256 id, Offer memory offer) private view returns (bytes memory) {
        return abi.encodeWithSelector(IReviews.Reviews_NotItsOffer.selector, id, market.hashOffer(offer));
    }

    function _refuseOpen(uint256 index, DealStatus status, uint256 seed) private {
        Licence storage licence = _licences[index];
        bytes4 notClosed = IReviews.Reviews_DealNotClosed.selector;
        _refuse(
            address(reviews),
            licence.owner,
            _reviewCall(index, seed),
            abi.encodeWithSelector(notClosed, licence.id, status)
        );
        checkReview(index);
    }

    function _refuseStars(uint256 index, address author, bytes4 entry, uint256 seed) private {
        uint8 stars = seed % 2 == 0 ? 0 : uint8(6 + (seed % 250));
        Licence storage licence = _licences[index];
        bytes memory data =
            entry == IReviews.edit.selector
                ? abi.encodeCall(IReviews.edit, (licence.id, stars, 0))
                : abi.encodeCall(IReviews.review, (licence.offer, licence.id, stars, 0));
        _refuse(address(reviews), author, data, abi.encodeWithSelector(IReviews.Reviews_BadStars.selector, stars));
    }
}
