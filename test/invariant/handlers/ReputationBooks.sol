// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Offer} from "../../../contracts/market/IMarket.sol";
import {Metric} from "../../../contracts/reputation/IMetrics.sol";
import {Metrics} from "../../../contracts/reputation/Metrics.sol";
import {Reviews} from "../../../contracts/reputation/Reviews.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {EscrowStage} from "./EscrowStage.sol";
import {Signatures} from "./Signatures.sol";

/// @notice How the price of a licence was paid: at once, for a term, for a term that can be cancelled, through a deal.
enum Sold {
    AtOnce,
    Term,
    Cancellable,
    Deal
}

/// @notice A licence that can be reviewed. `feeSeen` is what the treasury got of its price.
struct Licence {
    uint256 id;
    Sold sold;
    Offer offer;
    address owner;
    uint256 deal;
    uint256 feeBps;
    uint256 feeSeen;
}

/// @notice A review; without an author there is none.
struct Opinion {
    address author;
    uint256 weight;
    uint256 stars;
}

/// @notice A metric that somebody signed, and what has become of it.
struct Statement {
    Metric metric;
    bytes32 uid;
    bool submitted;
    uint256 revokedAt;
}

/// @notice What the campaign knows of reviews and metrics: its own books, which no call to them fills.
abstract contract ReputationBooks is EscrowStage, Signatures {
    bytes32 private constant METRIC_TYPE = keccak256(
        "Metric(address evaluator,uint64 versionId,bytes32 dataSet,bytes32 metric,int128 value,uint8 decimals,"
        "bytes32 method,uint40 measuredAt,uint40 validUntil)"
    );
    uint256 internal constant MAX_WEIGHT = 2 ** 80 - 1;

    Reviews public reviews;
    Metrics public metrics;
    Subscriptions public subscriptions;

    Licence[] internal _licences;
    /// @dev By the index of the licence.
    mapping(uint256 index => Opinion) internal _opinions;
    mapping(address token => uint256) internal _unitWeights;
    /// @dev Whether the sales of terms that cannot be cancelled count as paid at once.
    bool internal _termsCount = true;

    Statement[] internal _statements;
    mapping(bytes32 subject => bytes32 uid) internal _latest;
    mapping(bytes32 uid => uint256 index) internal _indexOf;

    // ---- what holds between calls

    // claim(invariants#market-and-escrow): a licence has one review, and a model's total is the sum over its reviews
    /// @notice The total of every model is the sum over its reviews that were not erased.
    function checkTotals() external view {
        for (uint48 modelId = 1; modelId <= registry.modelCount(); ++modelId) {
            (uint256 weight, uint256 weightedStars) = (0, 0);
            for (uint256 i = 0; i < _licences.length; ++i) {
                if (uint48(_licences[i].offer.versionId >> 16) != modelId || _opinions[i].stars == 0) continue;
                weight += _opinions[i].weight;
                weightedStars += _opinions[i].weight * _opinions[i].stars;
            }
            (uint128 total, uint128 stars) = reviews.totalOf(modelId);
            assertEq(total, weight, "the weight of a model is not the sum over its reviews");
            assertEq(stars, weightedStars, "the stars of a model are not the sum over its reviews");
        }
    }

    function licenceCount() external view returns (uint256) {
        return _licences.length;
    }

    function statementCount() external view returns (uint256) {
        return _statements.length;
    }

    function checkReview(uint256 index) public view {
        Opinion storage opinion = _opinions[index];
        (address author, uint8 stars, uint80 weight) = reviews.reviewOf(_licences[index].id);
        // claim(invariants#market-and-escrow): a review is its author's, also after the licence was sold on | a later
        //   holder, or a seller who buys licences back
        assertEq(author, opinion.author, "a review has another author");
        assertEq(stars, opinion.stars, "a review was changed by somebody else");
        // claim(invariants#market-and-escrow): the weight of a review is written once, and is at most what the
        //   treasury got of its licence | a seller, whose stars would weigh more than was paid
        assertEq(weight, opinion.weight, "the weight of a review changed");
    }

    function checkStatement(uint256 index) public view {
        Statement storage one = _statements[index];
        (address evaluator, uint40 measuredAt, uint40 revokedAt, bool submitted) = metrics.statusOf(one.uid);
        bool known = one.submitted || one.revokedAt != 0;
        assertEq(evaluator, known ? one.metric.evaluator : address(0), "a metric has another evaluator");
        assertEq(measuredAt, known ? one.metric.measuredAt : 0, "a metric was measured at another time");
        // claim(invariants#market-and-escrow): a metric counts once, in the name of who signed it, and never after it
        //   was revoked | an evaluator's rival, or a seller with a value that was taken back
        assertEq(revokedAt, one.revokedAt, "a metric was revoked by somebody else");
        assertEq(submitted, one.submitted, "a metric was submitted by itself");
        bool inForce = one.submitted && one.revokedAt == 0 && block.timestamp <= one.metric.validUntil;
        assertEq(metrics.isInForce(one.metric), inForce, "a metric is in force that is not, or the other way round");
        Metric memory metric = one.metric;
        // claim(invariants#market-and-escrow): the latest metric of an evaluator is never older than the one before it,
        //   unless that one was revoked | an evaluator's rival who submits an old value last
        assertEq(
            metrics.latestOf(metric.evaluator, metric.versionId, metric.dataSet, metric.metric),
            _latest[_subjectOf(metric)],
            "the latest metric is another one"
        );
    }

    // ---- what the documentation says

    /// @dev What a review of the licence weighs when it is written now.
    function _weightOf(uint256 index) internal view returns (uint256 weight) {
        Licence storage licence = _licences[index];
        if (licence.sold == Sold.Cancellable) return 0;
        if (licence.sold == Sold.Term && !_termsCount) return 0;
        if (licence.sold == Sold.Deal && licence.feeSeen == type(uint256).max) return 0;
        uint256 fee = (uint256(licence.offer.price) * licence.feeBps) / 10_000;
        assertLe(fee, licence.feeSeen, "a review would weigh a fee that the treasury did not get");
        weight = (fee * _unitWeights[licence.offer.payToken]) / 1e18;
        if (weight > MAX_WEIGHT) weight = MAX_WEIGHT;
    }

    function _uidOf(Metric memory metric) internal view returns (bytes32) {
        return _uidFor(metric, block.chainid, address(metrics));
    }

    /// @dev By the words of the documentation, for any chain and contract.
    function _uidFor(Metric memory metric, uint256 chainId, address at) internal pure returns (bytes32) {
        return _typedDigest("Isonomy Metrics", chainId, at, keccak256(abi.encode(METRIC_TYPE, metric)));
    }

    function _subjectOf(Metric memory metric) internal pure returns (bytes32) {
        return keccak256(abi.encode(metric.evaluator, metric.versionId, metric.dataSet, metric.metric));
    }

    function _refuse(address target, address caller, bytes memory data, bytes memory expected) internal {
        vm.prank(caller);
        (bool ok, bytes memory answer) = target.call(data);
        assertFalse(ok, "something was done that must be refused");
        assertEq(answer, expected, "refused for another reason");
    }
}
