// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Metrics} from "../../../contracts/reputation/Metrics.sol";
import {Reviews} from "../../../contracts/reputation/Reviews.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {AskWallet} from "./AskWallet.sol";
import {Book as Contracts} from "./Deployment.sol";
import {ReputationMetrics} from "./ReputationMetrics.sol";
import {ReputationReviews} from "./ReputationReviews.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Reviews licences that were paid in all ways, and submits what evaluators signed, while weights change.
/// Before each call it says from its own books what must come of it.
contract ReputationHandler is ReputationReviews, ReputationMetrics {
    constructor() {
        Contracts memory book = _loadProtocol();
        reviews = Reviews(book.at("Reviews"));
        metrics = Metrics(book.at("Metrics"));
        subscriptions = Subscriptions(book.at("Subscriptions"));
        for (uint256 i = 0; i < BUYER_KEYS; ++i) {
            (uint256 secret, bytes32 x) = _even(uint256(keccak256(abi.encode("buyer", i))));
            _buyerSecrets.push(secret);
            _buyerKeys.push(x);
        }
        for (uint256 i = 0; i < HONEST_FILES; ++i) _seal(77, SealedFile.NONE);
        for (uint256 i = 0; i < 4; ++i) _createModel(_creator(i), i % HONEST_FILES);
        _unitWeights[NATIVE] = 1e9;
        for (uint256 i = 1; i < tokens.length; ++i) {
            _byVote();
            reviews.setUnitWeight(tokens[i], uint96(i * 1e18));
            _unitWeights[tokens[i]] = i * 1e18;
        }
        people.push(address(new AskWallet(vm.addr(FIRST_KEY + people.length))));

        _addReviewsActions();
        _addMetricsActions();
        _action(ReputationHandler.travel.selector, "travel");
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 20 days));
        if (_statements.length != 0) checkStatement(_mix(seed, 1) % _statements.length);
        _done();
    }
}
